"""Template tags that every page may use (built in: no {% load %}).

{% icon "phone" %}          a Lucide icon, decorative; {% icon "phone" label=_("Call") %} one that is read aloud
{% when at %}               how far away, and the time itself; {% when at "absolute" %} only the time; dates work too
{% due at %}                a deadline: late is red, the coming hour amber, and both say so in words
{% yuan fen %}              ¥1,990.50
{% badge text kind %}       kind: quiet, accent, ok, soon, late
{% rate rate %}             a csi.statistics.Rate: value, n, 95 % interval, mark for a small sample
{{ n|capped }}              a number that the database counted up to statements.MANY only: 500+
{{ field|shown_before }}    of a field whose options stand one by one: what it said when the form was opened (Django adds it to {{ field }})
{% once %}                  in a form that writes, behind {% csrf_token %}: sent twice it counts once (core.once)
{% nav "desk:today" _("Today") "house" "work" %}   an entry of the navigation, if the page exists and the person may see it
"""

import uuid
from datetime import date, datetime, timedelta
from functools import lru_cache

import lucide
from django import template
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from core import clock, statements
from core.money import to_yuan
from core.once import FIELD as ONCE

register = template.Library()

SOON = timedelta(hours=1)
TWO_DAYS = timedelta(days=2)
KINDS = ("quiet", "accent", "ok", "soon", "late")
NOTHING = mark_safe('<span class="none">–</span>')


@lru_cache(maxsize=512)
def _svg(name: str, size: int, css: str, label: str) -> SafeString:
    spoken = {"role": "img", "aria_label": label} if label else {"aria_hidden": "true"}
    svg = lucide._render_icon(name, size, **{"class": f"icon {css}".strip(), "focusable": "false", **spoken})
    return mark_safe(svg)  # noqa: S308  ElementTree has escaped every attribute


@register.filter
def capped(number: int) -> int | str:
    return f"{statements.MANY}+" if number > statements.MANY else number


@register.filter
def shown_before(field) -> SafeString:
    return field.as_hidden(only_initial=True) if field.field.show_hidden_initial else mark_safe("")


@register.simple_tag
def icon(name: str, label: str = "", size: int = 18, css: str = "") -> SafeString:
    """An inline SVG; without a label it is decoration and hidden from screen readers. An unknown name raises."""
    return _svg(str(name), size, css, str(label))


