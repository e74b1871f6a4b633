"""Which version of a questionnaire is asked today, and bringing out a new one. An answered version never changes (domain §6)."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from core import audit, clock
from csi.models import CALLBACKS, Question, Questionnaire, QuestionnaireVersion

Status = QuestionnaireVersion.Status


def current(code: str) -> QuestionnaireVersion:
    """The published version, its questions prefetched in order: two queries. Raises QuestionnaireVersion.DoesNotExist."""
    published = QuestionnaireVersion.objects.filter(questionnaire__code=code, status=Status.PUBLISHED)
    return published.select_related("questionnaire").prefetch_related("questions").get()


@transaction.atomic
def draft_version(*, questionnaire: Questionnaire, questions: list[dict], by) -> QuestionnaireVersion:
    """A new draft; questions: dicts of Question's fields, in order. Raises ValidationError."""
    overall = sum(bool(question.get("is_overall")) for question in questions)
    if overall > 1 or (questionnaire.code in CALLBACKS.values() and not overall):  # of what was carried out nobody asks an overall
        raise ValidationError(_("A questionnaire has exactly one overall question."))
    number = (questionnaire.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    version = QuestionnaireVersion.objects.create(questionnaire=questionnaire, number=number)
    rows = [Question(version=version, position=n, **question) for n, question in enumerate(questions, start=1)]
    for row in rows:
        row.full_clean(validate_unique=False, validate_constraints=False)
    Question.objects.bulk_create(rows)
    audit.record("questionnaire.drafted", by=by, store=None, subject=version)
    return version


@transaction.atomic
def publish_version(*, version: QuestionnaireVersion, by) -> None:
    """The draft becomes the one that is asked; the one before it retires, its answers stay. Raises ValidationError."""
    versions = QuestionnaireVersion.objects.filter(questionnaire=version.questionnaire_id)
    if not versions.filter(pk=version.pk, status=Status.DRAFT).exists():
        raise ValidationError(_("Only a draft can be published."))
    versions.filter(status=Status.PUBLISHED).update(status=Status.RETIRED)
    if versions.filter(pk=version.pk, status=Status.DRAFT).update(status=Status.PUBLISHED, published_at=clock.now()) != 1:
        raise ValidationError(_("Only a draft can be published."))
    version.refresh_from_db()
    audit.record("questionnaire.published", by=by, store=None, subject=version)
