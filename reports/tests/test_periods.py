from datetime import date, timedelta

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from reports.periods import MONTH, WEEK, add_months, containing, parse

pytestmark = pytest.mark.pure
days = st.dates(date(2001, 1, 1), date(2098, 12, 31))


def test_a_month_runs_from_its_first_to_its_last_day():
    period = parse("2028-02")
    assert (period.first, period.last, period.days_by(period.last)) == (date(2028, 2, 1), date(2028, 2, 29), 29)


def test_an_iso_week_runs_from_monday_to_sunday():
    period = parse("2026-W44")
    assert (period.first, period.last) == (date(2026, 10, 26), date(2026, 11, 1))


def test_a_year_of_53_weeks_has_its_last_one():
    assert parse("2026-W53").last == date(2027, 1, 3)
    assert parse("2026-W53").next.code == "2027-W01"
    assert parse("2021-W01").previous.code == "2020-W53"


def test_months_go_over_the_end_of_the_year():
    assert parse("2026-12").next.code == "2027-01"
    assert parse("2027-01").previous.code == "2026-12"


@pytest.mark.parametrize(
    "text",
    [
        "2026-13",
        "2026-00",
        "2025-W53",
        "2026-W00",
        "2026-W54",
        "202610",
        "2026-1",
        "",
        "x",
        "0000-01",
        "9999-12",
        "2026-W4x",
        "２０２６-10",
    ],
)
def test_what_is_no_period_is_refused_with_a_sentence(text):
    with pytest.raises(ValueError, match=r"2026-10.*2026-W44"), override("en"):
        parse(text)


@given(days, st.sampled_from([MONTH, WEEK]))
def test_a_period_is_read_back_from_its_own_name_and_neighbours_touch(day, kind):
    period = containing(day, kind)
    assert period.first <= day <= period.last
    assert parse(period.code) == period
    assert period.next.first == period.last + timedelta(days=1)
    assert period.next.previous == period


def test_thirteen_months_back_end_with_the_month_itself():
    back = parse("2026-10").back(13)
    assert (back[0].code, back[-1].code, len(back)) == ("2025-10", "2026-10", 13)


@pytest.mark.parametrize(
    ("today", "days"),
    [(date(2026, 9, 30), 0), (date(2026, 10, 1), 1), (date(2026, 10, 27), 27), (date(2026, 10, 31), 31), (date(2026, 11, 5), 31)],
)
def test_of_its_days_those_have_passed_that_have_come_today_included(today, days):
    assert parse("2026-10").days_by(today) == days


@pytest.mark.parametrize(("today", "provisional"), [(date(2026, 10, 15), True), (date(2026, 11, 7), True), (date(2026, 11, 8), False)])
def test_a_month_is_provisional_until_the_8th_of_the_next(today, provisional):
    assert parse("2026-10").is_provisional(today) is provisional


def test_six_months_before_the_31st_is_the_last_day_of_a_shorter_month():
    assert add_months(date(2026, 8, 31), -6) == date(2026, 2, 28)
    assert add_months(date(2026, 1, 31), -12) == date(2025, 1, 31)


def test_labels_are_in_the_readers_language():
    with override("en"):
        assert parse("2026-10").label == "October 2026"
        assert parse("2026-W44").label == "Week 44 of 2026"
    with override("zh-hans"):
        assert parse("2026-10").label == "2026年10月"
