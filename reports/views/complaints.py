from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from reports.complaint_statistics import build
from reports.manual import DEPARTMENTS, FORMS, tiles
from reports.periods import MONTH, WEEK, containing
from reports.views.periods import asked_period
from staff.access import requires


@never_cache
@require_GET
@requires("reports.view")
def statistics(request):
    """The complaints of a month, or of a week: of the running month unless asked otherwise."""
    today = request.store.today()
    period = asked_period(request.GET) or containing(today, MONTH)
    week = containing(min(period.last, max(today, period.first)), WEEK)
    found = build(request.store, period, request.user)
    context = {
        "period": period,
        "today": today,
        "is_running": period.is_running(today),
        "kinds": [(MONTH, containing(period.first, MONTH)), (WEEK, period if period.kind == WEEK else week)],
        "found": found,
        "sections": found.sections,
        "tiles": tiles(period, today, [*DEPARTMENTS.values(), FORMS[6], FORMS[7], FORMS[8]]),
    }
    return render(request, "reports/complaints.html", context)
