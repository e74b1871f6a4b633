"""The stores of a region, or of whoever works in several, side by side (domain §1, §10)."""

from dataclasses import dataclass

from django.shortcuts import render
from django.views.decorators.http import require_GET

from csi.statistics import OUTER
from reports import counts
from reports.breakdown import summed
from reports.charts import Strip, strips
from reports.compute import Value
from reports.figures import FIGURES
from reports.periods import MONTH, containing
from reports.views.periods import asked_period
from staff.access import accesses, requires
from staff.models import Store

CODES = ["satisfaction_rate", "satisfaction_rate_sales", "csat", "nps", "callback_rate", "complaint_rate_service", "first_reply_kept"]
JUDGED = "satisfaction_rate"


@dataclass(frozen=True)
class Line:
    """values: in the order of CODES; None while the store's month is being counted."""

    store: Store
    values: list[Value] | None
    strip: Strip | None = None
    beside: str = ""
    differs: bool = False


@require_GET
@requires("reports.view")
def index(request):
    """?period: a month. Of the stores whose reports the reader may read; as the sweep has counted them. Four queries."""
    today = request.store.today()
    period = asked_period(request.GET, MONTH) or containing(today).previous
    stores = [store for store, access in accesses(request.user).items() if access.can("reports.view")]
    kept = counts.of_stores(stores, period)
    figures = [FIGURES[code] for code in CODES]
    lines = []
    for store in stores:
        found = kept.get(store.pk, counts.nothing())
        lines.append(Line(store, [found.figures.get(figure.code) or Value(figure) for figure in figures] if found else None))
    counted = [line.values for line in lines if line.values]
    whole = [summed(figure, (values[n] for values in counted)) for n, figure in enumerate(figures)]
    context = {
        "period": period,
        "is_running": period.is_running(today),
        "figures": figures,
        "judged": FIGURES[JUDGED],
        "lines": judged(lines, whole[CODES.index(JUDGED)]),
        "whole": whole,
    }
    return render(request, "reports/stores.html", context)


def judged(lines: list[Line], whole: Value) -> list[Line]:
    """By JUDGED, best first, each beside all of them together by the funnel's two limits (ADR 17)."""
    rates = [line.values[CODES.index(JUDGED)].rate if line.values else None for line in lines]
    drawn = strips(rates, whole.value)
    found = [
        Line(line.store, line.values, strip, rate.beside(whole.value), rate.beside(whole.value, OUTER) != "same")
        if rate and rate.n
        else line
        for line, rate, strip in zip(lines, rates, drawn, strict=True)
    ]
    return sorted(found, key=lambda line: (line.strip is None, -(line.strip.at if line.strip else 0), line.store.code))
