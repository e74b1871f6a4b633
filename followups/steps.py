"""What the sweep does on this floor: plan what nobody has planned, say what has opened, say what is late (design, rules 1 and 2).

Every step finds its rows by key, does at most one batch, and can be killed anywhere and run again.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import CharField, Exists, F, Min, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Concat

from complaints.kinds import ClockKind, Status
from complaints.models import Clock, Complaint
from core import outbox
from core.metrics import Gauge
from csi.models import Questionnaire, Response
from customers.models import Customer
from followups import asking, caps, duty, planner
from followups.models import CallSheet, FollowUp
from followups.planner import BATCH, IMPORTED
from followups.planning import PLANS, Plan
from visits.models import NewCarDelivery, ServiceOrder

LOOK_BACK = timedelta(days=35)  # how long an outage may last without anything being lost
IMPORT_SLACK = timedelta(days=10)  # the longest closed time that can move a limit forward
LATE_BATCH = 100  # each of them writes messages


def unplanned_orders(now: datetime):
    return _handed_over(ServiceOrder.objects.delivered(), PLANS[Plan.SERVICE].due, now)


def unplanned_deliveries(now: datetime):
    return _handed_over(NewCarDelivery.objects.all(), max(PLANS[plan].due for plan in planner.DELIVERY_PLANS), now)


def _handed_over(rows, longest: timedelta, now: datetime):
    """Hand-overs of the last days that nobody has seen to; of imported ones only those whose window may still be open."""
    recent = rows.filter(aftercare_at=None, delivered_on__gte=(now - LOOK_BACK).date(), customer__do_not_call=False)
    return recent.filter(~Q(origin=IMPORTED) | Q(delivered_at__gt=now - longest - IMPORT_SLACK))


def unplanned_recoveries(now: datetime):
    """Unhappy answers; of an import only those whose window may still be open, as with imported orders."""
    rows = Response.objects.filter(is_unhappy=True, aftercare_at=None, answered_on__gte=(now - LOOK_BACK).date())
    rows = rows.filter(audience__in=Questionnaire.Audience.values)
    # A complaint that was registered in the call takes the place of the call back.
    rows = rows.filter(~Exists(Complaint.objects.filter(response=OuterRef("pk"))))
    return rows.filter(~Q(channel=Response.Channel.FORM) | Q(answered_at__gt=now - PLANS[Plan.RECOVERY].due - IMPORT_SLACK))


def unplanned_rechecks(now: datetime):
    """Recoveries that are done, or whose limit has passed."""
    rows = FollowUp.objects.filter(plan=Plan.RECOVERY, aftercare_at=None, due_on__gte=(now - LOOK_BACK).date())
    over = rows.filter(Q(status=FollowUp.Status.DONE) | Q(due_at__lte=now), customer__do_not_call=False)
    return over.exclude(status=FollowUp.Status.CANCELLED)


def plan_orders(now: datetime) -> int:
    return _plan_pages(unplanned_orders(now), planner.from_order, now)


def plan_deliveries(now: datetime) -> int:
    size = max(1, BATCH // len(planner.DELIVERY_PLANS))  # a delivery owes a call by each of them
    return _plan_pages(unplanned_deliveries(now), planner.from_delivery, now, size)


def plan_recoveries(now: datetime) -> int:
    def candidate(response):
        assignee = duty.recovery_assignee(response, planner.calling_day(response.store, now))
        return [planner.from_unhappy(response, assignee.pk if assignee else None)]

    return _plan_pages(unplanned_recoveries(now), candidate, now)


def plan_rechecks(now: datetime) -> int:
    return _plan_pages(unplanned_rechecks(now), lambda recovery: [planner.from_recovery(recovery)], now)


def _plan_pages(rows, candidates: Callable, now: datetime, size: int = 0) -> int:
    """One page of rows that lead to follow-ups, marked as seen to in the same transaction. Pages that lead to none (made by whoever
    saved it, a plan not in use, a window closed) are marked and passed over."""
    rows = rows.select_related("store", "customer").order_by("pk")
    while page := list(rows[: size or BATCH]):
        made = planner.plan([candidate for row in page for candidate in candidates(row)], now=now)
        rows.model.objects.filter(pk__in=[row.pk for row in page]).update(aftercare_at=now)
        if made:
            return made
    return 0


def unwanted():
    """Call sheets of customers who asked never to be called."""
    # IN, not a join: SQLite would begin with all open sheets.
    return CallSheet.objects.filter(next_at__isnull=False, customer__in=Customer.objects.filter(do_not_call=True))


def revisit_of(complaint, resolution) -> Concat:
    """The occasion of planner.from_complaint, in the database."""
    number, nth = Cast(complaint, CharField()), Cast(resolution, CharField())
    return Concat(Value("complaint "), number, Value(" resolution "), nth)


def unplanned_revisits():
    """Resolved complaints whose solution nobody has asked about yet; the limit is that of the complaint's own clock."""
    owed = FollowUp.objects.filter(plan=Plan.COMPLAINT, occasion=revisit_of(OuterRef("pk"), OuterRef("resolutions")))
    limits = Clock.objects.running().filter(complaint=OuterRef("pk"), kind=ClockKind.REVISIT)
    # Asked about one by one: joined, SQLite would begin with all customers.
    may_be_called = Exists(Customer.objects.filter(pk=OuterRef("customer"), do_not_call=False))
    resolved = Complaint.objects.filter(may_be_called, status=Status.RESOLVED)
    resolved = resolved.annotate(limit_at=Subquery(limits.values("due_at")[:1]))
    return resolved.filter(~Exists(owed), limit_at__isnull=False)


