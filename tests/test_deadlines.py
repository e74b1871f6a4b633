"""When a follow-up opens and is due (domain §4), against an oracle that walks the minutes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.workdays import Hours
from followups.planning import AGREED_GRACE, HOUR, PLANS, limit_in_calling_hours, window
from tests.oracle import MINUTE, calendars, is_open, piece, walk

pytestmark = pytest.mark.pure


def oracle_limit(limit, opens, calling):
    """Back to the last calling moment before it; if that is not after `opens`, an hour after calling next begins or the range's end."""
    if is_open(calling, limit):
        earlier = limit
    else:
        last = walk(calling, limit - MINUTE, -MINUTE)
        earlier = last + MINUTE if last is not None else None
    if earlier is not None and earlier > opens:
        return earlier
    begins = walk(calling, max(limit, opens), MINUTE)
    if begins is None:
        return None
    here, at = piece(calling, begins), begins
    while at < begins + HOUR and piece(calling, at) == here:
        at += MINUTE
    return at


@given(calendars(), st.integers(0, 3 * 24 * 60), st.integers(-120, 3 * 24 * 60))
def test_a_limit_outside_calling_hours_moves_as_the_oracle_walks(calendar, opens_after, due_after):
    calling, started = calendar
    opens, limit = started + opens_after * MINUTE, started + due_after * MINUTE
    expected = oracle_limit(limit, opens, calling)
    assume(expected is not None)
    assert limit_in_calling_hours(limit, opens, calling) == expected


@given(calendars(), st.sampled_from(sorted(PLANS)))
def test_every_plan_opens_before_it_is_due_and_is_tried_in_between(calendar, plan):
    calling, started = calendar
    rule = PLANS[plan]
    expected = oracle_limit(started + rule.due, started + rule.opens, calling)
    first = walk(calling, started + rule.opens, MINUTE)
    assume(expected is not None and first is not None)
    got = window(plan, started, calling)
    assert (got.opens_at, got.due_at) == (started + rule.opens, expected)
    assert got.next_at == min(first, expected)
    assert got.opens_at <= got.next_at <= got.due_at > got.opens_at
    assert got.aim_at is None or got.aim_at <= got.due_at


@given(calendars(), st.sampled_from(sorted(PLANS)), st.integers(0, 10_000))
def test_a_time_that_the_customer_agreed_to_sets_both_ends(calendar, plan, later):
    calling, started = calendar
    agreed = started + later * MINUTE
    got = window(plan, started, calling, agreed_at=agreed)
    assert (got.opens_at, got.next_at, got.due_at, got.is_agreed) == (agreed, agreed, agreed + AGREED_GRACE, True)


@given(calendars(), st.integers(0, 48), st.integers(1, 96))
def test_a_store_may_set_its_own_offsets(calendar, opens_hours, more_hours):
    calling, started = calendar
    opens, due = timedelta(hours=opens_hours), timedelta(hours=opens_hours + more_hours)
    expected = oracle_limit(started + due, started + opens, calling)
    assume(expected is not None and walk(calling, started + opens, MINUTE) is not None)
    got = window("service", started, calling, opens=opens, due=due)
    assert (got.opens_at, got.due_at) == (started + opens, expected)


def test_nobody_aims_later_than_is_promised_where_the_store_hardly_ever_calls():
    mondays = Hours(tz=ZoneInfo("Asia/Shanghai"), weekly=(((0, 1),), (), (), (), (), (), ()), exceptions={})
    got = window("service", datetime(2026, 10, 8, 16, 0, tzinfo=UTC), mondays)
    assert got.aim_at == got.due_at == datetime(2026, 10, 11, 16, 0, tzinfo=UTC)
