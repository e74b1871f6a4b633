"""Inviting a customer to answer by themselves, keeping what is half filled in, and taking the answer: one for each occasion, whichever
way it comes first (domain §6)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from core import audit, clock
from csi.actions import AlreadyAnswered, record_response
from csi.models import QuestionnaireVersion, Response
from csi.models_invitations import Invitation, new_key

LIFE = timedelta(days=14)  # ◆ who has not answered by then has forgotten the visit
LONGEST_DRAFT = 20_000  # characters of what was typed
BATCH = 500
NO_DRAFT = {"draft": {}, "drafted_at": None}


class TooLate(Exception):
    """The link has expired or was withdrawn."""


@transaction.atomic
def invite(
    *, store, version: QuestionnaireVersion, occasion: str, customer, vehicle=None, order=None, delivery=None, advisor=None, by=None
) -> Invitation:  # fmt: skip
    """The invitation of that occasion, which works from now on: the one that is there, made anew where it has run out or was withdrawn (the old
    address is dead then). Raises AlreadyAnswered."""
    now = clock.now()
    if Response.objects.filter(store=store, occasion=occasion).exists():
        raise AlreadyAnswered
    about = {"version": version, "customer": customer, "vehicle": vehicle, "order": order, "delivery": delivery, "advisor": advisor}
    facts = {**about, "created_by": by, "created_at": now, "expires_at": now + LIFE}
    invitation, is_new = Invitation.objects.get_or_create(store=store, occasion=occasion, defaults=facts)
    if not is_new and (invitation.withdrawn_at or invitation.expires_at <= now):
        gone = Invitation.objects.filter(pk=invitation.pk, key=invitation.key)
        is_new = bool(gone.update(**facts, key=new_key(), withdrawn_at=None, opened_at=None, **NO_DRAFT))
        invitation = Invitation.objects.get(pk=invitation.pk)
    if is_new:
        audit.record("invitation.made", by=by, store=store, subject=invitation, occasion=occasion)
    return invitation


def build(*, now: datetime, **about) -> Invitation:
    """Unsaved; about: as invite() has them."""
    return Invitation(created_at=now, expires_at=now + LIFE, **about)


@transaction.atomic
def withdraw(*, invitation: Invitation, by) -> bool:
    """The link is dead from now on, and what was filled in is gone."""
    done = Invitation.objects.filter(pk=invitation.pk, withdrawn_at=None).update(withdrawn_at=clock.now(), **NO_DRAFT)
    if done:
        audit.record("invitation.withdrawn", by=by, store=invitation.store, subject=invitation)
    return bool(done)


def state(invitation: Invitation, now: datetime) -> str:
    """'open', 'answered', 'expired' or 'withdrawn'. One query."""
    if is_answered(invitation):
        return "answered"
    if invitation.withdrawn_at:
        return "withdrawn"
    return "open" if now < invitation.expires_at else "expired"


def is_answered(invitation: Invitation) -> bool:
    return Response.objects.filter(store=invitation.store_id, occasion=invitation.occasion).exists()


def note_opened(invitation: Invitation, now: datetime) -> None:
    if invitation.opened_at is None:
        Invitation.objects.filter(pk=invitation.pk, opened_at=None).update(opened_at=now)


def keep_draft(*, invitation: Invitation, typed: dict[str, str]) -> bool:
    """Keeps what is filled in, for a reload or another device; the last one to write counts. False once it can be answered no more."""
    now = clock.now()
    mine = Invitation.objects.filter(pk=invitation.pk, expires_at__gt=now, withdrawn_at=None)
    return bool(mine.filter(~_answered()).update(draft=typed, drafted_at=now))


def _answered() -> Exists:
    return Exists(Response.objects.filter(store=OuterRef("store"), occasion=OuterRef("occasion")))


@transaction.atomic
def answer(
    *, invitation: Invitation, answers: dict[str, int | None], words: str = "", dissatisfactions: list[dict] = (), channel: str
) -> Response:
    """The customer's own answer; nobody asked, and nobody recorded it. Raises ValidationError, AlreadyAnswered, TooLate."""
    now = clock.now()
    # The write comes first: of two devices the second waits here, and then sees what the first has done.
    mine = Invitation.objects.filter(pk=invitation.pk)
    mine.update(**NO_DRAFT)
    fresh = mine.get()
    if is_answered(fresh):
        raise AlreadyAnswered
    if fresh.withdrawn_at or fresh.expires_at <= now:
        raise TooLate
    return record_response(
        store=invitation.store,
        version=invitation.version,
        occasion=invitation.occasion,
        customer=invitation.customer,
        vehicle=invitation.vehicle,
        order=invitation.order,
        delivery=invitation.delivery,
        advisor=invitation.advisor,
        surveyor=None,
        answers=answers,
        words=words,
        dissatisfactions=dissatisfactions,
        at=now,
        channel=channel,
        by=None,
    )


def stale_drafts(now: datetime):
    """Half-filled answers that nobody can send any more."""
    return Invitation.objects.filter(drafted_at__isnull=False).filter(Q(expires_at__lte=now) | _answered())


def forget_drafts(now: datetime) -> int:
    """A sweep step."""
    return Invitation.objects.filter(pk__in=list(stale_drafts(now).values_list("pk", flat=True)[:BATCH])).update(**NO_DRAFT)
