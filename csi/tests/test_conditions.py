"""Which questions are asked: a table, and what holds for every questionnaire that could be written."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from csi.conditions import asked, deciding, fitting, is_asked
from csi.models import Scale, When
from csi.scoring import RANGES

pytestmark = pytest.mark.pure


@dataclass
class Q:
    code: str
    scale: str = Scale.FIVE
    asked_if: str = ""
    asked_when: str = ""


@pytest.mark.parametrize(
    ("scale", "when", "scores"),
    [
        (Scale.FIVE, When.SATISFIED, [4, 5]),
        (Scale.FIVE, When.NOT_SATISFIED, [1, 2, 3]),
        (Scale.FIVE, When.DISSATISFIED, [1, 2]),
        (Scale.THREE, When.SATISFIED, [3]),
        (Scale.THREE, When.NOT_SATISFIED, [1, 2]),
        (Scale.THREE, When.DISSATISFIED, [1]),
        (Scale.TEN, When.SATISFIED, [8, 9, 10]),
        (Scale.TEN, When.NOT_SATISFIED, [1, 2, 3, 4, 5, 6, 7]),
        (Scale.TEN, When.DISSATISFIED, [1, 2, 3, 4, 5]),
        (Scale.YES_NO, When.YES, [1]),
        (Scale.YES_NO, When.NO, [0]),
        (Scale.YES_NO, When.SATISFIED, []),
        (Scale.FIVE, When.YES, []),
        (Scale.NPS, When.SATISFIED, []),
        (Scale.TEXT, When.YES, []),
        (Scale.FIVE, "whenever", []),
    ],
)
def test_with_which_scores_a_condition_is_met(scale, when, scores):
    assert deciding(scale, when) == scores


@pytest.mark.parametrize(
    ("scale", "whens"),
    [
        (Scale.TEN, [When.SATISFIED, When.NOT_SATISFIED, When.DISSATISFIED]),
        (Scale.YES_NO, [When.YES, When.NO]),
        (Scale.NPS, []),
        (Scale.TEXT, []),
    ],
)
def test_what_can_be_asked_of_an_answer(scale, whens):
    assert fitting(scale) == whens


A, B = Q("a"), Q("b", Scale.YES_NO, "a", When.DISSATISFIED)
C = Q("c", Scale.THREE, "b", When.NO)


@pytest.mark.parametrize(
    ("scores", "codes"),
    [
        ({}, {"a"}),
        ({"a": 5}, {"a"}),
        ({"a": 3}, {"a"}),
        ({"a": 2}, {"a", "b"}),
        ({"a": 2, "b": 1}, {"a", "b"}),
        ({"a": 2, "b": 0}, {"a", "b", "c"}),
        ({"a": 5, "b": 0}, {"a"}),  # what b was answered decides nothing: b is not asked
        ({"a": None, "b": 0}, {"a"}),
    ],
)
def test_a_question_follows_the_answer_that_it_waits_for(scores, codes):
    assert asked([A, B, C], scores) == codes
    assert is_asked(C, {"a": A, "b": B}, scores) == ("c" in codes)


def test_a_condition_on_a_later_or_a_missing_question_is_never_met():
    assert asked([Q("b", asked_if="a", asked_when=When.SATISFIED), A], {"a": 5}) == {"a"}
    assert asked([Q("b", asked_if="b", asked_when=When.SATISFIED)], {"b": 5}) == set()
    circle = [Q("a", asked_if="b", asked_when=When.SATISFIED), Q("b", asked_if="a", asked_when=When.SATISFIED)]
    assert asked(circle, {"a": 5, "b": 5}) == set()


@st.composite
def questionnaires(draw):
    """Conditions of every kind, sensible or not, and answers to any of the questions."""
    codes = [f"q{n}" for n in range(draw(st.integers(1, 7)))]
    made = []
    for code in codes:
        condition = draw(st.one_of(st.just(("", "")), st.tuples(st.sampled_from(codes), st.sampled_from(When.values))))
        made.append(Q(code, draw(st.sampled_from(Scale.values)), *condition))
    scores = {one.code: draw(st.sampled_from(list(RANGES[one.scale]))) for one in made if one.scale in RANGES and draw(st.booleans())}
    return made, scores


@given(questionnaires())
def test_every_asked_question_is_asked_unconditionally_or_waits_for_an_earlier_one_that_is_asked(case):
    questions, scores = case
    place = {one.code: n for n, one in enumerate(questions)}
    found = asked(questions, scores)
    for n, one in enumerate(questions):
        expected = not one.asked_if or (
            place[one.asked_if] < n
            and one.asked_if in found
            and scores.get(one.asked_if) in deciding(questions[place[one.asked_if]].scale, one.asked_when)
        )
        assert (one.code in found) == expected
        assert is_asked(one, {earlier.code: earlier for earlier in questions[:n]}, scores) == expected


@given(questionnaires())
def test_answers_to_what_is_not_asked_change_nothing(case):
    questions, scores = case
    found = asked(questions, scores)
    assert asked(questions, {code: score for code, score in scores.items() if code in found}) == found
