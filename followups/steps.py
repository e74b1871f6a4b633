"""What the sweep does on this floor: plan what nobody has planned, say what has opened, say what is late (design, rules 1 and 2).

Every step finds its rows by key, does at most one batch, and can be killed anywhere and run again.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.db.models import CharField, Exists, F, Min, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Concat

from complaints.kinds import ClockKind, Status
from complaints.models import Clock, Complaint
from core import outbox
from csi.models import Questionnaire, Response
from followups import duty, planner
from followups.models import CallSheet, FollowUp
from followups.planner import BATCH, IMPORTED
from followups.planning import PLANS, Plan
from staff.models import Store
from visits.models import NewCarDelivery, ServiceOrder

LOOK_BACK = timedelta(days=35)  # how long an outage may last without anything being lost
IMPORT_SLACK = timedelta(days=10)  # the longest closed time that can move a limit forward
LATE_BATCH = 100  # each of them writes messages


def plan_orders(now: datetime) -> int:
    owed = FollowUp.objects.filter(order=OuterRef("pk"), plan=Plan.SERVICE)
    rows = _unplanned(ServiceOrder.objects.delivered(), owed, PLANS[Plan.SERVICE].due, now)
    return _plan_pages(rows, planner.from_order, now)


def plan_deliveries(now: datetime) -> int:
    owed = FollowUp.objects.filter(delivery=OuterRef("pk"), plan__in=planner.DELIVERY_PLANS)
    longest = max(PLANS[plan].due for plan in planner.DELIVERY_PLANS)
    size = max(1, BATCH // len(planner.DELIVERY_PLANS))  # a delivery owes a call by each of them
    return _plan_pages(_unplanned(NewCarDelivery.objects.all(), owed, longest, now), planner.from_delivery, now, size)


def _unplanned(rows, owed, longest: timedelta, now: datetime):
    """Hand-overs of the last days without a follow-up; of imported ones only those whose window may still be open."""
    stores = list(Store.objects.values_list("pk", flat=True))
    recent = rows.filter(store__in=stores, delivered_on__gte=(now - LOOK_BACK).date(), customer__do_not_call=False)
    recent = recent.filter(~Q(origin=IMPORTED) | Q(delivered_at__gt=now - longest - IMPORT_SLACK))
    return recent.filter(~Exists(owed)).select_related("store", "customer").order_by("pk")


def _plan_pages(rows, candidates: Callable, now: datetime, size: int = 0) -> int:
    """One page of rows that lead to follow-ups. Pages that lead to none (a plan not in use, a window closed) are passed over."""
    for page in _pages(rows, size or BATCH):
        made = planner.plan([candidate for row in page for candidate in candidates(row)], now=now)
        if made:
            return made
    return 0


def _pages(rows, size: int) -> Iterator[list]:
    last = 0
    while page := list(rows.filter(pk__gt=last)[:size]):
        yield page
        if len(page) < size:
            return
        last = page[-1].pk


def plan_recoveries(now: datetime) -> int:
    owed = FollowUp.objects.filter(response=OuterRef("pk"), plan=Plan.RECOVERY)
    unhappy = Response.objects.filter(
        store__in=list(Store.objects.values_list("pk", flat=True)),
        audience__in=Questionnaire.Audience.values,
        answered_on__gte=(now - LOOK_BACK).date(),
        is_unhappy=True,
        customer__do_not_call=False,
    )
    # A complaint that was registered in the call takes the place of the call back.
    unhappy = unhappy.filter(~Exists(Complaint.objects.filter(response=OuterRef("pk"))))
    # Of the answers of an import only those whose window may still be open, as with imported orders.
    unhappy = unhappy.filter(~Q(channel=Response.Channel.FORM) | Q(answered_at__gt=now - PLANS[Plan.RECOVERY].due - IMPORT_SLACK))
    rows = unhappy.filter(~Exists(owed)).select_related("store", "customer").order_by("pk")

    def candidate(response):
        assignee = duty.recovery_assignee(response, planner.calling_day(response.store, now))
        return [planner.from_unhappy(response, assignee.pk if assignee else None)]

    return _plan_pages(rows, candidate, now)


def plan_rechecks(now: datetime) -> int:
    owed = FollowUp.objects.filter(recovers=OuterRef("pk"), plan=Plan.RECHECK)
    over = FollowUp.objects.filter(
        Q(status=FollowUp.Status.DONE) | Q(due_at__lte=now),
        store__in=list(Store.objects.values_list("pk", flat=True)),
        plan=Plan.RECOVERY,
        due_on__gte=(now - LOOK_BACK).date(),
        customer__do_not_call=False,
    ).exclude(status=FollowUp.Status.CANCELLED)
    rows = over.filter(~Exists(owed)).select_related("store", "customer").order_by("pk")
    return _plan_pages(rows, lambda recovery: [planner.from_recovery(recovery)], now)


def revisit_of(complaint, resolution) -> Concat:
    """The occasion of planner.from_complaint, in the database."""
    number, nth = Cast(complaint, CharField()), Cast(resolution, CharField())
    return Concat(Value("complaint "), number, Value(" resolution "), nth)


def plan_revisits(now: datetime) -> int:
    """Resolved complaints whose solution nobody has asked about yet; the limit is that of the complaint's own clock."""
    owed = FollowUp.objects.filter(plan=Plan.COMPLAINT, occasion=revisit_of(OuterRef("pk"), OuterRef("resolutions")))
    limits = Clock.objects.running().filter(complaint=OuterRef("pk"), kind=ClockKind.REVISIT)
    resolved = Complaint.objects.filter(status=Status.RESOLVED, customer__do_not_call=False).annotate(
        limit_at=Subquery(limits.values("due_at")[:1])
    )
    rows = resolved.filter(~Exists(owed), limit_at__isnull=False).select_related("store", "customer").order_by("pk")
    return _plan_pages(rows, lambda complaint: [planner.from_complaint(complaint, complaint.limit_at)], now)


