"""A period's report, gathered once for the page, the workbook and `manage.py report`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from csi.index import FactorMean, Index
from csi.models import CALLBACKS, Question
from reports import counts, factors, targets
from reports.compute import Value, Values
from reports.counts import OF_ADVISORS, Counts
from reports.figures import CALLER_FIGURES, FIGURES
from reports.periods import Period
from reports.questions import Asked, Item, questions, strong_items, weak_items
from reports.targets import ADVISING, CALLING, Targets
from staff.models import Store, User


@dataclass(frozen=True)
class Person:
    """user: None for rows that name nobody."""

    user: User | None
    figures: Values


@dataclass(frozen=True)
class Report:
    store: Store
    period: Period
    orders: int
    vehicles: int
    figures: Values
    advisors: list[Person]
    callers: list[Person]
    questions: list[Asked]
    strong: list[Item]
    weak: list[Item]
    unhappy: int
    links: dict[str, tuple[int, list[int]]]
    remarks: list[int]
    complaints: dict[str, dict]
    factors: list[FactorMean]
    factor_questions: dict[str, list[Asked]]
    index: Index
    index_n: int
    targets: Targets = Targets()


def people(found: Mapping[int | None, Values], codes, users: Mapping[int, User]) -> list[Person]:
    """With every figure filled in, by name; those who name nobody last."""
    listed = [Person(users.get(key), {code: values.get(code) or Value(codes[code]) for code in codes}) for key, values in found.items()]
    return sorted(listed, key=lambda person: (person.user is None, person.user and (person.user.name_key, person.user.pk)))


def build(store: Store, period: Period) -> Report:
    found = counts.of_periods(store, [period, period.previous], with_people=True)
    return of_counts(store, period, found[period], found[period.previous])


def of_counts(store: Store, period: Period, found: Counts, before: Counts) -> Report:
    """before: the period before, against which items fall. Four queries."""
    asked_about = Question.objects.select_related("version__questionnaire").in_bulk(
        {answer.question for one in (found, before) for answer in one.answers}
    )

    def asked_in_calls(one: Counts) -> list[Asked]:
        """Of the callback questionnaires (contracts.md); those of the index stand with its factors."""
        callbacks = {pk for pk, question in asked_about.items() if question.version.questionnaire.code in CALLBACKS.values()}
        return questions((answer for answer in one.answers if answer.question in callbacks), asked_about)

    users = User.objects.in_bulk({pk for group in (found.advisors, found.callers) for pk in group if pk is not None})
    asked, asked_before = asked_in_calls(found), asked_in_calls(before)
    means = factors.means(found, asked_about)
    return Report(
        store=store,
        period=period,
        orders=found.orders,
        vehicles=found.vehicles,
        figures=found.figures,
        advisors=people(found.advisors, OF_ADVISORS, users),
        callers=people(found.callers, CALLER_FIGURES, users),
        questions=asked,
        strong=strong_items(asked, asked_before),
        weak=weak_items(asked, asked_before),
        unhappy=found.unhappy,
        links=found.links,
        remarks=found.remarks,
        complaints=found.complaints,
        factors=means,
        factor_questions=factors.questions_of_factors(found, asked_about),
        index=factors.index_of(period, means),
        index_n=found.factors.get("", 0),
        targets=targets.load(store, [period], with_people=True),
    )


def value_json(value: Value, target: float | None) -> dict:
    return {
        "value": value.value,
        "numerator": value.numerator,
        "denominator": value.denominator,
        "n": value.n if value.figure.records else None,
        "low": value.low,
        "high": value.high,
        "target": target,
    }


def _question_json(asked: Asked) -> dict:
    # Both shipped questionnaires call theirs "overall": contracts.md means the service one.
    return {
        "code": "sales_overall" if asked.is_overall and asked.audience == "sales" else asked.code,
        "text": asked.text,
        "n": asked.n,
        "satisfied": asked.satisfied,
        "very_satisfied": asked.very_satisfied,
        "dissatisfied": asked.dissatisfied,
        "mean": asked.mean,
    }


def _index_json(index: Index) -> dict:
    """Without any answer nothing was measured by a model."""
    return {"value": index.value, "model": None if index.value is None else index.model.name, "partial": index.is_partial}


def _item_json(item: Item) -> dict:
    return {**_question_json(item.asked), "reason": item.reason, "before": item.before}


def as_json(report: Report) -> dict:
    """contracts.md, "Report --json". What no records are kept of is null or empty."""
    period = report.period

    def figures(values: Values, person: Person | None = None, among: Sequence[str] = ()) -> dict:
        who = person.user.pk if person and person.user else None
        return {
            code: value_json(value, report.targets.of(value.figure, period, person=who, among=among)) for code, value in values.items()
        }  # fmt: skip

    return {
        "store": report.store.code,
        "period": period.code,
        "from": period.first.isoformat(),
        "to": period.last.isoformat(),
        "n_orders": report.orders,
        "n_vehicles": report.vehicles,
        "figures": figures({code: report.figures.get(code) or Value(figure) for code, figure in FIGURES.items()}),
        "advisors": [{"advisor": str(p.user) if p.user else None, "figures": figures(p.figures, p, ADVISING)} for p in report.advisors],
        "callers": [{"caller": str(p.user) if p.user else None, "figures": figures(p.figures, p, CALLING)} for p in report.callers],
        "questions": [_question_json(asked) for asked in report.questions],
        "factors": [{"factor": one.factor, "mean": one.mean, "n": one.n} for one in report.factors],
        "index": _index_json(report.index),
        "strong": [_item_json(item) for item in report.strong],
        "weak": [_item_json(item) for item in report.weak],
        "complaints": report.complaints,
    }
