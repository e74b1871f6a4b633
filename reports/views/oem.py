"""The rows behind the manufacturer's figures."""

from django.shortcuts import render
from django.views.decorators.http import require_GET

from reports.beside import SATISFIED, surveys
from reports.periods import MONTH, containing
from reports.views.periods import asked_period
from staff.access import requires


@require_GET
@requires("reports.view")
def oem(request):
    """What the survey of a month says of each person, question by question."""
    period = asked_period(request.GET, MONTH) or containing(request.store.today()).previous
    rows = surveys(request.store, [period]).get(period, [])
    groups = [(audience, [row for row in rows if row.audience == audience]) for audience in SATISFIED]
    return render(request, "reports/oem.html", {"period": period, "groups": [(name, found) for name, found in groups if found]})
