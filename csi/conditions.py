"""Which questions of a questionnaire are asked, given what was answered so far: pure (docs/adr/0018).

A condition names one earlier question and an answer to it, so there are no circles: one walk from the first question to the last says
what is asked. A question that is not asked has no answer, so nothing that depends on it is asked either.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol

from django.utils.translation import gettext as _

from csi import scoring
from csi.models import Scale, When

_JUDGES = {
    When.SATISFIED: lambda scale, score: scoring.is_satisfied(scale, score) is True,
    When.NOT_SATISFIED: lambda scale, score: scoring.is_satisfied(scale, score) is False,
    When.DISSATISFIED: lambda scale, score: scoring.is_dissatisfied(scale, score) is True,
    When.YES: lambda scale, score: scale == Scale.YES_NO and score == 1,
    When.NO: lambda scale, score: scale == Scale.YES_NO and score == 0,
}


class Conditional(Protocol):
    code: str
    scale: str
    asked_if: str
    asked_when: str


def deciding(scale: str, when: str) -> list[int]:
    """The scores on the scale with which the condition is met; none where the scale knows no such answer."""
    judge = _JUDGES.get(When(when)) if when in When.values else None
    return [score for score in scoring.RANGES.get(scale, ()) if judge and judge(scale, score)]


def fitting(scale: str) -> list[When]:
    """The conditions that an answer on this scale can meet."""
    return [when for when in When if deciding(scale, when)]


def is_asked(question: Conditional, questions: Mapping[str, Conditional], scores: Mapping[str, int | None]) -> bool:
    """questions: those that come before it, by code. scores: question code -> score on its own scale. What a question was answered that
    is itself not asked decides nothing."""
    if not question.asked_if:
        return True
    decider = questions.get(question.asked_if)
    if decider is None or scores.get(decider.code) not in deciding(decider.scale, question.asked_when):
        return False
    before = {}
    for code, one in questions.items():
        if code == decider.code:
            break
        before[code] = one
    return is_asked(decider, before, scores)


def asked(questions: Iterable[Conditional], scores: Mapping[str, int | None]) -> set[str]:
    """The codes of all questions that are asked. questions: in their order."""
    before: dict[str, Conditional] = {}
    for question in questions:
        if is_asked(question, before, scores):
            before[question.code] = question
    return set(before)


def sentence(question: Conditional, decider) -> str:
    """For who asks or answers: when the question is asked. '' for a question that always is. decider: the question that decides."""
    if not question.asked_if or decider is None:
        return ""
    return _("Only if “%(question)s” was answered: %(answer)s") % {"question": decider.text, "answer": When(question.asked_when).label}
