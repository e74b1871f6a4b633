"""When a clock is due: the table, and the oracle that walks from minute to minute."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.clocks import LIMITS, due, left, pieces_of, promised, resumed
from complaints.kinds import Basis, ClockKind
from core.workdays import Hours, NoHours
from tests.oracle import DAYS, MINUTE, calendars, is_open

pytestmark = pytest.mark.pure
CHINA = ZoneInfo("Asia/Shanghai")
DAY = ((510, 1110),)  # 08:30–18:30
EVERY_DAY = Hours(tz=CHINA, weekly=(DAY,) * 7)
WITH_LUNCH = Hours(tz=CHINA, weekly=(((510, 720), (810, 1110)),) * 7)
NO_SUNDAY = Hours(tz=CHINA, weekly=(DAY,) * 6 + ((),))
NEVER = Hours(tz=CHINA, weekly=((),) * 7)


def at(text: str) -> datetime:
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=CHINA)


@pytest.mark.parametrize(
    ("kind", "hours", "started", "due_at", "warned"),
    [
        # the two-hour clocks, in staffed hours
        ("first_reply", EVERY_DAY, "11-24 10:00", "11-24 12:00", "11-24 11:45"),
        ("first_reply", EVERY_DAY, "11-24 16:30", "11-24 18:30", "11-24 18:15"),  # to the last minute of the day, not the next morning
        ("first_reply", EVERY_DAY, "11-24 17:40", "11-25 09:40", "11-25 09:25"),  # the example
        ("first_reply", EVERY_DAY, "11-24 17:10", "11-25 09:10", "11-25 08:55"),  # pages.md's
        ("first_reply", EVERY_DAY, "11-24 16:40", "11-25 08:40", "11-24 18:25"),  # warned while somebody is there
        ("first_reply", EVERY_DAY, "11-25 02:00", "11-25 10:30", "11-25 10:15"),  # a web complaint at night
        ("first_reply", EVERY_DAY, "11-24 18:30", "11-25 10:30", "11-25 10:15"),
        ("first_reply", WITH_LUNCH, "11-24 11:30", "11-24 15:00", "11-24 14:45"),
        ("first_reply", NO_SUNDAY, "11-28 18:00", "11-30 10:00", "11-30 09:45"),
        ("instruction", EVERY_DAY, "11-24 17:40", "11-25 09:40", "11-25 09:25"),
        # the day clocks, by the wall
        ("department_reply", EVERY_DAY, "11-24 17:40", "11-25 17:40", "11-25 13:40"),
        ("department_reply", NO_SUNDAY, "11-28 18:00", "11-29 18:00", "11-29 14:00"),
        ("revisit", EVERY_DAY, "11-24 10:00", "11-25 10:00", "11-25 06:00"),
        # a store that has no staffed hours counts by the wall
        ("first_reply", NEVER, "11-24 17:40", "11-24 19:40", "11-24 19:25"),
    ],
)
def test_due_and_warning(kind, hours, started, due_at, warned):
    total = due(kind, at(started), hours)
    assert (total.due_at, total.warn_at) == (at(due_at), at(warned))


@pytest.mark.parametrize(
    ("kind", "basis", "started", "due_at"),
    [
        ("first_reply", "wall", "11-24 17:40", "11-24 19:40"),
        ("department_reply", "staffed", "11-24 17:40", "11-25 17:40"),  # ten staffed hours are a day
        ("department_reply", "staffed", "11-28 17:40", "11-30 17:40"),  # over a Sunday
        ("revisit", "staffed", "11-25 02:00", "11-25 18:30"),
    ],
)
def test_a_store_may_set_each_clock(kind, basis, started, due_at):
    assert due(kind, at(started), NO_SUNDAY, basis=basis).due_at == at(due_at)


def test_the_sum_is_kept_as_data():
    assert due("first_reply", at("11-24 17:40"), EVERY_DAY).as_data() == {
        "basis": "staffed",
        "seconds": 7200,
        "pieces": [
            [at("11-24 17:40").isoformat(), at("11-24 18:30").astimezone(UTC).isoformat()],
            [at("11-25 08:30").astimezone(UTC).isoformat(), at("11-25 09:40").astimezone(UTC).isoformat()],
        ],
    }


def test_a_promise_is_due_when_it_was_promised_for():
    total = promised(at("11-24 10:00"), at("11-24 15:00"))
    assert (total.due_at, total.warn_at, total.basis) == (at("11-24 15:00"), at("11-24 14:45"), Basis.PROMISED)
    assert promised(at("11-24 10:00"), at("11-24 10:10")).warn_at is None  # nobody is warned of what they have just promised


@pytest.mark.parametrize(
    ("basis", "limit", "paused", "rest"),
    [
        ("wall", 24, "11-24 14:00", 20),
        ("wall", 24, "11-26 14:00", 0),
        ("staffed", 2, "11-24 11:00", 1),
        ("staffed", 10, "11-25 03:00", 1.5),  # 8.5 of them on the first day, none at night
        ("staffed", 2, "11-24 10:00", 2),
    ],
)
def test_a_pause_leaves_what_was_left(basis, limit, paused, rest):
    found = left(basis=basis, started_at=at("11-24 10:00"), limit=timedelta(hours=limit), at=at(paused), hours=EVERY_DAY)
    assert found == timedelta(hours=rest)


def test_a_paused_clock_goes_on_in_its_own_time():
    later = at("11-26 18:00")
    assert resumed("department_reply", basis="wall", limit=timedelta(hours=20), at=later, hours=EVERY_DAY).due_at == at("11-27 14:00")
    assert resumed("instruction", basis="staffed", limit=timedelta(hours=1), at=later, hours=EVERY_DAY).due_at == at("11-27 09:00")
    assert resumed("next_contact", basis="promised", limit=timedelta(hours=1), at=later, hours=EVERY_DAY).due_at == at("11-26 19:00")


def test_every_clock_has_a_limit_and_a_source():
    assert set(LIMITS) == set(ClockKind) - {ClockKind.NEXT_CONTACT}
    assert all(limit.source and limit.ahead < limit.staffed <= limit.wall for limit in LIMITS.values())


# The oracle knows only how to walk from one minute to the next and count those that are open.


def walked(hours: Hours, started_at: datetime, minutes: int) -> datetime | None:
    """The end of the minutes-th open minute from there on; None beyond the oracle's days."""
    moment = started_at
    for _n in range(DAYS * 24 * 60):
        if is_open(hours, moment):
            minutes -= 1
            if not minutes:
                return moment + MINUTE
        moment += MINUTE
    return None


