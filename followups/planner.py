"""Turning events into promises: one planner for an order in the browser, an import of thousands, and the sweep after an outage
(design, rule 2). Callers bring candidates; the calendar is worked out here, and rows are inserted once per (plan, occasion).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, Min, OuterRef, Subquery

from core.workdays import Hours, NoHours
from csi.models import Response
from customers.models import Customer
from followups import caps
from followups.models import Audience, CallSheet, FollowUp, PlanOverride
from followups.planning import PLANS, Plan, Window, window
from staff import calendars
from staff.models import HoursKind, Store
from visits.models import ServiceOrder

BATCH = 500
IMPORTED = ServiceOrder.Origin.IMPORTED
DELIVERY_PLANS = [plan for plan, rule in PLANS.items() if rule.counted_from == "delivery"]


class PlanningError(Exception):
    """The database took fewer rows than were planned: a row is at odds with a constraint."""


@dataclass(frozen=True)
class Candidate:
    """An event that may owe the customer a call. only_if_open: from an import of history, planned only while its window is open."""

    plan: str
    occasion: str
    store: Store
    customer: Customer
    started_at: datetime
    vehicle_id: int | None = None
    order_id: int | None = None
    delivery_id: int | None = None
    response_id: int | None = None
    recovers_id: int | None = None
    assignee_id: int | None = None
    complaint_id: int | None = None
    agreed_at: datetime | None = None
    limit_at: datetime | None = None
    only_if_open: bool = False

    @property
    def audience(self) -> str:
        """Without anybody to call back, a recovery is the callers' to make: it must not be lost."""
        return Audience.ADVISOR if self.assignee_id else Audience.CALLER

    @property
    def key(self) -> tuple[int, str, int | None]:
        """Whose call sheet it stands on."""
        return self.customer.pk, self.audience, self.assignee_id


class StoreSettings:
    """Calling hours and overrides of stores, read once per planning."""

    def __init__(self) -> None:
        self._calling: dict[int, Hours] = {}
        self._overrides: dict[tuple[int, str], PlanOverride] | None = None

    def calling(self, store: Store) -> Hours:
        if store.pk not in self._calling:
            self._calling[store.pk] = calendars.hours(store, HoursKind.CALLING)
        return self._calling[store.pk]

    def override(self, store: Store, plan: str) -> PlanOverride | None:
        if self._overrides is None:
            self._overrides = {(row.store_id, row.plan): row for row in PlanOverride.objects.all()}
        return self._overrides.get((store.pk, plan))

    def offsets(self, store: Store, plan: str) -> tuple[timedelta, timedelta]:
        """(opens, due) after the event, the store's own or the default."""
        override, rule = self.override(store, plan), PLANS[plan]
        opens = timedelta(minutes=override.opens_minutes) if override and override.opens_minutes is not None else rule.opens
        due = timedelta(minutes=override.due_minutes) if override and override.due_minutes is not None else rule.due
        return opens, due

    def is_in_use(self, store: Store, plan: str, at: datetime) -> bool:
        """Whether what happened then is followed by the plan's call."""
        override = self.override(store, plan)
        return override is None or (override.is_enabled and (override.in_use_since is None or at >= override.in_use_since))

    def window(self, candidate: Candidate) -> Window:
        opens, due = self.offsets(candidate.store, candidate.plan)
        calling = self.calling(candidate.store)
        return window(
            candidate.plan, candidate.started_at, calling, agreed_at=candidate.agreed_at, limit_at=candidate.limit_at, opens=opens, due=due
        )


def calling_day(store: Store, at: datetime) -> date:
    """The local date of the first calling moment from then on: who is away that day cannot make the call. The moment's own date in
    a store that never calls."""
    try:
        return store.local_date(StoreSettings().calling(store).first_moment(at))
    except NoHours:
        return store.local_date(at)


def from_order(order: ServiceOrder) -> list[Candidate]:
    """order: delivered, with store and customer loaded."""
    return [
        Candidate(
            plan=Plan.SERVICE,
            occasion=f"order {order.pk}",
            store=order.store,
            customer=order.customer,
            started_at=order.delivered_at,
            vehicle_id=order.vehicle_id,
            order_id=order.pk,
            agreed_at=order.callback_at,
            only_if_open=order.origin == IMPORTED,
        )
    ]


