"""The appraisal of S4 §5 (五、二 绩效考核; domain §10): satisfaction 30, repurchase 20, referral 15, promised time kept 15, complaint handling 20.

Of service advisors, quarter by quarter, as S4 rewards the 季度服务之星; three of its five parts are the workshop's, so that consultants have
none. Decided here, because S4 gives weights and no rule: a part's points are its weight × figure / target, at most its weight; a part without
data counts neither as reached nor as missed: the rest is taken for 100 and the sum marked as partial. Below half of the weights there
is no sum.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from csi.statistics import Rate
from reports.compute import Values, by_advisor, store_figures
from reports.figure import Figure
from reports.figures import ALL, FIGURES
from reports.periods import Period
from reports.targets import ADVISING, Targets, load
from staff import people
from staff.models import Store, User
from staff.roles import Role

HALF = 50  # of the weights that a sum needs


@dataclass(frozen=True)
class Part:
    """figure: what is counted, None while no such records are kept. targeted: whose target counts; without one it is to be reached wholly."""

    code: str
    name: str | Promise
    weight: int
    rule: str | Promise
    figure: Figure | None = None
    targeted: Figure | None = None


PARTS = [
    Part(
        "satisfaction",
        _("Satisfaction"),
        30,
        _("satisfied / answered overall questions"),
        ALL["satisfaction_rate"],
        FIGURES["satisfaction_rate"],
    ),
    Part("repurchase", _("Repurchase"), 20, ALL["served_twice"].formula, ALL["served_twice"], FIGURES["repurchase_rate"]),
    Part("referral", _("Referral"), 15, _("new customers naming a referrer / new customers: no referrer is recorded yet")),
    Part("promised", _("Promised time kept"), 15, ALL["promised_kept"].formula, ALL["promised_kept"]),
    Part("complaints", _("Complaint handling"), 20, ALL["limits_kept"].formula, ALL["limits_kept"]),
]
FIGURES_COUNTED = [part.figure for part in PARTS if part.figure]


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


def appraise(store: Store, period: Period) -> tuple[Line, list[Line]]:
    """(the service department, its advisors by their sum). Counted when asked for. The same few queries, however many advisors."""
    of_store, of_advisors = store_figures(store, period, FIGURES_COUNTED), by_advisor(store, period, FIGURES_COUNTED)
    targets = load(store, [period], with_people=True)

    def line(user: User | None, values: Values) -> Line:
        rates = {part.code: values[part.figure.code].rate for part in PARTS if part.figure and part.figure.code in values}
        return Line(user, score(rates, _targets(targets, period, user)))

    lines = [line(user, of_advisors.get(user.pk, {})) for user in people.members(store, Role.ADVISOR)]
    lines.sort(key=lambda one: (one.total is None, -(one.total or 0)))
    return line(None, of_store), lines


def _targets(targets: Targets, period: Period, user: User | None) -> dict[str, float]:
    person = user.pk if user else None
    return {part.code: targets.of(part.targeted, period, person=person, among=ADVISING) for part in PARTS if part.targeted}
