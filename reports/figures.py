"""Every key figure of domain §10 as one row of a table: what it counts, of what, and what it should be.

`of` narrows the records of the period to the denominator, `hit` the denominator to the numerator: so a numerator is always a subset of
its denominator, and the rows behind a figure are the rows that were counted.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

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
    A_DAY = "a_day"  # rows for each day of the period
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

    def meets(self, value: float | None, target: float | None) -> bool | None:
        if value is None or target is None:
            return None
        return value <= target if self.less_is_better else value >= target


def _delighted(store, first, last):
    said = Response.objects.filter(
        order=OuterRef("pk"), audience="service", version__questionnaire__code=CALLBACKS["service"], is_very_satisfied=True
    )
    return Q(Exists(said))


def _came_before(store, first, last):
    earlier = order_exists(of="vehicle", delivered_on=(None, first), delivered_on__lt=first)
    return Q(earlier)


def _came_within_a_year(store, first, last):
    return Q(order_exists(of="pk", delivered_on=year_up_to(last)))


def _came_twice(store, first, last):
    """To the store, whoever served it."""
    orders = ServiceOrder.objects.filter(store=store).delivered_between(*year_up_to(last)).order_by()
    return Q(vehicle__in=orders.values("vehicle").annotate(times=Count("pk")).filter(times__gte=2).values("vehicle"))


def _maintained(store, first, last):
    """By the end of the period in which it fell due."""
    done = ServiceOrder.objects.delivered().filter(vehicle=OuterRef("vehicle"), kind__in=["first_maintenance", "maintenance"])
    return Q(Exists(done.filter(delivered_on__gte=OuterRef("delivered_on"), delivered_on__lte=last)))


def _stayed_away(store, first, last):
    return ~Q(order_exists(of="vehicle", delivered_on=half_year_up_to(last)))


def _complained_about(record: str, department: str) -> Condition:
    complaints = Complaint.objects.filter(**{record: OuterRef("pk"), "department": department})
    return always(Q(Exists(complaints)))


def _kept(kind: str, name: Promise) -> Figure:
    """The 2-1-1 standard: one figure a clock."""
    return Figure(
        f"{kind}_kept",
        name,
        _("clocks met in time / clocks due in the period that were met or missed"),
        Kind.RATE,
        "clocks",
        of=Q(kind=kind),
        hit=always(Q(met_at__lte=F("due_at"))),
        target=1.0,
        source="S3 2.3",
    )


# Of the callback questionnaires: what forms 3 and 4 count, and what a month before the others were asked can be compared with.
SERVICE, SALES = (Q(audience=audience, version__questionnaire__code=code) for audience, code in CALLBACKS.items())
SATISFIED = always(Q(is_satisfied=True))
WAITED = ("signed_at", "work_started_at")
DELAYED = ("promised_at", "delivered_at")


def both_known(pair: tuple[str, str]) -> Q:
    return Q(**{f"{pair[0]}__isnull": False, f"{pair[1]}__isnull": False})


_FIGURES = [
    Figure(
        "callback_rate",
        _("Callback rate"),
        _("follow-ups due in the period with at least one dial / follow-ups due in it"),
        Kind.RATE,
        "followups",
        hit=always(Q(dials__gt=0)),
        target=1.0,
        source="S1, S4",
    ),
    Figure(
        "warranty_callback_rate",
        _("Callback rate, under warranty"),
        _("follow-ups due in the period with at least one dial / follow-ups due in it, of cars under warranty on that day"),
        Kind.RATE,
        "followups",
        of=Q(vehicle__warranty_until__gte=F("due_on")),
        hit=always(Q(dials__gt=0)),
        target=1.0,
        source="S4",
    ),
    Figure(
        "contact_rate",
        _("Contact rate"),
        _("completed follow-ups / follow-ups due in the period"),
        Kind.RATE,
        "followups",
        hit=always(Q(status="done")),
        source="S3 2.2",
    ),
    Figure(
        "timely_rate",
        _("Timely rate"),
        _("follow-ups first dialled by their limit / follow-ups due in the period"),
        Kind.RATE,
        "followups",
        hit=always(Q(first_dialled_at__lte=F("due_at"))),
        target=1.0,
        source="S3 2.1",
    ),
    Figure(
        "satisfaction_rate",
        _("Satisfaction, service"),
        _("satisfied / answered overall questions of the service callback"),
        Kind.RATE,
        "responses",
        of=SERVICE,
        hit=SATISFIED,
        target=0.98,
        source="S0, S3 1.1",
    ),
    Figure(
        "satisfaction_rate_sales",
        _("Satisfaction, sales"),
        _("satisfied / answered overall questions of the sales callback"),
        Kind.RATE,
        "responses",
        of=SALES,
        hit=SATISFIED,
        target=0.98,
        source="S0, S3 1.1",
    ),
    Figure(
        "csat",
        _("CSAT"),
        _("satisfied / answered overall questions, service and sales over all channels and questionnaires"),
        Kind.RATE,
        "responses",
        hit=SATISFIED,
        target=0.90,
        source="S4 §5",
    ),
    Figure(
        "delight_rate",
        _("Delight rate"),
        _("vehicles whose service call said “very satisfied” / vehicles handed over in the period"),
        Kind.RATE,
        "delivered",
        hit=_delighted,
        unit="vehicle",
        source="S1",
    ),
    Figure(
        "nps",
        _("NPS"),
        _("share of 9–10 less share of 0–6 among the answers to the recommendation question"),
        Kind.NET,
        "nps",
        hit=always(Q(score__gte=9)),
        target=0.5,
        source="S4",
    ),
    Figure(
        "return_rate",
        _("Return rate"),
        _("vehicles with an order handed over before the period / vehicles handed over in it"),
        Kind.RATE,
        "delivered",
        hit=_came_before,
        unit="vehicle",
        source="S1",
    ),
    Figure(
        "repurchase_rate",
        _("Repurchase rate"),
        _("vehicles with two or more orders in 12 months / vehicles with one or more"),
        Kind.RATE,
        "year",
        times=2,
        unit="vehicle",
        target=0.85,
        source="S4 §5",
    ),
    Figure(
        "workshop_return_rate",
        _("Workshop return rate"),
        _("active vehicles with an order in the last 12 months / active vehicles"),
        Kind.RATE,
        "vehicles",
        hit=_came_within_a_year,
        source="S1",
    ),
    Figure(
        "base_customers",
        _("Base customers"),
        _("active vehicles with an order in the last 12 months"),
        Kind.COUNT,
        "base",
        target=1500,
        source="S4",
    ),
    Figure(
        "first_maintenance_rate",
        _("First maintenance in time"),
        _(
            "new cars maintained by the end of the period / new cars whose first maintenance fell due in it (after the car's cycle, else 6 months)"
        ),
        Kind.RATE,
        "first_maintenance",
        hit=_maintained,
        target=1.0,
        source="S4",
    ),
    Figure(
        "churn_rate",
        _("Churn rate"),
        _("vehicles without a visit in the 6 months up to the period's end / vehicles that visited in the 6 months before the period"),
        Kind.RATE,
        "half_year",
        hit=_stayed_away,
        unit="vehicle",
        target=0.05,
        less_is_better=True,
        source="S4",
    ),
    Figure(
        "rework_rate",
        _("Rework rate"),
        _("rework orders / orders handed over"),
        Kind.RATE,
        "delivered",
        hit=always(Q(kind="rework")),
        target=0.02,
        less_is_better=True,
        source="S4",
    ),
    Figure(
        "waiting_minutes",
        _("Waiting for work to start"),
        _("median minutes from the signature to the start of work, orders handed over"),
        Kind.MEDIAN,
        "delivered",
        of=both_known(WAITED),
        between=WAITED,
        target=30,
        less_is_better=True,
        source="S4",
    ),
    Figure(
        "delivery_delay_minutes",
        _("Hand-over against promise"),
        _("median minutes from the promised time to the hand-over; below zero is early"),
        Kind.MEDIAN,
        "delivered",
        of=both_known(DELAYED),
        between=DELAYED,
        less_is_better=True,
        source="S4 §5",
    ),
    Figure(
        "cars_received",
        _("Cars received"),
        _("orders received in the period"),
        Kind.COUNT,
        "received",
        target=650,
        weekly=140,
        source="S4",
    ),
    Figure(
        "cars_received_a_day",
        _("Cars received a day"),
        _("orders received in the period / its days"),
        Kind.A_DAY,
        "received",
        target=20,
        source="S4",
    ),
    Figure(
        "revenue_per_car", _("Revenue per car"), _("amounts / orders handed over"), Kind.MONEY, "delivered", amount="total_fen", source="S4"
    ),
    Figure(
        "revenue_per_car_repair",
        _("Revenue per car, repair"),
        _("amounts / orders handed over, accidents left out"),
        Kind.MONEY,
        "delivered",
        of=~Q(kind="accident"),
        amount="total_fen",
        target=800,
        source="S4",
    ),
    Figure(
        "revenue_per_car_accident",
        _("Revenue per car, accident"),
        _("amounts / accident orders handed over"),
        Kind.MONEY,
        "delivered",
        of=Q(kind="accident"),
        amount="total_fen",
        target=1800,
        source="S4",
    ),
    Figure(
        "complaint_rate_service",
        _("Complaint rate, service"),
        _("orders handed over that a complaint on service is about / orders handed over"),
        Kind.RATE,
        "delivered",
        hit=_complained_about("order", "service"),
        less_is_better=True,
        source="S0",
    ),
    Figure(
        "complaint_rate_sales",
        _("Complaint rate, sales"),
        _("new cars handed over that a complaint on sales is about / new cars handed over"),
        Kind.RATE,
        "new_cars",
        hit=_complained_about("delivery", "sales"),
        less_is_better=True,
        source="S0",
    ),
    _kept("first_reply", _("First reply in time")),
    _kept("department_reply", _("Department reply in time")),
    _kept("revisit", _("Revisit in time")),
    Figure(
        "market_share",
        _("Market share"),
        _("vehicles handed over / local vehicles of the brand, as entered for the month"),
        Kind.RATE,
        "delivered",
        unit="vehicle",
        entered="local_vehicles",
        source="S3 2.2",
    ),
    Figure(
        "service_profit_share",
        _("Service share of the profit"),
        _("after-sales profit / whole profit, as entered for the month"),
        Kind.SHARE,
        entered="profit_share",
        target=0.55,
        source="S1",
    ),
    # Their records are not kept yet: null in the report, not shown on pages. Nobody is called because they stay away, and a customer's file
    # says that somebody recommended the store, not who.
    Figure("win_back_rate", _("Win-back rate"), _("returned within 90 days / tier-D customers called"), Kind.RATE, target=0.2, source="S4"),
    Figure("referral_rate", _("Referral rate"), _("new customers naming a referrer / new customers"), Kind.RATE, source="S4 §5"),
    Figure("call_share", _("Share of calls"), _("visitors by phone / visitors"), Kind.RATE, source="S3 4.1"),
    Figure("file_rate", _("File rate"), _("visitors with a file / visitors"), Kind.RATE, source="S3 4.1"),
    Figure("closing_rate", _("Closing rate"), _("visitors who ordered / visitors"), Kind.RATE, source="S3 4.1"),
]
# Of callers, beside the store's figures: the report lists them under "callers".
_OF_CALLERS = [
    Figure("dials", _("Dials"), _("real dials made in the period"), Kind.COUNT, "dials", source="S3 2.1"),
    Figure(
        "reached_rate",
        _("Reached"),
        _("dials that ended with an interview / dials"),
        Kind.RATE,
        "dials",
        hit=always(Q(outcome="interviewed")),
    ),
]
# Of the manufacturer's questionnaires: not a figure of the store's own month (domain §6: a different measure, beside the store's).
_OF_SURVEYS = [
    Figure(
        "implementation_rate",
        _("Done as it should be"),
        _("yes / answered yes-or-no items of the questionnaires"),
        Kind.RATE,
        "done_items",
        hit=always(Q(score=1)),
        target=0.93,
        source="S0, S3 1.3",
    ),
]
# Of the appraisal only (S4 §5): the same things as others, but of a person.
_OF_APPRAISAL = [
    Figure(
        "served_twice",
        _("Repurchase"),
        _("cars with two or more orders in twelve months / cars served in them"),
        Kind.RATE,
        "year_served",
        hit=_came_twice,
        unit="vehicle",
        source="S4 §5",
    ),
    Figure(
        "promised_kept",
        _("Promised time kept"),
        _("orders handed over by the promised time / orders handed over that had one"),
        Kind.RATE,
        "delivered",
        of=both_known(DELAYED),
        hit=always(Q(delivered_at__lte=F("promised_at"))),
        source="S4 §5",
    ),
    Figure(
        "limits_kept",
        _("Complaint handling"),
        _("limits of complaints that were kept / limits that were theirs to keep"),
        Kind.RATE,
        "service_clocks",
        hit=always(Q(met_at__lte=F("due_at"))),
        source="S4 §5",
    ),
]
# The other clocks of a complaint: on the page of complaints only, beside the three of the standard.
_OF_CLOCKS = [_kept("next_contact", _("Next contact in time")), _kept("instruction", _("Instruction in time"))]

FIGURES: dict[str, Figure] = {figure.code: figure for figure in _FIGURES}
CALLER_FIGURES: dict[str, Figure] = {
    **{figure.code: figure for figure in _OF_CALLERS},
    **{code: FIGURES[code] for code in ("satisfaction_rate", "satisfaction_rate_sales", "csat", "nps")},
}
ALL: dict[str, Figure] = {**FIGURES, **CALLER_FIGURES, **{figure.code: figure for figure in [*_OF_CLOCKS, *_OF_SURVEYS, *_OF_APPRAISAL]}}
KNOWN: dict[str, Figure] = {code: figure for code, figure in FIGURES.items() if figure.is_known}
