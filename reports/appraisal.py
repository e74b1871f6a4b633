"""The appraisal of S4 §5 (五、二 绩效考核; domain §10): satisfaction 30, repurchase 20, referral 15, promised time kept 15, complaint handling 20.

Of service advisors, quarter by quarter, as S4 rewards the 季度服务之星; three of its five parts are the workshop's, so that consultants have
none. Decided here, because S4 gives weights and no rule: a part's points are its weight × figure / target, at most its weight; a part without
data counts neither as reached nor as missed: the rest is taken for 100 and the sum marked as partial. Below half of the weights there
is no sum.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, F, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from csi.statistics import Rate
from reports.compute import by_advisor, store_figures
from reports.figures import DELAYED, FIGURES, Figure, Kind, always, both_known
from reports.periods import Period
from reports.records import RECORDS, delivered, year_up_to
from reports.targets import ADVISING, Targets, load
from staff import people
from staff.models import Store, User
from staff.roles import Role

HALF = 50  # of the weights that a sum needs


@dataclass(frozen=True)
class Part:
    """figure: whose target counts; without one it is to be reached wholly."""

    code: str
    name: str | Promise
    weight: int
    rule: str | Promise
    figure: Figure | None = None


SATISFIED, REPURCHASED = FIGURES["satisfaction_rate"], FIGURES["repurchase_rate"]
PROMISED = Figure(
    "promised_kept",
    _("Promised time kept"),
    _("orders handed over by the promised time / orders handed over that had one"),
    Kind.RATE,
    "delivered",
    of=both_known(DELAYED),
    hit=always(Q(delivered_at__lte=F("promised_at"))),
    source="S4 §5",
)
PARTS = [
    Part("satisfaction", _("Satisfaction"), 30, _("satisfied / answered overall questions"), SATISFIED),
    Part("repurchase", _("Repurchase"), 20, _("cars with two or more orders in twelve months / cars served in them"), REPURCHASED),
    Part("referral", _("Referral"), 15, _("new customers naming a referrer / new customers: no referrer is recorded yet")),
    Part("promised", _("Promised time kept"), 15, _("orders handed over by the promised time / orders that had one")),
    Part("complaints", _("Complaint handling"), 20, _("limits of complaints that were kept / limits that were theirs to keep")),
]


@dataclass(frozen=True)
class Score:
    part: Part
    rate: Rate
    target: float

    @property
    def points(self) -> float | None:
        """None without data."""
        return None if self.rate.value is None else self.part.weight * min(1.0, self.rate.value / self.target)

    @property
    def is_met(self) -> bool:
        return self.rate.value is not None and self.rate.value >= self.target


@dataclass(frozen=True)
class Line:
    """user: None for the department as a whole."""

    user: User | None
    scores: list[Score]

    @property
    def weight(self) -> int:
        """Of the parts that have data."""
        return sum(score.part.weight for score in self.scores if score.points is not None)

    @property
    def is_partial(self) -> bool:
        return self.weight < sum(part.weight for part in PARTS)

    @property
    def total(self) -> float | None:
        """Of 100; None where less than half of the weights has data."""
        if self.weight < HALF:
            return None
        return 100 * sum(score.points for score in self.scores if score.points is not None) / self.weight

    @property
    def missing(self) -> list[str | Promise]:
        return [score.part.name for score in self.scores if score.points is None]


def score(rates: Mapping[str, Rate], targets: Mapping[str, float]) -> list[Score]:
    """Pure. rates, targets: by the part's code; what is not there has no data, and is to be reached wholly."""
    return [Score(part, rates.get(part.code, Rate(0, 0)), targets.get(part.code) or 1.0) for part in PARTS]


def _repurchases(store: Store, period: Period) -> tuple[Rate, dict[int | None, Rate]]:
    """(the store's, by advisor): of the cars that somebody has served in the twelve months, those that came twice to the store. Two
    queries."""
    rows = delivered(store, *year_up_to(period.last)).order_by()
    twice = rows.values("vehicle").annotate(times=Count("pk")).filter(times__gte=2).values("vehicle")
    counted = {"n": Count("vehicle", distinct=True), "k": Count("vehicle", distinct=True, filter=Q(vehicle__in=twice))}
    whole = rows.aggregate(**counted)
    return Rate(whole["k"], whole["n"]), {row["advisor"]: Rate(row["k"], row["n"]) for row in rows.values("advisor").annotate(**counted)}


def _clocks(store: Store, period: Period) -> tuple[Rate, dict[int | None, Rate]]:
    """(the department's, by whose limit it was), of complaints on service. One query."""
    rows = RECORDS["clocks"].rows(store, period.first, period.last).filter(complaint__department="service").order_by()
    kept = Count("pk", filter=Q(met_at__lte=F("due_at")))
    found = {row["owner"]: Rate(row["k"], row["n"]) for row in rows.values("owner").annotate(n=Count("pk"), k=kept)}
    return Rate(sum(rate.numerator for rate in found.values()), sum(rate.n for rate in found.values())), found


def appraise(store: Store, period: Period) -> tuple[Line, list[Line]]:
    """(the service department, its advisors by their sum). Counted when asked for. Ten queries, however many advisors."""
    figures = (SATISFIED, PROMISED)
    of_store, of_advisors = store_figures(store, period, figures), by_advisor(store, period, figures)
    (bought, bought_by), (kept, kept_by) = _repurchases(store, period), _clocks(store, period)
    targets = load(store, [period], with_people=True)

    def line(user: User | None, values, repurchased: Rate, clocks: Rate) -> Line:
        rates = {"repurchase": repurchased, "complaints": clocks}
        rates |= {
            code: values[figure.code].rate
            for code, figure in (("satisfaction", SATISFIED), ("promised", PROMISED))
            if figure.code in values
        }
        return Line(user, score(rates, _targets(targets, period, user)))

    none = Rate(0, 0)
    lines = [
        line(user, of_advisors.get(user.pk, {}), bought_by.get(user.pk, none), kept_by.get(user.pk, none))
        for user in people.members(store, Role.ADVISOR)
    ]
    lines.sort(key=lambda one: (one.total is None, -(one.total or 0)))
    return line(None, of_store, bought, kept), lines


def _targets(targets: Targets, period: Period, user: User | None) -> dict[str, float]:
    person = user.pk if user else None
    return {part.code: targets.of(part.figure, period, person=person, among=ADVISING) for part in PARTS if part.figure}
