"""The list of suggestions and praise: open ones by what is late or soonest due, all of them by the newest."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Exists, OuterRef, Prefetch, Q

from complaints.board import PAGE, by_next_due
from complaints.kinds import FeedbackKind
from complaints.models import Feedback, FeedbackClock
from staff.models import Access

TABS = ("open", "late", "all")
RESULTS = {"adopted": Q(is_adopted=True), "not_adopted": Q(is_adopted=False), "open": ~Q(status="closed")}


@dataclass(frozen=True)
class Filters:
    """What the address says; unknown values count as none. first, last: local days of receipt. default: the tab of a bare address."""

    tab: str = "open"
    default: str = "open"
    kind: str = ""
    result: str = ""
    person: int | None = None
    first: date | None = None
    last: date | None = None

    @classmethod
    def read(cls, query, default: str = "open") -> "Filters":
        def day(name: str) -> date | None:
            try:
                return date.fromisoformat(query.get(name, ""))
            except ValueError:
                return None

        tab, kind, result, person = (query.get(name, "") for name in ("show", "kind", "result", "person"))
        return cls(
            tab=tab if tab in TABS else default,
            default=default,
            kind=kind if kind in FeedbackKind.values else "",
            result=result if result in RESULTS else "",
            person=int(person) if person.isdecimal() and len(person) < 18 else None,
            first=day("from"),
            last=day("to"),
        )

    def apply(self, rows):
        """All but the tab, which the counts need apart."""
        wanted = {"kind": self.kind, "person": self.person, "received_on__gte": self.first, "received_on__lte": self.last}
        rows = rows.filter(**{name: value for name, value in wanted.items() if value})
        return rows.filter(RESULTS[self.result]) if self.result else rows

    @property
    def is_narrowed(self) -> bool:
        return bool(self.kind or self.result or self.person or self.first or self.last)

    def address(self, **changes) -> str:
        values = {
            "show": self.tab, "kind": self.kind, "result": self.result, "person": self.person,
            "from": self.first, "to": self.last,
        }  # fmt: skip
        values |= changes
        values["show"] = values["show"] if values["show"] != self.default else ""
        parts = [f"{name}={value}" for name, value in values.items() if value]
        return "?" + "&".join(parts) if parts else "?"


def _late(now: datetime) -> Q:
    return Q(Exists(FeedbackClock.objects.running().filter(feedback=OuterRef("pk"), due_at__lte=now)))


def tab_condition(tab: str, now: datetime) -> Q:
    return {"open": ~Q(status="closed"), "late": _late(now), "all": Q()}[tab]


def counts(rows, now: datetime) -> dict[str, int]:
    """How many stand in each tab: one statement."""
    return rows.aggregate(**{f"n_{tab}": Count("pk", filter=tab_condition(tab, now) or None) for tab in TABS})


def waiting(access: Access, now: datetime) -> dict[str, int]:
    """{'n': open ones, 'late': of them}: for the home page and the board."""
    return Feedback.objects.visible_to(access).open().aggregate(n=Count("pk"), late=Count("pk", filter=_late(now)))


def first(access: Access, limit: int) -> list[Feedback]:
    """Open ones for the home page of those who act on them, what is late or soonest due first."""
    return page(Feedback.objects.visible_to(access).open(), "open", limit=limit)[0]


def page(rows, tab: str, before: str = "", limit: int = PAGE) -> tuple[list[Feedback], str]:
    """(lines, the key of the next page or ''): open ones by what is due, all by receipt."""
    clocks = FeedbackClock.objects.running().select_related("owner")
    rows = rows.select_related("customer", "vehicle", "person").prefetch_related(
        Prefetch("clocks", queryset=clocks, to_attr="running_clocks")
    )
    if tab != "all":
        return by_next_due(rows, before, limit)
    last = rows.filter(pk=before).values_list("received_at", "pk").first() if before.isdecimal() and len(before) < 18 else None
    if last:
        rows = rows.filter(Q(received_at__lt=last[0]) | Q(received_at=last[0], pk__lt=last[1]))
    found = list(rows.order_by("-received_at", "-pk")[: PAGE + 1])
    return found[:PAGE], str(found[PAGE - 1].pk) if len(found) > PAGE else ""


def of_days(store, first: date, last: date) -> dict:
    """For the report of a period, by the day of receipt: two statements."""
    rows = Feedback.objects.filter(store=store, received_on__range=(first, last))
    suggestion = Q(kind=FeedbackKind.SUGGESTION)
    sums = rows.aggregate(
        praise=Count("pk", filter=Q(kind=FeedbackKind.PRAISE)),
        suggestions=Count("pk", filter=suggestion),
        adopted=Count("pk", filter=Q(is_adopted=True)),
        not_adopted=Count("pk", filter=Q(is_adopted=False)),
        open=Count("pk", filter=suggestion & ~Q(status="closed")),
    )
    praised = rows.filter(kind=FeedbackKind.PRAISE, person__isnull=False, status="closed").order_by()
    people = praised.values("person", "person__name").annotate(n=Count("pk")).order_by("-n", "person__name_key", "person")
    return {**sums, "people": list(people)}
