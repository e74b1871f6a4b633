"""“Why this deadline?”: the sum that led to it, in sentences (pages.md, everyone)."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from complaints.explain import why_due as why_clock_due
from complaints.kinds import ClockKind
from core.workdays import Hours, NoHours
from followups.models import FollowUp
from followups.outcomes import TABLE, Effect
from followups.planner import StoreSettings
from followups.planning import Plan, window

COUNTED_FROM = {
    "delivery": lambda: _("the hand-over of the new car"),
    "order": lambda: _("the hand-over after service"),
    "response": lambda: _("the customer's unhappy answer"),
    "recovery": lambda: _("the end of the recovery call, or its limit"),
    "complaint": lambda: _("the solution of the complaint"),
    "drawing": lambda: _("the drawing of the sample"),
    "sample": lambda: _("the drawing of the sample"),
}


def span(length: timedelta) -> str:
    """'2 hours', '3 days', '90 minutes'"""
    minutes = int(length.total_seconds() // 60)
    if not minutes:
        return _("at once")
    if minutes and minutes % 1440 == 0:
        return ngettext("%(n)d day", "%(n)d days", minutes // 1440) % {"n": minutes // 1440}
    if minutes and minutes % 60 == 0:
        return ngettext("%(n)d hour", "%(n)d hours", minutes // 60) % {"n": minutes // 60}
    return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}


def moment(at: datetime, calling: Hours) -> str:
    """'11-23 14:30': the store's local time, in digits that both languages read."""
    return at.astimezone(calling.tz).strftime("%m-%d %H:%M")


def why_due(followup: FollowUp, settings: StoreSettings | None = None) -> list[str]:
    """Sentences: what the limit counts from, how long, what the calling hours did to it, and when it is due."""
    settings = settings or StoreSettings()
    calling = settings.calling(followup.store)
    due = moment(followup.due_at, calling)
    if followup.is_agreed:
        return [
            _("The customer asked for %(when)s.") % {"when": moment(followup.opens_at, calling)},
            _("A call at an agreed time is late one hour after it: due %(due)s.") % {"due": due},
        ]
    if followup.complaint_id:
        clock = followup.complaint.clocks.filter(kind=ClockKind.REVISIT, started_at=followup.started_at).first()
        return [why_clock_due(clock)] if clock else [_("Due %(due)s.") % {"due": due}]
    if followup.plan == Plan.IMPLEMENTATION:
        return [
            _("The customer was drawn at random for the month's sample."),
            _("Interviews about a month are held until the 8th of the next one: due %(due)s.") % {"due": due},
        ]
    opens, limit = settings.offsets(followup.store, followup.plan)
    raw = followup.started_at + limit
    lines = [
        _("Counted from %(event)s: %(when)s.")
        % {"event": COUNTED_FROM[followup.rule.counted_from](), "when": moment(followup.started_at, calling)}
    ]
    try:
        rules_stand = window(followup.plan, followup.started_at, calling, opens=opens, due=limit).due_at == followup.due_at
    except NoHours:
        rules_stand = False
    if not rules_stand:  # offsets or calendar have been changed since: the promise stays what it was
        return [*lines, _("Due %(due)s, by the rules in force when it was planned.") % {"due": due}]
    lines.append(_("Limit %(limit)s later: %(when)s.") % {"limit": span(limit), "when": moment(raw, calling)})
    if followup.due_at < raw:
        lines.append(_("That is outside calling hours: moved back to the last calling moment before it."))
    elif followup.due_at > raw:
        lines.append(_("No calling hours in between: moved forward to one hour after calling next begins."))
    return [*lines, _("Due %(due)s.") % {"due": due}]


def calling_hours(calling: Hours) -> list[str]:
    """The distinct days' ranges of the week: '09:00–12:00, 14:00–19:30'."""

    def clock(minute: int) -> str:
        return f"{minute // 60:02d}:{minute % 60:02d}"

    texts = [_(", ").join(f"{clock(start)}–{clock(end)}" for start, end in day) for day in calling.weekly]
    return list(dict.fromkeys(text or pgettext("day", "closed") for text in texts))


def outcome_rule(outcome: str, store) -> str:
    """What follows an outcome, in words."""
    return {
        Effect.DONE: lambda: _("All that is owed to the customer is completed, the answers are saved."),
        Effect.REFUSED: lambda: _("All that is owed is closed as refused."),
        Effect.NEVER: lambda: _("Everything open is closed as refused, and the customer is never called again."),
        Effect.AGREED: lambda: _("The next try is at the agreed time; the limit stays."),
        Effect.SOON: lambda: _("The next try is in 20 minutes, inside calling hours."),
        Effect.HALF_DAY: lambda: (
            ngettext(
                "The next try is in another half-day. After %(n)d half-day: closed as unreachable, a letter is owed, the number is to be "
                "confirmed at the next visit.",
                "The next try is in another half-day. After tries in %(n)d half-days: closed as unreachable, a letter is owed, the number is "
                "to be confirmed at the next visit.",
                store.unreachable_half_days,
            )
            % {"n": store.unreachable_half_days}
        ),
        Effect.BAD_NUMBER: lambda: _(
            "That number is marked as invalid and the next one offered; without another one: closed as unreachable."
        ),
    }[TABLE[outcome]]()
