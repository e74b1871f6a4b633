"""What the forms of all floors have in common."""

import hashlib
import re
import unicodedata

from django import forms
from django.db.models.fields import BLANK_CHOICE_DASH
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import audit

DASHES = BLANK_CHOICE_DASH[0][1]
CHOOSE = _("Choose")


def say_choose(form: forms.BaseForm) -> None:
    """The empty option of a select says what to do; Django's is a row of dashes."""
    for field in form.fields.values():
        if isinstance(field, forms.ModelChoiceField):
            if field.empty_label == DASHES:
                field.empty_label = CHOOSE
        elif isinstance(field, forms.ChoiceField):
            first, *rest = list(field.choices) or [None]
            if first == ("", DASHES):
                field.choices = [("", CHOOSE), *rest]


class MileageField(forms.IntegerField):
    """Kilometres; '12,500 km' and full-width digits are understood. Whatever is wrong, one sentence names the field and its limits."""

    def __init__(self, **kwargs):
        super().__init__(min_value=0, max_value=2_000_000, localize=False, widget=forms.TextInput(attrs={"inputmode": "numeric"}), **kwargs)

    def to_python(self, value):
        if isinstance(value, str):
            value = re.sub(r"(?i)[,，\s]|km|公里", "", unicodedata.normalize("NFKC", value))
        return super().to_python(value)

    def clean(self, value):
        try:
            return super().clean(value)
        except forms.ValidationError:
            wrong = gettext("%(label)s: write whole kilometres from 0 to %(most)s, such as 12,500.")
            raise forms.ValidationError(wrong % {"label": capfirst(self.label), "most": f"{self.max_value:,}"}) from None


def saved_meanwhile(record) -> str:
    """What the second of two people who edit one record is told: who was first, when, and that nothing typed is lost."""
    event = audit.last(record)
    if event is None or event.by is None:
        return gettext("Somebody else saved this record while you were typing. Nothing of yours is lost: compare, then save again.")
    return gettext("%(name)s saved this record at %(time)s, while you were typing. Nothing of yours is lost: compare, then save again.") % {
        "name": event.by,
        "time": timezone.localtime(event.at).strftime("%m-%d %H:%M"),
    }


class ShownMixin:
    """A form that names what it showed: whoever saves second is told, and nothing is overwritten unseen. For records without a
    `version`. The view fetches the record with core.once.to_edit, so that the second waits for the first."""

    record = None

    def watch(self, record, state: str | None = None) -> None:
        """At the end of __init__. record: what is edited. state: what the decision rests on, where that is not the form's own fields."""
        self.record = record
        self.before = {} if state is not None else {name: self.get_initial_for_field(field, name) for name, field in self.fields.items()}
        said = state if state is not None else repr([(name, str(value)) for name, value in self.before.items()])
        self.shown_now = hashlib.sha256(said.encode()).hexdigest()[:32]
        self.fields["shown"] = forms.CharField(required=False, widget=forms.HiddenInput, initial=self.shown_now)

    def clean(self):
        data = super().clean()
        data.pop("shown", None)  # of the form, not of the record
        name = self.add_prefix("shown")
        if self.record is not None and self.data.get(name, self.shown_now) != self.shown_now:
            self.data = self.data.copy()
            self.data[name] = self.shown_now  # the next save overwrites knowingly
            self.add_error(None, [saved_meanwhile(self.record), *self._differences()])
        return data

    def _differences(self) -> list[str]:
        typed = {name: value for name, value in self.cleaned_data.items() if name in self.before}
        return [
            gettext("%(label)s: saved is “%(stored)s”") % {"label": self.fields[name].label, "stored": self._shown(name)}
            for name, value in typed.items()
            if self.fields[name].prepare_value(value) != self.fields[name].prepare_value(self.before[name])
            and str(value if value is not None else "") != str(self.before[name] if self.before[name] is not None else "")
        ]

    def _shown(self, name: str) -> str:
        value = self.before[name]
        choices = {str(key): label for key, label in getattr(self.fields[name], "choices", [])}
        return str(choices.get(str(value), value) if value not in (None, "") else "–")
