"""Planning what is owed to a customer. (Saving a call: followups.calls.)"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from core import audit, clock
from followups import duty, planner
from followups.models import FollowUp, PlanOverride


@transaction.atomic
def plan_for_order(*, order, by=None) -> list[FollowUp]:
    """All follow-ups that a handed-over order owes, made when missing; harmless to repeat. Empty before the hand-over, for customers
    who asked never to be called, and where the store does not use the plan."""
    if order.delivered_at is not None:
        planner.plan(planner.from_order(order), now=clock.now())
    return list(FollowUp.objects.filter(order=order, plan="service").order_by("due_at"))


@transaction.atomic
def plan_for_delivery(*, delivery, by=None) -> list[FollowUp]:
    """All follow-ups that a new-car delivery owes, by due time; harmless to repeat."""
    planner.plan(planner.from_delivery(delivery), now=clock.now())
    return list(FollowUp.objects.filter(delivery=delivery, plan__in=planner.DELIVERY_PLANS).order_by("due_at"))


@transaction.atomic
def plan_for_orders(*, orders: Iterable, now=None) -> int:
    """For imports: at most planner.BATCH delivered orders with store and customer loaded. Returns how many follow-ups were made."""
    candidates = [c for order in orders if order.delivered_at is not None for c in planner.from_order(order)]
    return planner.plan(candidates, now=now or clock.now())


@transaction.atomic
def plan_for_deliveries(*, deliveries: Iterable, now=None) -> int:
    return planner.plan([c for delivery in deliveries for c in planner.from_delivery(delivery)], now=now or clock.now())


@transaction.atomic
def plan_recovery(*, response, since: datetime | None = None) -> int:
    """The call back for an unhappy answer, owed within the hour; 0 when it is there already or the answer was a happy one.
    since: when the store learnt of an answer that was given earlier, on paper; the hour counts from then."""
    if not response.is_unhappy:
        return 0
    assignee = duty.recovery_assignee(response, planner.calling_day(response.store, since or response.answered_at))
    return planner.plan([planner.from_unhappy(response, assignee.pk if assignee else None, since=since)], now=clock.now())


@transaction.atomic
def plan_recheck(*, recovery: FollowUp) -> int:
    """The care desk asks again: once a recovery is done, or its limit has passed."""
    now = clock.now()
    if recovery.status != FollowUp.Status.DONE and recovery.due_at > now:
        return 0
    return planner.plan([planner.from_recovery(recovery)], now=now)


@transaction.atomic
def override_plan(
    *, store, plan: str, opens_minutes: int | None, due_minutes: int | None, is_enabled: bool, sends_link: bool = False, by
) -> None:
    """The store's own offsets for a plan; all empty and in use: the default again. Promises already made stay as they are, and a
    plan that comes back into use counts from then on: nobody is called late for the time without it."""
    mine = PlanOverride.objects.filter(store=store, plan=plan)
    before = mine.first()
    since = before.in_use_since if before else None
    if is_enabled and before and not before.is_enabled:
        since = clock.now()
    if opens_minutes is None and due_minutes is None and is_enabled and since is None and not sends_link:
        mine.delete()
    else:
        values = {
            "opens_minutes": opens_minutes,
            "due_minutes": due_minutes,
            "is_enabled": is_enabled,
            "sends_link": sends_link,
            "in_use_since": since,
        }
        PlanOverride.objects.update_or_create(store=store, plan=plan, defaults=values)
    audit.record(
        "plan.overridden",
        by=by,
        store=store,
        subject=store,
        plan=plan,
        opens=opens_minutes,
        due=due_minutes,
        enabled=is_enabled,
        link=sends_link,
    )