def from_delivery(delivery) -> list[Candidate]:
    """The agreed time is for the interview about the purchase, the first call; the others keep the table's times."""
    return [
        Candidate(
            plan=plan,
            occasion=f"delivery {delivery.pk}",
            store=delivery.store,
            customer=delivery.customer,
            started_at=delivery.delivered_at,
            vehicle_id=delivery.vehicle_id,
            delivery_id=delivery.pk,
            agreed_at=delivery.callback_at if plan == Plan.SALE_FIRST else None,
            only_if_open=delivery.origin == IMPORTED,
        )
        for plan in DELIVERY_PLANS
    ]


def from_unhappy(response, assignee_id: int | None, *, since: datetime | None = None) -> Candidate:
    """since: when the store learnt of it, where that was later than the answer; the window is open then, whatever the answer's age."""
    return Candidate(
        plan=Plan.RECOVERY,
        occasion=f"response {response.pk}",
        store=response.store,
        customer=response.customer,
        started_at=since or response.answered_at,
        vehicle_id=response.vehicle_id,
        order_id=response.order_id,
        delivery_id=response.delivery_id,
        response_id=response.pk,
        assignee_id=assignee_id,
        only_if_open=response.channel == Response.Channel.FORM and since is None,
    )


def from_recovery(recovery: FollowUp) -> Candidate:
    """Counted from the recovery's end or its limit, whichever came first: the same row whenever the sweep gets to it."""
    done_at = recovery.closed_at if recovery.status == FollowUp.Status.DONE else None
    return Candidate(
        plan=Plan.RECHECK,
        occasion=f"recovery {recovery.pk}",
        store=recovery.store,
        customer=recovery.customer,
        started_at=min(done_at, recovery.due_at) if done_at else recovery.due_at,
        vehicle_id=recovery.vehicle_id,
        order_id=recovery.order_id,
        delivery_id=recovery.delivery_id,
        response_id=recovery.response_id,
        recovers_id=recovery.pk,
    )


def from_drawn(response, at: datetime) -> Candidate:
    """A satisfied interview that is asked about once more. at: of the drawing."""
    return Candidate(
        plan=Plan.VERIFICATION,
        occasion=f"response {response.pk}",
        store=response.store,
        customer=response.customer,
        started_at=at,
        vehicle_id=response.vehicle_id,
        order_id=response.order_id,
        delivery_id=response.delivery_id,
        response_id=response.pk,
    )


def from_ranked(event, occasion: str, at: datetime, limit_at: datetime) -> Candidate:
    """A customer drawn for a month's sample is asked about the order or new car. event: with store and customer loaded."""
    return Candidate(
        plan=Plan.IMPLEMENTATION,
        occasion=occasion,
        store=event.store,
        customer=event.customer,
        started_at=at,
        vehicle_id=event.vehicle_id,
        order_id=event.pk if isinstance(event, ServiceOrder) else None,
        delivery_id=None if isinstance(event, ServiceOrder) else event.pk,
        limit_at=limit_at,
    )


def from_complaint(complaint, limit_at: datetime) -> Candidate:
    """complaint: resolved. limit_at: when its revisit clock is due."""
    return Candidate(
        plan=Plan.COMPLAINT,
        occasion=f"complaint {complaint.pk} resolution {complaint.resolutions}",
        store=complaint.store,
        customer=complaint.customer,
        started_at=complaint.resolved_at,
        vehicle_id=complaint.vehicle_id,
        order_id=complaint.order_id,
        delivery_id=complaint.delivery_id,
        complaint_id=complaint.pk,
        limit_at=limit_at,
    )


