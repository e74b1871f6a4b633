"""The calendar arithmetic against an oracle that knows nothing but how to walk from one minute to the next."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings

from core.workdays import Hours, NoHours
from tests.oracle import MINUTE, calendars, is_open, walk

pytestmark = pytest.mark.pure


@given(calendars())
def test_open_is_what_the_clock_on_the_wall_shows(calendar):
    hours, at = calendar
    assert hours.contains(at) == is_open(hours, at)


def test_hours_that_begin_in_the_hour_which_the_clocks_skip_begin_with_the_jump():
    """8 March 2026 in New York: 01:59 is followed by 03:00."""
    hours = Hours(tz=ZoneInfo("America/New_York"), weekly=((), (), (), (), (), (), ((122, 510),)))
    jump = datetime(2026, 3, 8, 7, 0, tzinfo=UTC)
    assert hours.first_moment(datetime(2026, 3, 6, 5, 0, tzinfo=UTC)) == jump
    skipped = Hours(tz=ZoneInfo("America/New_York"), weekly=((), (), (), (), (), (), ((122, 170),)))
    assert skipped.first_moment(jump) == datetime(2026, 3, 15, 6, 2, tzinfo=UTC)


@settings(max_examples=60)
@given(calendars())
def test_the_first_moment_is_where_a_walk_forward_ends(calendar):
    hours, at = calendar
    expected = walk(hours, at, MINUTE)
    assume(expected is not None)
    assert hours.first_moment(at) == expected


@settings(max_examples=60)
@given(calendars())
def test_the_last_moment_is_where_a_walk_backward_ends(calendar):
    """The end of a range belongs to the last moment: at 19:30 sharp one may still be calling."""
    hours, at = calendar
    before = at if is_open(hours, at) else walk(hours, at - MINUTE, -MINUTE)
    assume(before is not None)
    assert hours.last_moment(at) == (at if is_open(hours, at) else before + MINUTE)


@settings(max_examples=40)
@given(calendars())
def test_the_current_or_next_interval_holds_only_open_minutes(calendar):
    hours, at = calendar
    first = walk(hours, at, MINUTE)
    assume(first is not None)
    start, end = hours.current_or_next(at)
    assert start <= first < end
    minute = start
    while minute < end:
        assert is_open(hours, minute)
        minute += MINUTE


def test_a_store_that_never_opens_says_so():
    closed = Hours(tz=ZoneInfo("Asia/Shanghai"), weekly=((),) * 7)
    with pytest.raises(NoHours):
        closed.first_moment(datetime(2026, 3, 2, tzinfo=UTC))
    assert closed.last_moment(datetime(2026, 3, 2, tzinfo=UTC)) is None


def test_midnight_belongs_to_the_day_that_begins():
    whole_mondays = Hours(tz=ZoneInfo("Asia/Urumqi"), weekly=(((0, 1440),), *[()] * 6))
    begins = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)  # Monday 2 March, 00:00 in Urumqi
    assert whole_mondays.current_or_next(begins) == (begins, begins + timedelta(days=1))
    assert not whole_mondays.contains(begins + timedelta(days=1))
    assert whole_mondays.last_moment(begins + timedelta(days=2)) == begins + timedelta(days=1)
