"""Recording what a customer said: validated, judged once, then frozen (domain §6)."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import audit, clock
from csi import conditions, mot, scoring
from csi.models import Answer, Dissatisfaction, Link, Question, QuestionnaireVersion, Response, Scale


class AlreadyAnswered(Exception):
    """This invitation has been answered; one response per invitation."""


class OwnOrder(Exception):
    """The rated advisor never records the answers to their own order (domain §4)."""


@transaction.atomic
def record_response(
    *,
    store,
    version: QuestionnaireVersion,
    occasion: str,
    customer,
    vehicle=None,
    order=None,
    delivery=None,
    advisor=None,
    surveyor,
    answers: dict[str, int | None],
    words: str = "",
    dissatisfactions: list[dict] = (),
    at: datetime | None = None,
    channel: str = Response.Channel.CALL,
    by,
) -> Response:
    """One customer's answers. answers: question code -> score on the question's own scale (None: not answered).
    dissatisfactions: dicts of link, standard ('' or a code of csi.mot), words, person (a user or None).

    Raises ValidationError (its dict names question codes, links or 'words'), AlreadyAnswered, OwnOrder.
    """
    at = at or clock.now()
    if advisor is not None and advisor in (surveyor, by):
        raise OwnOrder
    questions = {question.code: question for question in version.questions.all()}
    scores = {code: score for code, score in answers.items() if score is not None}
    words = words.strip()
    validate(
        questions, scores, words, dissatisfactions, can_ask=channel != Response.Channel.FORM, by_customer=channel in Response.BY_CUSTOMER
    )
    response, rows, dissatisfied = build_response(
        store=store, version=version, scores=scores, words=words, dissatisfactions=dissatisfactions, at=at, occasion=occasion,
        channel=channel, customer=customer, vehicle=vehicle, order=order, delivery=delivery, advisor=advisor, surveyor=surveyor,
    )  # fmt: skip
    try:
        with transaction.atomic():
            response.save()
    except IntegrityError:
        if Response.objects.filter(store=store, occasion=occasion).exists():
            raise AlreadyAnswered from None
        raise
    Answer.objects.bulk_create(rows)
    Dissatisfaction.objects.bulk_create(dissatisfied)
    audit.record("response.recorded", by=by, store=store, subject=response, occasion=occasion, channel=channel)
    return response


def build_response(
    *, store, version: QuestionnaireVersion, scores: dict[str, int], words: str, dissatisfactions: list[dict], at: datetime, **about
) -> tuple[Response, list[Answer], list[Dissatisfaction]]:
    """The rows of one customer's answers, judged and not yet saved. scores: question code -> score. about: the response's other
    fields. Nothing is validated here."""
    questions = {question.code: question for question in version.questions.all()}
    overall = next((question for question in questions.values() if question.is_overall), None)
    score = scores.get(overall.code) if overall else None
    response = Response(
        store=store,
        version=version,
        audience=version.questionnaire.audience,
        answered_at=at,
        answered_on=store.local_date(at),
        overall=score,
        is_satisfied=scoring.is_satisfied(overall.scale, score) if overall else None,
        is_very_satisfied=scoring.is_very_satisfied(overall.scale, score) if overall else None,
        is_unhappy=scoring.is_unhappy([(q.scale, scores.get(code), q.is_overall) for code, q in questions.items()]),
        words=words,
        **about,
    )
    answers = [Answer(response=response, question=questions[code], score=score) for code, score in scores.items()]
    dissatisfied = [
        Dissatisfaction(
            store=store,
            response=response,
            answered_on=response.answered_on,
            link=entry["link"],
            standard=entry.get("standard") or "",
            words=entry["words"].strip(),
            person=entry.get("person"),
        )
        for entry in dissatisfactions
    ]
    return response, answers, dissatisfied


def validate(
    questions: dict[str, Question], scores: dict[str, int], words: str, dissatisfactions: list[dict], *, can_ask: bool = True,
    by_customer: bool = False,
) -> None:  # fmt: skip
    """questions: in their order. Raises ValidationError with a dict: question code, link or 'words' -> what to do. can_ask: the customer is
    there; of a card that was filled in on paper nothing more can be demanded than that something stands on it. by_customer: who answers alone is asked for words by
    the page, and may leave them out."""
    errors: dict[str, str] = {}
    for code, score in scores.items():
        question = questions.get(code)
        if question is None or question.scale == Scale.TEXT or score not in scoring.RANGES[question.scale]:
            errors[code] = _("This answer is not on the question's scale.")
    asked = conditions.asked(questions.values(), scores)
    for code in scores.keys() & questions.keys() - asked:
        errors.setdefault(code, _("This question is only asked after another answer: leave it out, or correct the answer before it."))
    for code, question in questions.items():
        if can_ask and question.is_required and code in asked and code not in scores:
            asks = _("Please answer this question.") if by_customer else _("Please ask this question: it has to be answered.")
            errors[code] = asks
    explained = set()
    for entry in dissatisfactions:
        link, standard = entry["link"], entry.get("standard") or ""
        if link not in Link.values or (standard and standard not in {code for code, _zh, _en in mot.STANDARDS[link]}):
            errors[link] = _("Choose one of the listed standards.")
        elif not entry["words"].strip():
            errors[link] = _("Write down the customer's own words.")
        elif link in explained:
            errors[link] = _("This link is named twice.")
        explained.add(link)
    if not can_ask and not scores:
        errors["words"] = _("Enter at least one answer.")
    if errors:
        raise ValidationError(errors)
    for code, score in scores.items() if can_ask and not by_customer else ():
        question = questions[code]
        if question.link and scoring.is_dissatisfied(question.scale, score) and question.link not in explained:
            errors[question.link] = _("Write down the customer's own words.")
        # 其它 says nothing by itself (domain §5: other needs words), not even where it is only so-so.
        elif question.link == Link.OTHER and scoring.is_satisfied(question.scale, score) is False and not (words or explained):
            errors[Link.OTHER] = _("“Other” needs words: what was it about?")
        elif question.is_overall and scoring.is_dissatisfied(question.scale, score) and not (words or explained):
            errors["words"] = _("Ask what was wrong, and write down the customer's own words.")
    if errors:
        raise ValidationError(errors)


@transaction.atomic
def handle_dissatisfaction(
    *, dissatisfaction: Dissatisfaction, cause: str, measure: str, is_carried_out: bool, at: datetime | None = None, by
) -> None:
    """What was found and done about it (S3 annex 2: 原因分析, 处理措施, 措施实施). Raises ValidationError."""
    cause, measure = cause.strip(), measure.strip()
    missing = {name: _("Please fill this in.") for name, text in (("cause", cause), ("measure", measure)) if not text}
    if missing:
        raise ValidationError(missing)
    Dissatisfaction.objects.filter(pk=dissatisfaction.pk).update(
        cause=cause, measure=measure, is_carried_out=is_carried_out, handled_at=at or clock.now(), handled_by=by
    )
    audit.record("dissatisfaction.handled", by=by, store=dissatisfaction.store, subject=dissatisfaction, carried_out=is_carried_out)


@transaction.atomic
def record_opinion(*, dissatisfaction: Dissatisfaction, opinion: str, words: str = "", at: datetime | None = None, by) -> None:
    """What the customer thinks of it now (处理后用户意见); a recheck's replaces the one before, the audit keeps both."""
    if opinion not in Dissatisfaction.Opinion.values:
        raise ValidationError({"opinion": _("Ask what the customer thinks of it now.")})
    Dissatisfaction.objects.filter(pk=dissatisfaction.pk).update(opinion=opinion, opinion_words=words.strip(), opinion_at=at or clock.now())
    audit.record("dissatisfaction.opinion", by=by, store=dissatisfaction.store, subject=dissatisfaction, opinion=opinion)
