import pytest
from hypothesis import given
from hypothesis import strategies as st

from staff.ranges import BadRange, parse, written

pytestmark = pytest.mark.pure


def test_several_ranges_a_day_are_read_in_order():
    assert parse("13:30-18:30, 08:30-12:00") == [(510, 720), (810, 1110)]


def test_an_empty_day_is_closed():
    assert parse("  ") == []


def test_chinese_punctuation_and_full_width_digits_are_understood():
    assert parse("０８：３０－１２：００、１３：３０～１８：３０") == [(510, 720), (810, 1110)]
    assert parse("8:30至12:00，13:30—18:30") == [(510, 720), (810, 1110)]


def test_midnight_is_the_end_of_the_day():
    assert parse("00:00-24:00") == [(0, 1440)]


def test_ranges_may_touch():
    assert parse("08:00-12:00, 12:00-18:00") == [(480, 720), (720, 1080)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("morning", "format"),
        ("8-12", "format"),
        ("08:30-12:00-13:00", "format"),
        ("08:60-12:00", "time"),
        ("08:00-24:01", "time"),
        ("08:00-25:00", "time"),
        ("12:00-08:00", "order"),
        ("08:00-08:00", "order"),
        ("08:00-12:00, 11:59-14:00", "overlap"),
    ],
)
def test_what_is_no_range_is_named(text, code):
    with pytest.raises(BadRange) as bad:
        parse(text)
    assert bad.value.code == code and bad.value.text


@given(st.sets(st.integers(0, 1440), max_size=8))
def test_what_is_written_is_read_back(minutes):
    edges = sorted(minutes)
    ranges = list(zip(edges[::2], edges[1::2], strict=False))
    assert parse(written(ranges)) == ranges
