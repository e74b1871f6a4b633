"""A calendar oracle that knows nothing but how to walk from one minute to the next, and calendars to try it on."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from core.workdays import Hours

MINUTE = timedelta(minutes=1)
DAYS = 8  # how far the oracle walks in either direction: over a week in which the store calls but once

# Store, and the local minutes in which its clocks are ever put forward or back: no range begins or ends in them.
ZONES = {
    "Asia/Shanghai": range(0),
    "Asia/Urumqi": range(0),
    "Europe/Berlin": range(119, 182),
    "America/New_York": range(59, 122),
}
# Around the leap day, the turn of the year, a make-up weekend and both changes of the clock.
STARTS = [
    date(2028, 2, 27),
    date(2027, 12, 30),
    date(2026, 10, 9),
    date(2026, 3, 27),
    date(2026, 10, 23),
    date(2026, 3, 6),
    date(2026, 10, 30),
]


def a_days_ranges(avoid: range):
    """Up to three ranges, in order, that may touch midnight on either side and each other's ends."""
    minutes = st.one_of(st.sampled_from([0, 1, 510, 720, 840, 1170, 1439, 1440]), st.integers(0, 1440)).filter(lambda m: m not in avoid)
    borders = st.lists(minutes, min_size=0, max_size=6, unique=True).map(sorted)
    return borders.map(lambda b: tuple(zip(b[0 : len(b) // 2 * 2 : 2], b[1::2], strict=True)))


@st.composite
def calendars(draw):
    """(hours, a moment near a date that matters)."""
    zone = draw(st.sampled_from(list(ZONES)))
    ranges = a_days_ranges(ZONES[zone])
    start = draw(st.sampled_from(STARTS))
    days = [start + timedelta(days=n) for n in range(-DAYS - 1, 2 * DAYS)]
    exceptions = draw(st.dictionaries(st.sampled_from(days), st.one_of(st.just(()), ranges), max_size=4))
    hours = Hours(tz=ZoneInfo(zone), weekly=tuple(draw(ranges) for _ in range(7)), exceptions=exceptions)
    at = datetime(start.year, start.month, start.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return hours, at + draw(st.integers(0, 3 * 24 * 60)) * MINUTE


def is_open(hours: Hours, at: datetime) -> bool:
    """The oracle's only knowledge: what the clock on the wall shows at that minute, and that day's ranges."""
    local = at.astimezone(hours.tz)
    minute = local.hour * 60 + local.minute
    return any(start <= minute < end for start, end in hours.ranges(local.date()))


def piece(hours: Hours, at: datetime):
    """Which day's which range the minute lies in; None when closed."""
    local = at.astimezone(hours.tz)
    minute = local.hour * 60 + local.minute
    return next(((local.date(), part) for part in hours.ranges(local.date()) if part[0] <= minute < part[1]), None)


def walk(hours: Hours, at: datetime, step: timedelta):
    """The first open minute from `at` in steps, None within DAYS."""
    for _ in range(DAYS * 24 * 60):
        if is_open(hours, at):
            return at
        at += step
    return None
