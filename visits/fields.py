"""Form fields of the counter: money as people type it, and forms that carry the house's classes."""

import re
import unicodedata
from decimal import Decimal, InvalidOperation

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.forms import say_choose
from core.money import to_fen, to_yuan

LARGEST_YUAN = 100_000_000


def parse_yuan(text: str) -> int:
    """'¥1,990.5', '１９９０元', '1 990' -> fen. Raises ValueError."""
    cleaned = re.sub(r"[¥￥元,，\s]", "", unicodedata.normalize("NFKC", text))
    if not re.fullmatch(r"-?\d+(\.\d{1,2})?", cleaned):
        raise ValueError(text)
    try:
        amount = Decimal(cleaned)
    except InvalidOperation:
        raise ValueError(text) from None
    if abs(amount) > LARGEST_YUAN:
        raise ValueError(text)
    return to_fen(amount)


class YuanField(forms.CharField):
    """Typed in yuan, given as integer fen; empty is None."""

    def __init__(self, *, may_be_negative: bool = False, **kwargs):
        self.may_be_negative = may_be_negative
        super().__init__(**kwargs)
        self.widget.attrs.update({"inputmode": "text" if may_be_negative else "decimal", "autocomplete": "off", "maxlength": "20"})

    def prepare_value(self, value):
        return f"{to_yuan(value)}".removesuffix(".00") if isinstance(value, int) else value

    def to_python(self, value):
        text = super().to_python(value)
        if text in self.empty_values:
            return None
        try:
            fen = parse_yuan(text)
        except ValueError:
            raise ValidationError(_("Write an amount such as 1,990.50.")) from None
        if fen < 0 and not self.may_be_negative:
            raise ValidationError(_("An amount cannot be negative."))
        return fen

    def has_changed(self, initial, data):
        try:
            return self.to_python(data) != initial
        except ValidationError:
            return True


class MomentField(forms.DateTimeField):
    """A local date and time of the store, to the minute."""

    def __init__(self, **kwargs):
        super().__init__(widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"), **kwargs)


class DayField(forms.DateField):
    def __init__(self, **kwargs):
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


class HouseForm(forms.Form):
    """Fields carry Bootstrap's classes; an action's ValidationError finds its fields again."""

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        say_choose(self)
        for field in self.fields.values():
            widget = field.widget
            if isinstance(widget, (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple)):
                css = "form-check-input"
            elif isinstance(widget, forms.Select):
                css = "form-select"
            else:
                css = "form-control"
            widget.attrs.setdefault("class", css)

    def add_errors(self, problem: ValidationError) -> None:
        """What an action refused, at the field it belongs to, else above the form."""
        if not hasattr(problem, "error_dict"):
            self.add_error(None, problem)
            return
        for field, errors in problem.error_dict.items():
            self.add_error(field if field in self.fields else None, errors)
