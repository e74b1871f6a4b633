"""The limits of suggestions and praise, and what may be done in which state (S4 §6, domain §5). Pure: no database.

A suggestion is acknowledged within two staffed hours and evaluated within three working days, both from its receipt; praise reaches its
person within those three days ◆. A working day is a day on which the store has staffed hours; the third ends with the last of them.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from complaints.clocks import HOUR, LONGEST_WAIT, MINUTE, Piece, Sum, pieces_of
from complaints.kinds import Basis, FeedbackAct, FeedbackKind, FeedbackStatus
from core.workdays import Hours, NoHours

ACKNOWLEDGED_WITHIN = 2 * HOUR
WORKING_DAYS = 3
AHEAD: dict[str, timedelta] = {FeedbackAct.ACKNOWLEDGE: 15 * MINUTE, FeedbackAct.EVALUATE: 4 * HOUR, FeedbackAct.PASS_ON: 4 * HOUR}

# kind -> the acts that have a limit, both counted from the receipt
LIMITED: dict[str, tuple[FeedbackAct, ...]] = {
    FeedbackKind.SUGGESTION: (FeedbackAct.ACKNOWLEDGE, FeedbackAct.EVALUATE),
    FeedbackKind.PRAISE: (FeedbackAct.PASS_ON,),
}

S = FeedbackStatus
# kind -> act -> the state that follows, by the state before
TABLE: dict[str, dict[str, dict[str, str]]] = {
    FeedbackKind.SUGGESTION: {
        FeedbackAct.ACKNOWLEDGE: {S.RECEIVED: S.ACKNOWLEDGED},
        FeedbackAct.EVALUATE: {S.ACKNOWLEDGED: S.EVALUATED},
        FeedbackAct.TELL: {S.EVALUATED: S.CLOSED},
        FeedbackAct.NOTE: {state: state for state in S},
    },
    FeedbackKind.PRAISE: {
        FeedbackAct.PASS_ON: {S.RECEIVED: S.CLOSED},
        FeedbackAct.NOTE: {state: state for state in S},
    },
}
ABILITY: dict[str, str] = {FeedbackAct.EVALUATE: "feedback.lead"}  # every other act needs feedback.act


def following(kind: str, status: str, act: str) -> str | None:
    """The state after `act`; None where it is not allowed."""
    return TABLE[kind].get(act, {}).get(status)


def acts(kind: str, status: str, can: Callable[[str], bool]) -> list[str]:
    """The buttons of the page. can: whether the person has an ability."""
    return [act for act in TABLE[kind] if following(kind, status, act) and can(ABILITY.get(act, "feedback.act"))]


def due(act: str, received_at: datetime, hours: Hours) -> Sum:
    """When the act is due. A store without staffed hours counts by the wall clock: a promise must not be lost."""
    try:
        if act == FeedbackAct.ACKNOWLEDGE:
            return _staffed(received_at, pieces_of(received_at, ACKNOWLEDGED_WITHIN, hours), act)
        return _staffed(received_at, _working_days(received_at, hours), act)
    except NoHours:
        limit = ACKNOWLEDGED_WITHIN if act == FeedbackAct.ACKNOWLEDGE else timedelta(days=WORKING_DAYS)
        return Sum(Basis.WALL, received_at, limit, received_at + limit, received_at + limit - AHEAD[act])


def _staffed(received_at: datetime, pieces: tuple[Piece, ...], act: str) -> Sum:
    due_at = pieces[-1][1]
    warn_at = due_at - AHEAD[act]
    limit = sum((end - start for start, end in pieces), timedelta(0))
    return Sum(Basis.STAFFED, received_at, limit, due_at, warn_at if warn_at > received_at else None, pieces)


def _working_days(received_at: datetime, hours: Hours) -> tuple[Piece, ...]:
    """The whole staffed hours of the three working days after the day of receipt; one piece a day. Raises NoHours."""
    day, found = hours.local_date(received_at), []
    for n in range(1, LONGEST_WAIT):
        intervals = hours.intervals(day + timedelta(days=n))
        if intervals:
            found.append((intervals[0][0], intervals[-1][1]))
            if len(found) == WORKING_DAYS:
                return tuple(found)
    raise NoHours("the staffed days are too few")
