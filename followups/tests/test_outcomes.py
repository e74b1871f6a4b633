"""The outcome table, row by row, and what holds for every calendar and every moment (Hypothesis)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.workdays import Hours, NoHours
from followups.outcomes import TABLE, Outcome, consequence, half_day, next_half_day
from followups.planning import PLANS, limit_in_calling_hours, window

CHINA = ZoneInfo("Asia/Shanghai")
DAY = ((540, 720), (840, 1170))
CALLING = Hours(CHINA, (DAY,) * 7, {date(2026, 11, 28): ()})


def at(text):
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=CHINA)


def follow(outcome, now="11-24 10:00", **kwargs):
    facts = {"tried": set(), "limit": 3, "has_other_phone": False} | kwargs
    return consequence(outcome, now=at(now), calling=CALLING, **facts)


def test_every_outcome_has_a_consequence():
    assert set(TABLE) == set(Outcome)


def test_an_interview_completes():
    assert follow(Outcome.INTERVIEWED).status == "done"


def test_a_refusal_closes_and_leaves_the_customer_callable():
    what = follow(Outcome.REFUSED)
    assert what.status == "refused" and not what.do_not_call


def test_a_customer_who_never_wants_to_be_called_is_never_called():
    what = follow(Outcome.NEVER_CALL)
    assert what.status == "refused" and what.do_not_call


def test_another_time_is_the_time_that_was_agreed():
    assert follow(Outcome.RESCHEDULED, agreed_at=at("11-26 20:00")).next_at == at("11-26 20:00")


@pytest.mark.parametrize("agreed", [None, at("11-24 09:59")])
def test_another_time_lies_in_the_future(agreed):
    with pytest.raises(ValueError, match="future"):
        follow(Outcome.RESCHEDULED, agreed_at=agreed)


@pytest.mark.parametrize(("now", "then"), [("11-24 10:00", "11-24 10:20"), ("11-24 11:50", "11-24 14:00"), ("11-24 19:20", "11-25 09:00")])
def test_a_busy_line_is_tried_again_in_twenty_minutes_inside_calling_hours(now, then):
    assert follow(Outcome.BUSY, now).next_at == at(then)


@pytest.mark.parametrize("outcome", [Outcome.NO_ANSWER, Outcome.SWITCHED_OFF, Outcome.REJECTED])
@pytest.mark.parametrize(("now", "then"), [("11-24 10:00", "11-24 15:00"), ("11-24 16:00", "11-25 10:00"), ("11-27 16:00", "11-29 10:00")])
def test_nobody_there_is_tried_in_another_half_day(outcome, now, then):
    assert follow(outcome, now).next_at == at(then)


def test_three_half_days_close_as_unreachable_and_three_tries_in_one_do_not():
    earlier = {(date(2026, 11, 23), "am"), (date(2026, 11, 23), "pm")}
    assert follow(Outcome.NO_ANSWER, tried=earlier).status == "unreachable"
    assert follow(Outcome.NO_ANSWER, tried={(date(2026, 11, 24), "am")}).status == ""


def test_a_store_may_ask_for_tries_on_five_days():
    earlier = {(date(2026, 11, n), half) for n in range(20, 24) for half in ("am", "pm")}
    assert follow(Outcome.NO_ANSWER, tried=earlier, limit=10).status == ""


@pytest.mark.parametrize("outcome", [Outcome.OUT_OF_SERVICE, Outcome.NO_SUCH_NUMBER, Outcome.WRONG_PERSON])
def test_a_bad_number_offers_the_next_or_closes(outcome):
    more = follow(outcome, has_other_phone=True)
    assert (more.status, more.phone_is_invalid, more.offers_next_phone, more.next_at) == ("", True, True, at("11-24 10:00"))
    none = follow(outcome)
    assert (none.status, none.phone_is_invalid) == ("unreachable", True)


ranges = st.lists(st.integers(0, 1440), min_size=0, max_size=6, unique=True).map(
    lambda cuts: tuple((a, b) for a, b in zip(*[iter(sorted(cuts))] * 2, strict=False) if b - a >= 2)
)
calendars = st.builds(
    Hours,
    st.sampled_from([CHINA, ZoneInfo("Asia/Urumqi"), ZoneInfo("Europe/Berlin")]),
    st.tuples(*[ranges] * 7),
    st.dictionaries(st.dates(date(2028, 2, 20), date(2028, 3, 10)), ranges, max_size=4),
)
moments = st.datetimes(datetime(2028, 2, 15), datetime(2028, 3, 15), timezones=st.just(UTC)).map(
    lambda t: t.replace(second=0, microsecond=0)
)


@given(calendars, moments)
def test_the_next_try_is_inside_calling_hours_and_in_another_half_day(calling, now):
    try:
        then = next_half_day(now, calling)
    except NoHours:
        assume(False)
    assert then > now and calling.contains(then) and half_day(then, calling) != half_day(now, calling)


@given(calendars, moments)
def test_busy_is_never_sooner_than_twenty_minutes_and_inside_calling_hours(calling, now):
    try:
        then = consequence(Outcome.BUSY, now=now, calling=calling, tried=(), limit=3, has_other_phone=False).next_at
    except NoHours:
        assume(False)
    assert then >= now + timedelta(minutes=20) and calling.contains(then)


def slow_limit(limit, opens_at, calling):
    """The rule of domain §4 by walking minutes: back to the last calling moment, else forward to an hour after calling begins."""
    minute = timedelta(minutes=1)
    back = limit
    while back > opens_at:
        if calling.contains(back) or calling.contains(back - minute):
            return back
        back -= minute
    begin = max(limit, opens_at)
    while not calling.contains(begin):
        begin += minute
        assume(begin < limit + timedelta(days=30))
    end = begin
    while calling.contains(end) and end < begin + timedelta(hours=1):
        end += minute
    return end


@given(calendars, moments, st.integers(0, 3000), st.integers(1, 6000))
def test_limits_agree_with_a_slow_walk_over_the_minutes(calling, started, opens, more):
    opens_at, limit = started + timedelta(minutes=opens), started + timedelta(minutes=opens + more)
    assume(any(calling.weekly))
    try:
        due = limit_in_calling_hours(limit, opens_at, calling)
    except NoHours:
        assume(False)
    assert due == slow_limit(limit, opens_at, calling)
    assert due > opens_at


@given(calendars, moments, st.sampled_from(list(PLANS)))
def test_every_plan_opens_before_it_is_due_and_is_first_tried_in_between(calling, started, plan):
    try:
        span = window(plan, started, calling)
    except NoHours:
        assume(False)
    assert span.opens_at <= span.next_at <= span.due_at and span.opens_at < span.due_at
