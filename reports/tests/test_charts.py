from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csi.statistics import Rate
from reports.charts import APART, BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Line, line_chart, strips

pytestmark = pytest.mark.pure
fractions = st.one_of(st.none(), st.floats(0, 1))


@given(st.lists(fractions, min_size=1, max_size=13), st.lists(fractions, min_size=1, max_size=13))
def test_every_point_lies_inside_the_picture(first, second):
    size = min(len(first), len(second))
    chart = line_chart(["x"] * size, [Line("a", first[:size], "line-1"), Line("b", second[:size], "line-2")])
    for line in chart["lines"]:
        for dot in line["dots"]:
            assert LEFT <= dot["x"] <= WIDTH - RIGHT + 0.1
            assert TOP - 0.1 <= dot["y"] <= HEIGHT - BOTTOM + 0.1


def test_a_month_without_data_breaks_the_line_and_is_not_drawn_at_zero():
    (line,) = line_chart(list("abcde"), [Line("a", [0.9, 0.95, None, 0.9, 0.92], "line-1")])["lines"]
    assert len(line["segments"]) == 2
    assert len(line["dots"]) == 4


def test_labels_at_the_right_edge_keep_apart():
    lines = line_chart(["a", "b"], [Line("a", [0.9, 0.9], "1"), Line("b", [0.9, 0.901], "2"), Line("c", [0.8, 0.899], "3")])["lines"]
    places = sorted(line["label_y"] for line in lines)
    assert all(below - above >= APART - 0.2 for above, below in pairwise(places))


def test_a_line_without_any_data_is_left_out():
    assert line_chart(["a"], [Line("a", [None], "1")])["lines"] == []


def test_ticks_are_round():
    texts = [tick["text"] for tick in line_chart(["a", "b"], [Line("a", [0.93, 0.985], "1")])["grid"]]
    assert texts == ["90%", "95%", "100%"]


@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0, 1))
def test_a_strip_stays_in_its_cell(share, store):
    (strip,) = strips([Rate(*share)], store)
    assert 0 <= strip.low <= strip.at <= strip.high <= 100
    assert 0 <= strip.beside <= 100


def test_nothing_to_draw_for_a_person_without_answers():
    assert strips([Rate(0, 0), None], 0.9) == [None, None]


def test_the_label_says_no_data_where_the_last_period_has_none():
    """An earlier week's share beside the end of the line would be read aloud as this week's."""
    (line,) = line_chart(["a", "b"], [Line("sales", [0.9, None], "line-2")])["lines"]
    assert line["latest"] == "–" and line["last"] is not None
