"""Which questions a visit owes, by whichever way they are answered: the call, a link, the counter's screen. One occasion for all of
them, so that one response can exist."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from core import outbox
from core.models import OutboxMessage
from csi import invitations, questionnaires
from csi.models import CALLBACKS, Invitation, Response
from followups import planner
from followups.duty import rated
from followups.models import FollowUp, PlanOverride
from followups.planning import PLANS, Plan
from visits.models import ServiceOrder

# What was carried out (落实率) is asked in a call alone: the draw wants the customer, not whoever has the phone.
ASKING = [plan for plan, rule in PLANS.items() if rule.questionnaire in CALLBACKS.values()]
RELATED = ("store", "customer", "vehicle", "order__advisor", "delivery__consultant")
BATCH = 500
LOOK_BACK = timedelta(days=35)  # how long an outage may last without anything being lost
TOPIC = "survey_link"


class NotWanted(Exception):
    """The customer asked never to be called: nothing is sent of our own accord. (At the counter they may answer all the same.)"""


def occasion(followup: FollowUp) -> str:
    """As followups.calls names it."""
    return f"followup {followup.pk}"


def about(followup: FollowUp) -> dict:
    """What its invitation copies and freezes. followup: with RELATED."""
    return {
        "store": followup.store, "occasion": occasion(followup), "customer": followup.customer, "vehicle": followup.vehicle,
        "order": followup.order, "delivery": followup.delivery, "advisor": rated(followup),
    }  # fmt: skip


def invite(*, followup: FollowUp, by=None) -> Invitation:
    """The invitation to what the follow-up would ask. followup: with RELATED. Raises AlreadyAnswered."""
    return invitations.invite(version=questionnaires.current(followup.questionnaire), by=by, **about(followup))


def invite_to_order(*, order: ServiceOrder, by=None) -> Invitation:
    """Of a car that has been handed over; where no call is owed for it (the customer asked never to be called) by the order's own occasion.
    Raises AlreadyAnswered."""
    followup = FollowUp.objects.filter(order=order, plan=Plan.SERVICE).select_related(*RELATED).first()
    if followup is not None:
        return invite(followup=followup, by=by)
    return invitations.invite(
        store=order.store, version=questionnaires.current(CALLBACKS["service"]), occasion=f"callback order {order.pk}", customer=order.customer,
        vehicle=order.vehicle, order=order, advisor=order.advisor, by=by,
    )  # fmt: skip


def prepare(*, order: ServiceOrder, by) -> None:
    """At the hand-over, where the store sends the questionnaire by message: so that the bill carries the code. order: with its store."""
    if PlanOverride.objects.filter(store=order.store, plan=Plan.SERVICE, sends_link=True, is_enabled=True).exists():
        followup = (
            FollowUp.objects.open().filter(order=order, plan=Plan.SERVICE, customer__do_not_call=False).select_related(*RELATED).first()
        )
        if followup is not None:
            invite(followup=followup, by=by)


def of_order(order: ServiceOrder) -> Invitation | None:
    return Invitation.objects.filter(order=order, withdrawn_at=None).order_by("-pk").first()


@transaction.atomic
def send(*, followup: FollowUp, by) -> Invitation:
    """The invitation, and a text message with it that waits on the letters list for a person to send it. Raises AlreadyAnswered, NotWanted."""
    if followup.customer.do_not_call:
        raise NotWanted
    invitation = invite(followup=followup, by=by)
    outbox.owe([letter(invitation, followup.plan)])
    return invitation


def letter_for(invitation: Invitation) -> OutboxMessage | None:
    return (
        OutboxMessage.objects.filter(channel=OutboxMessage.Channel.LETTER, topic=TOPIC, recipient=f"customer {invitation.customer_id}",
                                     params__invitation=invitation.pk).select_related("sent_by").order_by("-pk").first()
    )  # fmt: skip


# What the sweep does


def send_opened(followups: Iterable[FollowUp], now: datetime) -> int:
    """Of follow-ups that open now, those whose plan the store also sends by message: invited, and their messages owed. followups: with
    their stores. Some eight queries, however many they are."""
    asking = [row for row in followups if row.plan in ASKING and not row.dials and row.due_at > now]
    if not asking:
        return 0
    sends = set(PlanOverride.objects.filter(sends_link=True, is_enabled=True).values_list("store", "plan"))
    asking = [row for row in asking if (row.store_id, row.plan) in sends]
    if not asking:
        return 0
    versions = {plan: questionnaires.current(PLANS[plan].questionnaire) for plan in {row.plan for row in asking}}
    rows = FollowUp.objects.filter(pk__in=[row.pk for row in asking], customer__do_not_call=False).select_related(*RELATED)
    made = [invitations.build(version=versions[row.plan], now=now, **about(row)) for row in rows]
    Invitation.objects.bulk_create(made, ignore_conflicts=True)
    found = Invitation.objects.filter(
        occasion__in=[row.occasion for row in made], store__in={row.store_id for row in made}, withdrawn_at=None
    )
    owed = [letter(row, plan) for row in found.select_related("store") if (plan := _plan_of(row))]
    outbox.owe(owed)
    return len(owed)


def _plan_of(invitation: Invitation) -> str:
    return Plan.SERVICE if invitation.order_id else Plan.SALE_FIRST


def letter(invitation: Invitation, plan: str) -> OutboxMessage:
    """A link that was made anew is another message."""
    return outbox.letter(
        store=invitation.store, customer_id=invitation.customer_id, occasion=f"invitation {invitation.pk} {invitation.created_at:%Y%m%d%H%M%S}",
        topic=TOPIC, invitation=invitation.pk, plans=[plan],
    )  # fmt: skip


def answered(now: datetime):
    """Invitations with an answer that nobody has seen to."""
    said = Response.objects.filter(store=OuterRef("store"), occasion=OuterRef("occasion"))
    return Invitation.objects.filter(answered_at=None, expires_at__gt=now - LOOK_BACK).filter(Exists(said))


def close_answered(now: datetime) -> int:
    """A sweep step: what the customer has answered without a call is done, without the outcome of a dial; the response says how. Nobody
    is asked twice."""
    page = dict(answered(now).order_by("pk").values_list("pk", "occasion")[:BATCH])
    pks = [int(occasion.removeprefix("followup ")) for occasion in page.values() if occasion.startswith("followup ")]
    rows = FollowUp.objects.open().filter(pk__in=pks)
    sheets = set(rows.values_list("sheet", flat=True))
    rows.update(status=FollowUp.Status.DONE, outcome="", closed_at=now, closed_by=None, next_at=None)
    planner.refresh_sheets(sheets)
    return Invitation.objects.filter(pk__in=page, answered_at=None).update(answered_at=now)
