from datetime import date

import pytest

from reports.periods import parse
from reports.questions import Asked, strong_items, weak_items
from reports.report import build
from reports.tests.history import History


def asked_in(store):
    return build(store, parse("2026-10")).questions


@pytest.fixture
def history(store):
    return History(store)


def asked(code, *, good=0, fair=0, bad=0, scale="three", audience="service"):
    best = {"three": 3, "five": 5, "ten": 10}[scale]
    one = Asked(audience, code, code)
    for score, count in ((best, good), (2 if scale == "three" else 3, fair), (1, bad)):
        if count:
            one.scores[(scale, score)] += count
    return one


def test_each_question_is_counted_on_its_own_scale(history, store):
    for overall, service in ((5, 3), (4, 3), (3, 2), (1, 1)):
        order = history.order(history.vehicle(), date(2026, 10, 5))
        history.response(order, date(2026, 10, 6), overall=overall, service=service)
    overall, service = asked_in(store)
    assert (overall.code, overall.n, overall.satisfied, overall.very_satisfied, overall.so_so, overall.dissatisfied) == (
        "overall",
        4,
        2,
        1,
        1,
        1,
    )
    assert overall.mean == pytest.approx((10 + 7.5 + 5 + 0) / 4)
    assert (service.code, service.n, service.satisfied, service.very_satisfied, service.dissatisfied) == ("service", 4, 2, None, 1)
    assert service.mean == pytest.approx((10 + 10 + 5 + 0) / 4)


def test_an_answer_outside_the_period_is_not_asked_about(history, store):
    history.response(history.order(history.vehicle(), date(2026, 10, 31)), date(2026, 11, 1))
    assert asked_in(store) == []


@pytest.mark.pure
def test_strong_is_where_nobody_was_dissatisfied_and_more_than_usual_are_satisfied_the_most_first():
    """Usual is 119 of 131, 90.8 %: b and c are above it, a is not; d is, but somebody was dissatisfied."""
    now = [asked("a", good=18, fair=7), asked("b", good=19, fair=1), asked("c", good=25), asked("d", good=48, bad=1), asked("few", good=9)]
    assert [item.asked.code for item in strong_items(now)] == ["c", "b"]


@pytest.mark.pure
def test_a_five_level_question_is_strong_by_its_very_satisfied_and_not_by_its_satisfied():
    """Everybody is satisfied with both; only one of them delights."""
    a, b = Asked("service", "a", "a"), Asked("service", "b", "b")
    a.scores |= {("five", 5): 15, ("five", 4): 5}
    b.scores |= {("five", 5): 3, ("five", 4): 17}
    assert [item.asked.code for item in strong_items([a, b])] == ["a"]


@pytest.mark.pure
def test_questions_of_three_levels_are_not_measured_by_those_of_five():
    """A three-level question has no "very satisfied": beside a five-level one it would always look strong, and the other weak."""
    five = Asked("service", "five", "five")
    five.scores |= {("five", 5): 10, ("five", 4): 9, ("five", 2): 1}
    low = asked("low", good=14, fair=5, bad=1)
    high = asked("high", good=20)
    assert [item.asked.code for item in strong_items([five, low, high])] == ["high"]
    assert [item.asked.code for item in weak_items([five, low, high], [])] == ["five", "low"]  # five has only itself beside it


@pytest.mark.pure
def test_a_strong_item_says_how_it_was_and_whether_it_was_strong_then():
    before = [asked("a", good=20), asked("b", good=12, bad=8)]
    (a,) = strong_items([asked("a", good=20), asked("b", good=12, bad=8)], before)
    assert (a.asked.code, a.before, a.change, a.compared, a.again) == ("a", 1.0, 0.0, "same", True)


@pytest.mark.pure
def test_weak_is_a_low_share_of_satisfied_together_with_a_high_one_of_dissatisfied():
    """b has one dissatisfied and yet more satisfied ones than usual; c has few satisfied ones, and nobody dissatisfied."""
    now = [asked("a", good=10, bad=5), asked("b", good=14, bad=1), asked("c", good=8, fair=7)]
    assert [(item.asked.code, item.reason) for item in weak_items(now, [])] == [("a", "low")]


@pytest.mark.pure
def test_of_the_weak_the_worst_come_first_three_of_them_and_those_that_were_weak_before_say_so():
    now = [asked(code, good=10 + n, bad=10 - n) for n, code in enumerate("abcd")] + [asked("z", good=100)]
    before = [asked("a", good=10, bad=10), asked("b", good=20), asked("z", good=100, bad=1)]
    items = weak_items(now, before)
    assert [(item.asked.code, item.again) for item in items] == [("a", True), ("b", False), ("c", False)]
    assert (items[1].change, items[1].compared, items[2].compared) == (-45.0, "down", "")


@pytest.mark.pure
def test_the_only_question_of_a_questionnaire_is_weak_when_somebody_was_dissatisfied():
    assert [item.asked.code for item in weak_items([asked("a", good=14, bad=1)], [])] == ["a"]


@pytest.mark.pure
def test_the_largest_fall_is_weak_even_without_a_dissatisfied_customer():
    before = [asked("c", good=20), asked("d", good=20)]
    now = [asked("c", good=14, fair=6), asked("d", good=17, fair=3)]
    (item,) = weak_items(now, before)
    assert (item.asked.code, item.reason, item.before) == ("c", "fell", 1.0)


@pytest.mark.pure
def test_a_fall_of_less_than_five_points_is_no_weakness():
    assert weak_items([asked("c", good=97, fair=3)], [asked("c", good=100)]) == []


@pytest.mark.pure
def test_the_bars_of_a_question_fill_its_width():
    bars = asked("a", good=1, fair=1, bad=1, scale="five").bars
    assert [bar["css"] for bar in bars] == ["very", "so-so", "bad"]
    assert sum(bar["width"] for bar in bars) == pytest.approx(100, abs=0.05)
