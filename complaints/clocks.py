"""The 2-1-1 standard in one table, and its arithmetic: when a clock is due, why, and when it warns. Pure: no database.

Hour clocks run in the store's staffed hours, day clocks by the wall clock; a store may set each (domain §5 ◆). In staffed hours a
day counts ten of them, the length of the default day (08:30–18:30) ◆.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from complaints.kinds import Basis, ClockKind
from core.workdays import Hours, NoHours

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LONGEST_WAIT = 400  # intervals looked through; more means a calendar without hours


@dataclass(frozen=True)
class Limit:
    """wall, staffed: the limit by either clock. ahead: how long before it the owner is warned. basis: the default."""

    wall: timedelta
    staffed: timedelta
    ahead: timedelta
    basis: Basis
    source: str


# clock                            wall       staffed    warned      default        source
LIMITS: dict[str, Limit] = {
    ClockKind.FIRST_REPLY: Limit(2 * HOUR, 2 * HOUR, 15 * MINUTE, Basis.STAFFED, "S3 2.3"),
    ClockKind.DEPARTMENT_REPLY: Limit(24 * HOUR, 10 * HOUR, 4 * HOUR, Basis.WALL, "S3 2.3"),
    ClockKind.INSTRUCTION: Limit(2 * HOUR, 2 * HOUR, 15 * MINUTE, Basis.STAFFED, "S3 2.3"),
    ClockKind.REVISIT: Limit(24 * HOUR, 10 * HOUR, 4 * HOUR, Basis.WALL, "S3 2.3.4"),
}
PROMISE_AHEAD = 15 * MINUTE
MAY_PAUSE = frozenset({ClockKind.DEPARTMENT_REPLY, ClockKind.NEXT_CONTACT, ClockKind.INSTRUCTION})

Piece = tuple[datetime, datetime]


@dataclass(frozen=True)
class Sum:
    """due_at, when to warn (None: too late for that), and the stretches of time that were counted."""

    basis: str
    started_at: datetime
    limit: timedelta
    due_at: datetime
    warn_at: datetime | None
    pieces: tuple[Piece, ...] = ()

    def as_data(self) -> dict[str, object]:
        """For the row: figures only, so that it can be read in either language (complaints.explain)."""
        return {
            "basis": str(self.basis),
            "seconds": int(self.limit.total_seconds()),
            "pieces": [[start.isoformat(), end.isoformat()] for start, end in self.pieces],
        }


def _staffed(at: datetime, hours: Hours) -> Iterator[Piece]:
    """The staffed stretches from `at` on, the first cut to begin with it. Raises NoHours."""
    for _n in range(LONGEST_WAIT):
        start, end = hours.current_or_next(at)
        yield max(start, at), end
        at = end
    raise NoHours("the staffed hours are too few")


def pieces_of(started_at: datetime, limit: timedelta, hours: Hours) -> tuple[Piece, ...]:
    """The staffed stretches that make up `limit`; the last ends when it is over. Raises NoHours."""
    found: list[Piece] = []
    left = limit
    for start, end in _staffed(started_at, hours):
        taken = min(end, start + left)
        found.append((start, taken))
        left -= taken - start
        if not left:
            return tuple(found)
    raise AssertionError("unreachable")


def due(kind: str, started_at: datetime, hours: Hours, *, basis: str = "", limit: timedelta | None = None) -> Sum:
    """When a clock started then is due. basis: the store's choice, '' for the table's. limit: what is left of it after a pause.

    A store without staffed hours counts by the wall clock: a promise must not be lost.
    """
    rule = LIMITS[kind]
    basis = basis or rule.basis
    if basis == Basis.STAFFED:
        length = rule.staffed if limit is None else limit
        try:
            counted = pieces_of(started_at, length, hours)
            warn = pieces_of(started_at, length - rule.ahead, hours)[-1][1] if length > rule.ahead else None
            return Sum(Basis.STAFFED, started_at, length, counted[-1][1], warn, counted)
        except NoHours:
            pass
    length = rule.wall if limit is None else limit
    return _by_the_wall(Basis.WALL, started_at, started_at + length, rule.ahead)


def promised(started_at: datetime, at: datetime) -> Sum:
    """The next contact: due when it was promised for."""
    return _by_the_wall(Basis.PROMISED, started_at, at, PROMISE_AHEAD)


def _by_the_wall(basis: str, started_at: datetime, due_at: datetime, ahead: timedelta) -> Sum:
    warn = due_at - ahead
    return Sum(basis, started_at, due_at - started_at, due_at, warn if warn > started_at else None)


def left(*, basis: str, started_at: datetime, limit: timedelta, at: datetime, hours: Hours) -> timedelta:
    """What is left of a clock at `at`, in its own time; never below zero."""
    if basis != Basis.STAFFED:
        return max(started_at + limit - at, timedelta(0))
    gone = timedelta(0)
    for start, end in _staffed(started_at, hours):
        if start >= at or gone >= limit:
            break
        gone += min(end, at) - start
    return max(limit - gone, timedelta(0))


def resumed(kind: str, *, basis: str, limit: timedelta, at: datetime, hours: Hours) -> Sum:
    """A paused clock goes on with what was left of it. A promise that was paused counts on as it was: in plain time."""
    if basis == Basis.STAFFED:
        return due(kind, at, hours, basis=basis, limit=limit)
    ahead = LIMITS[kind].ahead if kind in LIMITS else PROMISE_AHEAD
    return _by_the_wall(basis, at, at + limit, ahead)
