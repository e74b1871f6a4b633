"""What a manager types about the lounge duty."""

import re
import unicodedata
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.forms import ShownMixin
from lounge.models import Duty
from lounge.models.verdict import percent
from visits.fields import HouseForm

WHY = {"rows": 2, "maxlength": "500"}


class PercentField(forms.CharField):
    """Typed in percent ('5', '5.5 %'), given in hundredths of a percent."""

    def prepare_value(self, value):
        return percent(value).removesuffix("%") if isinstance(value, int) else value

    def to_python(self, value):
        text = re.sub(r"[%\s]", "", unicodedata.normalize("NFKC", super().to_python(value)))
        if not text:
            return None
        if not re.fullmatch(r"\d{1,3}(\.\d{1,2})?", text) or Decimal(text) > 100:
            raise ValidationError(_("Write a percentage between 0 and 100 such as 5 or 2.5."))
        return int(Decimal(text) * 100)


class SettingsForm(ShownMixin, HouseForm):
    reward = PercentField(label=_("Reward for 100%, in % of the performance pay"), widget=forms.TextInput(attrs={"inputmode": "decimal", "maxlength": "8", "autocomplete": "off"}))  # fmt: skip
    deduction = PercentField(label=_("Deduction for two verdicts not passed running, in % of the performance pay"), widget=forms.TextInput(attrs={"inputmode": "decimal", "maxlength": "8", "autocomplete": "off"}))  # fmt: skip
    is_enabled = forms.BooleanField(label=_("Draw a sample of every month on the 1st of the next"), required=False)

    def __init__(self, *args, store, percentages, is_enabled, **kwargs):
        now = {"reward": percentages.reward, "deduction": percentages.deduction} if percentages else {}
        super().__init__(*args, initial={**now, "is_enabled": is_enabled}, **kwargs)
        self.watch(store)


class ExcuseForm(HouseForm):
    reason = forms.CharField(label=_("Reason for excusing"), widget=forms.Textarea(attrs=WHY), max_length=500)


class OtherField(forms.ModelChoiceField):
    def label_from_instance(self, duty: Duty) -> str:
        return f"{duty.person.name} {duty.starts_on:%m-%d} – {duty.ends_on:%m-%d}"


class SwapForm(ShownMixin, HouseForm):
    other = OtherField(label=_("Swap with"), queryset=Duty.objects.none())
    reason = forms.CharField(label=_("Reason for the swap"), widget=forms.Textarea(attrs=WHY), max_length=500)

    def __init__(self, *args, duty, others, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["other"].queryset = others
        self.watch(duty, repr((duty.person_id, str(duty.starts_on))))
