from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from core import audit, kept
from reports.manual import DEPARTMENTS, FORMS, tiles
from reports.monthly import default_period, page
from reports.periods import MONTH, WEEK
from reports.report import build
from reports.views.periods import asked_period
from reports.workbook import workbook
from staff.access import requires
from staff.models import Store

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _page(request, kind: str):
    store, access, today = request.store, request.access, request.store.today()
    period = asked_period(request.GET, kind) or default_period(store, kind, today)

    def make() -> str:
        mine = Store.objects.get(pk=store.pk)  # the request's was read before: what is kept must be decided by what is read here
        return render_to_string("reports/monthly_part.html", page(mine, period, today) | {"store": mine, "access": access})

    forms = [*(DEPARTMENTS.values() if kind == WEEK else ()), *FORMS.values()]
    context = {
        "period": period,
        "is_month": kind == MONTH,
        "is_running": period.is_running(today),
        "part": kept.part(("reports.monthly", store.pk, period, today, access.roles, get_language()), make),
        "url_name": f"reports:{kind}ly",
        "today": today,
        "tiles": tiles(period, today, forms),
    }
    return render(request, "reports/monthly.html", context)


@require_GET
@requires("reports.view")
def monthly(request):
    return _page(request, MONTH)


@require_GET
@requires("reports.view")
def weekly(request):
    return _page(request, WEEK)


@require_POST
@requires("reports.export")
def export(request):
    """The period's workbook. It holds customers' words and plates, so who took it is written down."""
    period = asked_period(request.POST)
    if period is None:
        raise Http404
    content = workbook(build(request.store, period))
    audit.record("report.exported", by=request.user, store=request.store, subject=request.store, period=period.code)
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": f'attachment; filename="report-{period.code}.xlsx"'})
