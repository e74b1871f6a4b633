"""Figures of a period by department, advisor, technician, caller, model, kind of order."""

from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from reports.breakdown import DIMENSIONS, SHOWN, tables
from reports.figures import ALL
from reports.monthly import default_period
from reports.periods import MONTH, WEEK, containing
from reports.views.periods import asked_period
from staff.access import requires


@require_GET
@requires("reports.view")
def breakdown(request):
    """?period, ?by, ?figure (several): what is chosen stands in the address."""
    today = request.store.today()
    period = asked_period(request.GET) or default_period(request.store, MONTH, today)
    dimension = DIMENSIONS.get(request.GET.get("by", "advisor"))
    if dimension is None:
        raise Http404
    asked = request.GET.getlist("figure")
    codes = [code for code in dimension.figures if code in asked] or list(dimension.figures[:SHOWN])

    def address(**wanted) -> str:
        chosen = {"period": str(period), "by": dimension.code, "figure": codes if asked else []} | wanted
        return f"{reverse('reports:breakdown')}?{urlencode(chosen, doseq=True)}"

    context = {
        "period": period,
        "today": today,
        "dimension": dimension,
        "dimensions": [(one, address(by=one.code, figure=[])) for one in DIMENSIONS.values()],
        "choices": [(ALL[code], code in codes) for code in dimension.figures],
        "tables": tables(request.store, period, dimension, codes),
        "previous_url": address(period=str(period.previous)),
        "next_url": "" if period.is_running(today) else address(period=str(period.next)),
        "kinds": [(kind, address(period=str(containing(min(period.last, today), kind)))) for kind in (MONTH, WEEK) if kind != period.kind],
        "is_running": period.is_running(today),
        "is_provisional": period.is_provisional(today),
    }
    return render(request, "reports/breakdown.html", context)
