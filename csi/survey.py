"""The questionnaire as a customer answers it alone: what was unhappy asks for their words, once; who leaves them out is not held up."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from csi import scoring
from csi.answering import AnswerForm
from csi.models import QuestionnaireVersion

MOST_FIELDS = 200
LONGEST = 4000  # characters of one field
NUDGED = "nudged"


def typed(data: Mapping[str, str]) -> dict[str, str]:
    """What the customer has filled in, and nothing that the page brings along or that a stranger makes up."""
    mine = {name: text[:LONGEST] for name, text in data.items() if name == "words" or name.startswith(("q-", "why-"))}
    return {name[:60]: text for name, text in list(mine.items())[:MOST_FIELDS] if text}


class SurveyForm(AnswerForm):
    """nudged: the page has asked for words before. Field names beside AnswerForm's: why-<question code>."""

    def __init__(self, version: QuestionnaireVersion, data: Mapping[str, str]):
        super().__init__(version, data)
        self.is_nudged = data.get(NUDGED) == "1"
        for ask in self.asks:
            if ask.question.link:
                ask.why_name = f"why-{ask.question.code}"
                ask.why = (data.get(ask.why_name) or "").strip()

    def dissatisfactions(self) -> list[dict]:
        """For csi.actions.record_response: the links with which the customer was dissatisfied and said why."""
        found: dict[str, dict] = {}
        for ask in self.asks:
            if ask.why and scoring.is_dissatisfied(ask.question.scale, ask.score):
                found.setdefault(ask.question.link, {"link": ask.question.link, "words": ask.why})
        return list(found.values())

    def asks_for_words(self) -> bool:
        """Whether the page has to ask what was wrong: marked at the questions, and only once."""
        if self.is_nudged:
            return False
        silent = [
            ask for ask in self.asks if scoring.is_dissatisfied(ask.question.scale, ask.score) and ask.score is not None and not ask.why
        ]
        if self.words.strip() or not silent:
            return False
        for ask in silent:
            if ask.why_name:
                ask.error = _("We are sorry. Would you tell us what was wrong?")
        if not any(ask.why_name for ask in silent):
            if any(ask.why for ask in self.asks):
                return False
            self.words_error = _("We are sorry. Would you tell us what was wrong?")
        self.error = _("One more question before it is sent; you may also leave it empty and send again.")
        self.is_nudged = True
        return True
