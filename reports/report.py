"""A period's report, gathered once for the page, the workbook and `manage.py report`."""

from dataclasses import dataclass

from django.db.models import Count, F, Q

from complaints.models import Complaint
from reports.compute import Value, Values, by_advisor, by_caller, store_figures
from reports.figures import CALLER_FIGURES, FIGURES, KNOWN
from reports.periods import Period
from reports.questions import Asked, Item, questions, strong_items, weak_items
from reports.records import RECORDS, delivered
from staff.models import Store, User

OF_ADVISORS = {code: figure for code, figure in KNOWN.items() if RECORDS[figure.records].advisor is not None}


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
    complaints: dict[str, dict]


def complaint_counts(store: Store, period: Period) -> dict[str, dict]:
    """Received in the period, by channel and by link; of the limits that were met or missed in it, how many were kept. 3 queries."""
    received = Complaint.objects.filter(store=store, received_on__range=(period.first, period.last)).order_by()
    clocks = RECORDS["clocks"].rows(store, period.first, period.last).order_by()
    kept = Count("pk", filter=Q(met_at__lte=F("due_at")))
    return {
        "by_channel": dict(received.values_list("channel").annotate(n=Count("pk"))),
        "by_link": dict(received.values_list("link").annotate(n=Count("pk"))),
        "clocks": {
            row["kind"]: {"due": row["due"], "kept": row["kept"]} for row in clocks.values("kind").annotate(due=Count("pk"), kept=kept)
        },
    }


def people(found: dict[object, Values], codes) -> list[Person]:
    """With every figure filled in, by name; those who name nobody last. One query."""
    users = User.objects.in_bulk([key for key in found if key is not None])
    listed = [Person(users.get(key), {code: values.get(code) or Value(codes[code]) for code in codes}) for key, values in found.items()]
    return sorted(listed, key=lambda person: (person.user is None, person.user and (person.user.name_key, person.user.pk)))


def build(store: Store, period: Period) -> Report:
    """16 queries or so, whatever the number of rows, advisors and callers."""
    asked = questions(store, period)
    handed_over = delivered(store, period.first, period.last)
    return Report(
        store=store,
        period=period,
        orders=handed_over.count(),
        vehicles=handed_over.values("vehicle").distinct().count(),
        figures=store_figures(store, period),
        advisors=people(by_advisor(store, period, OF_ADVISORS.values()), OF_ADVISORS),
        callers=people(by_caller(store, period), CALLER_FIGURES),
        questions=asked,
        strong=strong_items(asked),
        weak=weak_items(asked, questions(store, period.previous)),
        complaints=complaint_counts(store, period),
    )


def value_json(value: Value, period: Period) -> dict:
    return {
        "value": value.value,
        "numerator": value.numerator,
        "denominator": value.denominator,
        "n": value.n if value.figure.records else None,
        "low": value.low,
        "high": value.high,
        "target": value.figure.target_of(period),
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


def _item_json(item: Item) -> dict:
    return {**_question_json(item.asked), "reason": item.reason, "before": item.before}


def as_json(report: Report) -> dict:
    """contracts.md, "Report --json". What no records are kept of is null or empty."""
    period = report.period

    def figures(values: Values) -> dict:
        return {code: value_json(value, period) for code, value in values.items()}

    return {
        "store": report.store.code,
        "period": period.code,
        "from": period.first.isoformat(),
        "to": period.last.isoformat(),
        "n_orders": report.orders,
        "n_vehicles": report.vehicles,
        "figures": figures({code: report.figures.get(code) or Value(figure) for code, figure in FIGURES.items()}),
        "advisors": [{"advisor": str(p.user) if p.user else None, "figures": figures(p.figures)} for p in report.advisors],
        "callers": [{"caller": str(p.user) if p.user else None, "figures": figures(p.figures)} for p in report.callers],
        "questions": [_question_json(asked) for asked in report.questions],
        "factors": [],
        "index": {"value": None, "model": None, "partial": False},
        "strong": [_item_json(item) for item in report.strong],
        "weak": [_item_json(item) for item in report.weak],
        "complaints": report.complaints,
    }
