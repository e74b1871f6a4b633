"""The advisor's board: cars here now by step, today's appointments, and the list of past orders."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Q
from django.http import QueryDict
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core import clock
from lounge.lines import in_lounge
from staff.access import requires
from visits.appointments import LATE_AFTER, day_bounds
from visits.forms import PastFilter
from visits.models import Appointment, ServiceOrder, Step

PAGE = 50
MOST = 300  # a workshop never holds that many; the page says so if it does
COLUMNS = (Step.RECEPTION, Step.DIAGNOSIS, Step.JOB_ORDER, Step.REPAIR, Step.INSPECTION, Step.READY)


@dataclass
class Column:
    step: str
    label: str
    orders: list[ServiceOrder] = field(default_factory=list)


@never_cache
@requires("visits.view")
@require_safe
def board(request):
    now, store = clock.now(), request.store
    mine = request.GET.get("mine") == "1"
    orders = ServiceOrder.objects.visible_to(request.access).here().select_related("vehicle", "customer", "advisor")
    orders = orders.annotate(in_lounge=in_lounge(store, now))
    appointments = _todays(request, now)
    if mine:
        orders = orders.filter(advisor=request.user)
        appointments = appointments.filter(Q(advisor=request.user) | Q(advisor=None))
    here = sorted(
        orders.order_by("received_at", "pk")[: MOST + 1],
        key=lambda order: (order.promised_at or now + timedelta(days=3650), order.received_at),
    )
    columns = {step: Column(step, Step(step).label) for step in COLUMNS}
    for order in here[:MOST]:
        columns[order.step].orders.append(order)
    booked = list(appointments)
    to_call = [one for one in booked if one.at + LATE_AFTER <= now and one.called_at is None]
    context = {
        "columns": list(columns.values()),
        "n_here": len(here[:MOST]),
        "has_more": len(here) > MOST,
        "n_late": sum(1 for order in here if order.promised_at and order.promised_at < now),
        "n_waiting": sum(1 for order in here if order.in_lounge),
        "to_call": to_call,
        "expected": [one for one in booked if one not in to_call],
        "mine": mine,
        "today": store.local_date(now),
        "now": now,
    }
    return render(request, "visits/board.html", context)


def _todays(request, now):
    start, end = day_bounds(request.store, request.store.local_date(now))
    booked = Appointment.objects.visible_to(request.access).booked().between(start, end)
    return booked.select_related("customer", "vehicle", "advisor").order_by("at", "pk")


@requires("visits.view")
@require_safe
def past(request):
    """Orders that are over, the latest first; keyset paging by (day, pk); the filters stay in the address."""
    form = PastFilter(request.GET or None, store=request.store)
    form.is_valid()
    chosen = getattr(form, "cleaned_data", {})
    rows = ServiceOrder.objects.visible_to(request.access).delivered().select_related("vehicle", "customer", "advisor")
    if chosen.get("first"):
        rows = rows.filter(delivered_on__gte=chosen["first"])
    if chosen.get("last"):
        rows = rows.filter(delivered_on__lte=chosen["last"])
    if chosen.get("advisor"):
        rows = rows.filter(advisor=chosen["advisor"])
    if chosen.get("kind"):
        rows = rows.filter(kind=chosen["kind"])
    query = QueryDict(mutable=True)
    query.update({key: request.GET[key] for key in ("first", "last", "advisor", "kind") if request.GET.get(key)})
    first_url = f"?{query.urlencode()}" if request.GET.get("after") else ""
    if after := _position(request.GET.get("after", "")):
        day, pk = after
        rows = rows.filter(delivered_on__lte=day).exclude(delivered_on=day, pk__gte=pk)
    found = list(rows.order_by("-delivered_on", "-pk")[: PAGE + 1])
    next_url = ""
    if len(found) > PAGE:
        last = found[PAGE - 1]
        query["after"] = f"{last.delivered_on.isoformat()}_{last.pk}"
        next_url = f"?{query.urlencode()}"
    context = {
        "form": form,
        "orders": found[:PAGE],
        "next_url": next_url,
        "first_url": first_url,
        "is_filtered": any(chosen.values()),
        "title": _("Past visits"),
    }
    return render(request, "visits/past.html", context)


def _position(text: str) -> tuple[date, int] | None:
    day, _sep, pk = text.partition("_")
    try:
        return date.fromisoformat(day), int(pk)
    except ValueError:
        return None
