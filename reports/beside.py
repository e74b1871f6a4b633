"""The store's own figures beside the manufacturer's, person by person: different measures, each called by its name (domain §6, S0).

S0 found 98.38 % (100 − complaint share) against 86.38 % (落实率): some customers do not tell the store's caller.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, QuerySet

from csi.models import OemSurvey, Questionnaire, Response
from csi.statistics import mean_of_rates
from reports.charts import Line, line_chart
from reports.compute import Value, Values
from reports.figures import ALL
from reports.periods import MONTH, Period, containing
from reports.report import Person, Report
from staff.models import Store, User

PASSED = 0.93  # S0, domain §7: a person's 落实率
SATISFIED = {"service": "satisfaction_rate", "sales": "satisfaction_rate_sales"}
COMPLAINED = {"service": "complaint_rate_service", "sales": "complaint_rate_sales"}
CODES = [*SATISFIED.values(), *COMPLAINED.values()]


def calm(value: Value) -> float | None:
    """100 − complaint share, as a fraction."""
    return None if value.value is None else 1 - value.value


def points(own: float | None, theirs: float | None) -> float | None:
    """The gap, in points of a hundred: above zero where the store's own figure is the higher one."""
    return None if own is None or theirs is None else round((own - theirs) * 100, 1)


@dataclass(frozen=True)
class Pair:
    """survey: None where the manufacturer asked nobody of this person's. satisfied, complained: the store's own."""

    user: User
    survey: OemSurvey | None
    satisfied: Value
    complained: Value

    @property
    def share(self) -> float | None:
        return self.survey.share if self.survey else None

    @property
    def passed(self) -> bool | None:
        return None if self.share is None else self.share >= PASSED

    @property
    def calm(self) -> float | None:
        return calm(self.complained)

    @property
    def gap(self) -> float | None:
        return points(self.satisfied.value, self.share)

    @property
    def calm_gap(self) -> float | None:
        return points(self.calm, self.share)


@dataclass(frozen=True)
class Side:
    """Of one audience. mean: of the persons' 落实率, unweighted, as S0 computes it; satisfied, complained: the whole store's."""

    audience: str
    pairs: list[Pair]
    mean: float | None
    satisfied: Value
    complained: Value
    chart: dict | None

    @property
    def label(self) -> str:
        return str(Questionnaire.Audience(self.audience).label)

    @property
    def calm(self) -> float | None:
        return calm(self.complained)

    @property
    def gap(self) -> float | None:
        return points(self.satisfied.value, self.mean)

    @property
    def calm_gap(self) -> float | None:
        return points(self.calm, self.mean)

    @property
    def passed(self) -> list[Pair]:
        return [pair for pair in self.pairs if pair.passed]

    @property
    def measured(self) -> list[Pair]:
        return [pair for pair in self.pairs if pair.share is not None]


def surveys(store: Store, periods: Iterable[Period]) -> dict[Period, list[OemSurvey]]:
    """Month -> its rows, those without any left out; in the order of the months. One query."""
    found: dict[Period, list[OemSurvey]] = defaultdict(list)
    rows = OemSurvey.objects.filter(store=store, month__in=[period.first for period in periods if period.kind == MONTH])
    for row in rows.select_related("person").order_by("month", "person__name_key", "person"):
        found[containing(row.month)].append(row)
    return dict(found)


def pairs(audience: str, rows: Iterable[OemSurvey], people: Iterable[Person]) -> list[Pair]:
    """Who was surveyed or has figures of their own; those with a survey first, the lowest 落实率 last."""
    surveyed = {row.person_id: row for row in rows if row.audience == audience}
    own = {person.user.pk: person for person in people if person.user}
    users = {pk: row.person for pk, row in surveyed.items()} | {pk: person.user for pk, person in own.items() if person.user}
    found = []
    for pk, user in users.items():
        figures: Values = own[pk].figures if pk in own else {}
        satisfied, complained = (figures.get(code) or Value(ALL[code]) for code in (SATISFIED[audience], COMPLAINED[audience]))
        if pk in surveyed or satisfied.n:
            found.append(Pair(user, surveyed.get(pk), satisfied, complained))
    return sorted(found, key=lambda pair: (pair.share is None, -(pair.share or 0), pair.user.name_key, pair.user.pk))


