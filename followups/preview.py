"""What each outcome button will do, worked out by the very function that does it (followups.outcomes.consequence)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from core.workdays import Hours, NoHours
from followups.outcomes import TABLE, Effect, HalfDay, Outcome, consequence

# In the order of the buttons; the key that presses each.
KEYS = {
    Outcome.INTERVIEWED: "s",
    Outcome.NO_ANSWER: "w",
    Outcome.BUSY: "b",
    Outcome.RESCHEDULED: "t",
    Outcome.SWITCHED_OFF: "o",
    Outcome.REJECTED: "j",
    Outcome.REFUSED: "r",
    Outcome.OUT_OF_SERVICE: "u",
    Outcome.NO_SUCH_NUMBER: "k",
    Outcome.WRONG_PERSON: "p",
    Outcome.NEVER_CALL: "d",
}


@dataclass(frozen=True)
class Button:
    outcome: Outcome
    key: str
    text: str


def day_and_time(at: datetime, now: datetime, calling: Hours) -> str:
    """'today 15:00', 'tomorrow 10:00', '11-28 10:00'"""
    days = (calling.local_date(at) - calling.local_date(now)).days
    clock = at.astimezone(calling.tz).strftime("%H:%M")
    if days == 0:
        return _("today %(time)s") % {"time": clock}
    if days == 1:
        return _("tomorrow %(time)s") % {"time": clock}
    return at.astimezone(calling.tz).strftime("%m-%d %H:%M")


def text(outcome: str, *, now: datetime, calling: Hours, tried: list[set[HalfDay]], limit: int, spare: str) -> str:
    """tried: of each follow-up that is owed. spare: the next number, masked, '' without one."""
    if TABLE[outcome] == Effect.AGREED:
        return _("retry as agreed")
    try:
        what = [consequence(outcome, now=now, calling=calling, tried=halves, limit=limit, has_other_phone=bool(spare)) for halves in tried]
    except NoHours:
        return _("no calling hours")
    retries = sorted(one.next_at for one in what if one.next_at)
    if any(one.do_not_call for one in what):
        return _("closes everything")
    if any(one.status == "unreachable" for one in what):
        if retries:
            return _("part unreachable, retry %(when)s") % {"when": day_and_time(retries[0], now, calling)}
        return _("unreachable, letter owed")
    if any(one.offers_next_phone for one in what):
        return _("next number %(number)s") % {"number": spare}
    if retries:
        return _("retry %(when)s") % {"when": day_and_time(retries[0], now, calling)}
    return _("saves and closes") if what and what[0].status == "done" else _("closes as refused")


def buttons(**facts: Any) -> list[Button]:
    """facts: as text() takes them."""
    return [Button(outcome, key, text(outcome, **facts)) for outcome, key in KEYS.items()]


def quick_picks(now: datetime, calling: Hours) -> list[tuple[str, str]]:
    """Times to agree on, inside calling hours: ('2026-11-24T10:00' local, 'tomorrow 10:00')."""
    today = calling.local_date(now)
    wanted = [now + timedelta(hours=1), now + timedelta(hours=3)]
    for days in (1, 2):
        wanted += [calling.moment(today + timedelta(days=days), minute) for minute in (10 * 60, 15 * 60, 18 * 60 + 30)]
    picks: dict[str, str] = {}
    for at in wanted:
        try:
            local = calling.first_moment(at).astimezone(calling.tz)
        except NoHours:
            return []
        local = local.replace(minute=local.minute // 5 * 5, second=0, microsecond=0)
        picks.setdefault(local.strftime("%Y-%m-%dT%H:%M"), day_and_time(local, now, calling))
    return list(picks.items())[:6]
