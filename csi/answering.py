"""Any questionnaire as it is answered outside of a call: by the customer on a phone or at the counter, or typed from a paper card.

What the page shows (templates/csi/questions.html, css/questions.css), and what comes back. Field names: q-<question code>, words.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from csi import conditions, scoring
from csi.models import Question, QuestionnaireVersion, Scale

VERY, GOOD, SO_SO = gettext_lazy("very satisfied"), gettext_lazy("satisfied"), gettext_lazy("so-so")
BAD, VERY_BAD = gettext_lazy("dissatisfied"), gettext_lazy("very dissatisfied")
CHOICES: dict[str, list[tuple[int, object]]] = {
    Scale.FIVE: [(5, VERY), (4, GOOD), (3, SO_SO), (2, BAD), (1, VERY_BAD)],
    Scale.THREE: [(3, GOOD), (2, SO_SO), (1, BAD)],
    Scale.YES_NO: [(1, pgettext_lazy("answer", "yes")), (0, pgettext_lazy("answer", "no"))],
    Scale.TEN: [(n, str(n)) for n in range(1, 11)],
    Scale.NPS: [(n, str(n)) for n in range(11)],
}
# What the two ends of a scale of figures mean.
ENDS: dict[str, tuple[object, object]] = {
    Scale.TEN: (VERY_BAD, VERY),
    Scale.NPS: (pgettext_lazy("recommendation", "not at all likely"), pgettext_lazy("recommendation", "very likely")),
}
NONE: dict[str, object] = {Scale.YES_NO: pgettext_lazy("answer", "does not apply")}
NO_ANSWER = pgettext_lazy("answer", "skip")


@dataclass
class Ask:
    """A question as the page shows it; value: the chosen score as text, '' when none.

    A question that is asked on a condition carries it as a sentence, and for the script: the field that decides, and the values of it,
    blanks between them, with which the question is asked."""

    question: Question
    name: str
    value: str
    error: str = ""
    only_if: str = ""
    decided_by: str = ""
    asked_with: str = ""
    why_name: str = ""  # of the field for the customer's own words, where a dissatisfied answer asks for them
    why: str = ""

    @property
    def choices(self):
        return [(str(score), label, str(score) == self.value) for score, label in CHOICES[self.question.scale]]

    @property
    def ends(self) -> tuple[object, object] | None:
        return ENDS.get(self.question.scale)

    @property
    def none_label(self):
        """How leaving it out is called."""
        return NONE.get(self.question.scale, NO_ANSWER)

    @property
    def score(self) -> int | None:
        """None for nothing, and for what is no number; whether the scale knows it is for csi.actions.validate."""
        return int(self.value) if self.value.isascii() and self.value.isdecimal() and len(self.value) < 4 else None


def asks(questions: list[Question], data: Mapping[str, str], prefix: str) -> list[Ask]:
    """All but the words, with what was typed. questions: a version's, in order."""
    by_code = {question.code: question for question in questions}
    found = []
    for question in questions:
        if question.scale == Scale.TEXT:
            continue
        name = prefix + question.code
        ask = Ask(question, name, data.get(name) or "")
        decider = by_code.get(question.asked_if)
        if decider:
            ask.only_if = conditions.sentence(question, decider)
            ask.decided_by = prefix + decider.code
            ask.asked_with = " ".join(map(str, conditions.deciding(decider.scale, question.asked_when)))
        found.append(ask)
    return found


class AnswerForm:
    """A version's questions with what was typed so far. data: field name -> text; its "version" says which version the page showed
    (csi.questionnaires.as_shown). Queries: none if the questions are prefetched."""

    def __init__(self, version: QuestionnaireVersion, data: Mapping[str, str]):
        self.version, self.words = version, data.get("words") or ""
        self.error = self.words_error = ""
        questions = version.in_order()
        self.asks = asks(questions, data, "q-")
        self.words_label = next((question.text for question in questions if question.scale == Scale.TEXT), "")

    def answers(self) -> dict[str, int | None]:
        """Question code -> score, for csi.actions.record_response."""
        return {ask.question.code: ask.score for ask in self.asks}

    def show(self, problem) -> None:
        """Puts a ValidationError of csi.actions where it belongs: at the question, at the dissatisfied question of a link, at the words,
        else above the form."""
        rest = []
        for name, errors in (problem.error_dict if hasattr(problem, "error_dict") else {"": [problem]}).items():
            text = " ".join(message for error in errors for message in error.messages)
            ask = next((ask for ask in self.asks if ask.question.code == name), None) or self._dissatisfied(name)
            if ask:
                ask.error = text
            elif name == "words" and self.words_label:
                self.words_error = text
            else:
                rest.append(text)
        self.error = " ".join(rest) or _("Not saved yet: see the marked places.")

    def _dissatisfied(self, link: str) -> Ask | None:
        of_link = [ask for ask in self.asks if link and ask.question.link == link]
        return next((ask for ask in of_link if scoring.is_dissatisfied(ask.question.scale, ask.score)), None)

    @property
    def groups(self) -> list[tuple[str, list[Ask]]]:
        """The questions by factor, '' where they belong to none, in their order."""
        found: list[tuple[str, list[Ask]]] = []
        for ask in self.asks:
            label = str(ask.question.get_factor_display()) if ask.question.factor else ""
            if not found or found[-1][0] != label:
                found.append((label, []))
            found[-1][1].append(ask)
        return found
