"""The lines of the desk: everybody who waits, with their car, and what was done for them. A fixed number of statements.

Whether the customer of an order waits is asked of the order; what the desk wrote about them stands in their `Waiting`, if there is one.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, time

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Q
from django.http import Http404
from django.utils.translation import gettext as _

from core import clock
from customers.models import Customer, surname
from lounge import drinks
from lounge.models import Request, Waiting
from staff.models import Access, Store
from visits.models import ServiceOrder, Step
from visits.querysets import GONE

MOST = 200  # no lounge has as many chairs; the page says so if it has
LEFT = 12
KEY = re.compile(r"([ow])([0-9]{1,17})", re.ASCII)
RELATED = ("vehicle", "customer", "advisor", "waiting")


def addressed(order: ServiceOrder) -> str:
    """Who sits there, as one speaks to them: whoever brought the car, else its owner. Never a full name."""
    customer = order.customer
    if order.contact_name and order.contact_name != customer.name:
        return f"{surname(order.contact_name)}先生/女士"
    return _("company customer") if customer.kind == Customer.Kind.COMPANY else customer.addressed


@dataclass
class Line:
    """order or waiting may be None, not both. requests: the open ones. form: what was refused, with what was typed."""

    order: ServiceOrder | None
    waiting: Waiting | None
    requests: list[Request] = field(default_factory=list)
    n_done: int = 0
    form: object = None
    is_off_the_list: bool = False  # what was served is not on offer any more

    @property
    def key(self) -> str:
        return f"o{self.order.pk}" if self.order else f"w{self.waiting.pk}"

    @property
    def who(self) -> str:
        return addressed(self.order) if self.order else self.waiting.name

    @property
    def arrived_at(self) -> datetime:
        return self.waiting.arrived_at if self.waiting else self.order.received_at

    @property
    def attended_at(self) -> datetime | None:
        return self.waiting.attended_at if self.waiting else None

    @property
    def drink(self) -> str:
        return drinks.label(self.waiting.drink) if self.waiting else ""

    @property
    def served(self) -> int:
        return self.waiting.served if self.waiting else 0

    @property
    def promised_at(self) -> datetime | None:
        return self.order.promised_at if self.order else None

    @property
    def is_ready(self) -> bool:
        return self.order is not None and self.order.step == Step.READY

    @property
    def is_told(self) -> bool:
        """The advisor has been told that the customer asks, and nobody has been there yet."""
        return any(request.for_advisor for request in self.requests)

    def waits(self, now: datetime) -> bool:
        """Whether it belongs to the list: as waiting_orders has it."""
        today = self.arrived_at >= start_of_day((self.order or self.waiting).store, now)
        if self.order is None:
            return today and self.waiting.left_at is None
        return today and self.order.waits_in_lounge and self.order.step not in GONE

    def is_late(self, now: datetime) -> bool:
        return self.promised_at is not None and self.promised_at <= now

    def urgency(self, now: datetime) -> tuple:
        """To sort by: late cars first, and among equals whoever has been without attention longest."""
        return not self.is_late(now), self.attended_at or self.arrived_at, self.key


def _waiting_of(order: ServiceOrder) -> Waiting | None:
    try:
        return order.waiting
    except ObjectDoesNotExist:
        return None


def start_of_day(store: Store, now: datetime) -> datetime:
    return datetime.combine(store.local_date(now), time(), store.tz)


def in_lounge(store: Store, now: datetime) -> Q:
    """Of cars that are here, those whose customers said today that they wait. ◆ Nobody stays in the lounge over night: of a car that does,
    the customer waits again when the desk says so."""
    today = Q(received_on=store.local_date(now)) | Q(waiting__arrived_at__gte=start_of_day(store, now))
    return today & Q(waits_in_lounge=True)


def waiting_orders(store: Store, now: datetime):
    return ServiceOrder.objects.filter(in_lounge(store, now), store=store).here()


def here(access: Access, now: datetime) -> tuple[list[Line], bool]:
    """Everybody who waits, the most urgent first; and whether there are more than the page shows."""
    orders = waiting_orders(access.store, now).select_related(*RELATED)
    alone = Waiting.objects.visible_to(access).by_themselves().filter(left_at=None, arrived_at__gte=start_of_day(access.store, now))
    lines = [Line(order, _waiting_of(order)) for order in orders.order_by("received_at", "pk")[: MOST + 1]]
    lines += [Line(None, waiting) for waiting in alone.order_by("arrived_at", "pk")[: MOST + 1]]
    lines.sort(key=lambda line: line.urgency(now))
    shown = lines[:MOST]
    _add_requests(shown)
    return shown, len(lines) > MOST


def _add_requests(lines: list[Line]) -> None:
    of = {line.waiting.pk: line for line in lines if line.waiting}
    for request in Request.objects.filter(waiting__in=of).select_related("by"):
        line = of[request.waiting_id]
        if request.done_at is None:
            line.requests.append(request)
        else:
            line.n_done += 1


def left_today(access: Access, now: datetime) -> list[Line]:
    """Who has left today, the last first: to be called back where it was a slip."""
    rows = Waiting.objects.visible_to(access).filter(left_at__gte=start_of_day(access.store, now))
    rows = rows.select_related("order__vehicle", "order__customer", "order__advisor").order_by("-left_at", "-pk")
    # A car that was handed over meanwhile has taken its customer along.
    return [Line(row.order, row) for row in rows[:LEFT] if row.order is None or not (row.order.waits_in_lounge or row.order.delivered_at)]


def of_order(order: ServiceOrder) -> Line | None:
    """For the visit's page; None where the customer does not wait. At most two statements."""
    line = Line(order, Waiting.objects.filter(order=order).first()) if order.waits_in_lounge else None
    if line is None or not line.waits(clock.now()):
        return None
    _add_requests([line])
    return line


def find(access: Access, key: str) -> Line:
    """The line of a key of this store, present or not. Raises Http404."""
    match = KEY.fullmatch(key)
    if match:
        pk = int(match[2])
        if match[1] == "o":
            order = ServiceOrder.objects.visible_to(access).select_related("store", *RELATED).filter(pk=pk).first()
            if order:
                return Line(order, _waiting_of(order))
        else:
            waiting = Waiting.objects.visible_to(access).by_themselves().select_related("store").filter(pk=pk).first()
            if waiting:
                return Line(None, waiting)
    raise Http404
