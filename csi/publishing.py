"""What a questionnaire must be before it is asked: pure, in sentences, each at its question (docs/adr/0018)."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from csi import conditions, scoring
from csi.models import Link, Question, Scale, When
from csi.shipped import SALES_CALLBACK, SALES_QUESTIONS, SERVICE_CALLBACK, SERVICE_QUESTIONS
from csi.shipped_implementation import IMPLEMENTATION

# What forms 3 and 4 have columns for and the figures are made of: those questions stay, on their scales; their wording is free.
NEEDED: dict[str, dict[str, dict]] = {
    SERVICE_CALLBACK: {question["code"]: question for question in SERVICE_QUESTIONS},
    SALES_CALLBACK: {question["code"]: question for question in SALES_QUESTIONS},
}
FEWEST_ITEMS = 8  # domain §6: of an implementation questionnaire
OF_FACTOR = (Scale.TEN, Scale.FIVE, Scale.THREE)


class Known(NamedTuple):
    """Where a question's code has been asked before: its scale, and which questionnaire it belongs to."""

    scale: str
    questionnaire: str  # its code
    name: str


Problems = dict[str, list[str]]  # question code, '' for the whole -> sentences


def needed(questionnaire: str, code: str) -> bool:
    """Whether the question can be reworded but not left out."""
    return code in NEEDED.get(questionnaire, {})


def problems(questionnaire: str, questions: list[Question], known: Mapping[str, Known]) -> Problems:
    """Empty when the version may be published. known: the questions that other questionnaires of the same audience ask and that earlier
    versions of this one asked, by code."""
    found: Problems = {}

    def say(code: str, sentence: str) -> None:
        found.setdefault(code, []).append(sentence)

    for sentence in _of_the_whole(questionnaire, questions):
        say("", sentence)
    before: dict[str, Question] = {}
    for question in questions:
        if question.code in before:
            say(question.code, _("There are two questions with this code: remove one."))
        for sentence in [
            *_of_texts(question),
            *_of_scale(question),
            *_of_condition(question, before),
            *_of_needed(questionnaire, question),
            *_of_known(questionnaire, question, known),
        ]:
            say(question.code, sentence)
        before.setdefault(question.code, question)
    return found


def _of_the_whole(questionnaire: str, questions: list[Question]) -> Iterable[str]:
    if not [question for question in questions if question.scale != Scale.TEXT]:
        yield _("There is no question yet that is answered on a scale: add one.")
    overall = [question for question in questions if question.is_overall]
    if questionnaire in NEEDED and len(overall) != 1:
        yield _("A callback has exactly one overall question; this one has %(n)d.") % {"n": len(overall)}
    elif len(overall) > 1:
        yield _("At most one question is the overall one; here %(n)d are.") % {"n": len(overall)}
    items = sum(question.scale == Scale.YES_NO for question in questions)
    if questionnaire in IMPLEMENTATION.values() and items < FEWEST_ITEMS:
        yield _("What was carried out is asked with at least %(n)d yes-or-no questions; here %(items)d are.") % {
            "n": FEWEST_ITEMS,
            "items": items,
        }
    words = [question for question in questions if question.scale == Scale.TEXT]
    if len(words) > 1:
        yield _("An answer has room for the words of one question; %(n)d ask for words. Remove the others.") % {"n": len(words)}
    if not words and (overall or any(question.link for question in questions)):
        yield _("An unhappy customer is asked what was wrong: add a question for words.")
    there = {question.code for question in questions}
    names = [Question(**wanted).text for code, wanted in NEEDED.get(questionnaire, {}).items() if code not in there]
    if names:
        yield _("Forms and figures need these questions, put them back: %(names)s") % {"names": " · ".join(names)}


def _of_texts(question: Question) -> Iterable[str]:
    if not question.text_zh.strip():
        yield _("The Chinese text is missing.")
    if not question.text_en.strip():
        yield _("The English text is missing.")
    try:
        question.full_clean(exclude=["version", "text_zh", "text_en"], validate_unique=False, validate_constraints=False)
    except ValidationError as wrong:
        yield from wrong.messages


def _of_scale(question: Question) -> Iterable[str]:
    if question.factor and question.scale not in OF_FACTOR:
        yield _("A factor of the index needs points: a ten-point, five-level or three-level scale.")
    if question.weight is None or question.weight < 1:
        yield _("The weight is a whole number from 1.")
    if question.is_overall and question.scale not in scoring.SATISFIED:
        yield _("The overall question needs a scale that says who is satisfied: ten-point, five-level or three-level.")
    if question.link and question.scale not in scoring.SATISFIED:
        yield _("A question of a link needs a scale that says who is satisfied: ten-point, five-level or three-level.")


def _of_condition(question: Question, before: Mapping[str, Question]) -> Iterable[str]:
    if not question.asked_if and not question.asked_when:
        return
    if question.scale == Scale.TEXT:
        yield _("Words may always be said: take the condition away.")
    if question.is_overall:
        yield _("The overall question is asked of everybody: take the condition away.")
    decider = before.get(question.asked_if)
    if decider is None:
        yield _("Its condition must name a question that comes before it: move one of the two, or choose another.")
    elif not question.asked_when or question.asked_when not in conditions.fitting(decider.scale):
        yield _("The question that its condition names cannot be answered “%(answer)s”: choose another answer.") % {
            "answer": When(question.asked_when).label if question.asked_when in When.values else "–"
        }


def _of_needed(questionnaire: str, question: Question) -> Iterable[str]:
    wanted = NEEDED.get(questionnaire, {}).get(question.code)
    if wanted is None:
        return
    if question.scale != wanted["scale"]:
        yield _("Forms and figures need this question on its scale: %(scale)s.") % {"scale": Scale(wanted["scale"]).label}
    if question.link != wanted.get("link", ""):
        link = Link(wanted["link"]).label if wanted.get("link") else _("none")
        yield _("Forms and figures need this question at its link: %(link)s.") % {"link": link}
    if question.is_overall != wanted.get("is_overall", False):
        yield _("In forms and figures the overall answer is that of the question “%(code)s”.") % {"code": "overall"}
    if question.asked_if:
        yield _("Forms and figures need its answer from everybody: take the condition away.")
    if wanted.get("is_required") and not question.is_required:
        yield _("This question has to be answered: mark it so.")


def _of_known(questionnaire: str, question: Question, known: Mapping[str, Known]) -> Iterable[str]:
    earlier = known.get(question.code)
    if earlier is None or question.scale == Scale.TEXT:
        return
    if earlier.questionnaire != questionnaire:
        yield _("“%(code)s” is a question of %(name)s; figures would mix the two. Remove it and add it anew.") % {
            "code": question.code,
            "name": earlier.name,
        }
    elif earlier.scale != question.scale:
        yield _(
            "Before, this question was answered on another scale (%(scale)s), and figures compare the two. Remove it and add it anew."
        ) % {"scale": Scale(earlier.scale).label}