def plan_revisits(now: datetime) -> int:
    rows = unplanned_revisits().select_related("store", "customer").order_by("pk")[:BATCH]
    return planner.plan([planner.from_complaint(complaint, complaint.limit_at) for complaint in rows], now=now)


def revisits_gone():
    """Revisits of complaints that have moved on: asked on the complaint's own page, or reopened since."""
    stands = Q(complaint__status=Status.RESOLVED, occasion=revisit_of(F("complaint"), F("complaint__resolutions")))
    # complaint: said, though each has one, so that SQLite goes by it and not through all that is open.
    return FollowUp.objects.open().filter(plan=Plan.COMPLAINT, complaint__isnull=False).exclude(stands)


def cancel_revisits(now: datetime) -> int:
    gone = list(revisits_gone().values_list("pk", "sheet")[:BATCH])
    if not gone:
        return 0
    pks = [pk for pk, _sheet in gone]
    closed = FollowUp.objects.open().filter(pk__in=pks).update(status=FollowUp.Status.CANCELLED, closed_at=now, next_at=None)
    planner.refresh_sheets({sheet for _pk, sheet in gone})
    return closed


def close_unwanted(now: datetime) -> int:
    """What is still open for them is closed as refused."""
    sheets = list(unwanted().order_by("pk").values_list("pk", flat=True)[:BATCH])
    if not sheets:
        return 0
    mine = FollowUp.objects.open().filter(sheet__in=sheets)
    caps.note_followups(mine.select_related("store"), caps.Reason.DO_NOT_CALL, now)
    closed = mine.update(status=FollowUp.Status.REFUSED, closed_at=now, closed_by=None, next_at=None)
    planner.refresh_sheets(sheets)
    return closed


def to_open(now: datetime):
    return FollowUp.objects.open().filter(opened_at=None, opens_at__lte=now)


def to_breach(now: datetime):
    return FollowUp.objects.open().filter(breached_at=None, first_dialled_at=None, due_at__lte=now)


def open_due(now: datetime) -> int:
    """Follow-ups whose time has come; a recovery is told to the one who makes it. What would be one contact too many is left out."""
    batch = list(to_open(now).select_related("store", "assignee").order_by("opens_at", "pk")[:BATCH])
    if not batch:
        return 0
    if held := caps.held_back(batch, now):
        caps.note_followups(held, caps.Reason.CONTACTS, now)
        mine = FollowUp.objects.open().filter(pk__in=[row.pk for row in held])
        mine.update(status=FollowUp.Status.CANCELLED, opened_at=now, closed_at=now, next_at=None)
        planner.refresh_sheets({row.sheet_id for row in held})
        batch = [row for row in batch if row not in held]
    opened = FollowUp.objects.open().filter(pk__in=[row.pk for row in batch], opened_at=None).update(opened_at=now) + len(held)
    for row in batch:
        if row.assignee_id:
            tell(row, row.assignee, stage="opened", topic="recovery_owed")
    asking.send_opened(batch, now)
    return opened


def mark_breached(now: datetime) -> int:
    """Limits that have passed without a dial: marked once, told once to whoever answers for them."""
    marked = 0
    for row in to_breach(now).select_related("store", "response").order_by("due_at", "pk")[:LATE_BATCH]:
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


def gauges(now: datetime) -> list[Gauge]:
    """What this floor tells under /metrics."""
    waiting = {'step="open"': to_open(now).count(), 'step="breach"': to_breach(now).count()}
    return [
        Gauge("due_rows", "Follow-ups that the sweep has yet to act on.", waiting),
        Gauge("call_sheets_open", "Customers who are owed a call.", {"": CallSheet.objects.filter(next_at__isnull=False).count()}),
    ]


def oldest_due(now: datetime) -> datetime | None:
    """The oldest row that the sweep has yet to act on: two index look-ups."""
    opens = to_open(now).aggregate(at=Min("opens_at"))["at"]
    late = to_breach(now).aggregate(at=Min("due_at"))["at"]
    return min((at for at in (opens, late) if at), default=None)
