"""The rule at its borders (domain §8), and when to look again."""

from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st

from customers.tiers import Facts, next_change, tier

pytestmark = pytest.mark.pure
TODAY = date(2026, 11, 23)
YUAN = 100


def ago(**span) -> date:
    return TODAY - relativedelta(**span)


def visits(*days: date, each: int = 1_000) -> tuple:
    return tuple((day, each * YUAN) for day in days)


DUE, NOT_DUE = TODAY, TODAY + timedelta(days=1)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        # D at risk: six months without a visit, and maintenance due or unknown
        (Facts(visits(ago(months=6)), None, DUE), "D"),
        (Facts(visits(ago(months=6)), None, None), "D"),
        (Facts(visits(ago(months=6)), None, NOT_DUE), "B"),
        (Facts(visits(ago(months=6) + timedelta(days=1)), None, DUE), "B"),
        (Facts((), ago(months=6), DUE), "D"),
        (Facts((), ago(months=6), NOT_DUE), "C"),
        # A loyal: last visit within three months, four visits and ¥15,000 in twelve months
        (Facts(visits(ago(months=3), ago(months=4), ago(months=5), ago(months=6), each=3_750)), "A"),
        (Facts(visits(ago(months=3) - timedelta(days=1), ago(months=4), ago(months=5), ago(months=6), each=5_000)), "B"),
        (Facts(visits(ago(months=1), ago(months=4), ago(months=5), each=9_000)), "B"),
        (Facts((*visits(ago(months=2), ago(months=4), ago(months=5), each=4_000), (ago(months=6), 3_000 * YUAN - 1))), "B"),
        (Facts(visits(ago(months=2), ago(months=4), ago(months=5), ago(months=12), each=9_000)), "B"),
        (Facts(visits(ago(months=2), ago(months=4), ago(months=5), ago(months=12) + timedelta(days=1), each=9_000)), "A"),
        # A before C: four visits in the first month
        (Facts(visits(*[TODAY - timedelta(days=n) for n in range(4)], each=9_000)), "A"),
        # C new: first visit at most a month ago, or bought here and the first maintenance not overdue
        (Facts(visits(ago(months=1))), "C"),
        (Facts(visits(ago(months=1) - timedelta(days=1))), "B"),
        (Facts((), ago(months=2), TODAY), "C"),
        (Facts((), ago(months=2), TODAY - timedelta(days=1)), "B"),
        (Facts((), ago(months=2), None), "C"),
        (Facts(()), "C"),
    ],
)  # fmt: skip
def test_the_first_rule_that_matches_decides(facts, expected):
    assert tier(facts, TODAY) == expected


days = st.dates(min_value=date(2023, 6, 1), max_value=date(2026, 12, 31))
facts = st.builds(
    Facts,
    visits=st.lists(st.tuples(days, st.integers(min_value=0, max_value=20_000 * YUAN)), max_size=6).map(tuple),
    bought_on=st.none() | days,
    next_maintenance_on=st.none() | st.dates(min_value=date(2024, 1, 1), max_value=date(2027, 12, 31)),
)


@settings(max_examples=150, deadline=None)
@given(facts=facts, ahead=st.integers(min_value=0, max_value=60))
def test_time_alone_never_changes_a_tier_before_the_day_named(facts, ahead):
    today = max([day for day, _fen in facts.visits] + [facts.bought_on or date(2023, 6, 1)]) + timedelta(days=ahead)
    look_again = next_change(facts, today)
    day, before = today, tier(facts, today)
    while day < (look_again or today + timedelta(days=800)):
        assert tier(facts, day) == before
        day += timedelta(days=1)


@given(facts=facts)
def test_the_looking_again_comes_to_an_end(facts):
    today, looks = date(2026, 12, 31), 0
    while (today := next_change(facts, today)) is not None:
        looks += 1
        assert looks < 60
