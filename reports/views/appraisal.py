from django.http import Http404
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from reports import quarters
from reports.appraisal import HALF, PARTS, appraise
from reports.periods import add_months
from staff.access import requires


@never_cache
@require_safe
@requires("reports.view")
def index(request):
    """?quarter=2026-Q3: the last full one unless asked otherwise."""
    running = quarters.first_day(request.store.today())
    try:
        quarter = quarters.parse(request.GET["quarter"]) if request.GET.get("quarter") else add_months(running, -3)
    except ValueError:
        raise Http404 from None
    department, lines = appraise(request.store, quarters.of_quarter(quarter))
    context = {
        "period": quarters.of_quarter(quarter),
        "label": quarters.label_of(quarter),
        "previous": quarters.code_of(add_months(quarter, -3)),
        "next": quarters.code_of(add_months(quarter, 3)) if quarter < running else "",
        "is_running": quarter >= running,
        "department": department,
        "lines": lines,
        "parts": PARTS,
        "half": HALF,
        "today": request.store.today(),
    }
    return render(request, "reports/appraisal.html", context)
