"""What the sweep does about suggestions and praise: warn, and say what is late. Each exactly once: compare-and-set on the limits, and a
timeline line that is unique by limit and stage. There is no ladder: what is late is told to its owner and to the managers."""

from datetime import datetime

from django.db import transaction
from django.db.models import Min

from complaints.actions_feedback import superiors
from complaints.kinds import FeedbackEntryKind
from complaints.models import Feedback, FeedbackClock, FeedbackEntry
from complaints.steps import BATCH, hold
from complaints.stores import Stores
from complaints.telling import feedback_messages
from core import outbox

RELATED = ("owner", "feedback__store")


def _lines(clocks: list[FeedbackClock], kind: str, now: datetime) -> None:
    FeedbackEntry.objects.bulk_create(
        FeedbackEntry(feedback=clock.feedback, at=now, kind=kind, clock=clock, status=clock.feedback.status, person=clock.owner)
        for clock in clocks
    )


@transaction.atomic
def warn_feedback(now: datetime) -> int:
    """A limit is near: its owner is told."""
    near = FeedbackClock.objects.to_warn(now).filter(due_at__gt=now).order_by("warn_at", "pk").values_list("pk", "feedback")[:BATCH]
    clocks = hold(Feedback, near, FeedbackClock.objects.to_warn(now).select_related(*RELATED))
    FeedbackClock.objects.filter(pk__in=[clock.pk for clock in clocks]).update(warned_at=now)
    _lines(clocks, FeedbackEntryKind.WARNED, now)
    outbox.owe(m for clock in clocks for m in feedback_messages(clock, [clock.owner], stage="warned", topic="feedback_warning"))
    return len(clocks)


@transaction.atomic
def breach_feedback(now: datetime) -> int:
    """A limit has passed: marked, written down, told to its owner and to the managers."""
    late = FeedbackClock.objects.to_breach(now).order_by("due_at", "pk").values_list("pk", "feedback")[:BATCH]
    clocks = hold(Feedback, late, FeedbackClock.objects.to_breach(now).select_related(*RELATED))
    FeedbackClock.objects.filter(pk__in=[clock.pk for clock in clocks]).update(breached_at=now)
    _lines(clocks, FeedbackEntryKind.BREACHED, now)
    stores, above = Stores(), {}
    for store in {clock.feedback.store for clock in clocks}:
        above[store] = superiors(store, stores[store], now)
    outbox.owe(
        message
        for clock in clocks
        for message in feedback_messages(clock, [clock.owner, *above[clock.feedback.store]], stage="breached", topic="feedback_late")
    )
    return len(clocks)


def oldest_due(now: datetime) -> datetime | None:
    """The oldest limit that the sweep has yet to act on."""
    late = FeedbackClock.objects.to_breach(now).aggregate(at=Min("due_at"))["at"]
    near = FeedbackClock.objects.to_warn(now).filter(due_at__gt=now).aggregate(at=Min("warn_at"))["at"]
    return min((at for at in (late, near) if at), default=None)
