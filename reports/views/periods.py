"""The period that an address names."""

from django.http import Http404

from reports import quarters
from reports.periods import Period, parse


def asked_period(values, kind: str | None = None) -> Period | None:
    """?period=…; None without one, 404 for what is none (or none of this kind)."""
    text = values.get("period", "")
    if not text:
        return None
    try:
        period = parse(text)
    except ValueError as error:
        raise Http404(str(error)) from None
    if kind and period.kind != kind:
        raise Http404
    return period


def asked_span(values) -> Period | None:
    """As asked_period, a quarter too: people are appraised by it."""
    try:
        return quarters.of_quarter(quarters.parse(values.get("period", "")))
    except ValueError:
        return asked_period(values)