@given(calendars(), st.integers(1, 600))
def test_due_is_the_end_of_the_last_open_minute(calendar, minutes):
    hours, started_at = calendar
    expected = walked(hours, started_at, minutes)
    if expected is None:
        return
    assert pieces_of(started_at, minutes * MINUTE, hours)[-1][1] == expected


@given(calendars(), st.integers(1, 600))
def test_the_pieces_add_up_to_the_limit_and_lie_in_staffed_time(calendar, minutes):
    hours, started_at = calendar
    try:
        pieces = pieces_of(started_at, minutes * MINUTE, hours)
    except NoHours:
        return
    assert sum((end - start for start, end in pieces), timedelta(0)) == minutes * MINUTE
    assert all(start >= started_at and hours.contains(start) for start, _end in pieces)
    assert all(end <= start for (_s, end), (start, _e) in pairwise(pieces))


@given(calendars(), st.integers(1, 300), st.integers(0, 400))
def test_a_pause_of_no_length_changes_nothing(calendar, minutes, after):
    """What is left at a moment before the limit, counted on from that moment, ends where the clock would have ended."""
    hours, started_at = calendar
    limit = minutes * MINUTE
    try:
        ends = pieces_of(started_at, limit, hours)[-1][1]
    except NoHours:
        return
    moment = started_at + after * MINUTE
    rest = left(basis=Basis.STAFFED, started_at=started_at, limit=limit, at=moment, hours=hours)
    assert (rest > timedelta(0)) == (moment < ends)
    if rest:
        assert pieces_of(moment, rest, hours)[-1][1] == ends
