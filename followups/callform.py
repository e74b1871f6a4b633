"""The form of a call: a section for every follow-up that is owed. Builds what the page shows, reads what comes back.

Field names begin with the follow-up's number, 'f12-…', so that one call can carry several questionnaires:
f12-<question code>, f12-words; per link f12-d-<link>-words / -standard / -person; per dissatisfaction of a recovery or a recheck
f12-h<id>-cause / -measure / -done / -opinion.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from csi import answering, mot, questionnaires
from csi.answering import Ask
from csi.models import Dissatisfaction, Link, QuestionnaireVersion, Scale
from followups import verification
from followups.calls import Handled, Said, rated
from followups.models import FollowUp
from followups.planning import Plan
from staff import people
from staff.models import User
from staff.roles import Role


@dataclass
class Block:
    """What was wrong with one link."""

    link: str
    label: str
    prefix: str
    words: str
    standard: str
    person: str
    standards: list[tuple[str, str]]
    error: str = ""

    @property
    def is_filled(self) -> bool:
        return bool(self.words or self.standard or self.person)


@dataclass
class Handling:
    dissatisfaction: Dissatisfaction
    prefix: str
    cause: str
    measure: str
    is_done: bool
    opinion: str
    standard: str
    error: str = ""


@dataclass
class Section:
    followup: FollowUp
    prefix: str
    kind: str  # questionnaire, recovery, recheck, revisit, verification or talk
    words: str
    version: QuestionnaireVersion | None = None
    questions: list[Ask] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    handlings: list[Handling] = field(default_factory=list)
    words_label: str = ""
    error: str = ""
    answer_error: str = ""  # about the only question there is, or the first that is not answered
    why: list[str] = field(default_factory=list)
    revisit: str = ""
    is_complaint: bool = False
    demands: str = ""
    checks: list[tuple[str, object, str]] = field(default_factory=list)

    @property
    def rated(self):
        return rated(self.followup)

    @property
    def unanswered(self) -> str:
        """The name of the first check that has no answer yet."""
        return next((name for name, _text, chosen in self.checks if not chosen), "")

    @property
    def can_dissatisfy(self) -> bool:
        """The answers say whether the customer is satisfied, not only what was carried out."""
        return any(ask.question.is_overall or ask.question.link for ask in self.questions)


class CallForm:
    """data: what was typed so far (a draft or a POST), field name -> text. versions: those that the page showed, by questionnaire; the
    ones that are asked today where nothing is said. Queries: one questionnaire is two, a recovery one."""

    def __init__(
        self, store, followups: list[FollowUp], data: Mapping[str, str], versions: Mapping[str, QuestionnaireVersion] | None = None
    ):
        self.store, self.data = store, data
        self.error = ""
        versions = {
            code: (versions or {}).get(code) or questionnaires.current(code)
            for code in dict.fromkeys(f.questionnaire for f in followups if f.questionnaire)
        }
        self.sections = [self._section(followup, versions) for followup in followups]
        self.has_blocks = any(section.blocks for section in self.sections)
        self._people = None

    @property
    def people(self):
        """Whom a customer can name: (pk as text, name)."""
        if self._people is None:
            roles = [role for role in Role if role != Role.REGIONAL]
            self._people = [(str(pk), name) for pk, name in people.members(self.store, *roles).values_list("pk", "name")]
        return self._people

    def get(self, name: str) -> str:
        return self.data.get(name) or ""

    def _section(self, followup: FollowUp, versions) -> Section:
        section = self._asked(followup, versions)
        section.revisit = self.get(f"{section.prefix}revisit")
        section.is_complaint = bool(self.get(f"{section.prefix}complaint"))
        section.demands = self.get(f"{section.prefix}demands")
        return section

    def _asked(self, followup: FollowUp, versions) -> Section:
        prefix = f"f{followup.pk}-"
        words = self.get(f"{prefix}words")
        if followup.questionnaire:
            version = versions[followup.questionnaire]
            section = Section(followup, prefix, "questionnaire", words, version)
            questions = version.in_order()
            section.questions = answering.asks(questions, self.data, prefix)
            section.words_label = next((question.text for question in questions if question.scale == Scale.TEXT), "")
            links = dict.fromkeys(ask.question.link for ask in section.questions if ask.question.link)
            section.blocks = [self._block(prefix, link) for link in links]
            return section
        kind = {Plan.RECOVERY: "recovery", Plan.RECHECK: "recheck", Plan.COMPLAINT: "revisit", Plan.VERIFICATION: "verification"}.get(
            followup.plan, "talk"
        )
        section = Section(followup, prefix, kind, words, words_label=_("What was said"))
        if kind == "verification":
            section.checks = [(prefix + name, text, self.get(prefix + name)) for name, text in verification.QUESTIONS.items()]
        if kind in ("recovery", "recheck"):
            rows = followup.response.dissatisfactions.select_related("person").order_by("pk") if followup.response_id else []
            section.handlings = [self._handling(prefix, row) for row in rows]
        return section

    def _block(self, prefix: str, link: str) -> Block:
        prefix = f"{prefix}d-{link}-"
        english = (get_language() or "").startswith("en")
        standards = [(code, en if english else zh) for code, zh, en in mot.STANDARDS[link]]
        words, standard, person = (self.get(prefix + name) for name in ("words", "standard", "person"))
        return Block(link, str(Link(link).label), prefix, words, standard, person, standards)

    def _handling(self, prefix: str, row: Dissatisfaction) -> Handling:
        prefix = f"{prefix}h{row.pk}-"
        english = (get_language() or "").startswith("en")
        return Handling(
            row,
            prefix,
            self.get(f"{prefix}cause") or row.cause,
            self.get(f"{prefix}measure") or row.measure,
            bool(self.get(f"{prefix}done")) or row.is_carried_out,
            self.get(f"{prefix}opinion"),
            mot.label(row.link, row.standard, english) if row.standard else "",
        )

    @staticmethod
    def shown(followups: list[FollowUp], data: Mapping[str, str]) -> dict[str, QuestionnaireVersion]:
        """The versions that the page showed which sent this: the caller asked those, even if others were published meanwhile."""
        return {
            followup.questionnaire: questionnaires.as_shown(followup.questionnaire, data.get(f"f{followup.pk}-:version") or "")
            for followup in followups
            if followup.questionnaire
        }

    def said(self) -> dict[int, Said]:
        """What came back, for calls.save_call."""
        return {section.followup.pk: self._said(section) for section in self.sections}

    def _said(self, section: Section) -> Said:
        said = Said(
            version=section.version,
            words=section.words,
            revisit=section.revisit,
            is_complaint=section.is_complaint,
            demands=section.demands,
        )
        said.verified = {name.removeprefix(section.prefix): value for name, _text, value in section.checks}
        for ask in section.questions:
            said.answers[ask.question.code] = ask.score
        known = dict(self.people) if any(block.person for block in section.blocks) else {}
        for block in section.blocks:
            if block.is_filled:
                person = int(block.person) if block.person in known else None
                said.dissatisfactions.append(
                    {"link": block.link, "standard": block.standard, "words": block.words, "person": self._user(person)}
                )
        said.handled = [
            Handled(h.dissatisfaction, cause=h.cause, measure=h.measure, is_carried_out=h.is_done, opinion=h.opinion)
            for h in section.handlings
        ]
        return said

    @staticmethod
    def _user(pk):
        return User.objects.filter(pk=pk).first() if pk else None

    def show(self, problem) -> None:
        """Puts a calls.Refused where it belongs: at the question, the link, the words, or above the form."""
        followup = problem.followup
        section = next((s for s in self.sections if followup is not None and s.followup.pk == followup.pk), None)
        inner = problem.error_dict if hasattr(problem, "error_dict") else None
        if section is None or inner is None:
            self.error = " ".join(problem.messages)
            return
        rest = []
        for name, errors in inner.items():
            text = " ".join(message for error in errors for message in error.messages)
            holder = next((ask for ask in section.questions if ask.question.code == name), None)
            block = next((block for block in section.blocks if block.link == name), None)
            if block is not None and text and (holder is None or holder.value):
                block.error = text
            elif holder is not None:
                holder.error = text
            elif name == "answer":
                section.answer_error = text
            elif name == "words":
                section.error = text
            else:
                rest.append(text)
        for handling in section.handlings:
            if rest and not (handling.cause.strip() and handling.measure.strip() and (section.kind == "recovery" or handling.opinion)):
                handling.error = rest[0]
        self.error = _("Not saved yet: see the marked places.")
        if rest and not any(handling.error for handling in section.handlings):
            self.error = " ".join(dict.fromkeys(rest))