def plan(candidates: Iterable[Candidate], *, now: datetime) -> int:
    """Inserts the follow-ups that are owed and not there yet, with their call sheets; returns how many. At most BATCH candidates
    in one transaction of the caller's. Raises PlanningError."""
    settings = StoreSettings()
    owed: dict[tuple[int, str, str], tuple[Candidate, Window]] = {}
    unwanted: dict[tuple[int, str, str], Candidate] = {}
    for candidate in candidates:
        if not settings.is_in_use(candidate.store, candidate.plan, candidate.started_at):
            continue
        try:
            span = settings.window(candidate)
        except NoHours:
            continue  # a store that never calls can promise nothing; a car can be handed over all the same
        key = candidate.store.pk, candidate.plan, candidate.occasion
        if candidate.only_if_open and span.due_at <= now:
            continue
        if candidate.customer.do_not_call:
            unwanted[key] = candidate
        else:
            owed[key] = candidate, span
    for key in _known(owed):
        del owed[key]
    _leave(unwanted, now)
    if not owed:
        return 0
    sheets = call_sheets([candidate for candidate, _span in owed.values()])
    rows = [build_followup(candidate, span, sheets[candidate.key]) for candidate, span in owed.values()]
    FollowUp.objects.bulk_create(rows, ignore_conflicts=True)
    if len(_known(owed)) != len(owed):  # on SQLite ignore_conflicts also swallows a broken check constraint
        raise PlanningError(f"{len(owed)} follow-ups planned, {len(_known(owed))} stored")
    refresh_sheets({row.sheet_id for row in rows})
    return len(rows)


def _leave(unwanted: dict[tuple[int, str, str], Candidate], now: datetime) -> None:
    """Whoever asked never to be called is not; that the call is left out is kept."""
    for key in _known(unwanted):
        del unwanted[key]
    caps.note(
        caps.build(store=c.store, customer_id=c.customer.pk, plan=c.plan, occasion=c.occasion, reason=caps.Reason.DO_NOT_CALL, now=now)
        for c in unwanted.values()
    )


def _known(keys) -> set[tuple[int, str, str]]:
    if not keys:
        return set()
    stores, plans, occasions = (set(part) for part in zip(*keys, strict=True))
    rows = FollowUp.objects.filter(store__in=stores, plan__in=plans, occasion__in=occasions)
    return set(rows.values_list("store_id", "plan", "occasion")) & set(keys)


def call_sheets(candidates: list[Candidate]) -> dict[tuple[int, str, int | None], int]:
    """The call sheets' pks by (customer, audience, assignee), made where missing."""
    wanted = {candidate.key: candidate for candidate in candidates}

    def have() -> dict:
        rows = CallSheet.objects.filter(customer__in={key[0] for key in wanted})
        return {
            (customer, audience, assignee): pk
            for pk, customer, audience, assignee in rows.values_list("pk", "customer", "audience", "assignee")
        }

    known = have()
    missing = [
        CallSheet(store=c.store, customer=c.customer, audience=c.audience, assignee_id=c.assignee_id, tier=c.customer.tier)
        for key, c in wanted.items()
        if key not in known
    ]
    if missing:
        CallSheet.objects.bulk_create(missing, ignore_conflicts=True)
        known = have()
    if any(key not in known for key in wanted):
        raise PlanningError("a call sheet was refused")
    return known


def build_followup(candidate: Candidate, span: Window, sheet_id: int | None = None) -> FollowUp:
    """Unsaved and open."""
    return FollowUp(
        store=candidate.store,
        plan=candidate.plan,
        occasion=candidate.occasion,
        sheet_id=sheet_id,
        customer=candidate.customer,
        vehicle_id=candidate.vehicle_id,
        order_id=candidate.order_id,
        delivery_id=candidate.delivery_id,
        response_id=candidate.response_id,
        recovers_id=candidate.recovers_id,
        complaint_id=candidate.complaint_id,
        assignee_id=candidate.assignee_id,
        started_at=candidate.started_at,
        opens_at=span.opens_at,
        aim_at=span.aim_at,
        due_at=span.due_at,
        due_on=candidate.store.local_date(span.due_at),
        is_agreed=span.is_agreed,
        next_at=span.next_at,
    )


def refresh_sheets(sheet_ids: Iterable[int]) -> None:
    """A sheet's next try, whether somebody has tried before, soonest limit and tier from its open follow-ups and its customer: one statement."""
    mine = FollowUp.objects.open().filter(sheet=OuterRef("pk")).order_by().values("sheet")
    CallSheet.objects.filter(pk__in=list(sheet_ids)).update(
        next_at=Subquery(mine.annotate(first=Min("next_at")).values("first")),
        due_at=Subquery(mine.annotate(first=Min("due_at")).values("first")),
        is_retry=Exists(FollowUp.objects.open().filter(sheet=OuterRef("pk"), dials__gt=0)),
        tier=Subquery(Customer.objects.filter(pk=OuterRef("customer")).values("tier")[:1]),
    )
