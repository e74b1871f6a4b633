"""Every plan of domain §4 in one table, and the arithmetic of its limits. Pure: the time and the calendar are arguments."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from core.workdays import Hours

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
AGREED_GRACE = HOUR  # ◆ a call at an agreed time is late an hour after it


class Plan(TextChoices):
    SALE_CARE = "sale_care", _("sale care call")
    SALE_FIRST = "sale_first", _("sale first call")
    SALE_WEEK = "sale_week", _("sale week call")
    RUN_IN = "run_in", _("run-in maintenance reminder")
    SERVICE = "service", _("service call")
    RECOVERY = "recovery", _("recovery call")
    RECHECK = "recheck", _("recheck")
    COMPLAINT = "complaint", _("complaint revisit")
    VERIFICATION = "verification", _("verification call")
    IMPLEMENTATION = "implementation", _("implementation call")


@dataclass(frozen=True)
class Rule:
    """opens, due, aim: from the event it counts from. audience: who calls. questionnaire: what the call asks ('' = a talk); {audience} is
    'service' of an order, 'sales' of a new car."""

    counted_from: str
    opens: timedelta
    due: timedelta
    audience: str
    source: str
    aim: timedelta | None = None
    questionnaire: str = ""


# plan                     counted from           opens          due        by         source
PLANS: dict[str, Rule] = {
    Plan.SALE_CARE: Rule("delivery", 1 * HOUR, 2 * HOUR, "caller", "S3 2.1"),
    Plan.SALE_FIRST: Rule("delivery", 1 * DAY, 3 * DAY, "caller", "S3 2.1", questionnaire="sales-callback"),
    Plan.SALE_WEEK: Rule("delivery", 6 * DAY, 7 * DAY, "caller", "S3 2.1"),
    Plan.RUN_IN: Rule("delivery", 14 * DAY, 21 * DAY, "caller", "S3 2.1"),
    Plan.SERVICE: Rule("order", 2 * HOUR, 72 * HOUR, "caller", "S3 2.2, S2 §8, S4 3.5", aim=24 * HOUR, questionnaire="service-callback"),
    Plan.RECOVERY: Rule("response", 0 * HOUR, 1 * HOUR, "advisor", "S4 3.5"),
    Plan.RECHECK: Rule("recovery", 2 * HOUR, 1 * DAY, "caller", "S1 十-2, S3 附2"),
    # Due when the complaint's own revisit clock is, not by an offset.
    Plan.COMPLAINT: Rule("complaint", 0 * HOUR, 1 * DAY, "caller", "S3 2.3.4"),
    # Asked by another caller than the one who recorded the answers (domain §6).
    Plan.VERIFICATION: Rule("drawing", 0 * HOUR, 5 * DAY, "caller", "S0"),
    # Due by the 8th of the month after, whenever it is planned: the lounge says so.
    Plan.IMPLEMENTATION: Rule("sample", 0 * HOUR, 7 * DAY, "caller", "S0", questionnaire="implementation-{audience}"),
}


# A store may set them; a complaint's limit is set with the complaints, that of a month's sample is the trade's.
OWN_OFFSETS = [plan for plan in Plan if plan not in (Plan.COMPLAINT, Plan.IMPLEMENTATION)]


@dataclass(frozen=True)
class Window:
    """opens_at: from when the call is owed. next_at: the first calling moment from then on. due_at: its limit."""

    opens_at: datetime
    next_at: datetime
    due_at: datetime
    aim_at: datetime | None = None
    is_agreed: bool = False


def limit_in_calling_hours(limit: datetime, opens_at: datetime, calling: Hours) -> datetime:
    """domain §4: a limit outside moves back to the last calling moment before it; if that is not after `opens_at`, forward to one
    hour after calling next begins (or to the end of that range, where it is shorter). Raises NoHours."""
    earlier = calling.last_moment(limit)
    if earlier is not None and earlier > opens_at:
        return earlier
    begins, ends = calling.current_or_next(max(limit, opens_at))
    return min(max(begins, opens_at) + HOUR, ends)


def window(
    plan: str,
    started_at: datetime,
    calling: Hours,
    *,
    agreed_at: datetime | None = None,
    limit_at: datetime | None = None,
    opens: timedelta | None = None,
    due: timedelta | None = None,
) -> Window:
    """When a plan's call opens and is due. agreed_at: a time that the customer named, which sets both. limit_at: a limit that
    stands elsewhere and holds as it is. opens, due: a store's own offsets. Raises NoHours when the store never calls."""
    rule = PLANS[plan]
    if limit_at is not None:
        return Window(started_at, min(calling.first_moment(started_at), limit_at), limit_at)
    if agreed_at is not None and agreed_at >= started_at:
        return Window(agreed_at, agreed_at, agreed_at + AGREED_GRACE, None, True)
    opens_at = started_at + (rule.opens if opens is None else opens)
    due_at = limit_in_calling_hours(started_at + (rule.due if due is None else due), opens_at, calling)
    next_at = min(calling.first_moment(opens_at), due_at)
    # Where the store hardly ever calls, the aim may move forward past the limit that moves back: nobody aims later than is promised.
    aim_at = min(limit_in_calling_hours(started_at + rule.aim, opens_at, calling), due_at) if rule.aim else None
    return Window(opens_at, next_at, due_at, aim_at)