def cancel_revisits(now: datetime) -> int:
    """Revisits of complaints that have moved on: asked on the complaint's own page, or reopened since."""
    rows = FollowUp.objects.open().filter(plan=Plan.COMPLAINT)
    stands = Q(complaint__status=Status.RESOLVED, occasion=revisit_of(F("complaint"), F("complaint__resolutions")))
    gone = list(rows.exclude(stands).values_list("pk", "sheet")[:BATCH])
    if not gone:
        return 0
    pks = [pk for pk, _sheet in gone]
    closed = FollowUp.objects.open().filter(pk__in=pks).update(status=FollowUp.Status.CANCELLED, closed_at=now, next_at=None)
    planner.refresh_sheets({sheet for _pk, sheet in gone})
    return closed


def close_unwanted(now: datetime) -> int:
    """Customers who asked never to be called: what is still open for them is closed as refused."""
    sheets = list(
        CallSheet.objects.filter(next_at__isnull=False, customer__do_not_call=True).order_by("pk").values_list("pk", flat=True)[:BATCH]
    )
    if not sheets:
        return 0
    closed = (
        FollowUp.objects.open().filter(sheet__in=sheets).update(status=FollowUp.Status.REFUSED, closed_at=now, closed_by=None, next_at=None)
    )
    planner.refresh_sheets(sheets)
    return closed


def open_due(now: datetime) -> int:
    """Follow-ups whose time has come; a recovery is told to the one who makes it."""
    rows = FollowUp.objects.open().filter(opened_at=None, opens_at__lte=now).select_related("store", "assignee").order_by("opens_at", "pk")
    batch = list(rows[:BATCH])
    if not batch:
        return 0
    opened = FollowUp.objects.open().filter(pk__in=[row.pk for row in batch], opened_at=None).update(opened_at=now)
    for row in batch:
        if row.assignee_id:
            tell(row, row.assignee, stage="opened", topic="recovery_owed")
    return opened


def mark_breached(now: datetime) -> int:
    """Limits that have passed without a dial: marked once, told once to whoever answers for them."""
    rows = FollowUp.objects.open().filter(breached_at=None, first_dialled_at=None, due_at__lte=now)
    marked = 0
    for row in rows.select_related("store", "response").order_by("due_at", "pk")[:LATE_BATCH]:
        mine = FollowUp.objects.open().filter(pk=row.pk, breached_at=None, first_dialled_at=None)
        if mine.update(breached_at=now) != 1:
            continue
        marked += 1
        day = row.store.local_date(now)
        if row.plan == Plan.RECOVERY:
            for supervisor in duty.supervisors(row.store, row.response.audience, day):
                tell(row, supervisor, stage="breached", topic="recovery_late")
        else:
            for manager in duty.care_managers(row.store, day):
                tell(row, manager, stage="breached", topic="followup_late")
    return marked


def tell(followup: FollowUp, user, *, stage: str, topic: str) -> None:
    outbox.notify(
        store=followup.store,
        user=user,
        occasion=f"followup {followup.pk}",
        stage=stage,
        topic=topic,
        path=f"/calls/{followup.sheet_id}/",
        plan=followup.plan,
        due=f"{followup.due_at.astimezone(followup.store.tz):%m-%d %H:%M}",
    )


def oldest_due(now: datetime) -> datetime | None:
    """The oldest row that the sweep has yet to act on: two index look-ups."""
    to_open = FollowUp.objects.open().filter(opened_at=None, opens_at__lte=now).aggregate(at=Min("opens_at"))["at"]
    late = FollowUp.objects.open().filter(breached_at=None, first_dialled_at=None, due_at__lte=now).aggregate(at=Min("due_at"))["at"]
    return min((at for at in (to_open, late) if at), default=None)
