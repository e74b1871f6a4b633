"""The queue: customers, not tasks. Which line belongs to which tab, in what order, and paging by key."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.db.models import Exists, F, OuterRef, Prefetch, Q, Subquery
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan

from core import statements
from customers.models import Phone
from followups.models import Audience, CallSheet, FollowUp
from followups.planning import Plan

PAGE = 50
HOUR = timedelta(hours=1)
TABS = ("ready", "late", "hour", "today", "retry", "later")


def end_of_day(store, now: datetime) -> datetime:
    return datetime.combine(store.local_date(now) + timedelta(days=1), time(), store.tz)


def tab_condition(tab: str, store, now: datetime) -> Q:
    """Which sheets stand in a tab. Ready ones may be called now; late, hour and today part them by their limit; the others wait."""
    ready = Q(next_at__lte=now)
    return {
        "ready": ready,
        "late": ready & Q(due_at__lte=now),
        "hour": ready & Q(due_at__gt=now, due_at__lte=now + HOUR),
        "today": ready & Q(due_at__gt=now + HOUR, due_at__lt=end_of_day(store, now)),
        "retry": Q(next_at__gt=now, is_retry=True),
        "later": Q(next_at__gt=now, is_retry=False),
    }[tab]


def callers_sheets(store):
    return CallSheet.objects.filter(store=store, audience=Audience.CALLER).with_open_followups()


def counts(sheets, store, now: datetime) -> dict[str, int]:
    """How many sheets stand in each tab, at most statements.MANY + 1: one statement."""
    found = statements.count_up_to(sheets.filter(tab_condition(tab, store, now)) for tab in TABS)
    return dict(zip(TABS, found, strict=True))


def callable_by(sheets, user):
    """Without the customers whose answers would be about this person's own work (domain §4)."""
    own = FollowUp.objects.open().filter(sheet=OuterRef("pk"))
    own = own.filter(plan__in=[Plan.SERVICE, Plan.SALE_FIRST, Plan.RECHECK, Plan.IMPLEMENTATION])
    own = own.filter(Q(order__advisor=user) | Q(order=None, delivery__consultant=user))
    judged = FollowUp.objects.open().filter(sheet=OuterRef("pk"), plan=Plan.COMPLAINT)
    judged = judged.filter(Q(complaint__handler=user) | Q(complaint__against=user))
    return without_own_records(sheets.filter(~Exists(own), ~Exists(judged)), user)


def without_own_records(sheets, user):
    """Without the customers who are to be asked about what this person recorded: who is checked does not read whom."""
    recorded = FollowUp.objects.open().filter(sheet=OuterRef("pk"), plan=Plan.VERIFICATION)
    return sheets.filter(~Exists(recorded.filter(Q(response__surveyor=user) | Q(response__advisor=user))))


@dataclass(frozen=True)
class Filters:
    """What the address says; unknown values count as none."""

    tab: str = "ready"
    plan: str = ""
    tier: str = ""
    advisor: int | None = None
    mine: bool = False

    @classmethod
    def read(cls, query) -> "Filters":
        tab, plan, tier, advisor = (query.get(name, "") for name in ("due", "plan", "tier", "advisor"))
        return cls(
            tab=tab if tab in TABS else "ready",
            plan=plan if plan in Plan.values else "",
            tier=tier if tier in ("A", "B", "C", "D") else "",
            advisor=int(advisor) if advisor.isdecimal() and len(advisor) < 18 else None,
            mine=query.get("mine") == "1",
        )

    def apply(self, sheets, user):
        """All but the tab, which the counts need apart."""
        if self.plan:
            sheets = sheets.filter(Exists(FollowUp.objects.open().filter(sheet=OuterRef("pk"), plan=self.plan)))
        if self.tier:
            sheets = sheets.filter(tier=self.tier)
        if self.advisor:
            about = Q(order__advisor=self.advisor) | Q(delivery__consultant=self.advisor)
            sheets = sheets.filter(Exists(FollowUp.objects.open().filter(about, sheet=OuterRef("pk"))))
        if self.mine:
            sheets = sheets.filter(Q(claimed_by=user) | Q(assignee=user))
        return sheets

    def address(self, **changes) -> str:
        """The query string of these filters with changes, such as ?due=late&tier=A; '' without any."""
        values = {"due": self.tab if self.tab != "ready" else "", "plan": self.plan, "tier": self.tier, "advisor": self.advisor or ""}
        values |= {"mine": "1" if self.mine else ""} | changes
        parts = [f"{name}={value}" for name, value in values.items() if value]
        return "?" + "&".join(parts) if parts else ""


# What a line shows and no more: whole customers, cars and orders would take twice as long.
SHOWN = ["due_at", "tier", "next_at", "claimed_until", "customer__name", "customer__is_vip", "claimed_by__name", "assignee__name"]
OWED = [
    "sheet", "plan", "opens_at", "due_at", "next_at", "dials", "outcome", "is_agreed", "vehicle__plate", "vehicle__vin", "vehicle__model",
    "order__advisor__name", "delivery__consultant__name",
]  # fmt: skip


def page(sheets, after: str = "", size: int = PAGE) -> tuple[list[CallSheet], str]:
    """(at most `size` sheets in order with all that a line shows, the key of the next page or ''). Two statements. number: of the phone that
    is dialled first, None without a valid one."""
    sheets = sheets.in_order()
    key = read_key(after)
    if key:
        # Compared as one: three conditions with OR between them would let the database read all that follows and sort it.
        sheets = sheets.filter(TupleGreaterThan(Tuple(F("due_at"), F("tier"), F("pk")), key))
    rows = FollowUp.objects.open().select_related("vehicle", "order__advisor", "delivery__consultant").only(*OWED).order_by("due_at", "pk")
    sheets = (
        sheets.select_related("customer", "claimed_by", "assignee")
        .only(*SHOWN)
        .prefetch_related(
            Prefetch("followups", queryset=rows, to_attr="open_followups"),
        )
    )
    numbers = Phone.objects.callable().filter(customer=OuterRef("customer")).values("number")
    found = list(sheets.annotate(number=Subquery(numbers[:1]))[: size + 1])
    last = found[size - 1] if len(found) > size else None
    # A colleague may have saved the last call to somebody between the statement that found the sheet and the one that found what is owed.
    shown = [sheet for sheet in found[:size] if sheet.open_followups]
    return shown, f"{last.due_at:%Y%m%dT%H%M%S.%f}_{last.tier}_{last.pk}" if last else ""


def read_key(after: str) -> tuple[datetime, str, int] | None:
    parts = after.split("_")
    try:
        return datetime.strptime(parts[0], "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC), parts[1][:1], int(parts[2])
    except (ValueError, IndexError):
        return None
