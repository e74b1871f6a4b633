"""Raising a complaint one level: by a passed limit, at the handler's request, or because the customer is not satisfied."""

from datetime import datetime

from django.db.models import F

from complaints import ticking
from complaints.escalation import climb
from complaints.kinds import Cause, ClockKind, EntryKind
from complaints.models import Clock, Complaint, Entry
from complaints.stores import StoreRules
from complaints.telling import tell


class Changed(Exception):
    """Somebody else was quicker: nothing was written."""


def move(complaint: Complaint, **changes) -> None:
    """Compare-and-set on the version that was read. Raises Changed."""
    mine = Complaint.objects.filter(pk=complaint.pk, version=complaint.version)
    if mine.update(version=F("version") + 1, **changes) != 1:
        raise Changed
    complaint.version += 1
    for name, value in changes.items():
        setattr(complaint, name, value)


def write(complaint: Complaint, kind: str, now: datetime, **facts) -> Entry:
    """A line of the timeline, with the state and level that the complaint has now."""
    return Entry.objects.create(complaint=complaint, kind=kind, at=now, status=complaint.status, level=complaint.level, **facts)


def next_above(complaint: Complaint, rules: StoreRules, now: datetime):
    """(rung, person) above the present level; None where nobody is left."""
    skip = [user for user in (complaint.against, complaint.handler, complaint.superior) if user is not None]
    return climb(complaint.level + 1, rules.roster(complaint.department, now), skip=skip)


def raise_one(complaint: Complaint, rules: StoreRules, *, cause: str, now: datetime, by=None, clock: Clock | None = None, **entry) -> Entry:
    """One level up: the superior there has two hours to instruct or to take over. clock: the late one that is the cause.

    Where nobody is left above, that is written down and the care manager is told. Raises Changed.
    """
    found = next_above(complaint, rules, now)
    if found is None:
        line = write(complaint, EntryKind.TOP, now, by=by, clock=clock, cause=cause, **entry)
        told = [complaint.handler, complaint.superior, *rules.care_managers(now)]
        tell(complaint, told, occasion=f"complaint entry {line.pk}", stage="top", topic="complaint_top")
        return line
    level, person = found
    ticking.drop(complaint, now, [ClockKind.INSTRUCTION])
    handler = complaint.handler or person
    move(complaint, level=level, superior=person, handler=handler)
    ticking.start(complaint, ClockKind.INSTRUCTION, owner=person, total=rules.due(ClockKind.INSTRUCTION, now))
    line = write(complaint, EntryKind.RAISED, now, by=by, clock=clock, cause=cause, person=person, **entry)
    occasion = f"complaint entry {line.pk}"
    tell(complaint, [person], occasion=occasion, stage="raised", topic="complaint_raised")
    if handler != person:
        tell(complaint, [handler], occasion=occasion, stage="away", topic="complaint_raised_away")
    return line


def raise_late(clock: Clock, rules: StoreRules, now: datetime) -> bool:
    """A late clock raises its complaint, once. False where somebody has been quicker."""
    if Clock.objects.to_raise().filter(pk=clock.pk).update(raised_at=now) != 1:
        return False
    raise_one(clock.complaint, rules, cause=Cause.BREACH, now=now, clock=clock)
    return True
