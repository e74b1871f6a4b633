"""What the sweep does on this floor: warn, say what is late, raise it. Each exactly once: compare-and-set on the clocks, and a
timeline line that is unique by clock and stage. Every step finds its rows by key, does at most one batch in a dozen statements, and
can be killed anywhere.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import models, transaction
from django.db.models import F, Min

from complaints.escalation import acts_now
from complaints.kinds import EntryKind
from complaints.models import Clock, Complaint, Entry
from complaints.raising import Changed, line, raise_late
from complaints.stores import Stores
from complaints.telling import messages_of_clock
from core import outbox
from staff.models import Store

BATCH = 500
RELATED = (
    "owner",
    "complaint__store",
    "complaint__customer",
    "complaint__vehicle",
    "complaint__handler",
    "complaint__superior",
    "complaint__against",
)
Found = Iterable[tuple[int, int]]  # (clock, what it is a clock of)


def hold(parents: type[models.Model], found: Found, rows: models.QuerySet) -> list:
    """Those of the found clocks that are still among `rows`, read anew while nobody else acts on their complaints: whoever does has
    moved the complaint before they touch its clocks, and waits here. In this order, or the two could wait for one another. parents: the
    model of complaints, or whatever else has clocks."""
    found = list(found)
    parents.objects.filter(pk__in={parent for _clock, parent in found}).update(id=F("id"))
    return list(rows.filter(pk__in=[clock for clock, _parent in found]).order_by("due_at", "pk"))


@transaction.atomic
def warn(now: datetime) -> int:
    """A limit is near: its owner is told."""
    near = Clock.objects.to_warn(now).filter(due_at__gt=now).order_by("warn_at", "pk").values_list("pk", "complaint")[:BATCH]
    clocks = hold(Complaint, near, Clock.objects.to_warn(now).select_related(*RELATED))
    Clock.objects.filter(pk__in=[clock.pk for clock in clocks]).update(warned_at=now)
    Entry.objects.bulk_create(line(clock.complaint, EntryKind.WARNED, now, clock=clock, person=clock.owner) for clock in clocks)
    outbox.owe(
        message for clock in clocks for message in messages_of_clock(clock, [clock.owner], stage="warned", topic="complaint_warning")
    )
    return len(clocks)


@transaction.atomic
def breach(now: datetime) -> int:
    """A limit has passed: marked, written down, told to its owner and to the handler."""
    late = Clock.objects.to_breach(now).order_by("due_at", "pk").values_list("pk", "complaint")[:BATCH]
    clocks = hold(Complaint, late, Clock.objects.to_breach(now).select_related(*RELATED))
    Clock.objects.filter(pk__in=[clock.pk for clock in clocks]).update(breached_at=now)
    Entry.objects.bulk_create(line(clock.complaint, EntryKind.BREACHED, now, clock=clock, person=clock.owner) for clock in clocks)
    outbox.owe(
        message
        for clock in clocks
        for message in messages_of_clock(clock, [clock.owner, clock.complaint.handler], stage="breached", topic="complaint_late")
    )
    return len(clocks)


def escalate(now: datetime) -> int:
    """What is late is raised one level, in staffed hours only; what was put right before they began is not."""
    stores = Stores()
    try:
        with transaction.atomic():
            clocks = hold(Complaint, _to_raise(now, stores), Clock.objects.to_raise().select_related(*RELATED))
            # A complaint with two late clocks is raised by the first of them now and by the other in the next round.
            return raise_late({clock.complaint_id: clock for clock in reversed(clocks)}.values(), stores, now)
    except Changed:
        return 0  # somebody has acted on one of them this very moment; the next sweep looks again


def _to_raise(now: datetime, stores: Stores) -> list[tuple[int, int]]:
    rows = Clock.objects.to_raise()
    waiting = Store.objects.filter(pk__in=rows.order_by().values("store"))
    closed = [store.pk for store in waiting if not acts_now(now, stores[store].staffed)]
    return list(rows.exclude(store__in=closed).order_by("breached_at", "pk").values_list("pk", "complaint")[:BATCH])


def oldest_due(now: datetime) -> datetime | None:
    """The oldest limit that the sweep has yet to act on: two index look-ups. A raise that waits for staffed hours is not overdue."""
    late = Clock.objects.to_breach(now).aggregate(at=Min("due_at"))["at"]
    near = Clock.objects.to_warn(now).filter(due_at__gt=now).aggregate(at=Min("warn_at"))["at"]
    return min((at for at in (late, near) if at), default=None)
