"""The rows that figures are counted from: one readable queryset per kind of record and period, shared by every figure over it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from complaints.models import Clock, Complaint
from core.months import add_months
from csi.models import Answer, Response, Scale
from customers.models import Vehicle
from followups.models import Attempt, FollowUp
from staff.models import Store
from visits.models import NewCarDelivery, ServiceOrder

USUAL_CYCLE, LONGEST_CYCLE = 6, 24  # months between maintenances


@dataclass(frozen=True)
class Records:
    """rows(store, first, last): local dates, both included. date: the row's local date, None where the rows of a period are not
    simply those of its dates. advisor, caller: whose they are; None where the figure is the store's alone."""

    rows: Callable[[Store, date, date], QuerySet]
    date: str | None = None
    advisor: object = None
    caller: str | None = None


def year_up_to(last: date) -> tuple[date, date]:
    """The twelve months that end with `last`."""
    return add_months(last + timedelta(days=1), -12), last


def half_year_up_to(last: date) -> tuple[date, date]:
    return add_months(last + timedelta(days=1), -6), last


def half_year_before(first: date) -> tuple[date, date]:
    return add_months(first, -6), first - timedelta(days=1)


def delivered(store, first, last):
    return ServiceOrder.objects.filter(store=store).delivered_between(first, last)


def received(store, first, last):
    """A cancelled order is a car that was not received."""
    return ServiceOrder.objects.filter(store=store, received_on__range=(first, last)).exclude(step="cancelled")


def due(store, first, last):
    return FollowUp.objects.filter(store=store, due_on__range=(first, last)).counted()


def overall_answers(store, first, last):
    return Response.objects.filter(store=store, overall__isnull=False).answered_between(first, last)


def nps_answers(store, first, last):
    in_period = {"response__store": store, "response__answered_on__range": (first, last)}
    return Answer.objects.filter(question__scale=Scale.NPS, score__isnull=False, **in_period)


def done_items(store, first, last):
    """Yes or no: whether something was done as it should be (实施率, 落实率)."""
    in_period = {"response__store": store, "response__answered_on__range": (first, last)}
    return Answer.objects.filter(question__scale=Scale.YES_NO, score__isnull=False, **in_period)


def dials(store, first, last):
    return Attempt.objects.filter(store=store, on__range=(first, last))


def active_vehicles(store, first, last):
    """Known to the store by the end of the period: an import of later months does not change an earlier figure."""
    end_of_day = datetime.combine(last + timedelta(days=1), time(), tzinfo=store.tz)
    known = Q(opened_at__lt=end_of_day)
    for model, field in ((ServiceOrder, "received_on"), (NewCarDelivery, "delivered_on")):
        known |= Q(Exists(model.objects.filter(vehicle=OuterRef("pk"), **{f"{field}__lte": last})))
    return Vehicle.objects.filter(store=store).active().filter(known)


def base_vehicles(store, first, last):
    """Active, and in the workshop within twelve months (and so known by then)."""
    return Vehicle.objects.filter(store=store).active().filter(order_exists(of="pk", delivered_on=year_up_to(last)))


def months_before(day: date, months: int) -> date:
    """The first day from which as many months lead to `day` or beyond."""
    found = add_months(day, -months)
    return found if found.day == day.day else found + timedelta(days=1)


def first_maintenance_due(store, first, last):
    """New cars whose first maintenance falls due in the period: the months of the car's own cycle (two years at most) after the hand-over,
    else six ◆."""
    due = Q(pk=None)
    for months in range(1, LONGEST_CYCLE + 1):
        begin, end = months_before(first, months), months_before(last + timedelta(days=1), months) - timedelta(days=1)
        own = Q(vehicle__maintenance_months=months)
        if months == USUAL_CYCLE:
            own |= Q(vehicle__maintenance_months=None)
        if months == LONGEST_CYCLE:
            own |= Q(vehicle__maintenance_months__gt=months)
        due |= own & Q(delivered_on__range=(begin, end))
    return NewCarDelivery.objects.filter(store=store).filter(due)


def order_exists(*, of, delivered_on: tuple[date | None, date], **other) -> Exists:
    """Some other delivered order of the same vehicle. of: the outer field that holds the vehicle.

    A vehicle is of one store: naming the store too would make the database walk all its orders for every vehicle.
    """
    first, last = delivered_on
    rows = ServiceOrder.objects.delivered().filter(vehicle=OuterRef(of), delivered_on__lte=last, **other)
    return Exists(rows.filter(delivered_on__gte=first) if first else rows)


def new_cars(store, first, last):
    return NewCarDelivery.objects.filter(store=store, delivered_on__range=(first, last))


def service_clocks(store, first, last):
    return decided_clocks(store, first, last).filter(complaint__department="service")


def received_complaints(store, period):
    """Of a reports.periods.Period."""
    return Complaint.objects.filter(store=store, received_on__range=(period.first, period.last))


def decided_clocks(store, first, last):
    """Limits of the period that were kept or not; one that was paused, or no longer needed in time, had nothing to keep."""
    return Clock.objects.filter(store=store, due_on__range=(first, last)).filter(Q(met_at__isnull=False) | Q(breached_at__isnull=False))


RECORDS: dict[str, Records] = {
    "followups": Records(due, "due_on", Coalesce("order__advisor", "delivery__consultant")),
    "responses": Records(overall_answers, "answered_on", F("advisor"), "surveyor"),
    "nps": Records(nps_answers, "response__answered_on", F("response__advisor"), "response__surveyor"),
    "done_items": Records(done_items, "response__answered_on", F("response__advisor")),
    "delivered": Records(delivered, "delivered_on", F("advisor")),
    "received": Records(received, "received_on", F("advisor")),
    "year": Records(lambda store, first, last: delivered(store, *year_up_to(last))),
    "year_served": Records(lambda store, first, last: delivered(store, *year_up_to(last)), None, F("advisor")),
    "half_year": Records(lambda store, first, last: delivered(store, *half_year_before(first))),
    "vehicles": Records(active_vehicles),
    "base": Records(base_vehicles),
    "first_maintenance": Records(first_maintenance_due, None, F("consultant")),
    "new_cars": Records(new_cars, "delivered_on", F("consultant")),
    "clocks": Records(decided_clocks, "due_on"),
    "service_clocks": Records(service_clocks, "due_on", F("owner")),
    "dials": Records(dials, "on", None, "by"),
}
