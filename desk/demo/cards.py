"""Questionnaires of the service index that customers filled in at the counter. Of those who take one there nobody is unhappy: in the store
hardly anybody says so (S3 1.2.4); what they think less of stands in the factors."""

from datetime import datetime, timedelta
from random import Random

from core import bulk
from csi import questionnaires, scoring
from csi.models import Answer, Factor, Response
from csi.shipped_cards import SERVICE_INDEX
from desk.demo import habits
from desk.demo.answers import STRAIN
from desk.demo.people import People
from desk.demo.writing import insert
from followups.cards import occasion
from staff.models import Store
from staff.roles import Role
from visits.models import ServiceOrder

SHARE = 0.07  # of the hand-overs; of those of the first month fewer than of the last
LEFT_OUT = 0.04  # of the answers
# What customers think of each factor, of ten; the lounge and the parking are what this store is worst at.
LIKED = {Factor.INITIATION: 9.5, Factor.ADVISOR: 9.6, Factor.QUALITY: 9.7, Factor.FACILITY: 8.9, Factor.PICK_UP: 9.4}
WAITS = {Factor.INITIATION, Factor.PICK_UP}  # what a full workshop costs
A_YEAR = 0.35  # better than a year ago


def fill(store: Store, orders: list[ServiceOrder], *, people: People, now: datetime, seed: int) -> None:
    """orders: with their keys, in the order of time. Cards of today are still in the box."""
    rng, version, advisors = Random(seed + 77), questionnaires.current(SERVICE_INDEX), people[Role.ADVISOR]
    questions = [question for question in version.questions.all() if question.factor]
    overall = next(question for question in version.questions.all() if question.is_overall)
    responses, answers = [], []
    for order in orders:
        if not order.delivered_at or store.local_date(order.delivered_at) == store.local_date(now) or rng.random() >= SHARE:
            continue
        years = (now - order.delivered_at).days / 365
        server = habits.ADVISORS[advisors.index(order.advisor)] if order.advisor in advisors else habits.ADVISORS[0]
        scores = {}
        for question in questions:
            if rng.random() >= LEFT_OUT:
                scores[question.pk] = _score(rng, _liked(question.factor, server, order, years))
        level = min(10, max(8, round(sum(scores.values()) / len(scores)))) if scores else 9
        at = order.delivered_at + timedelta(minutes=rng.randint(2, 9))
        responses.append(
            Response(
                store=store, version=version, audience=version.questionnaire.audience, occasion=occasion(SERVICE_INDEX, order),
                channel=Response.Channel.FORM, customer=order.customer, vehicle=order.vehicle, order=order, advisor=order.advisor,
                answered_at=at, answered_on=store.local_date(at), overall=level, is_satisfied=scoring.is_satisfied(overall.scale, level),
                is_very_satisfied=scoring.is_very_satisfied(overall.scale, level), is_unhappy=False,
            )
        )  # fmt: skip
        answers.append(scores | {overall.pk: level})
    insert(Response, responses)
    rows = [(response.pk, pk, score) for response, scores in zip(responses, answers, strict=True) for pk, score in scores.items()]
    bulk.insert_values(Answer, ["response_id", "question_id", "score"], rows)


def _liked(factor: str, server: habits.Server, order: ServiceOrder, years: float) -> float:
    strain = (STRAIN.get(order.delivered_on.month, 1) - 1) * 1.2 if factor in WAITS else 0.0
    person = (server.delighted - 0.64) * 2 if factor == Factor.ADVISOR else 0.0
    return LIKED[factor] - strain + person - A_YEAR * years


def _score(rng: Random, liked: float) -> int:
    return min(10, max(5, round(rng.gauss(liked, 0.9))))
