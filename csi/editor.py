"""Writing the next version of a questionnaire: its draft's questions, one act each (docs/adr/0018)."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from csi.models import Question, Questionnaire, QuestionnaireVersion, Scale
from csi.publishing import needed
from csi.questionnaires import Status, draft_version, for_change

FIELDS = (
    "code", "scale", "link", "is_overall", "is_required", "factor", "weight", "asked_if", "asked_when", "text_zh", "text_en",
)  # fmt: skip


def as_drafted(question: Question) -> dict:
    return {name: getattr(question, name) for name in FIELDS}


def start_draft(*, questionnaire: Questionnaire, by) -> QuestionnaireVersion:
    """The next version, to begin with a copy of the one that is asked. Raises csi.questionnaires.DraftExists."""
    published = questionnaire.versions.filter(status=Status.PUBLISHED).first()
    questions = [as_drafted(question) for question in published.in_order()] if published else []
    return draft_version(questionnaire=questionnaire, questions=questions, by=by)


@transaction.atomic
def throw_away(*, version: QuestionnaireVersion, by) -> None:
    """Raises ValidationError if it is no draft any more."""
    for_change(version)
    audit.record("questionnaire.draft_thrown_away", by=by, store=None, subject=version, number=version.number)
    QuestionnaireVersion.objects.filter(pk=version.pk).delete()


@transaction.atomic
def add_question(*, version: QuestionnaireVersion, fields: dict, by) -> str:
    """Behind the question that it waits for, else at the end, before the words. fields: FIELDS without the code, which is made here. Returns the code."""
    version = for_change(version)
    code = _free_code(version)
    place = len(version.draft)
    if fields["asked_if"]:
        place = _place(version, fields["asked_if"]) + 1
    elif fields["scale"] != Scale.TEXT:
        place -= bool(version.draft) and version.draft[-1]["scale"] == Scale.TEXT
    version.draft.insert(place, {**fields, "code": code})
    _keep(version, "question_added", code, by)
    return code


@transaction.atomic
def change_question(*, version: QuestionnaireVersion, code: str, fields: dict, by) -> None:
    """fields: FIELDS without the code."""
    version = for_change(version)
    version.draft[_place(version, code)] = {**fields, "code": code}
    _keep(version, "question_changed", code, by)


@transaction.atomic
def move_question(*, version: QuestionnaireVersion, code: str, is_up: bool, by) -> None:
    """One place. At the end of the list nothing happens."""
    version = for_change(version)
    place = _place(version, code)
    other = place - 1 if is_up else place + 1
    if not 0 <= other < len(version.draft):
        return
    questions = version.draft
    questions[place], questions[other] = questions[other], questions[place]
    _keep(version, "question_moved", code, by)


@transaction.atomic
def remove_question(*, version: QuestionnaireVersion, code: str, by) -> None:
    """Raises ValidationError for one that forms and figures need."""
    version = for_change(version)
    if needed(version.questionnaire.code, code):
        raise ValidationError(_("Forms and figures need this question: it can be reworded, not removed."))
    del version.draft[_place(version, code)]
    _keep(version, "question_removed", code, by)


@transaction.atomic
def put_back(*, version: QuestionnaireVersion, code: str, by) -> None:
    """A question of the version that is asked, as it is there, at the end of the draft."""
    version = for_change(version)
    question = next((one for one in left_out(version) if one.code == code), None)
    if question is None:
        raise ValidationError(_("This question is in the draft already."))
    version.draft.append(as_drafted(question))
    _keep(version, "question_put_back", code, by)


def left_out(version: QuestionnaireVersion) -> list[Question]:
    """The questions of the version that is asked which the draft does not ask any more."""
    there = {one["code"] for one in version.draft}
    asked = Question.objects.filter(version__questionnaire=version.questionnaire_id, version__status=Status.PUBLISHED)
    return [question for question in asked if question.code not in there]


def _keep(version: QuestionnaireVersion, act: str, code: str, by) -> None:
    QuestionnaireVersion.objects.filter(pk=version.pk).update(draft=version.draft)
    audit.record(f"questionnaire.{act}", by=by, store=None, subject=version, question=code)


def _place(version: QuestionnaireVersion, code: str) -> int:
    place = next((n for n, one in enumerate(version.draft) if one["code"] == code), None)
    if place is None:
        raise ValidationError(_("This question is not in the draft any more: somebody has removed it."))
    return place


def _free_code(version: QuestionnaireVersion) -> str:
    """Never one that was asked before, of which the figures would think that it is the same question."""
    audience = version.questionnaire.audience
    taken = set(Question.objects.filter(version__questionnaire__audience=audience).values_list("code", flat=True))
    drafts = QuestionnaireVersion.objects.filter(questionnaire__audience=audience, status=Status.DRAFT).values_list("draft", flat=True)
    taken |= {one["code"] for draft in drafts for one in draft}
    return next(f"q{n}" for n in range(1, len(taken) + 2) if f"q{n}" not in taken)
