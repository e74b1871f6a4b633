"""What can be done on a department's weekly sheet."""

from django import forms
from django.utils.translation import gettext_lazy

from reports import actions_sheets as actions
from reports import measures
from reports.forms_department import DepartmentSheet
from visits.fields import DayField, HouseForm


class DoneForm(HouseForm):
    on = DayField(label=gettext_lazy("Carried out on"))
    words = forms.CharField(label=gettext_lazy("What was done"), required=False, max_length=500)


def acts(request, sheet: DepartmentSheet, refused: str = "", form: DoneForm | None = None) -> dict:
    """What the reader can do on the sheet: open measures to record, and the signature. refused, form: the measure that was not recorded,
    with what was typed."""
    open_ones = list(measures.still_open(sheet.measures)) if request.access.can("plans.lead") else []
    today = request.store.today()
    return {
        "department": str(sheet.department),
        "open_measures": [
            {"measure": one, "form": form if form and one.key == refused else DoneForm(auto_id=f"{one.key}-%s", initial={"on": today})}
            for one in open_ones
        ],
        "can_sign": actions.may_sign(request.access, sheet.department) and sheet.period.first <= today,
        "signature": sheet.signature,
        "n_changed": len(sheet.changes) if sheet.signature else 0,
    }
