"""No roster ever breaks its rules (S0; domain §7): at most two at once, nobody twice in one half, the earlier half first."""

from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import months
from lounge.halves import AT_ONCE, Half, from_verdict, half_of, is_free, may_swap, place

pytestmark = pytest.mark.pure
OCTOBER = date(2026, 10, 1)
LATE_NOVEMBER, EARLY_DECEMBER = Half(date(2026, 11, 16), date(2026, 11, 30)), Half(date(2026, 12, 1), date(2026, 12, 15))


def halves(decided_on=date(2026, 11, 10), month=OCTOBER):
    return list(from_verdict(month, decided_on))


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_every_day_is_in_one_half_and_halves_follow_one_another(day):
    half = half_of(day)
    assert half.starts_on <= day <= half.ends_on and half.next.previous == half
    assert half.starts_on.day in (1, 16) and half.next.starts_on.day in (1, 16)


def test_duty_is_in_the_second_half_of_the_month_after_or_the_first_of_the_next():
    assert halves()[:2] == [LATE_NOVEMBER, EARLY_DECEMBER]
    assert halves(month=date(2026, 11, 1), decided_on=date(2026, 12, 10))[:2] == [
        Half(date(2026, 12, 16), date(2026, 12, 31)), Half(date(2027, 1, 1), date(2027, 1, 15)),
    ]  # fmt: skip
    assert halves(month=date(2027, 1, 1), decided_on=date(2027, 2, 10))[0] == Half(date(2027, 2, 16), date(2027, 2, 28))


def test_a_late_verdict_sends_nobody_into_a_half_that_has_begun():
    assert halves(decided_on=date(2026, 11, 16))[0] == EARLY_DECEMBER
    assert halves(decided_on=date(2026, 11, 15))[0] == LATE_NOVEMBER


def test_the_earlier_half_fills_first_then_the_later_then_the_next_free_one():
    placed = place([1, 2, 3, 4, 5], halves(), {})
    assert [placed[person] for person in (1, 2, 3, 4)] == [LATE_NOVEMBER, LATE_NOVEMBER, EARLY_DECEMBER, EARLY_DECEMBER]
    assert placed[5] == EARLY_DECEMBER.next


def test_who_serves_in_a_half_already_gets_the_next_one():
    assert place([7], halves(), {LATE_NOVEMBER.starts_on: {7}}) == {7: EARLY_DECEMBER}
    assert place([7], halves(), {LATE_NOVEMBER.starts_on: {1, 2}, EARLY_DECEMBER.starts_on: {3}}) == {7: EARLY_DECEMBER}


@given(st.lists(st.lists(st.integers(1, 14), unique=True, max_size=14), max_size=8), st.randoms(use_true_random=False))
def test_no_roster_ever_breaks_its_rules(failed_of_months, chance):
    """Months of verdicts on whomever, and swaps in between: after each step the rules hold, and nobody's duty is lost."""
    taken: dict[date, set[int]] = {}
    owed: Counter[int] = Counter()
    for n, failed in enumerate(failed_of_months):
        month = months.add(OCTOBER, n)
        today = months.month_after(month).replace(day=chance.choice([10, 11, 16, 28]))
        may = list(from_verdict(month, today))
        placed = place(failed, may, taken)
        for person, half in placed.items():
            earlier = [one for one in may if one < half and is_free(one, person, taken)]
            assert not earlier, "an earlier half was free"
            taken.setdefault(half.starts_on, set()).add(person)
        owed.update(failed)
        serving = [(person, half_of(start)) for start, people in taken.items() for person in people]
        for _try in range(3):
            if len(serving) < 2:
                break
            (one, half), (other, its) = chance.sample(sorted(serving), 2)
            if may_swap((one, half), (other, its), taken, today):
                continue
            taken[half.starts_on] = taken[half.starts_on] - {one} | {other}
            taken[its.starts_on] = taken[its.starts_on] - {other} | {one}
            serving = [(person, half_of(start)) for start, people in taken.items() for person in people]
        assert all(len(people) <= AT_ONCE for people in taken.values())
        assert Counter(person for people in taken.values() for person in people) == owed
        assert all(half_of(start).starts_on == start for start in taken)


@pytest.mark.parametrize(
    ("first", "second", "taken", "why"),
    [
        ((1, LATE_NOVEMBER), (2, EARLY_DECEMBER), {LATE_NOVEMBER.starts_on: {1}, EARLY_DECEMBER.starts_on: {2}}, ""),
        ((1, LATE_NOVEMBER), (2, EARLY_DECEMBER), {LATE_NOVEMBER.starts_on: {1}, EARLY_DECEMBER.starts_on: {1, 2}}, "twice"),
        ((1, LATE_NOVEMBER), (2, EARLY_DECEMBER), {LATE_NOVEMBER.starts_on: {1, 2}, EARLY_DECEMBER.starts_on: {2}}, "twice"),
        ((1, LATE_NOVEMBER), (1, EARLY_DECEMBER), {}, "same"),
        ((1, LATE_NOVEMBER), (2, LATE_NOVEMBER), {}, "same"),
        ((1, half_of(date(2026, 11, 10))), (2, EARLY_DECEMBER), {}, "begun"),
    ],
)
def test_two_people_swap_within_the_rules(first, second, taken, why):
    assert may_swap(first, second, taken, date(2026, 11, 10)) == why
