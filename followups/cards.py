"""A questionnaire card that a customer filled in on paper (S3 1.2.4: 面对面), entered for a visit or a new-car delivery."""

from collections.abc import Mapping
from datetime import date, datetime, time

from django.db import transaction

from core import clock
from csi import actions as csi
from csi import questionnaires
from csi.models import QuestionnaireVersion, Response, Scale
from csi.shipped_cards import OEM_SALES, OEM_SERVICE, SERVICE_INDEX
from followups import actions
from followups.callform import Ask
from visits.models import NewCarDelivery, ServiceOrder

Visit = ServiceOrder | NewCarDelivery
# ◆ What is handed out on paper. The callback's own questions are not: who has been called would count twice.
CARDS = {"order": (SERVICE_INDEX, OEM_SERVICE), "delivery": (OEM_SALES,)}
NOON = time(12)


def record_of(visit: Visit) -> str:
    """The field of a response that names it."""
    return "order" if isinstance(visit, ServiceOrder) else "delivery"


def rated(visit: Visit):
    return visit.advisor if isinstance(visit, ServiceOrder) else visit.consultant


def occasion(code: str, visit: Visit) -> str:
    """One card per visit and questionnaire."""
    return f"card {code} {record_of(visit)} {visit.pk}"


def entered(visits: list[Visit]) -> dict[str, int]:
    """Of the cards that may be entered for these visits of one store, occasion -> the response of those that are there. One query."""
    asked = [occasion(code, visit) for visit in visits for code in CARDS[record_of(visit)]]
    store = visits[0].store_id if visits else None
    return dict(Response.objects.filter(store=store, occasion__in=asked).values_list("occasion", "pk"))


@transaction.atomic
def enter(*, visit: Visit, code: str, answers: dict[str, int | None], words: str, filled_on: date | None = None, by) -> Response:
    """What stands on the card, frozen as any answer. filled_on: the day on the card, of today when it is None. The recovery of an unhappy
    one is owed from now, when the store learns of it. Raises ValidationError, csi.actions.AlreadyAnswered, csi.actions.OwnOrder."""
    now, store = clock.now(), visit.store
    at = now
    if filled_on is not None and filled_on != store.local_date(now):
        at = max(datetime.combine(filled_on, NOON, tzinfo=store.tz), visit.delivered_at)
    response = csi.record_response(
        store=store,
        version=questionnaires.current(code),
        occasion=occasion(code, visit),
        customer=visit.customer,
        vehicle=visit.vehicle,
        advisor=rated(visit),
        surveyor=None,  # nobody asked: what was said is not the work of who types it in
        answers=answers,
        words=words,
        at=at,
        channel=Response.Channel.FORM,
        by=by,
        **{record_of(visit): visit},
    )
    actions.plan_recovery(response=response, since=now)
    return response


class CardForm:
    """What the page shows of a questionnaire, and what comes back. data: field name -> text."""

    def __init__(self, version: QuestionnaireVersion, data: Mapping[str, str]):
        self.version, self.words, self.error = version, data.get("words") or "", ""
        questions = list(version.questions.all())
        self.asks = [
            Ask(question, f"q-{question.code}", data.get(f"q-{question.code}") or "")
            for question in questions
            if question.scale != Scale.TEXT
        ]
        self.words_label = next((question.text for question in questions if question.scale == Scale.TEXT), "")

    def answers(self) -> dict[str, int | None]:
        return {
            ask.question.code: int(ask.value) if ask.value.isascii() and ask.value.isdecimal() and len(ask.value) < 4 else None
            for ask in self.asks
        }

    def show(self, problem) -> None:
        """Puts what was refused at its question, the rest above the form."""
        rest = []
        for name, errors in (problem.error_dict if hasattr(problem, "error_dict") else {"": [problem]}).items():
            text = " ".join(message for error in errors for message in error.messages)
            ask = next((ask for ask in self.asks if ask.question.code == name), None)
            if ask:
                ask.error = text
            else:
                rest.append(text)
        self.error = " ".join(rest)

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
