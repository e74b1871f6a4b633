from django.db.models import Exists, OuterRef, Q
from django.http import Http404
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from csi.models import Response
from customers.models import Vehicle
from followups.models import Attempt
from reports import beside
from reports.behind import described
from reports.breakdown import DIMENSIONS, Part, part_of
from reports.compute import figure_or_none, rows_behind
from reports.counts import OF_ADVISORS, series
from reports.figure import Figure, Kind
from reports.figures import CALLER_FIGURES, KNOWN
from reports.manual import tiles
from reports.periods import MONTH, Period, containing
from reports.targets import ADVISING, CALLING, Targets, load
from reports.templatetags.figures import target_text
from reports.views.periods import asked_period, asked_span
from staff.access import requires
from staff.models import Membership, User
from staff.roles import Role
from visits.models import NewCarDelivery, ServiceOrder

PER_PAGE = 50
MONTHS = 6
GROUPS = [
    (_("Calls"), ["callback_rate", "contact_rate", "timely_rate", "warranty_callback_rate"]),
    (_("Satisfaction"), ["satisfaction_rate", "satisfaction_rate_sales", "csat", "delight_rate", "nps"]),
    (
        _("Complaints"),
        ["complaint_rate_service", "complaint_rate_sales", "first_reply_kept", "department_reply_kept", "revisit_kept"],
    ),
    (_("Loyalty"), ["return_rate", "repurchase_rate", "workshop_return_rate", "churn_rate", "base_customers", "first_maintenance_rate"]),
    (_("Workshop"), ["cars_received", "cars_received_a_day", "rework_rate", "waiting_minutes", "delivery_delay_minutes"]),
    (_("Revenue"), ["revenue_per_car", "revenue_per_car_repair", "revenue_per_car_accident"]),
    (_("From outside"), ["market_share", "service_profit_share"]),
]
OF_ADVISOR = ["satisfaction_rate", "delight_rate", "nps", "rework_rate", "cars_received", "revenue_per_car", "callback_rate"]
OF_CONSULTANT = ["satisfaction_rate_sales", "callback_rate"]
PARTS = {"numerator": _("counted"), "rest": _("not counted"), "denominator": _("all")}


def _months(request) -> list[Period]:
    last = asked_period(request.GET, MONTH) or containing(request.store.today())
    return last.back(MONTHS)


def _row(figure: Figure, history, today, target_of) -> dict:
    """cells: (period, value, whether it reaches the target that was valid then; None: no telling, such as of a month that is not over;
    that target, where it is not the last one; whether it is provisional)."""
    cells, texts = [], {period: target_text(figure, target_of(figure, period)) for period in history}
    last = texts[max(history)]
    for period, values in history.items():
        value = values[figure.code]
        met = figure.meets(value.value, target_of(figure, period), is_running=period.is_running(today))
        then = texts[period] if texts[period] != last else ""
        cells.append((period, value, met, then, figure.is_provisional(period, today)))
    return {"figure": figure, "cells": cells, "target": last}


def _table(history, groups, today) -> list[dict]:
    """groups of rows: a figure, its target, and its value in each month. caller: the rows are a caller's. target_of: (figure, period)."""
    return [
        {
            "name": name,
            "caller": caller,
            "rows": [_row(figures[code], history, today, target_of) for code in codes],
        }
        for name, codes, figures, caller, target_of in groups
    ]


def _own_targets(targets: Targets, person: int, among):
    return lambda figure, period: targets.of(figure, period, person=person, among=among)


def _about(request, periods: list[Period]) -> dict:
    today = request.store.today()
    return {
        "periods": periods,
        "last": periods[-1],
        "today": today,
    }


@require_GET
@requires("reports.view")
def index(request):
    periods = _months(request)
    history, targets = series(request.store, periods, KNOWN), load(request.store, periods)
    groups = _table(history, [(name, codes, KNOWN, None, targets.of) for name, codes in GROUPS], request.store.today())
    full = periods[-2] if periods[-1].is_running(request.store.today()) else periods[-1]
    return render(request, "reports/index.html", _about(request, periods) | {"groups": groups, "tiles": tiles(full, request.store.today())})


@require_GET
@requires("reports.own")
def mine(request):
    """One's own scores: nobody else's."""
    periods = _months(request)
    roles = request.access.roles
    targets = load(request.store, periods, roles={request.user.pk: roles})
    groups, history = [], {period: {} for period in periods}
    if Role.ADVISOR in roles or Role.SALES in roles:
        sold = Role.ADVISOR not in roles
        groups.append(
            (_("My customers"), OF_CONSULTANT if sold else OF_ADVISOR, OF_ADVISORS, None, _own_targets(targets, request.user.pk, ADVISING))
        )
        for period, values in series(request.store, periods, OF_ADVISORS, advisor=request.user.pk).items():
            history[period] |= values
    if Role.CALLER in roles:
        groups.append(
            (_("My calls"), ["dials", "reached_rate", "csat"], CALLER_FIGURES, "me", _own_targets(targets, request.user.pk, CALLING))
        )
        for period, values in series(request.store, periods, CALLER_FIGURES, caller=request.user.pk).items():
            history[period] |= values
    return render(request, "reports/mine.html", _about(request, periods) | {"groups": _table(history, groups, request.store.today())})