def mean(rows: Iterable[OemSurvey], audience: str) -> float | None:
    return mean_of_rates(row.share for row in rows if row.audience == audience)


def trend(
    audience: str, found: Mapping[Period, list[OemSurvey]], history: Mapping[Period, Values], names: tuple[str, str, str]
) -> dict | None:
    """Over the months that have a survey: None while there is only one."""
    months = [period for period, rows in found.items() if mean(rows, audience) is not None and period in history]
    if len(months) < 2:
        return None
    satisfied = [history[period][SATISFIED[audience]].value for period in months]
    calmed = [calm(history[period][COMPLAINED[audience]]) for period in months]
    theirs = [mean(found[period], audience) for period in months]
    lines = [Line(names[0], theirs, "line-1"), Line(names[1], satisfied, "line-2"), Line(names[2], calmed, "line-3")]
    return {
        "lines": line_chart([period.short for period in months], lines),
        "rows": list(zip(months, theirs, satisfied, calmed, strict=True)),
    }


def sides(
    report: Report, found: Mapping[Period, list[OemSurvey]], history: Mapping[Period, Values], names: tuple[str, str, str]
) -> list[Side]:
    """Of the report's month, where there is a survey of it; empty otherwise."""
    rows = found.get(report.period, [])
    result = []
    for audience in SATISFIED:
        if any(row.audience == audience for row in rows):
            result.append(
                Side(
                    audience,
                    pairs(audience, rows, report.advisors),
                    mean(rows, audience),
                    report.figures[SATISFIED[audience]],
                    report.figures[COMPLAINED[audience]],
                    trend(audience, found, history, names),
                )
            )
    return result


@dataclass(frozen=True)
class CallerGap:
    """n: the caller's answers about people whom the manufacturer surveyed; own: how many of them were recorded as satisfied, as a share;
    theirs: the 落实率 of the same people, weighted by those answers."""

    n: int
    own: float
    theirs: float

    @property
    def gap(self) -> float | None:
        return points(self.own, self.theirs)


def about_surveyed(store: Store, period: Period) -> Callable[[QuerySet], QuerySet]:
    """Narrows responses to those about people whom the manufacturer's survey of the month gives a 落实率."""
    rated = OemSurvey.objects.filter(store=store, month=period.first, rate__isnull=False, person=OuterRef("advisor"))
    return lambda rows: rows.filter(Exists(rated.filter(audience=OuterRef("audience"))))


def caller_gaps(store: Store, period: Period, rows: Iterable[OemSurvey]) -> dict[int, CallerGap]:
    """user id of a caller -> what they recorded beside what the manufacturer heard of the same people. One query, none without a survey."""
    shares = {(row.audience, row.person_id): row.share for row in rows if row.share is not None}
    if not shares:
        return {}
    answers = Response.objects.filter(store=store, is_satisfied__isnull=False, surveyor__isnull=False).answered_between(
        period.first, period.last
    )
    counted: dict[int, list[float]] = defaultdict(lambda: [0, 0, 0.0])
    for caller, audience, person, satisfied, n in (
        answers.order_by().values_list("surveyor", "audience", "advisor", "is_satisfied").annotate(n=Count("pk"))
    ):
        share = shares.get((audience, person))
        if share is not None:
            sums = counted[caller]
            sums[0] += n
            sums[1] += n if satisfied else 0
            sums[2] += n * share
    return {caller: CallerGap(int(n), hits / n, theirs / n) for caller, (n, hits, theirs) in counted.items()}
