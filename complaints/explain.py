"""“Why this deadline?”: the sum that was kept with the clock, as a sentence in the reader's language.

'received 17:40, limit 2 staffed hours, staffed until 18:30, from 08:30 → due 09:40'
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from complaints.kinds import Basis, ClockKind, FeedbackAct
from complaints.models import Clock, FeedbackClock

SHOWN = 4  # stretches of staffed time that are told one by one

STARTED = {
    ClockKind.FIRST_REPLY: lambda: _("received %(at)s"),
    ClockKind.DEPARTMENT_REPLY: lambda: _("received %(at)s"),
    ClockKind.NEXT_CONTACT: lambda: _("promised at %(at)s"),
    ClockKind.INSTRUCTION: lambda: _("raised %(at)s"),
    ClockKind.REVISIT: lambda: _("resolved %(at)s"),
}


class _Times:
    """Local clock times; the date where the day changes."""

    def __init__(self, tz: ZoneInfo) -> None:
        self.tz, self.day = tz, None

    def __call__(self, at: datetime) -> str:
        local = at.astimezone(self.tz)
        text = local.strftime("%H:%M" if local.date() == self.day else "%m-%d %H:%M")
        self.day = local.date()
        return text


def solution(*, cause: str, solution: str, result: str, measure: str) -> str:
    """What was found and done, for the timeline: the complaint itself keeps only the last of its solutions."""
    return _("Cause: %(cause)s\nSolution: %(solution)s\nResult: %(result)s\nImprovement measure: %(measure)s") % {
        "cause": cause,
        "solution": solution,
        "result": result,
        "measure": measure,
    }


def _comma() -> str:
    return pgettext("in a sum", ", ")


def length(limit: timedelta, basis: str) -> str:
    """'2 staffed hours', '24 hours', '95 minutes'"""
    minutes = round(limit.total_seconds() / 60)
    if minutes % 60 == 0 and minutes:
        n = minutes // 60
        if basis == Basis.STAFFED:
            return ngettext("%(n)d staffed hour", "%(n)d staffed hours", n) % {"n": n}
        return ngettext("%(n)d hour", "%(n)d hours", n) % {"n": n}
    if basis == Basis.STAFFED:
        return ngettext("%(n)d staffed minute", "%(n)d staffed minutes", minutes) % {"n": minutes}
    return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}


def why_due(clock: Clock) -> str:
    """The whole sum in one line. Uses what was kept with the clock only: settings changed since do not change an old promise."""
    tz, basis = clock.complaint.store.tz, clock.why["basis"]
    times = _Times(tz)
    began = _("went on %(at)s") if clock.goes_on_id else STARTED[clock.kind]() if clock.occasion == 1 else _("started %(at)s")
    parts = [began % {"at": times(clock.started_at)}]
    if basis == Basis.PROMISED:
        return _comma().join(parts) + _(" → due %(at)s") % {"at": times(clock.due_at)}
    words = _("%(length)s left") if clock.goes_on_id else _("limit %(length)s")
    parts.append(words % {"length": length(clock.limit, basis)})
    parts += _stretches(clock, times)
    return _comma().join(parts) + _(" → due %(at)s") % {"at": times(clock.due_at)}


def _stretches(clock: Clock | FeedbackClock, times: _Times) -> list[str]:
    pieces = [tuple(datetime.fromisoformat(at) for at in piece) for piece in clock.why["pieces"]]
    if len(pieces) > SHOWN:
        first, last = pieces[0], pieces[-1]
        between = ngettext("%(n)d stretch of staffed time in between", "%(n)d stretches of staffed time in between", len(pieces) - 2)
        return [
            _("staffed until %(at)s") % {"at": times(first[1])},
            between % {"n": len(pieces) - 2},
            pgettext("staffed", "from %(at)s") % {"at": times(last[0])},
        ]
    told = []
    for n, (start, end) in enumerate(pieces):
        if n or start > clock.started_at:
            told.append(pgettext("staffed", "from %(at)s") % {"at": times(start)})
        if n < len(pieces) - 1:
            told.append(_("staffed until %(at)s") % {"at": times(end)})
    return told


def why_feedback_due(clock: FeedbackClock) -> str:
    """The same for the limit of a suggestion or praise: 'received 11-24 10:00, limit 3 working days: 11-25, 11-26, 11-27 → due 18:30'."""
    times, basis = _Times(clock.feedback.store.tz), clock.why["basis"]
    parts = [_("received %(at)s") % {"at": times(clock.started_at)}]
    pieces = [tuple(datetime.fromisoformat(at) for at in piece) for piece in clock.why["pieces"]]
    if pieces and clock.act != FeedbackAct.ACKNOWLEDGE:
        days = _comma().join(f"{start.astimezone(times.tz):%m-%d}" for start, _end in pieces)
        parts.append(
            ngettext("limit %(n)d working day", "limit %(n)d working days", len(pieces)) % {"n": len(pieces)}
            + _(": %(days)s") % {"days": days}
        )
    else:
        parts.append(_("limit %(length)s") % {"length": length(timedelta(seconds=clock.why["seconds"]), basis)})
        parts += _stretches(clock, times)
    return _comma().join(parts) + _(" → due %(at)s") % {"at": times(clock.due_at)}