def _named_in(store):
    """People who have a role in the store, or whose work stands in its records: their figures outlive their roles."""
    records = ((ServiceOrder, "advisor"), (NewCarDelivery, "consultant"), (Response, "advisor"), (Attempt, "by"))
    named = Q(Exists(Membership.objects.filter(store=store, user=OuterRef("pk"))))
    for model, who in records:
        named |= Q(Exists(model.objects.filter(store=store, **{who: OuterRef("pk")})))
    return User.objects.filter(named)


def _person(store, text: str | None):
    """?advisor=12 or none. 404 for whoever has no place in this store."""
    if not text or text == "none":
        return text or None
    if not text.isdecimal() or len(text) > 18:
        raise Http404
    user = _named_in(store).filter(pk=int(text)).first()
    if user is None:
        raise Http404
    return user


def _part(request, figure: Figure, period: Period) -> Part | None:
    """?by=model&key=逸动: a line of a breakdown; &none=1 its rows without a key, &rest=1 all the small ones. ?surveyed=1: about people whom
    the manufacturer's survey of the month rates. 404 for what is none."""
    if "surveyed" in request.GET:
        if figure.records != "responses":
            raise Http404
        return Part(_("about people in the manufacturer's survey"), beside.about_surveyed(request.store, period))
    dimension = DIMENSIONS.get(request.GET.get("by", ""))
    if dimension is None:
        return None
    if figure.code not in dimension.figures:
        raise Http404
    key = None if "none" in request.GET else request.GET.get("key", "")[:200]
    part = part_of(request.store, period, figure, dimension, key=key, is_rest="rest" in request.GET)
    if part is None:
        raise Http404
    return part


def _rows(request, figure: Figure, *, advisor, caller, back: str, mine: bool):
    period = asked_span(request.GET)
    if period is None:
        raise Http404
    part = request.GET.get("part", "denominator")
    if part not in PARTS:
        raise Http404
    who = {"advisor": getattr(advisor, "pk", advisor), "caller": getattr(caller, "pk", caller)}
    group = None if mine else _part(request, figure, period)
    if group:
        who["only"] = group.only
    counts = {name: rows_behind(figure, request.store, period, part=name, **who).count() for name in PARTS} if figure.has_parts else {}
    rows = rows_behind(figure, request.store, period, part=part, **who).order_by("-pk")
    total = counts[part] if counts else rows.count()
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) <= 18:
        rows = rows.filter(pk__lt=int(before))
    found = list(described(rows[: PER_PAGE + 1], figure, request.access, period.last))
    asked = {key: value for key, value in request.GET.items() if key != "before"}
    context = {
        "figure": figure,
        "period": period,
        "part": part,
        "person": advisor or caller,
        "group": group,
        "parts": [(PARTS[name], count, name == part, urlencode(asked | {"part": name})) for name, count in counts.items()],
        "total": total,
        "rows": found[:PER_PAGE],
        "is_of_vehicles": rows.model is Vehicle,
        "days": period.days_by(request.store.today()) if figure.kind == Kind.A_DAY else 0,
        "has_amount": bool(figure.amount),
        "has_minutes": figure.kind == Kind.MEDIAN,
        "next_url": f"?{urlencode(asked | {'before': found[PER_PAGE - 1].pk})}" if len(found) > PER_PAGE else "",
        "first_url": f"?{urlencode(asked)}" if before else "",
        "back": back,
        "mine": mine,
    }
    return render(request, "reports/rows.html", context)


@require_GET
@requires("reports.view")
def rows(request, code):
    """The rows behind a figure: as many as it says."""
    figure = figure_or_none(code)
    if figure is None:
        raise Http404
    advisor, caller = _person(request.store, request.GET.get("advisor")), _person(request.store, request.GET.get("caller"))
    return _rows(request, figure, advisor=advisor, caller=caller, back="reports:index", mine=False)


@require_GET
@requires("reports.own")
def my_rows(request, code):
    """The rows behind one's own figure: whoever the address may name, only the reader's own."""
    figure = figure_or_none(code)
    if figure is None:
        raise Http404
    calls = "caller" in request.GET or code not in KNOWN
    who = {"advisor": None, "caller": request.user} if calls else {"advisor": request.user, "caller": None}
    return _rows(request, figure, back="reports:mine", mine=True, **who)
