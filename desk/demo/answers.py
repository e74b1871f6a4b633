"""What customers answered: better and worse advisors, callers with different habits."""

from dataclasses import dataclass, field
from datetime import datetime

from csi import questionnaires, scoring, shipped
from csi.models import Dissatisfaction, Link, Question, QuestionnaireVersion, Response
from desk.demo import habits, words
from staff.roles import Role

CARRIED = 0.6  # of an unhappy customer, with which a month begins
# More customers are unhappy where the workshop is full, and fewer than there were a year ago.
STRAIN = {1: 1.25, 2: 1.15, 9: 1.1, 10: 1.1, 3: 0.85, 4: 0.85, 5: 0.9}
A_YEAR_AGO = 1.25
SO_SO, BAD = 0.55, 0.35  # of the unhappy: overall 一般, 不满意, else 很不满意


@dataclass
class Surveys:
    service: QuestionnaireVersion
    sales: QuestionnaireVersion
    questions: dict[int, dict[str, Question]]


@dataclass
class Answered:
    response: Response
    answers: list[tuple[int, int]] = field(default_factory=list)  # (question, score): there are too many for rows in the making
    dissatisfactions: list[Dissatisfaction] = field(default_factory=list)


def surveys() -> Surveys:
    shipped.ensure()
    service, sales = questionnaires.current(shipped.SERVICE_CALLBACK), questionnaires.current(shipped.SALES_CALLBACK)
    return Surveys(service, sales, {version.pk: {q.code: q for q in version.questions.all()} for version in (service, sales)})


def give(desk, owed, surveyor, at: datetime, *, is_forced_unhappy: bool = False) -> Answered:
    """One interview. Writes nothing: desk.demo.build inserts it."""
    rng, order, delivery = desk.rng, owed.followup.order, owed.followup.delivery
    if order:
        advisor, version, servers, role = order.advisor, desk.surveys.service, habits.ADVISORS, Role.ADVISOR
    else:
        advisor, version, servers, role = delivery.consultant, desk.surveys.sales, habits.CONSULTANTS, Role.SALES
    server = servers[desk.people[role].index(advisor)]
    hears_anger = habits.CALLERS[desk.people[Role.CALLER].index(surveyor)].hears_anger
    is_unhappy = _is_unhappy(desk, at, server.unhappy, hears_anger, is_forced=is_forced_unhappy)
    scores, dissatisfied = _unhappy(desk, order, is_forced_unhappy) if is_unhappy else (_content(desk, order, server.delighted), [])
    if is_unhappy and not hears_anger:
        # The recommendation is typed in as it was said; the rest is "satisfied, nothing to note".
        scores, dissatisfied = _content(desk, order, 0) | ({"nps": scores["nps"]} if order else {}), []
    questions = desk.surveys.questions[version.pk]
    said = rng.choice(words.PRAISE) if not is_unhappy and rng.random() < 0.18 else ""
    response = Response(
        store=desk.store,
        version=version,
        audience=version.questionnaire.audience,
        customer=owed.car.customer,
        vehicle=owed.car.vehicle,
        order=order,
        delivery=delivery,
        advisor=advisor,
        surveyor=surveyor,
        answered_at=at,
        answered_on=desk.store.local_date(at),
        overall=scores["overall"],
        is_satisfied=scoring.is_satisfied(questions["overall"].scale, scores["overall"]),
        is_very_satisfied=scoring.is_very_satisfied(questions["overall"].scale, scores["overall"]),
        is_unhappy=scoring.is_unhappy([(q.scale, scores.get(code), q.is_overall) for code, q in questions.items()]),
        words=said,
    )
    answered = Answered(response)
    answered.answers = [(questions[code].pk, score) for code, score in scores.items() if code in questions]
    for link, standard, text in dissatisfied:
        answered.dissatisfactions.append(
            Dissatisfaction(
                store=desk.store,
                response=response,
                answered_on=response.answered_on,
                link=link,
                standard=standard,
                words=text,
                person=advisor if standard == "attitude" else None,
            )
        )
    return answered


def _is_unhappy(desk, at: datetime, share: float, hears_anger: bool, *, is_forced: bool) -> bool:
    """Whether the customer is unhappy, whatever is written down. Each month's shares are summed up and an unhappy customer is due
    at every whole one: so no month of a small store goes without, or drowns, by chance."""
    day = desk.store.local_date(at)
    month = (day.year, day.month, hears_anger)
    years = (desk.now - at).days / 365
    owed = desk.unhappy.get(month, CARRIED) + share * STRAIN.get(day.month, 1) * (1 + (A_YEAR_AGO - 1) * years)
    is_unhappy = is_forced or owed >= 1
    desk.unhappy[month] = owed - is_unhappy
    return is_unhappy


def _content(desk, order, p_delighted: float) -> dict[str, int]:
    rng = desk.rng
    scores = {"overall": 5 if rng.random() < p_delighted else 4}
    codes = Link.values if order else [f"sales_{n}" for n in range(1, 8)]
    for code in codes:
        scores[code] = 3 if rng.random() < (0.93 if code in ("price", "timeliness") else 0.97) else 2
    # So-so about "other" needs words (csi.actions): satisfied customers leave it at satisfied.
    scores |= {"other": 3} if order else {"sales_7": 3}
    if order:
        scores["nps"] = rng.choices(
            range(11), [0, 0, 0, 0, 0, 1, 2, 6, 16, 28, 47] if scores["overall"] == 5 else [0, 0, 0, 1, 1, 3, 6, 22, 36, 22, 9]
        )[0]
    return scores


def _unhappy(desk, order, is_forced: bool) -> tuple[dict[str, int], list[tuple[str, str, str]]]:
    rng = desk.rng
    draw = rng.random()
    scores = _content(desk, order, 0) | {"overall": 3 if draw < SO_SO else 2 if draw < SO_SO + BAD else 1}
    if order:
        scores["nps"] = rng.randint(1, 6)
        links = rng.choices(list(words.COMPLAINTS), [24, 20, 18, 26, 9, 3], k=2 if rng.random() < 0.2 else 1)
        dissatisfied = [(link, *rng.choice(words.COMPLAINTS[link])) for link in dict.fromkeys(links)]
        if is_forced:  # an advisor who is the cause would not be the one to call back (desk.demo.calls)
            dissatisfied = [entry if entry[1] != "attitude" else (entry[0], *words.COMPLAINTS[entry[0]][1]) for entry in dissatisfied]
        for link, _standard, _text in dissatisfied:
            scores[link] = 1
    else:
        dissatisfied = [rng.choice(words.SALES_COMPLAINTS[is_forced:])]  # the first is about the consultant
        if dissatisfied[0][0] == Link.SERVICE:
            scores[rng.choice(["sales_3", "sales_4", "sales_6"])] = 1
    return scores, dissatisfied
