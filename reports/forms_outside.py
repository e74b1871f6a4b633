"""Typing the numbers from outside."""

import re
import unicodedata
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.forms import ShownMixin
from reports.models.outside import WHOLE, OutsideNumbers
from visits.fields import HouseForm


class ShareField(forms.CharField):
    """Typed in percent ('55', '54.25 %'), given in hundredths of a percent; empty is None."""

    def prepare_value(self, value):
        return f"{Decimal(value) / 100:.2f}".rstrip("0").rstrip(".") if isinstance(value, int) else value

    def to_python(self, value):
        text = re.sub(r"[%\s]", "", unicodedata.normalize("NFKC", super().to_python(value)))
        if not text:
            return None
        if len(text) > 10 or not re.fullmatch(r"\d{1,3}(\.\d{1,2})?", text):
            raise ValidationError(_("Write a percentage such as 54.5."))
        share = int(Decimal(text) * 100)
        if share > WHOLE:
            raise ValidationError(_("A share is between 0 and 100%."))
        return share


class CountField(forms.IntegerField):
    """'12,500' and full-width digits are understood."""

    def to_python(self, value):
        if isinstance(value, str):
            value = re.sub(r"[,，\s]|台|辆", "", unicodedata.normalize("NFKC", value))
        return super().to_python(value)


class OutsideForm(ShownMixin, HouseForm):
    local_vehicles = CountField(
        label=_("Vehicles of the brand in the area"), required=False, min_value=1, max_value=2_000_000_000,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "maxlength": "14"}),
        help_text=_("registered locally, as the manufacturer or the registration office tells it (S3 2.2)"),
    )  # fmt: skip
    profit_share = ShareField(
        label=_("Service share of the profit, %"), required=False,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "maxlength": "10"}),
        help_text=_("after-sales profit of the whole profit, from the accounts; the target is 55%"),
    )  # fmt: skip

    def __init__(self, *args, row: OutsideNumbers | None, **kwargs):
        initial = {name: getattr(row, name) for name in ("local_vehicles", "profit_share")} if row else {}
        super().__init__(*args, initial=initial, **kwargs)
        self.watch(row)
