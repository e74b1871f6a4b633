"""Raising a complaint one level: by a passed limit, at the handler's request, or because the customer is not satisfied."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db.models import F

from complaints import ticking
from complaints.escalation import climb
from complaints.kinds import Cause, ClockKind, EntryKind
from complaints.models import Clock, Complaint, Entry
from complaints.stores import StoreRules
from complaints.telling import messages
from core import outbox


class Changed(Exception):
    """Somebody else was quicker: nothing was written."""


def move(complaint: Complaint, **changes) -> None:
    """Compare-and-set on the version that was read. Raises Changed."""
    move_all([complaint], **changes)


def move_all(complaints: Collection[Complaint], **changes) -> None:
    """The same for several of one version. Raises Changed, and then none of them may be kept."""
    version = next(iter(complaints)).version
    mine = Complaint.objects.filter(pk__in=[complaint.pk for complaint in complaints], version=version)
    if mine.update(version=F("version") + 1, **changes) != len(complaints):
        raise Changed
    for complaint in complaints:
        complaint.version += 1
        for name, value in changes.items():
            setattr(complaint, name, value)


def line(complaint: Complaint, kind: str, now: datetime, **facts) -> Entry:
    """A line of the timeline, not written yet, with the state and level that the complaint has now."""
    return Entry(complaint=complaint, kind=kind, at=now, status=complaint.status, level=complaint.level, **facts)


def write(complaint: Complaint, kind: str, now: datetime, **facts) -> Entry:
    entry = line(complaint, kind, now, **facts)
    entry.save(force_insert=True)
    return entry


def next_above(complaint: Complaint, rules: StoreRules, now: datetime):
    """(rung, person) above the present level; None where nobody is left."""
    skip = [user for user in (complaint.against, complaint.handler, complaint.superior) if user is not None]
    return climb(complaint.level + 1, rules.roster(complaint.department, now), skip=skip)


def raise_one(complaint: Complaint, rules: StoreRules, *, cause: str, now: datetime, by=None, **entry) -> Entry:
    """One level up: the superior there has two hours to instruct or to take over.

    Where nobody is left above, that is written down and the care manager is told. Raises Changed.
    """
    return _raise({complaint: None}, {complaint.store: rules}, cause=cause, now=now, by=by, **entry)[0]


def raise_late(clocks: Iterable[Clock], stores: Mapping, now: datetime) -> int:
    """Each of the late clocks, of different complaints, raises its complaint, once. Raises Changed."""
    late = {clock.complaint: clock for clock in clocks}
    if not late:
        return 0
    if Clock.objects.to_raise().filter(pk__in=[clock.pk for clock in late.values()]).update(raised_at=now) != len(late):
        raise Changed
    return len(_raise(late, stores, cause=Cause.BREACH, now=now))


def _raise(late: Mapping[Complaint, Clock | None], stores: Mapping, *, cause: str, now: datetime, **entry) -> list[Entry]:
    """late: complaint -> the clock that is the cause. A dozen statements, however many there are."""
    found = {complaint: next_above(complaint, stores[complaint.store], now) for complaint in late}
    handlers = {complaint: complaint.handler for complaint in late}
    alike: dict[tuple, list[Complaint]] = {}
    for complaint, above in found.items():
        if above is not None:
            alike.setdefault((complaint.version, *above, complaint.handler or above[1]), []).append(complaint)
    for (_version, level, person, handler), complaints in alike.items():
        move_all(complaints, level=level, superior=person, handler=handler)
    raised = [complaint for complaints in alike.values() for complaint in complaints]
    if raised:
        ticking.drop_all(raised, now, [ClockKind.INSTRUCTION])
        due = [(row, row.superior, stores[row.store].due(ClockKind.INSTRUCTION, now)) for row in raised]
        ticking.start_all(ClockKind.INSTRUCTION, due)
    lines = Entry.objects.bulk_create(
        line(row, EntryKind.RAISED, now, clock=clock, cause=cause, person=row.superior, **entry)
        if found[row]
        else line(row, EntryKind.TOP, now, clock=clock, cause=cause, **entry)
        for row, clock in late.items()
    )
    outbox.owe(message for written in lines for message in _told(written, handlers[written.complaint], stores, now))
    return lines


def _told(written: Entry, before, stores: Mapping, now: datetime) -> list:
    """before: who handled it until now."""
    complaint, occasion = written.complaint, f"complaint entry {written.pk}"
    if written.kind == EntryKind.TOP:
        told = [complaint.handler, complaint.superior, *stores[complaint.store].care_managers(now)]
        return messages(complaint, told, occasion=occasion, stage="top", topic="complaint_top")
    above = messages(complaint, [complaint.superior], occasion=occasion, stage="raised", topic="complaint_raised")
    if complaint.handler == complaint.superior:
        return above
    return above + messages(complaint, [complaint.handler], occasion=occasion, stage="away", topic="complaint_raised_away")
