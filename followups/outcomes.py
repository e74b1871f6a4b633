"""What happens when nobody answers the phone, and after every other outcome: one table (domain §4, outcomes). Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from core.workdays import Hours

BUSY_RETRY = timedelta(minutes=20)
NOON = 12 * 60
AFTER_BEGINNING = timedelta(hours=1)  # ◆ not everybody at the stroke of nine


class Outcome(TextChoices):
    INTERVIEWED = "interviewed", _("interview done")
    REFUSED = "refused", _("refused")
    NEVER_CALL = "never_call", _("asks never to be called")
    RESCHEDULED = "rescheduled", _("asks for another time")
    BUSY = "busy", _("busy")
    NO_ANSWER = "no_answer", _("no answer")
    SWITCHED_OFF = "switched_off", _("switched off")
    REJECTED = "rejected", _("rejected")
    OUT_OF_SERVICE = "out_of_service", _("out of service")
    NO_SUCH_NUMBER = "no_such_number", _("no such number")
    WRONG_PERSON = "wrong_person", _("wrong person")


class Effect(TextChoices):
    DONE = "done"  # completed, answers saved
    REFUSED = "refused"  # closed as refused
    NEVER = "never"  # closed as refused, and the customer's do-not-call is set
    AGREED = "agreed"  # next_at = the agreed time
    SOON = "soon"  # next try in 20 minutes
    HALF_DAY = "half_day"  # next try in another half-day; after three tries in three half-days closed as unreachable
    BAD_NUMBER = "bad_number"  # that phone invalid; the next valid one offered, else closed as unreachable


# outcome -> what follows (domain §4: the outcome table; S3 2.1, 2.2 and annexes 3, 4)
TABLE: dict[str, Effect] = {
    Outcome.INTERVIEWED: Effect.DONE,
    Outcome.REFUSED: Effect.REFUSED,
    Outcome.NEVER_CALL: Effect.NEVER,
    Outcome.RESCHEDULED: Effect.AGREED,
    Outcome.BUSY: Effect.SOON,
    Outcome.NO_ANSWER: Effect.HALF_DAY,
    Outcome.SWITCHED_OFF: Effect.HALF_DAY,
    Outcome.REJECTED: Effect.HALF_DAY,
    Outcome.OUT_OF_SERVICE: Effect.BAD_NUMBER,
    Outcome.NO_SUCH_NUMBER: Effect.BAD_NUMBER,
    Outcome.WRONG_PERSON: Effect.BAD_NUMBER,
}

HalfDay = tuple[date, str]


@dataclass(frozen=True)
class Consequence:
    """status: how the follow-ups are closed, '' when they stay open. next_at: the next try of open ones."""

    status: str = ""
    next_at: datetime | None = None
    phone_is_invalid: bool = False
    do_not_call: bool = False
    offers_next_phone: bool = False


def half_day(at: datetime, calling: Hours) -> HalfDay:
    """(local date, 'am' or 'pm') of a moment."""
    local = at.astimezone(calling.tz)
    return local.date(), "am" if local.hour * 60 + local.minute < NOON else "pm"


def next_half_day(now: datetime, calling: Hours) -> datetime:
    """An hour after calling begins in the next half-day that has calling hours (morning ↔ afternoon). Raises NoHours."""
    here = half_day(now, calling)
    at = now
    while True:
        begins, ends = calling.current_or_next(at)
        noon = calling.moment(calling.local_date(begins), NOON)
        # A range across noon serves two half-days: look at its morning and its afternoon apart.
        parts = [(begins, min(ends, noon)), (max(begins, noon), ends)]
        for start, end in parts:
            if start < end and start > now and half_day(start, calling) != here:
                return min(start + AFTER_BEGINNING, end - timedelta(minutes=1))
        at = ends


def consequence(
    outcome: str,
    *,
    now: datetime,
    calling: Hours,
    tried: Collection[HalfDay],
    limit: int,
    has_other_phone: bool,
    agreed_at: datetime | None = None,
) -> Consequence:
    """What follows a dial made now. tried: the half-days of the earlier unanswered dials for the same follow-up. limit: the half-days
    after which the customer counts as unreachable. agreed_at: needed for RESCHEDULED. Raises ValueError, NoHours."""
    effect = TABLE[outcome]
    if effect == Effect.DONE:
        return Consequence(status="done")
    if effect == Effect.REFUSED:
        return Consequence(status="refused")
    if effect == Effect.NEVER:
        return Consequence(status="refused", do_not_call=True)
    if effect == Effect.AGREED:
        if agreed_at is None or agreed_at <= now:
            raise ValueError("an agreed time lies in the future")
        return Consequence(next_at=agreed_at)
    if effect == Effect.SOON:
        return Consequence(next_at=calling.first_moment(now + BUSY_RETRY))
    if effect == Effect.BAD_NUMBER:
        if has_other_phone:
            return Consequence(next_at=calling.first_moment(now), phone_is_invalid=True, offers_next_phone=True)
        return Consequence(status="unreachable", phone_is_invalid=True)
    if len({*tried, half_day(now, calling)}) >= limit:
        return Consequence(status="unreachable")
    return Consequence(next_at=next_half_day(now, calling))
