"""What is typed about improvement plans. Names of fields are those of the actions' arguments."""

from django import forms
from django.utils.translation import gettext_lazy as _

from complaints.forms import long_text
from core.forms import ShownMixin
from reports.actions_plans import carriers
from visits.fields import DayField, HouseForm


class PlanForm(HouseForm):
    cause = long_text(_("Cause"))
    measure = long_text(_("Measure"))
    person = forms.ModelChoiceField(label=_("Who carries it out"), queryset=None)
    due_on = DayField(label=_("Until"))

    def __init__(self, *args, store, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = carriers(store)


class ChangePlanForm(ShownMixin, PlanForm):
    def __init__(self, *args, plan, **kwargs):
        initial = {name: getattr(plan, name) for name in ("cause", "measure", "due_on")} | {"person": plan.person_id}
        super().__init__(*args, store=plan.store, initial=initial, **kwargs)
        self.watch(plan)


class ReviewForm(HouseForm):
    words = long_text(_("How far has it come?"))


class EndForm(HouseForm):
    is_carried_out = forms.ChoiceField(
        label=_("What became of it"), choices=[("1", _("carried out")), ("0", _("not carried out"))], widget=forms.RadioSelect
    )
    on = DayField(label=_("On"))
    result = long_text(_("Result, in words"))
