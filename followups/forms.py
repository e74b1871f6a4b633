from django import forms
from django.utils.translation import gettext_lazy as _

from core.forms import ShownMixin
from followups.asking import ASKING
from followups.planning import OWN_OFFSETS, PLANS

HOURS = forms.NumberInput(attrs={"class": "form-control form-control-sm", "step": "any"})


class OverrideForm(ShownMixin, forms.Form):
    """A store's own offsets for one plan, in hours as people think of them; empty keeps the default."""

    plan = forms.ChoiceField(choices=[(plan.value, plan.label) for plan in OWN_OFFSETS], widget=forms.HiddenInput)
    opens_hours = forms.DecimalField(
        label=_("opens after … hours"), min_value=0, max_value=24 * 60, decimal_places=2, required=False, widget=HOURS
    )
    due_hours = forms.DecimalField(
        label=_("due after … hours"), min_value=0, max_value=24 * 90, decimal_places=2, required=False, widget=HOURS
    )
    is_enabled = forms.BooleanField(label=_("in use"), required=False, widget=forms.CheckboxInput(attrs={"class": "form-check-input"}))
    sends_link = forms.BooleanField(
        label=_("questionnaire by message"), required=False, widget=forms.CheckboxInput(attrs={"class": "form-check-input"})
    )

    def __init__(self, *args, store, plan: str, override=None, **kwargs):
        initial = {"plan": plan, "is_enabled": override.is_enabled if override else True}
        initial["sends_link"] = bool(override and override.sends_link)
        for name in ("opens", "due"):
            minutes = getattr(override, f"{name}_minutes", None)
            initial[f"{name}_hours"] = None if minutes is None else f"{minutes / 60:g}"
        super().__init__(*args, initial=initial, auto_id=f"{plan}-%s", **kwargs)
        if plan not in ASKING:
            del self.fields["sends_link"]
        self.watch(store)

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
