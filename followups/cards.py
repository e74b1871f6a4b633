"""A questionnaire card that a customer filled in on paper (S3 1.2.4: 面对面), entered for a visit or a new-car delivery."""

from datetime import date, datetime, time

from django.db import transaction

from core import clock
from csi import actions as csi
from csi import questionnaires
from csi.models import Response
from csi.shipped_cards import OEM_SALES, OEM_SERVICE, SERVICE_INDEX
from followups import actions
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
