"""The draw can be repeated, and nobody is likelier than anybody else (domain §7)."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.draws import ranking, seed_of
from lounge.drawing import Visit, draw

pytestmark = pytest.mark.pure
OCTOBER = date(2026, 10, 1)
AT = datetime(2026, 10, 12, 2, tzinfo=UTC)


def visits(n: int, **changes) -> list[Visit]:
    return [Visit(pk=pk, customer=1000 + pk, at=AT + timedelta(hours=pk), **changes) for pk in range(1, n + 1)]


def drawn(rows, person=7, month=OCTOBER):
    return draw(rows, store="S1", month=month, audience="service", person=person)


def test_the_same_draw_comes_out_whoever_draws_and_however_the_orders_come():
    rows = visits(40)
    assert drawn(rows) == drawn(rows[::-1])
    assert [one.pk for one in drawn(rows).ranked] == ranking(range(1, 41), seed_of("S1", "2026-10-01", "service", 7))
    assert drawn(rows).ranked != drawn(rows, person=8).ranked and drawn(rows).ranked != drawn(rows, month=date(2026, 9, 1)).ranked


def chi_square(counts: list[int], n: int) -> float:
    expected = n / len(counts)
    return sum((count - expected) ** 2 / expected for count in counts)


def test_everybody_is_as_likely_on_every_place():
    """10,000 draws of 20 customers: chi-square with 19 degrees of freedom is above 43.8 once in a thousand. The draws are given, so the
    test is not a matter of luck."""
    n, size, rows = 10_000, 20, visits(20)
    places = [Counter() for _place in range(size)]
    for person in range(n):
        for place, one in enumerate(drawn(rows, person=person).ranked):
            places[place][one.pk] += 1
    assert max(chi_square([place[pk] for pk in range(1, size + 1)], n) for place in (places[0], places[4], places[-1])) < 43.8
    among_five = Counter(pk for place in places[:5] for pk in place.elements())
    assert chi_square([among_five[pk] for pk in range(1, size + 1)], n * 5) < 43.8


def test_the_test_would_see_a_draw_that_prefers_somebody():
    assert chi_square([600] + [495] * 18 + [490], 10_000) > 20
    assert chi_square([700] + [490] * 18 + [480], 10_000) > 43.8


def test_a_customer_is_drawn_once_however_often_they_came_and_about_the_last_time():
    rows = [Visit(1, 5, AT), Visit(2, 5, AT + timedelta(days=3)), Visit(3, 6, AT)]
    found = drawn(rows)
    assert sorted(one.pk for one in found.ranked) == [2, 3] and (found.visits, found.customers) == (3, 2)


def test_who_cannot_be_asked_is_left_out_and_that_is_counted():
    rows = [*visits(3), Visit(9, 2001, AT, "do_not_call"), Visit(10, 2002, AT, "no_number"), Visit(11, 2003, AT, "no_number")]
    found = drawn(rows)
    assert {one.pk for one in found.ranked} == {1, 2, 3} and found.left_out == {"do_not_call": 1, "no_number": 2}


@given(st.sets(st.integers(1, 10**6), max_size=30), st.integers(0, 2**48))
def test_a_ranking_takes_everybody_once_in_an_order_of_the_seed_alone(pks, seed):
    assert sorted(ranking(pks, seed)) == sorted(pks)
    assert ranking(sorted(pks, reverse=True), seed) == ranking(list(pks), seed)