def span(delta: timedelta) -> str:
    """The length of a time in words, whole units, rounded down: '35 min', '2 h 10 min', '3 d'."""
    minutes = int(abs(delta).total_seconds() // 60)
    if minutes < 60:
        return _("%(n)s min") % {"n": minutes}
    hours, rest = divmod(minutes, 60)
    if hours < 6 and rest:
        return _("%(h)s h %(m)s min") % {"h": hours, "m": rest}
    if hours < 48:
        return _("%(n)s h") % {"n": hours}
    return days_in_words(hours // 24)


def days_in_words(days: int) -> str:
    """Whole days, from two months on in months, from two years on in years: nobody counts to a thousand days."""
    if days < 60:
        return _("%(n)s d") % {"n": days}
    if days < 730:
        return _("%(n)s months") % {"n": round(days / 30.44)}
    return _("%(n)s years") % {"n": days // 365}


def relative(at: datetime, now: datetime) -> str:
    """'in 5 min', 'just now', '2 h ago'. From two days on by the calendar, as people count: on the 24th the 20th is four days ago."""
    if abs(at - now) < timedelta(minutes=1):
        return _("just now")
    if abs(at - now) >= TWO_DAYS:
        return relative_day(timezone.localtime(at).date(), timezone.localtime(now).date())
    return (_("in %(span)s") if at > now else _("%(span)s ago")) % {"span": span(at - now)}


def relative_day(day: date, today: date) -> str:
    days = (day - today).days
    if abs(days) <= 1:
        return {-1: _("yesterday"), 0: _("today"), 1: _("tomorrow")}[days]
    return (_("in %(span)s") if days > 0 else _("%(span)s ago")) % {"span": days_in_words(abs(days))}


def absolute(at: datetime, now: datetime) -> str:
    """The local time; the date when it is not today's, the year when it is not this one."""
    here, today = timezone.localtime(at), timezone.localtime(now).date()
    if here.date() == today:
        return here.strftime("%H:%M")
    return here.strftime("%m-%d %H:%M" if here.year == today.year else "%Y-%m-%d %H:%M")


def _time(at: datetime, words: str, figures: str, css: str) -> SafeString:
    return format_html(
        '<time class="{}" datetime="{}" title="{}">{}<span class="at">{}</span></time>',
        css,
        at.isoformat(timespec="seconds"),
        timezone.localtime(at).strftime("%Y-%m-%d %H:%M"),
        format_html('<span class="rel">{}</span> ', words) if words else "",
        figures,
    )


@register.simple_tag
def when(at: datetime | date | None, style: str = "both") -> SafeString:
    """A moment (aware) or a date, relative and absolute; style 'absolute' leaves the relative part out. None: a dash."""
    if not at:
        return NOTHING
    now = clock.now()
    if not isinstance(at, datetime):
        today = timezone.localtime(now).date()
        figures = at.strftime("%m-%d" if at.year == today.year else "%Y-%m-%d")
        words = format_html('<span class="rel">{}</span> ', relative_day(at, today)) if style == "both" else ""
        return format_html('<time class="when" datetime="{}">{}<span class="at">{}</span></time>', at.isoformat(), words, figures)
    return _time(at, relative(at, now) if style == "both" else "", absolute(at, now), "when")


@register.simple_tag
def due(at: datetime | None) -> SafeString:
    """A deadline. Late: red, '12 min late'; within the hour: amber, 'in 12 min'. None: a dash."""
    if not at:
        return NOTHING
    now = clock.now()
    if at <= now:
        return _time(at, _("%(span)s late") % {"span": span(now - at)}, absolute(at, now), "when due late")
    return _time(at, relative(at, now), absolute(at, now), "when due soon" if at - now <= SOON else "when due")


@register.simple_tag
def yuan(fen: int | None) -> SafeString:
    """Integer fen as ¥ with thousands separators and two decimals. None: a dash."""
    if fen is None or fen == "":
        return NOTHING
    return format_html('<span class="num">{}¥{}</span>', "−" if fen < 0 else "", f"{to_yuan(abs(fen)):,}")


@register.simple_tag
def badge(text: str, kind: str = "quiet", icon_name: str = "") -> SafeString:
    """A short word about a state. Red (late) and amber (soon) are for time only."""
    if kind not in KINDS:
        raise template.TemplateSyntaxError(f"badge kind {kind!r}: one of {', '.join(KINDS)}")
    return format_html('<span class="tag tag-{}">{}{}</span>', kind, icon(icon_name, size=14) if icon_name else "", text)


def percent(fraction: float) -> str:
    return f"{fraction * 100:.1f}%"


@register.simple_tag
def rate(value) -> SafeString:
    """value, n and 95 % interval of a csi.statistics.Rate; a sample under 30 is marked, none at all is a dash with n = 0."""
    if value is None or value.value is None:
        return format_html('<span class="rate"><span class="none">–</span> <span class="rate-n">n = {}</span></span>', 0)
    small = format_html(' <span class="tag tag-quiet" title="{}">{}</span>', _("Fewer than 30: chance plays a large part."), _("few"))
    return format_html(
        '<span class="rate"><span class="rate-value num">{}</span> <span class="rate-n num">n = {}</span> '
        '<span class="rate-range num" title="{}">{}–{}</span>{}</span>',
        percent(value.value),
        value.n,
        _("95% interval"),
        percent(value.low),
        percent(value.high),
        small if value.is_small else "",
    )


@register.simple_tag
def once() -> SafeString:
    return format_html('<input type="hidden" name="{}" value="{}">', ONCE, uuid.uuid4().hex)


@register.filter
def minutes(value: int) -> str:
    """A minute of the day as a clock time: 510 -> '08:30', 1440 -> '24:00'."""
    return "{:02d}:{:02d}".format(*divmod(value, 60))


def _reverse(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


@register.inclusion_tag("components/nav_entry.html", takes_context=True)
def nav(context, url_name: str, label: str, icon_name: str, ability: str = "work", under: str = "", but: str = "") -> dict:
    """An entry of the navigation; empty when the person may not see the page. `under`: the page whose addresses belong to it; `but`: pages,
    blanks between them, whose addresses belong to another entry."""
    access, path = context.get("access"), context["request"].path
    url = _reverse(url_name) if access is not None and access.can(ability) else ""
    prefix = _reverse(under) if under else url
    here = bool(url) and (path == url or (prefix != "/" and path.startswith(prefix)))
    here = here and not any(path.startswith(_reverse(other) or "//") for other in but.split())
    return {"url": url, "label": label, "icon_name": icon_name, "here": here}


@register.simple_tag
def weekday(number: int) -> str:
    """0 -> Monday, in the reader's language."""
    return str(WEEKDAYS[number])
