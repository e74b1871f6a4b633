"""The period that an address names."""

from django.http import Http404

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
