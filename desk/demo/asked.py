"""Customers who are asked without a call: some have answered by link, some have looked, some are still to be sent theirs; and the tablet
on the counter."""

import base64
from datetime import datetime, timedelta
from random import Random

from core import outbox
from csi import actions as csi
from csi import questionnaires
from csi.invitations import build
from csi.models import CALLBACKS, Answer, CounterScreen, Invitation, Response
from desk.demo.people import People
from followups import asking, planner
from followups.models import FollowUp, PlanOverride
from followups.planning import Plan
from staff.models import Store
from staff.roles import Role

ANSWERS = [
    ({"overall": 5, "service": 3, "quality": 3, "price": 3, "timeliness": 3, "environment": 3, "nps": 10}, "交车很准时，谢谢。", "link"),
    ({"overall": 4, "service": 3, "quality": 3, "price": 2, "timeliness": 3, "environment": 3, "nps": 8}, "", "qr"),
    ({"overall": 5, "service": 3, "quality": 3, "timeliness": 3, "nps": 9}, "", "counter"),
]
OPENED, WAITING = 2, 2


def _key(dice: Random) -> str:
    return base64.urlsafe_b64encode(dice.randbytes(16)).decode().rstrip("=")


def fill(store: Store, *, people: People, now: datetime, seed: int) -> None:
    dice, manager = Random(f"{seed} asked"), people.account(Role.CARE_MANAGER)
    PlanOverride.objects.update_or_create(store=store, plan=Plan.SERVICE, defaults={"sends_link": True})
    CounterScreen.objects.create(store=store, name="前台一号", key=_key(dice), made_at=now, made_by=manager)
    owed = FollowUp.objects.open().filter(
        store=store, plan=Plan.SERVICE, dials=0, opens_at__lte=now, due_at__gt=now, customer__do_not_call=False
    )
    rows = list(owed.select_related(*asking.RELATED).order_by("-opens_at", "-pk")[: len(ANSWERS) + OPENED + WAITING])
    version = questionnaires.current(CALLBACKS["service"])
    sheets = set()
    for n, followup in enumerate(rows):
        made_at = max(followup.opens_at, now - timedelta(hours=3))
        invitation = build(now=made_at, version=version, key=_key(dice), **asking.about(followup))
        at = made_at + (now - made_at) * (n + 1) / (len(rows) + 1)
        if n < len(ANSWERS) + OPENED:
            invitation.opened_at = at
        if n < len(ANSWERS):
            invitation.answered_at = at
            sheets.add(followup.sheet_id)
            _answer(followup, invitation, *ANSWERS[n], at)
        invitation.save()
        if n >= len(ANSWERS):
            letter = asking.letter(invitation, Plan.SERVICE)
            letter.created_at = letter.next_at = made_at
            if n < len(ANSWERS) + OPENED:
                letter.status, letter.sent_at, letter.sent_by = "sent", made_at, manager
            outbox.owe([letter])
    planner.refresh_sheets(sheets)


def _answer(followup: FollowUp, invitation: Invitation, scores: dict[str, int], words: str, channel: str, at: datetime) -> None:
    response, answers, _dissatisfied = csi.build_response(
        store=followup.store, version=invitation.version, scores=scores, words=words, dissatisfactions=[], at=at, occasion=invitation.occasion,
        channel=Response.Channel(channel), customer=followup.customer, vehicle=followup.vehicle, order=followup.order, advisor=invitation.advisor,
        surveyor=None,
    )  # fmt: skip
    response.save()
    Answer.objects.bulk_create(answers)
    FollowUp.objects.filter(pk=followup.pk).update(status=FollowUp.Status.DONE, closed_at=at, next_at=None)
