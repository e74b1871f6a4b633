"""Which version of a questionnaire is asked today, and bringing out a new one. An answered version never changes (domain §6)."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from core import audit, clock
from csi.models import Question, Questionnaire, QuestionnaireVersion
from csi.publishing import Known, Problems, problems

Status = QuestionnaireVersion.Status


class DraftExists(Exception):
    """The questionnaire has a draft already; two of them could not both become the next version."""


def current(code: str) -> QuestionnaireVersion:
    """The published version, its questions prefetched in order: two queries. Raises QuestionnaireVersion.DoesNotExist."""
    published = QuestionnaireVersion.objects.filter(questionnaire__code=code, status=Status.PUBLISHED)
    return published.select_related("questionnaire").prefetch_related("questions").get()


def as_shown(code: str, pk: str) -> QuestionnaireVersion:
    """The version that a page showed, for what comes back from it: a new one may have been published meanwhile, and who answers has
    seen the old one. pk: what the page said; the current version when it says nothing of use."""
    if pk.isascii() and pk.isdecimal() and len(pk) < 18:
        asked = QuestionnaireVersion.objects.filter(questionnaire__code=code, pk=pk).exclude(status=Status.DRAFT)
        version = asked.select_related("questionnaire").prefetch_related("questions").first()
        if version:
            return version
    return current(code)


@transaction.atomic
def draft_version(*, questionnaire: Questionnaire, questions: list[dict], by) -> QuestionnaireVersion:
    """A new draft; questions: dicts of Question's fields, in order. Raises DraftExists."""
    number = (questionnaire.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    try:
        with transaction.atomic():
            version = QuestionnaireVersion.objects.create(questionnaire=questionnaire, number=number, draft=questions)
    except IntegrityError:
        raise DraftExists from None
    audit.record("questionnaire.drafted", by=by, store=None, subject=version)
    return version


@transaction.atomic
def publish_version(*, version: QuestionnaireVersion, by) -> None:
    """The draft becomes the one that is asked; the one before it retires, its answers stay. Raises ValidationError: its dict names
    question codes, '' for the whole."""
    version = for_change(version)
    wrong = what_is_wrong(version)
    if wrong:
        raise ValidationError(wrong)
    Question.objects.bulk_create(version.in_order())
    QuestionnaireVersion.objects.filter(questionnaire=version.questionnaire_id, status=Status.PUBLISHED).update(status=Status.RETIRED)
    QuestionnaireVersion.objects.filter(pk=version.pk).update(status=Status.PUBLISHED, published_at=clock.now(), draft=[])
    audit.record("questionnaire.published", by=by, store=None, subject=version)


def for_change(version: QuestionnaireVersion) -> QuestionnaireVersion:
    """The draft as it is now; until the transaction ends nobody else changes it. Raises ValidationError if it is none any more."""
    if QuestionnaireVersion.objects.filter(pk=version.pk, status=Status.DRAFT).update(number=version.number) != 1:
        raise ValidationError(_("This is no draft any more: somebody has published it or thrown it away."))
    return QuestionnaireVersion.objects.select_related("questionnaire").get(pk=version.pk)


def what_is_wrong(version: QuestionnaireVersion) -> Problems:
    """Of a draft, before it can be published: two queries."""
    return problems(version.questionnaire.code, version.in_order(), known(version.questionnaire))


def known(questionnaire: Questionnaire) -> dict[str, Known]:
    """Every code that was ever asked of this audience; this questionnaire's own meaning of it goes first."""
    rows = Question.objects.filter(version__questionnaire__audience=questionnaire.audience).order_by("version__number")
    found: dict[str, Known] = {}
    for code, scale, whose, zh, en in rows.values_list(
        "code", "scale", "version__questionnaire__code", "version__questionnaire__name_zh", "version__questionnaire__name_en"
    ):
        if code not in found or whose == questionnaire.code:
            found[code] = Known(scale, whose, str(Questionnaire(name_zh=zh, name_en=en)))
    return found
