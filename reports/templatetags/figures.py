"""{% load figures %}: figures as people read them, and the way to the rows behind them."""

from functools import cache

from django import template
from django.template.defaultfilters import floatformat
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from reports.figure import Kind
from reports.figures import ALL

register = template.Library()


def show(kind: str, value: float | None) -> str:
    """A figure's value or target in words: 98.4%, +42, 12 min, ¥812.35."""
    if value is None:
        return "–"
    if kind in (Kind.RATE, Kind.SHARE):
        return f"{value * 100:.1f}%"
    if kind == Kind.NET:
        return f"{value * 100:+.0f}".replace("-", "−")
    if kind == Kind.MEDIAN:
        return _("%(n)s min") % {"n": floatformat(value, "-1").replace("-", "−")}
    if kind == Kind.MONEY:
        return f"¥{value:,.2f}"
    if kind == Kind.A_DAY:
        return f"{value:.1f}"
    return number_format(value, decimal_pos=0, force_grouping=True)


@register.filter
def shown(value) -> str:
    """A reports.compute.Value."""
    return show(value.figure.kind, value.value)


def target_text(figure, target: float | None) -> str:
    """'98%', '≤ 30 min'; '' without one."""
    if target is None:
        return ""
    sign = "≤ " if figure.less_is_better else ""
    if figure.kind == Kind.NET:
        return f"{target * 100:.4g}"
    if figure.kind in (Kind.RATE, Kind.SHARE):
        return f"{sign}{target * 100:.4g}%"
    return sign + show(figure.kind, target).removesuffix(".00").removesuffix(".0")


@register.filter
def interval(value) -> str:
    """'93.1–98.9%', '' for what has no interval."""
    if value.low is None:
        return ""
    if value.figure.kind == Kind.NET:
        return f"{value.low * 100:+.0f} … {value.high * 100:+.0f}".replace("-", "−")
    return f"{value.low * 100:.1f}–{value.high * 100:.1f}%"


@register.filter
def percent(value: float | None, places: int = 1) -> str:
    return show(Kind.RATE, value) if value is None or places == 1 else f"{value * 100:.{places}f}%"


@register.filter
def gap(points: float | None) -> str:
    """Points of a hundred between two measures: '+8.9', '–' where one of them is missing."""
    return "–" if points is None else f"{points:+.1f}".replace("-", "−") if points else "±0"


@register.filter
def of_whole(value: int | None) -> str:
    """Hundredths of a percent: '55.00%', '–' for what is not known."""
    return f"{value / 100:.2f}%" if isinstance(value, int) else "–"


@register.filter
def points(change: float | None) -> str:
    """'+3.2', '−0.4', '±0': points of a hundred."""
    return "–" if change is None else f"{change:+.1f}".replace("-", "−") if change else "±0"


@register.filter
def linked(count: int, url: str) -> str:
    """A number that opens the rows it was counted from; none has no rows."""
    return format_html('<a href="{}">{}</a>', url, count) if count else str(count)


@register.filter
def of(values: dict, code: str):
    """values|of:"nps": a figure of a dict by its code."""
    return values[code]


@cache
def _rows(code: str, mine: bool) -> str:
    """A page leads to the rows some two hundred times; looking an address up takes longer than all else that its link needs."""
    return reverse("reports:my_rows" if mine else "reports:rows", args=[code])


def rows_url(code, period, part="denominator", advisor=None, caller=None, mine=False) -> str:
    query = {"period": str(period), "part": part, "advisor": advisor or None, "caller": caller or None}
    if (figure := ALL.get(code)) and not figure.records:
        return f"{reverse('reports:outside')}?{urlencode({'period': str(period)})}"  # entered: no rows stand behind it
    return f"{_rows(code, mine)}?{urlencode({key: value for key, value in query.items() if value is not None})}"


@register.simple_tag
def rows(code, period, part="denominator", advisor=None, caller=None, mine=False) -> str:
    """The address of the rows behind a figure. advisor, caller: a user, or 'none'."""
    return rows_url(code, period, part, getattr(advisor, "pk", advisor), getattr(caller, "pk", caller), mine)


@register.simple_tag
def group_rows(code, period, dimension, group) -> str:
    """The address of the rows behind a line of a breakdown."""
    which = {"rest": 1} if group.is_rest else {"none": 1} if group.key is None else {"key": group.key}
    return f"{_rows(code, False)}?{urlencode({'period': str(period), 'by': dimension.code} | which)}"
