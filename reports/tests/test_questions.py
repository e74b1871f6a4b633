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
def test_strong_is_where_nobody_was_dissatisfied_the_most_satisfied_first():
    items = strong_items([asked("a", good=18, fair=2), asked("b", good=19, fair=1), asked("c", good=30, bad=1), asked("few", good=9)])
    assert [item.asked.code for item in items] == ["b", "a"]


@pytest.mark.pure
def test_weak_is_the_lowest_share_with_dissatisfied_customers():
    now = [asked("a", good=10, bad=5), asked("b", good=14, bad=1), asked("c", good=8, fair=7)]
    assert [(item.asked.code, item.reason) for item in weak_items(now, [])] == [("a", "low"), ("b", "low")]


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
