"""The board: open complaints, those late or soonest due first; tabs, filters, paging by key."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q

from complaints.kinds import Department, Level, Status
from complaints.models import Clock, Complaint
from staff.models import Access

PAGE = 50
TABS = ("all", "late", "mine", "waiting", "revisit")
NONE = "none"


def _late(now: datetime) -> Exists:
    return Exists(Clock.objects.running().filter(complaint=OuterRef("pk"), due_at__lte=now))


def mine(user) -> Q:
    """What somebody has to do themselves: they handle it, owe an instruction, or own a running clock."""
    owned = Clock.objects.running().filter(complaint=OuterRef("pk"), owner=user)
    return Q(handler=user) | Q(superior=user) | Q(Exists(owned))


def tab_condition(tab: str, user, now: datetime) -> Q:
    return {
        "all": Q(),
        "late": Q(_late(now)),
        "mine": mine(user),
        "waiting": Q(status=Status.WAITING),
        "revisit": Q(status__in=[Status.RESOLVED, Status.REVISITED]),
    }[tab]


@dataclass(frozen=True)
class Filters:
    """What the address says; unknown values count as none."""

    tab: str = "all"
    level: int | None = None
    owner: int | None = None
    department: str = ""

    @classmethod
    def read(cls, query) -> "Filters":
        def number(name: str) -> int | None:
            text = query.get(name, "")
            return int(text) if text.isdecimal() and len(text) < 18 else None

        tab, department, level = query.get("show", ""), query.get("department", ""), number("level")
        return cls(
            tab=tab if tab in TABS else "all",
            level=level if level in Level.values else None,
            owner=number("owner"),
            department=department if department in Department.values else "",
        )

    def apply(self, complaints):
        """All but the tab, which the counts need apart."""
        if self.level:
            complaints = complaints.filter(level=self.level)
        if self.owner:
            complaints = complaints.filter(handler=self.owner)
        if self.department:
            complaints = complaints.filter(department=self.department)
        return complaints

    def address(self, **changes) -> str:
        values = {"show": self.tab if self.tab != "all" else "", "level": self.level, "owner": self.owner, "department": self.department}
        parts = [f"{name}={value}" for name, value in (values | changes).items() if value]
        return "?" + "&".join(parts) if parts else "?"


def open_to(access: Access):
    return Complaint.objects.visible_to(access).open()


def counts(complaints, user, now: datetime) -> dict[str, int]:
    """How many stand in each tab: one statement."""
    return complaints.aggregate(**{f"n_{tab}": Count("pk", filter=tab_condition(tab, user, now) or None) for tab in TABS})


def by_level(complaints, now: datetime) -> list[dict]:
    rows = complaints.order_by("-level").values("level").annotate(n=Count("pk"), late=Count("pk", filter=Q(_late(now))))
    return [{**row, "label": Level(row["level"]).label} for row in rows]


def by_owner(complaints, now: datetime) -> list[dict]:
    rows = (
        complaints.filter(handler__isnull=False)
        .values("handler", "handler__name")
        .annotate(n=Count("pk"), late=Count("pk", filter=Q(_late(now))))
    )
    return list(rows.order_by("-late", "-n", "handler__name_key")[:20])


def with_lines(complaints):
    """With all that a line shows."""
    clocks = Clock.objects.running().order_by("due_at", "pk")
    return complaints.select_related("customer", "vehicle", "handler", "superior").prefetch_related(
        Prefetch("clocks", queryset=clocks, to_attr="running_clocks")
    )


def page(complaints, after: str = "", size: int = PAGE) -> tuple[list[Complaint], str]:
    return by_next_due(with_lines(complaints), after, size)


def by_next_due(rows, after: str = "", size: int = PAGE) -> tuple[list, str]:
    """(at most `size` rows, the soonest due first and those without a running clock last; the key of the next page or '')."""
    rows = rows.with_next_due().order_by(F("next_due").asc(nulls_last=True), "pk")
    key = read_key(after)
    if key:
        due, pk = key
        beyond = (
            Q(next_due__isnull=True, pk__gt=pk)
            if due is None
            else Q(next_due__gt=due) | Q(next_due=due, pk__gt=pk) | Q(next_due__isnull=True)
        )
        rows = rows.filter(beyond)
    found = list(rows[: size + 1])
    if len(found) <= size:
        return found, ""
    last = found[size - 1]
    return found[:size], f"{last.next_due:%Y%m%dT%H%M%S.%f}_{last.pk}" if last.next_due else f"{NONE}_{last.pk}"


def read_key(after: str) -> tuple[datetime | None, int] | None:
    due, _sep, pk = after.partition("_")
    if not pk.isdecimal() or len(pk) > 18:
        return None
    if due == NONE:
        return None, int(pk)
    try:
        return datetime.strptime(due, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC), int(pk)
    except ValueError:
        return None


def of_person(access: Access, limit: int) -> Iterable[Complaint]:
    """A person's own list: what is theirs to do, the soonest due first."""
    return page(open_to(access).filter(mine(access.user)), size=limit)[0]
