from django import forms
from django.utils.translation import gettext_lazy as _

from followups.planning import OWN_OFFSETS, PLANS

HOURS = forms.NumberInput(attrs={"class": "form-control form-control-sm", "step": "any"})


class OverrideForm(forms.Form):
    """A store's own offsets for one plan, in hours as people think of them; empty keeps the default."""

    plan = forms.ChoiceField(choices=[(plan.value, plan.label) for plan in OWN_OFFSETS], widget=forms.HiddenInput)
    opens_hours = forms.DecimalField(
        label=_("opens after … hours"), min_value=0, max_value=24 * 60, decimal_places=2, required=False, widget=HOURS
    )
    due_hours = forms.DecimalField(
        label=_("due after … hours"), min_value=0, max_value=24 * 90, decimal_places=2, required=False, widget=HOURS
    )
    is_enabled = forms.BooleanField(label=_("in use"), required=False, widget=forms.CheckboxInput(attrs={"class": "form-check-input"}))

    def clean(self):
        cleaned = super().clean()
        rule = PLANS.get(cleaned.get("plan"))
        if rule is None or self.errors:
            return cleaned
        opens, due = (int(cleaned[f"{name}_hours"] * 60) if cleaned.get(f"{name}_hours") is not None else None for name in ("opens", "due"))
        first = opens if opens is not None else rule.opens.total_seconds() // 60
        last = due if due is not None else rule.due.total_seconds() // 60
        if last <= first:
            self.add_error("due_hours", _("The limit has to be later than the opening."))
        cleaned |= {"opens_minutes": opens, "due_minutes": due}
        return cleaned
