"""A department's weekly sheet: its measures are recorded as carried out, and its manager signs it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.once import once
from reports import actions_sheets as actions
from reports import measures
from reports.forms_department import SHEETS
from reports.periods import WEEK, Period
from reports.views.forms import department_page
from reports.views.periods import asked_period
from reports.views.sheet_acts import DoneForm
from staff.access import requires


def _week(request, department: str) -> Period:
    week = asked_period(request.POST, WEEK)
    if department not in SHEETS or week is None:
        raise Http404
    return week


def _back(department: str, week: Period):
    return redirect(f"{reverse('reports:department', args=[department])}?period={week.code}#acts")


@require_POST
@requires("plans.lead")
@once
def carried_out(request, department: str):
    """measure: its key; on, words: when, and what was done."""
    week = _week(request, department)
    found = {one.key: one for one in measures.of_week(request.store, department, week, request.access)}
    measure = found.get(request.POST.get("measure", ""))
    if measure is None:
        raise Http404
    form = DoneForm(request.POST, auto_id=f"{measure.key}-%s")
    if form.is_valid():
        try:
            actions.carried_out(measure=measure, store=request.store, by=request.user, **form.cleaned_data)
        except ValidationError as refused:
            form.add_errors(refused)
        else:
            messages.success(request, _("Recorded as carried out."))
            return _back(department, week)
    return department_page(request, department, request.POST, refused=measure.key, form=form)


@require_POST
@requires("sheets.sign")
@once
def sign(request, department: str):
    week = _week(request, department)
    try:
        actions.sign(access=request.access, department=department, week=week)
    except ValidationError as refused:
        messages.info(request, " ".join(refused.messages))
    else:
        messages.success(request, _("You have signed the sheet."))
    return _back(department, week)
