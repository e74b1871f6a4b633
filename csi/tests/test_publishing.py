"""What a questionnaire must be before it is asked, rule by rule."""

import pytest
from django.utils.translation import override

from csi.models import Question
from csi.publishing import Known, problems
from csi.shipped import SALES_QUESTIONS, SERVICE_QUESTIONS, SHIPPED
from csi.shipped_cards import SERVICE_INDEX_QUESTIONS

pytestmark = pytest.mark.pure

TEXTS = {"text_zh": "问", "text_en": "Ask"}
SHIPPED_QUESTIONS = {"service-callback": SERVICE_QUESTIONS, "sales-callback": SALES_QUESTIONS, "service-index": SERVICE_INDEX_QUESTIONS}
OVERALL = {"code": "o", "scale": "five", "is_overall": True, **TEXTS}
WORDS = {"code": "w", "scale": "text", **TEXTS}
YES_NO = {"code": "y", "scale": "yes_no", **TEXTS}


def wrong(questions, questionnaire="own", known=()):
    with override("en"):
        return problems(questionnaire, [Question(position=n, **one) for n, one in enumerate(questions, 1)], dict(known))


def changed(questionnaire, code, **fields):
    return [one | fields if one["code"] == code else one for one in SHIPPED_QUESTIONS[questionnaire]]


@pytest.mark.parametrize(("code", "questions"), [(code, questions) for code, _audience, _zh, _en, questions in SHIPPED])
def test_what_is_shipped_could_be_published(code, questions):
    assert wrong(questions, code) == {}


@pytest.mark.parametrize(
    ("where", "says", "questions"),
    [
        ("", "no question yet", []),
        ("", "no question yet", [WORDS]),
        ("", "At most one question is the overall", [OVERALL, OVERALL | {"code": "p"}, WORDS]),
        ("", "room for the words of one", [OVERALL, WORDS, WORDS | {"code": "v"}]),
        ("", "add a question for words", [OVERALL]),
        ("", "add a question for words", [{"code": "x", "scale": "three", "link": "price", **TEXTS}]),
        ("y", "two questions with this code", [YES_NO, YES_NO]),
        ("y", "Chinese text", [YES_NO | {"text_zh": " "}]),
        ("y", "English text", [YES_NO | {"text_en": ""}]),
        ("y", "factor of the index", [YES_NO | {"factor": "quality"}]),
        ("y", "weight", [YES_NO | {"weight": 0}]),
        ("y", "question of a link needs a scale", [YES_NO | {"link": "price"}, WORDS]),
        ("y", "overall question needs a scale", [YES_NO | {"is_overall": True}, WORDS]),
        ("y", "valid choice", [YES_NO | {"scale": "seven"}]),
        ("w", "Words may always", [YES_NO, WORDS | {"asked_if": "y", "asked_when": "yes"}]),
        ("o", "asked of everybody", [YES_NO, OVERALL | {"asked_if": "y", "asked_when": "yes"}, WORDS]),
        ("y", "comes before it", [YES_NO | {"asked_if": "o", "asked_when": "satisfied"}, OVERALL, WORDS]),
        ("y", "comes before it", [YES_NO | {"asked_if": "y", "asked_when": "yes"}]),
        ("y", "comes before it", [YES_NO | {"asked_if": "gone", "asked_when": "yes"}]),
        ("y", "cannot be answered “yes”", [OVERALL, YES_NO | {"asked_if": "o", "asked_when": "yes"}, WORDS]),
        ("y", "cannot be answered", [OVERALL, YES_NO | {"asked_if": "o"}, WORDS]),
        ("y", "comes before it", [YES_NO | {"asked_when": "yes"}]),
    ],
)
def test_what_is_wrong_is_said_where_it_is(where, says, questions):
    found = wrong(questions)
    assert any(says in sentence for sentence in found.get(where, [])), found


@pytest.mark.parametrize(
    "questions",
    [
        [YES_NO],
        [OVERALL, WORDS],
        [OVERALL, YES_NO | {"asked_if": "o", "asked_when": "not_satisfied", "is_required": True}, WORDS],
        [YES_NO, {"code": "t", "scale": "ten", "factor": "facility", "weight": 3, "asked_if": "y", "asked_when": "yes", **TEXTS}],
    ],
)
def test_what_is_right_is_not_refused(questions):
    assert wrong(questions) == {}


@pytest.mark.parametrize(
    ("questionnaire", "code", "fields", "says"),
    [
        ("service-callback", "overall", {"scale": "ten"}, "on its scale: five-level"),
        ("service-callback", "quality", {"scale": "five"}, "on its scale: three-level"),
        ("service-callback", "quality", {"link": "price"}, "at its link: quality"),
        ("service-callback", "quality", {"asked_if": "overall", "asked_when": "satisfied"}, "from everybody"),
        ("service-callback", "overall", {"is_required": False}, "has to be answered"),
        ("service-callback", "quality", {"is_overall": True}, "the overall answer is that of"),
        ("sales-callback", "sales_3", {"scale": "yes_no", "link": ""}, "on its scale: three-level"),
        ("sales-callback", "overall", {"is_overall": False}, "the overall answer is that of"),
    ],
)
def test_a_callback_keeps_what_forms_and_figures_need(questionnaire, code, fields, says):
    found = wrong(changed(questionnaire, code, **fields), questionnaire)
    assert any(says in sentence for sentence in found[code]), found


@pytest.mark.parametrize("questionnaire", ["service-callback", "sales-callback"])
def test_a_callback_without_one_of_them_is_refused_by_name(questionnaire):
    for left_out in SHIPPED_QUESTIONS[questionnaire]:
        found = wrong([one for one in SHIPPED_QUESTIONS[questionnaire] if one is not left_out], questionnaire)
        assert left_out["text_en"] in " ".join(found[""])


def test_a_callback_has_exactly_one_overall_question():
    assert "exactly one" in wrong(changed("service-callback", "overall", is_overall=False), "service-callback")[""][0]
    assert "exactly one" in wrong(changed("sales-callback", "sales_1", is_overall=True), "sales-callback")[""][0]


def test_what_was_carried_out_is_asked_with_eight_items_or_more():
    items = [YES_NO | {"code": f"y{n}"} for n in range(8)]
    assert wrong(items, "implementation-service") == {}
    assert "at least 8 yes-or-no questions; here 7 are" in wrong(items[:7], "implementation-service")[""][0]


def test_new_words_and_another_order_are_free():
    questions = [one | {"text_zh": "改写", "text_en": "reworded"} for one in reversed(SERVICE_QUESTIONS)]
    assert wrong(questions, "service-callback") == {}


def test_a_code_means_one_question_for_good():
    """Figures put the versions, and the questionnaires of one audience, together by it."""
    known = {"y": Known("five", "own", "Own"), "z": Known("yes_no", "other", "Another one"), "w": Known("ten", "other", "Another one")}
    found = wrong([YES_NO, YES_NO | {"code": "z"}, WORDS], known=known)
    assert "another scale (five-level)" in found["y"][0] and "Another one" in found["z"][0] and "w" not in found
