"""The verdict at its borders, and what follows from a row of them (S0; domain §7)."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import months
from lounge.verdicts import Consequence, Interview, Month, Outcome, consequences, judge

pytestmark = pytest.mark.pure
PASSED, FAILED, NONE = Outcome.PASSED, Outcome.NOT_PASSED, Outcome.NONE


def of(*percents) -> list[Interview]:
    """Interviews of ten thousand items each: shares to the hundredth of a percent."""
    return [Interview(yes=round(percent * 100), no=10_000 - round(percent * 100)) for percent in percents]


@pytest.mark.parametrize(
    ("interviews", "outcome"),
    [
        (of(92.99, 92.99, 92.99), FAILED),
        (of(93, 93, 93), PASSED),
        (of(93.01, 92.99, 93), PASSED),
        (of(93.01, 92.98, 93), FAILED),
        (of(100, 100, 79), FAILED),  # the mean is exactly 93 %: the one customer decides
        (of(100, 100, 100, 100, 79.99), FAILED),  # the mean is 96 %: one customer is enough
        (of(100, 100, 100, 100, 79.9), FAILED),
        (of(100, 100, 100, 100, 80), PASSED),
        (of(100, 100, 80), PASSED),  # 93.33 %
        (of(100, 99, 80), PASSED),  # exactly 93 %
        (of(100, 98.99, 80), FAILED),
        (of(100, 100), NONE),
        (of(10, 10), NONE),
        (of(100, 100, 100), PASSED),
        ([], NONE),
        ([Interview(5, 0), Interview(5, 0), Interview(4, 0)], NONE),  # four items are too few: two interviews count
        ([Interview(5, 0), Interview(5, 0), Interview(5, 0), Interview(0, 4)], PASSED),  # and a bad one of four does not count either
        ([Interview(5, 0), Interview(5, 0), Interview(4, 1)], PASSED),  # 4 of 5 is exactly 80 %
        ([Interview(5, 0), Interview(5, 0), Interview(3, 1)], NONE),
    ],
)
def test_the_verdict_at_its_borders(interviews, outcome):
    assert judge(interviews).outcome == outcome


def test_no_rounding_ever_decides():
    """12 of 13 and twice 14 of 15: 92.99 %, which is 93.0 % to one decimal, and is below."""
    judged = judge([Interview(12, 1), Interview(14, 1), Interview(14, 1)])
    assert judged.mean == Fraction(544, 585) and round(float(judged.mean), 3) == 0.93
    assert (judged.outcome, judged.below_mean, judged.below_each) == (FAILED, True, False)


def test_the_mean_is_over_customers_not_over_items():
    judged = judge([Interview(5, 0), Interview(5, 0), Interview(80, 20)])
    assert (judged.mean, judged.lowest, judged.outcome) == (Fraction(28, 30), Fraction(4, 5), PASSED)


@given(st.lists(st.builds(Interview, st.integers(0, 12), st.integers(0, 12)), max_size=8))
def test_a_verdict_is_what_its_words_say(interviews):
    judged = judge(interviews)
    counted = [one for one in interviews if one.yes + one.no >= 5]
    assert judged.n == len(counted) and (judged.outcome == NONE) == (len(counted) < 3)
    if judged.outcome == PASSED:
        assert sum(Fraction(one.yes, one.yes + one.no) for one in counted) * 100 >= 93 * len(counted)
        assert all(one.yes * 100 >= 80 * (one.yes + one.no) for one in counted)
    if judged.outcome == FAILED:
        assert judged.below_mean or judged.below_each
    assert judged.is_perfect == (judged.n >= 3 and all(one.no == 0 for one in counted))


def row(*outcomes, first=date(2026, 10, 1)) -> list[Month]:
    """Months running: 'p' passed, '1' passed with 100 %, 'f' not passed, '-' no verdict, 'x' not passed and excused, 'y' passed and excused."""
    kinds = {"p": (PASSED, False, False), "1": (PASSED, True, False), "f": (FAILED, False, False), "-": (NONE, False, False),
             "x": (FAILED, False, True), "y": (PASSED, True, True)}  # fmt: skip
    return [Month(months.add(first, n), *kinds[kind]) for n, kind in enumerate(outcomes)]


def told(outcomes: str) -> str:
    """'.' nothing, 'D' duty, 'M' duty and deduction (money), 'R' reward."""
    marks = {Consequence(): ".", Consequence(duty=True): "D", Consequence(duty=True, deduction=True): "M", Consequence(reward=True): "R"}
    found = consequences(row(*outcomes))
    return "".join(marks[found[month]] for month in sorted(found))


@pytest.mark.parametrize(
    ("months_running", "what_follows"),
    [
        ("f", "D"),
        ("ff", "DM"),
        ("fff", "DMM"),
        ("fpf", "D.D"),
        ("f1f", "DRD"),
        ("f-f", "D.M"),
        ("f--f", "D..M"),
        ("fxf", "D.M"),  # the excused month does not count, and does not break the run either
        ("xf", ".D"),
        ("fyf", "D.M"),
        ("y", "."),  # excused: no reward
        ("1", "R"),
        ("p", "."),
        ("-", "."),
        ("f-xpf", "D...D"),
    ],
)
def test_what_follows_from_months_running(months_running, what_follows):
    assert told(months_running) == what_follows


def test_a_run_goes_across_the_years_end():
    found = consequences([Month(date(2027, 1, 1), FAILED), Month(date(2026, 12, 1), FAILED)])
    assert (found[date(2026, 12, 1)].deduction, found[date(2027, 1, 1)].deduction) == (False, True)


@given(st.text("pf1-xy", max_size=14))
def test_what_does_not_count_may_be_left_out(outcomes):
    counted = "".join(mark for mark, kind in zip(told(outcomes), outcomes, strict=True) if kind in "pf1")
    assert counted == told("".join(kind for kind in outcomes if kind in "pf1"))
    assert all(mark == "." for mark, kind in zip(told(outcomes), outcomes, strict=True) if kind in "-xy")
