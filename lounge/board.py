"""What the lounge's screen shows to everybody in the room: surname, hidden plate, how far the car is. Nothing else leaves this module.

Who waits is asked as the desk asks it; the rows are plain values, so that no template can reach a name, a phone or a VIN.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.identifiers import hide_plate
from lounge.lines import MOST, addressed, waiting_orders
from staff.models import Store
from visits.models import ServiceOrder, Source, Step

A_PAGE = 10  # what fits a 1920 × 1080 screen at a size that is read from across the room
# S2's eight steps. A car that is ready stands at the hand-over.
STEPS = (
    ("appointment", _("appointment")),
    (Step.RECEPTION, Step.RECEPTION.label),
    (Step.DIAGNOSIS, Step.DIAGNOSIS.label),
    (Step.JOB_ORDER, Step.JOB_ORDER.label),
    (Step.REPAIR, Step.REPAIR.label),
    (Step.INSPECTION, Step.INSPECTION.label),
    (Step.READY, pgettext_lazy("step", "hand-over")),
    ("callback", _("callback")),
)
PLACE = {step: n for n, (step, _label) in enumerate(STEPS)}


@dataclass(frozen=True)
class Car:
    """states: of each of the eight steps, its name and 'past', 'here', 'ahead' or 'none' (there was no appointment)."""

    who: str
    plate: str
    step: object
    states: tuple[tuple[object, str], ...]
    promised_at: datetime | None
    is_ready: bool
    is_late: bool
    advisor: str


@dataclass(frozen=True)
class Page:
    cars: tuple[Car, ...]
    number: int
    pages: int
    n: int

    @property
    def following(self) -> int:
        return self.number % self.pages + 1


def states(step: str, source: str) -> tuple[tuple[object, str], ...]:
    here = PLACE[step]
    told = []
    for n, (code, label) in enumerate(STEPS):
        state = "past" if n < here else "here" if n == here else "ahead"
        told.append((label, "none" if code == "appointment" and source != Source.APPOINTMENT else state))
    return tuple(told)


def car_of(order: ServiceOrder, now: datetime) -> Car:
    is_ready = order.step == Step.READY
    return Car(
        who=addressed(order),
        plate=hide_plate(order.vehicle.plate),
        step=STEPS[PLACE[order.step]][1],
        states=states(order.step, order.source),
        promised_at=order.promised_at,
        is_ready=is_ready,
        is_late=not is_ready and order.promised_at is not None and order.promised_at <= now,
        advisor=str(order.advisor or ""),
    )


def page(store: Store, now: datetime, number: int = 1) -> Page:
    """The page of that number, or the first where there is none: ready cars first, then by the promised time. One statement."""
    orders = waiting_orders(store, now).select_related("vehicle", "customer", "advisor").order_by("-received_at", "-pk")[:MOST]
    waiting = sorted(
        orders, key=lambda order: (order.step != Step.READY, order.promised_at is None, order.promised_at or order.received_at, order.pk)
    )
    pages = max(1, -(-len(waiting) // A_PAGE))
    number = number if 1 <= number <= pages else 1
    shown = waiting[(number - 1) * A_PAGE : number * A_PAGE]
    return Page(tuple(car_of(order, now) for order in shown), number, pages, len(waiting))
