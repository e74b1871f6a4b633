"""How often a customer may be contacted without having asked for it, and what is left undone because of that (domain §4): one place for
calls, messages and links. Every contact that was not made is a row with its reason."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef

from followups.models import Attempt, FollowUp, Served, Suppression
from followups.outcomes import Outcome
from followups.planning import Plan

# Asked for by an event: these contacts do not count, and are made however many there were.
EXEMPT = frozenset({Plan.SERVICE, Plan.SALE_FIRST, Plan.RECOVERY, Plan.RECHECK, Plan.COMPLAINT})
MOST_CONTACTS, WITHIN = 2, timedelta(days=7)
REACHED = (Outcome.INTERVIEWED, Outcome.REFUSED, Outcome.RESCHEDULED, Outcome.NEVER_CALL)
Reason = Suppression.Reason


def contacts(customers: Iterable[int], now: datetime) -> Counter[int]:
    """customer id -> how often they were reached in the last seven days without having asked for it."""
    unrequested = Served.objects.filter(attempt=OuterRef("pk")).exclude(followup__plan__in=EXEMPT)
    dials = Attempt.objects.filter(customer__in=list(customers), outcome__in=REACHED, at__gt=now - WITHIN, at__lte=now).filter(
        Exists(unrequested)
    )
    return Counter(dict(dials.order_by().values_list("customer").annotate(n=Count("pk"))))


def verdict(*, plan: str, do_not_call: bool, often: int) -> str:
    """Why a contact is not made; '' when it may be. often: the customer's contacts(). Pure."""
    if do_not_call:
        return Reason.DO_NOT_CALL
    return Reason.CONTACTS if plan not in EXEMPT and often >= MOST_CONTACTS else ""


def build(*, store, customer_id: int, plan: str, occasion: str, reason: str, now: datetime) -> Suppression:
    return Suppression(store=store, customer_id=customer_id, plan=plan, occasion=occasion, reason=reason, at=now, on=store.local_date(now))


def note(rows: Iterable[Suppression]) -> None:
    """What was noted before, for the same occasion, stands as it is."""
    Suppression.objects.bulk_create(rows, ignore_conflicts=True)


def note_followups(followups: Iterable[FollowUp], reason: str, now: datetime) -> None:
    """followups: with their stores loaded."""
    note(
        build(store=row.store, customer_id=row.customer_id, plan=row.plan, occasion=row.occasion, reason=reason, now=now)
        for row in followups
    )


def held_back(opening: Iterable[FollowUp], now: datetime) -> list[FollowUp]:
    """Of follow-ups that open now, those that would be one contact too many. Two queries at most."""
    asked = [row for row in opening if row.plan not in EXEMPT and not row.is_agreed and not row.dials]
    often = contacts({row.customer_id for row in asked}, now) if asked else Counter()
    return [row for row in asked if verdict(plan=row.plan, do_not_call=False, often=often[row.customer_id]) == Reason.CONTACTS]
