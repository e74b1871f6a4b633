from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csi.statistics import Rate
from reports.funnel import BOTTOM, DOT, HEIGHT, LEFT, RIGHT, TEXT, TOP, WIDTH, Box, Somebody, funnel, text_width

pytestmark = pytest.mark.pure
rates = st.integers(1, 300).flatmap(lambda n: st.builds(Rate, st.integers(0, n), st.just(n)))
people = st.lists(st.tuples(st.sampled_from(["陈静", "欧阳修文", "Li Wei", "王"]), rates), min_size=2, max_size=14).map(
    lambda found: [Somebody(pk, name, rate) for pk, (name, rate) in enumerate(found)]
)


def box(point):
    x, baseline = point.label
    return Box(x, baseline - TEXT + 2, x + text_width(point.who.name), baseline + 4)


@settings(max_examples=60, deadline=None)
@given(people, st.floats(0.05, 0.99))
def test_points_lie_inside_the_picture_and_no_name_covers_another_or_a_point(found, share):
    drawn = funnel(found, share)
    for point in drawn.points:
        assert LEFT <= point.x <= WIDTH - RIGHT and TOP - 0.1 <= point.y <= HEIGHT - BOTTOM + 0.1
    named = [point for point in drawn.points if point.label]
    shrunk = [Box(b.left + 0.2, b.top + 0.2, b.right - 0.2, b.bottom - 0.2) for b in map(box, named)]
    assert not any(one.covers(other) for one, other in combinations(shrunk, 2))
    dots = [Box(p.x - DOT, p.y - DOT, p.x + DOT, p.y + DOT) for p in drawn.points]
    assert not any(one.covers(dot) for one in shrunk for dot in dots)
    assert all(one.left >= LEFT - 0.1 and one.right <= WIDTH and one.bottom <= HEIGHT - BOTTOM for one in shrunk)


@settings(max_examples=60, deadline=None)
@given(people, st.floats(0.05, 0.99))
def test_everybody_is_within_worth_a_look_or_differs_and_the_drawing_says_the_same(found, share):
    drawn = funnel(found, share)
    for point in drawn.points:
        value, (low, high), (far_low, far_high) = point.who.rate.value, point.inner, point.outer
        assert (point in drawn.look) == (point.beside != "same" and not point.differs)
        assert (point in drawn.better + drawn.worse) == point.differs
        if point.differs:
            assert value <= far_low + 1e-9 or value >= far_high - 1e-9
        elif point.beside == "same":
            assert low - 1e-9 <= value <= high + 1e-9


def test_who_differs_is_named_and_one_bad_answer_of_three_is_nobody():
    good, bad, few = Somebody(1, "好", Rate(200, 200)), Somebody(2, "差", Rate(70, 100)), Somebody(3, "少", Rate(2, 3))
    drawn = funnel([good, bad, few], 0.9)
    assert [p.who for p in drawn.better] == [good] and [p.who for p in drawn.worse] == [bad] and drawn.look == []
    assert all(point.label for point in drawn.points)


def test_between_the_two_pairs_of_limits_somebody_is_only_worth_a_look():
    drawn = funnel([Somebody(1, "甲", Rate(84, 100)), Somebody(2, "乙", Rate(96, 100))], 0.92)
    assert [p.who.name for p in drawn.look] == ["甲"] and not drawn.worse


@pytest.mark.parametrize(
    ("found", "share"), [([], 0.9), ([Somebody(1, "甲", Rate(9, 10))], 0.9), ([Somebody(1, "甲", Rate(9, 10))] * 2, None)]
)
def test_with_nobody_to_compare_there_is_no_plot(found, share):
    assert funnel(found, share) is None


def test_a_store_without_an_unhappy_customer_has_a_plot_and_nobody_differs():
    drawn = funnel([Somebody(1, "甲", Rate(9, 9)), Somebody(2, "乙", Rate(30, 30))], 1.0)
    assert not (drawn.better or drawn.worse or drawn.look)
