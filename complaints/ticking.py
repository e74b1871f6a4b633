"""Starting, meeting, pausing and dropping the clocks of a complaint. Called inside the act that causes it, in its transaction."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Max

from complaints.clocks import MAY_PAUSE, Sum, left, resumed
from complaints.kinds import ClockKind, EntryKind
from complaints.models import Clock, Complaint
from complaints.stores import StoreRules


def start(complaint: Complaint, kind: str, *, owner, total: Sum, goes_on: Clock | None = None) -> Clock:
    """The next clock of this kind; the sum that led to its limit is kept with it."""
    return start_all(kind, [(complaint, owner, total)], goes_on=goes_on)[0]


def start_all(kind: str, wanted: Iterable[tuple[Complaint, object, Sum]], *, goes_on: Clock | None = None) -> list[Clock]:
    """wanted: (complaint, owner, sum)."""
    wanted = list(wanted)
    known = Clock.objects.filter(complaint__in=[complaint for complaint, _owner, _total in wanted], kind=kind).order_by()
    last = dict(known.values_list("complaint").annotate(n=Max("occasion")))
    return Clock.objects.bulk_create(
        Clock(
            store=complaint.store,
            complaint=complaint,
            kind=kind,
            occasion=last.get(complaint.pk, 0) + 1,
            owner=owner,
            started_at=total.started_at,
            due_at=total.due_at,
            due_on=complaint.store.local_date(total.due_at),
            warn_at=total.warn_at,
            why=total.as_data(),
            goes_on=goes_on,
        )
        for complaint, owner, total in wanted
    )


def meet(complaint: Complaint, kinds: Collection[str], now: datetime) -> int:
    """The promise is kept, or late but done: a limit that passed before the sweep looked is late all the same."""
    running = Clock.objects.running().filter(complaint=complaint, kind__in=kinds)
    running.filter(due_at__lt=now, breached_at=None).update(breached_at=now)
    return running.update(met_at=now)


def drop(complaint: Complaint, now: datetime, kinds: Collection[str] = tuple(ClockKind)) -> int:
    """Nothing to keep any more."""
    return drop_all([complaint], now, kinds)


def drop_all(complaints: Collection[Complaint], now: datetime, kinds: Collection[str]) -> int:
    return Clock.objects.running().filter(complaint__in=complaints, kind__in=kinds).update(dropped_at=now)


def pause(complaint: Complaint, now: datetime) -> int:
    """While we wait for the customer. A clock that is late already is not paused away."""
    mine = Clock.objects.running().filter(complaint=complaint, kind__in=MAY_PAUSE, breached_at=None, due_at__gt=now)
    return mine.update(paused_at=now)


def resume(complaint: Complaint, now: datetime, rules: StoreRules) -> int:
    """Each paused clock goes on as a new one with what was left of it, unless another of its kind has been started since."""
    running = set(Clock.objects.running().filter(complaint=complaint).values_list("kind", flat=True))
    since = complaint.entries.filter(kind=EntryKind.WAITED).values_list("at", flat=True).last()
    paused = Clock.objects.filter(complaint=complaint, paused_at=since, goes_on_as=None).exclude(kind__in=running)
    for clock in paused.select_related("owner"):
        basis = clock.why["basis"]
        rest = left(basis=basis, started_at=clock.started_at, limit=clock.limit, at=clock.paused_at, hours=rules.staffed)
        total = resumed(clock.kind, basis=basis, limit=rest, at=now, hours=rules.staffed)
        start(complaint, clock.kind, owner=clock.owner, total=total, goes_on=clock)
    return len(paused)


def hand_over(complaint: Complaint, person) -> None:
    """The handler's running clocks go with the work."""
    kinds = [ClockKind.DEPARTMENT_REPLY, ClockKind.NEXT_CONTACT]
    Clock.objects.running().filter(complaint=complaint, kind__in=kinds).update(owner=person)
