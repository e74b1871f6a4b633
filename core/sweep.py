"""The sweep finds what is due in the database and acts on it. Everything that happens by itself happens here (design, rule 1).

Each floor registers its steps in AppConfig.ready(); a step takes `now`, does at most one bounded batch, and returns how many rows
it acted on. Steps are idempotent: a sweep that is killed anywhere is simply run again. One statement asks for all steps which of them
have anything to do, so that an idle sweep costs next to nothing however many there are.
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Count, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from core import clock, statements
from core.holders import is_gone, me
from core.models import SweepState

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=45)  # with a tick behind it everything that is due is acted on within the minute
LATE_AFTER = timedelta(minutes=2)
COUNTS = ("planned", "opened", "breached", "escalated", "sent", "failed")


class Step(NamedTuple):
    """count: which number of the report the step adds to. due(now): querysets, a row in any of which means that there is something to
    do; more than there is does no harm, less would leave it undone. None: the step is run every time. can_wait: nobody is promised
    anything by it, and it comes when a backlog has been worked off. is_whole: all that it does is one transaction; a step that reads for
    seconds and writes for moments is not, because on SQLite a transaction keeps all other writers waiting."""

    order: int
    count: str
    act: Callable[[datetime], int]
    due: Callable[[datetime], Iterable[QuerySet]] | None = None
    can_wait: bool = False
    is_whole: bool = True


_steps: list[Step] = []
_dues: list[Callable[[datetime], datetime | None]] = []


def register(count: str, act: Callable[[datetime], int], *, order: int, due=None, can_wait: bool = False, is_whole: bool = True) -> None:
    """order: lower first. The others: as Step has them."""
    step = Step(order, count, act, due, can_wait, is_whole)
    if step not in _steps:
        _steps.append(step)
        _steps.sort(key=lambda step: (step.order, step.count))


def register_due(oldest: Callable[[datetime], datetime | None]) -> None:
    """A floor tells here when its oldest row that the sweep should have acted on was due."""
    _dues.append(oldest)


def oldest_due(now: datetime) -> datetime | None:
    return min((due for due in (oldest(now) for oldest in _dues) if due is not None), default=None)


def with_work(steps: list[Step], now: datetime) -> list[Step]:
    """Those that have something to do: one statement."""
    asked = [(step, rows) for step in steps if step.due for rows in step.due(now)]
    found = statements.any_of(rows for _step, rows in asked)
    busy = [step for (step, _rows), is_due in zip(asked, found, strict=True) if is_due]
    return [step for step in steps if step.due is None or step in busy]


def _take(now: datetime, holder: str) -> bool:
    # A lease that lies farther ahead than any lease can was taken by a clock that ran ahead and has been set back.
    free = Q(holder="") | Q(lease_until__lt=now) | Q(lease_until__gt=now + 2 * LEASE) | Q(lease_until=None)
    row = SweepState.objects.filter(name="sweep")
    if row.filter(free).update(holder=holder, lease_until=now + LEASE):
        return True
    state, made = SweepState.objects.get_or_create(name="sweep")
    is_free = made or is_gone(state.holder)
    return is_free and bool(row.filter(holder=state.holder).update(holder=holder, lease_until=now + LEASE))


def run(*, until_done: bool = False, max_rounds: int = 10_000) -> dict[str, int] | None:
    """One sweep; with until_done, rounds until nothing is due. Returns counts, or None when another sweep holds the row."""
    holder = me()
    if not _take(clock.now(), holder):
        return None
    mine = SweepState.objects.filter(name="sweep", holder=holder)
    counts: Counter[str] = Counter(dict.fromkeys(COUNTS, 0))
    error = "ended before its time"
    try:
        broken = ""
        for _ in range(max_rounds if until_done else 1):
            acted, left = 0, list(_steps)
            while left:
                # What a step does may give a later one something to do, which is found in the same round.
                step = next(iter(with_work(left, clock.now())), None)
                if step is None or (step.can_wait and acted and until_done):
                    break
                left = left[left.index(step) + 1 :]
                if not mine.update(lease_until=clock.now() + LEASE):
                    return dict(counts)  # slower than the lease: another sweep has taken over
                try:
                    with transaction.atomic() if step.is_whole else nullcontext():
                        done = step.act(clock.now())
                except Exception as problem:  # one broken step must not stop the others' promises
                    log.error("sweep step %s.%s failed: %s", step.act.__module__, step.act.__name__, type(problem).__name__)
                    counts["failed"] += 1
                    broken = f"{step.act.__module__}.{step.act.__name__}: {type(problem).__name__}"[:200]
                    continue
                counts[step.count] += done
                acted += done
            if not acted:
                break
            if not broken:
                mine.update(finished_at=clock.now())  # a long backlog is no silence
        error = broken
    finally:
        # A sweep with a broken step has not come to its end: the page says so, as if none had run.
        ended = {} if error else {"finished_at": clock.now()}
        _let_go(mine, counts=dict(counts), error=error, **ended)
    return dict(counts)


def _let_go(mine: QuerySet, **said) -> None:
    """The row is free again. A database that was restarted under a sweep is back in a moment, and the lease lasts longer than that."""
    for wait in (1, 2, 4, 0):  # seconds
        try:
            mine.update(holder="", lease_until=None, **said)
            return
        except (OperationalError, InterfaceError):
            if not wait or connection.in_atomic_block:
                raise
            connection.close()
            time.sleep(wait)


def finished_at() -> datetime | None:
    """When a sweep last came to its end; None before the first."""
    return SweepState.objects.filter(name="sweep").values_list("finished_at", flat=True).first()


def finished_at_and(rows: QuerySet) -> tuple[datetime | None, int]:
    """(finished_at(), how many rows there are): one statement, because every page asks for both."""
    number = Subquery(rows.order_by().values(one=Value(1)).annotate(n=Count("pk")).values("n"))
    found = SweepState.objects.filter(name="sweep").values_list("finished_at", Coalesce(number, 0)).first()
    return found or (None, rows.count())


def is_late(last: datetime | None) -> bool:
    """No sweep has come to its end for two minutes: the page says so, because then nothing is reminded or planned. last: finished_at()."""
    return last is None or clock.now() - last > LATE_AFTER
