"""What a key figure is, and the conditions that figures are made of; the figures themselves stand in reports.figures."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.db.models import Count, Exists, OuterRef, Q
from django.utils.functional import Promise

from complaints.models import Complaint
from csi.models import CALLBACKS, Response
from reports.periods import WEEK, Period
from reports.records import half_year_up_to, order_exists, year_up_to
from staff.models import Store
from visits.models import ServiceOrder

Condition = Callable[[Store, date, date], Q]


class Kind(StrEnum):
    RATE = "rate"  # numerator of denominator, a fraction 0–1
    NET = "net"  # promoters less detractors, −1 … 1
    MEDIAN = "median"  # minutes between two moments of a row
    COUNT = "count"
    MONEY = "money"  # yuan a row, from fen
    A_DAY = "a_day"  # rows for each day of the period, up to today
    SHARE = "share"  # a fraction that somebody entered


def always(condition: Q) -> Condition:
    return lambda store, first, last: condition


@dataclass(frozen=True)
class Figure:
    """records: a key of records.RECORDS, '' while no such records are kept. unit: 'pk', or 'vehicle' where a user is a distinct
    vehicle. times: instead of `hit`, of how many of the records a vehicle needs to be in the numerator. entered: the column of OutsideNumbers that is
    the denominator, or without records the figure itself. target: of a month; weekly: of a week, where it differs (None: none)."""

    code: str
    name: str | Promise
    formula: str | Promise
    kind: Kind
    records: str = ""
    of: Q = Q()
    hit: Condition | None = None
    unit: str = "pk"
    times: int = 0
    amount: str = ""
    between: tuple[str, str] | None = None
    entered: str = ""
    target: float | None = None
    weekly: float | None = None
    less_is_better: bool = False
    source: str = ""

    @property
    def is_of_store(self) -> bool:
        """Rests on something that no single record holds: the store's alone."""
        return bool(self.entered) or self.kind == Kind.A_DAY

    @property
    def has_parts(self) -> bool:
        """A numerator that is not the denominator."""
        return bool(self.hit or self.times)

    @property
    def is_known(self) -> bool:
        return bool(self.records or self.entered)

    def target_of(self, period: Period) -> float | None:
        return self.weekly if period.kind == WEEK and self.weekly is not None else self.target

    @property
    def waits_for_calls(self) -> bool:
        """Counts the period's deliveries by what was said or done later: provisional until the 8th."""
        return self.code in ("delight_rate", "complaint_rate_service", "complaint_rate_sales")

    def is_provisional(self, period: Period, today: date) -> bool:
        """May still change by what is yet to come: the period is not over, or its customers are still being called."""
        return period.is_running(today) or (self.waits_for_calls and period.is_provisional(today))

    def meets(self, value: float | None, target: float | None, *, is_running: bool = False) -> bool | None:
        """None: no telling. is_running: of a period that is not over, whose calls are not all due yet and whose cars have not all come."""
        if value is None or target is None or is_running:
            return None
        return value <= target if self.less_is_better else value >= target


def delighted(store, first, last):
    said = Response.objects.filter(
        order=OuterRef("pk"), audience="service", version__questionnaire__code=CALLBACKS["service"], is_very_satisfied=True
    )
    return Q(Exists(said))


def came_before(store, first, last):
    earlier = order_exists(of="vehicle", delivered_on=(None, first), delivered_on__lt=first)
    return Q(earlier)


def came_within_a_year(store, first, last):
    return Q(order_exists(of="pk", delivered_on=year_up_to(last)))


def came_twice(store, first, last):
    """To the store, whoever served it."""
    orders = ServiceOrder.objects.filter(store=store).delivered_between(*year_up_to(last)).order_by()
    return Q(vehicle__in=orders.values("vehicle").annotate(times=Count("pk")).filter(times__gte=2).values("vehicle"))


def maintained(store, first, last):
    """By the end of the period in which it fell due."""
    done = ServiceOrder.objects.delivered().filter(vehicle=OuterRef("vehicle"), kind__in=["first_maintenance", "maintenance"])
    return Q(Exists(done.filter(delivered_on__gte=OuterRef("delivered_on"), delivered_on__lte=last)))


def stayed_away(store, first, last):
    return ~Q(order_exists(of="vehicle", delivered_on=half_year_up_to(last)))


def complained_about(record: str, department: str) -> Condition:
    complaints = Complaint.objects.filter(**{record: OuterRef("pk"), "department": department})
    return always(Q(Exists(complaints)))


def both_known(pair: tuple[str, str]) -> Q:
    return Q(**{f"{pair[0]}__isnull": False, f"{pair[1]}__isnull": False})


# Of the callback questionnaires: what forms 3 and 4 count, and what a month before the others were asked can be compared with.
SERVICE, SALES = (Q(audience=audience, version__questionnaire__code=code) for audience, code in CALLBACKS.items())
SATISFIED = always(Q(is_satisfied=True))
WAITED = ("signed_at", "work_started_at")
DELAYED = ("promised_at", "delivered_at")
