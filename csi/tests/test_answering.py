"""A questionnaire for whoever answers it alone: what the page shows, what comes back, where a refusal is put."""

import re

import pytest
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string

from csi import questionnaires
from csi.actions import validate
from csi.answering import AnswerForm
from csi.models import Question, QuestionnaireVersion


def form(data=(), code="service-callback"):
    return AnswerForm(questionnaires.current(code), dict(data))


def drafted(*questions, data=()):
    """A form of questions that need no database."""
    texts = {"text_zh": "问", "text_en": "Ask"}
    version = QuestionnaireVersion(pk=7, status="draft", draft=[texts | question for question in questions])
    return AnswerForm(version, dict(data))


def page(form):
    return render_to_string("csi/questions.html", {"form": form})


def refused(form, **rules):
    questions = {question.code: question for question in form.version.in_order()}
    with pytest.raises(ValidationError) as refusal:
        validate(questions, {code: score for code, score in form.answers().items() if score is not None}, form.words, [], **rules)
    form.show(refusal.value)


@pytest.mark.parametrize(
    ("typed", "score"), [("5", 5), ("", None), ("x", None), ("-1", None), ("٣", None), ("5.0", None), ("99999999999", None)]
)
def test_what_comes_back_is_a_number_or_nothing(db, typed, score):
    assert form({"q-overall": typed}).answers()["overall"] == score


@pytest.mark.parametrize(
    ("scale", "values"),
    [
        ("five", ["5", "4", "3", "2", "1", ""]),
        ("three", ["3", "2", "1", ""]),
        ("yes_no", ["1", "0", ""]),
        ("ten", [*map(str, range(1, 11)), ""]),
        ("nps", [*map(str, range(11)), ""]),
    ],
)
def test_every_scale_is_a_group_of_radios_that_can_be_left_out(scale, values):
    html = page(drafted({"code": "a", "scale": scale}))
    assert re.findall(r'type="radio" name="q-a" value="(\d*)"', html) == values
    assert html.count("<fieldset") == html.count("<legend") == 1
    assert re.search(r'value="" checked', html)


def test_a_required_question_cannot_be_left_out():
    html = page(drafted({"code": "a", "scale": "five", "is_required": True}))
    assert 'value=""' not in html and html.count(" required>") == 5


def test_what_was_typed_stays(db):
    html = page(form({"q-overall": "2", "words": "等<久>"}))
    assert re.search(r'name="q-overall" value="2" checked', html) and "等&lt;久&gt;" in html


def test_the_page_says_which_version_it_shows(db):
    shown = form()
    assert f'name="version" value="{shown.version.pk}"' in page(shown)


def test_questions_stand_by_factor():
    one, two = {"code": "a", "scale": "ten", "factor": "quality"}, {"code": "b", "scale": "ten"}
    assert [len(asks) for _label, asks in drafted(one, one | {"code": "c"}, two).groups] == [2, 1]


def test_a_question_on_a_condition_says_so_in_words_and_to_the_script():
    asked = drafted({"code": "a", "scale": "ten"}, {"code": "b", "scale": "yes_no", "asked_if": "a", "asked_when": "satisfied"})
    assert (asked.asks[1].decided_by, asked.asks[1].asked_with) == ("q-a", "8 9 10")
    assert asked.asks[1].only_if in page(asked).replace("&quot;", '"') and not asked.asks[0].only_if


def test_what_is_refused_is_said_at_its_question(db):
    answered = form({"q-nps": "11"})
    refused(answered)
    errors = {ask.question.code: bool(ask.error) for ask in answered.asks if ask.error}
    assert errors == {"nps": True, "overall": True} and answered.error
    html = page(answered)
    assert 'aria-describedby="q-nps-error"' in html and 'id="q-nps-error"' in html


def test_what_a_link_wants_is_said_at_its_dissatisfied_question(db):
    answered = form({"q-overall": "5", "q-price": "1", "q-quality": "3"})
    refused(answered)
    assert [ask.question.code for ask in answered.asks if ask.error] == ["price"]


def test_missing_words_are_said_at_the_words(db):
    answered = form({"q-overall": "1"})
    refused(answered)
    assert answered.words_error and 'id="words-error"' in page(answered)


def test_what_belongs_nowhere_stands_above():
    shown = drafted({"code": "a", "scale": "ten"})
    shown.show(ValidationError("Closed."))
    assert shown.error == "Closed."
    shown.show(ValidationError({"nothing": "Odd."}))
    assert shown.error == "Odd."


def test_questions_of_a_draft_are_shown_without_being_rows(db):
    drafted({"code": "a", "scale": "ten"})
    assert not Question.objects.filter(code="a").exists()
