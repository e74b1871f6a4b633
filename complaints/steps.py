"""What the sweep does on this floor: warn, say what is late, raise it. Each exactly once: compare-and-set on the clock, and a
timeline line that is unique by clock and stage. Every step finds its rows by key, does at most one batch, and can be killed anywhere.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import Min

from complaints.escalation import acts_now
from complaints.kinds import EntryKind
from complaints.models import Clock
from complaints.raising import Changed, raise_late, write
from complaints.stores import Stores
from complaints.telling import tell_of_clock
from staff.models import Store

BATCH = 200
RELATED = (
    "owner",
    "complaint__store",
    "complaint__customer",
    "complaint__vehicle",
    "complaint__handler",
    "complaint__superior",
    "complaint__against",
)


def warn(now: datetime) -> int:
    """A limit is near: its owner is told."""
    warned = 0
    for clock in Clock.objects.to_warn(now).filter(due_at__gt=now).select_related(*RELATED).order_by("warn_at", "pk")[:BATCH]:
        if Clock.objects.to_warn(now).filter(pk=clock.pk).update(warned_at=now) != 1:
            continue
        warned += 1
        write(clock.complaint, EntryKind.WARNED, now, clock=clock, person=clock.owner)
        tell_of_clock(clock, [clock.owner], stage="warned", topic="complaint_warning")
    return warned


def breach(now: datetime) -> int:
    """A limit has passed: marked, written down, told to its owner and to the handler."""
    marked = 0
    for clock in Clock.objects.to_breach(now).select_related(*RELATED).order_by("due_at", "pk")[:BATCH]:
        if Clock.objects.to_breach(now).filter(pk=clock.pk).update(breached_at=now) != 1:
            continue
        marked += 1
        write(clock.complaint, EntryKind.BREACHED, now, clock=clock, person=clock.owner)
        tell_of_clock(clock, [clock.owner, clock.complaint.handler], stage="breached", topic="complaint_late")
    return marked


def escalate(now: datetime) -> int:
    """What is late is raised one level, in staffed hours only; what was put right before they began is not."""
    stores, raised = Stores(), 0
    for clock in _to_raise(now, stores):
        try:
            with transaction.atomic():
                # Read anew: an earlier clock of the same complaint may just have moved it.
                fresh = Clock.objects.select_related(*RELATED).get(pk=clock)
                raised += raise_late(fresh, stores[fresh.complaint.store], now)
        except Changed:
            continue  # somebody is acting on it this very moment; the next sweep looks again
    return raised


def _to_raise(now: datetime, stores: Stores) -> list[int]:
    rows = Clock.objects.to_raise()
    waiting = Store.objects.filter(pk__in=rows.order_by().values("store"))
    closed = [store.pk for store in waiting if not acts_now(now, stores[store].staffed)]
    return list(rows.exclude(store__in=closed).order_by("breached_at", "pk").values_list("pk", flat=True)[:BATCH])


def oldest_due(now: datetime) -> datetime | None:
    """The oldest limit that the sweep has yet to act on: two index look-ups. A raise that waits for staffed hours is not overdue."""
    late = Clock.objects.to_breach(now).aggregate(at=Min("due_at"))["at"]
    near = Clock.objects.to_warn(now).filter(due_at__gt=now).aggregate(at=Min("warn_at"))["at"]
    return min((at for at in (late, near) if at), default=None)
