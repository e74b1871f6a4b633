"""The demonstration store: everything is invented in memory from one seed, then inserted floor by floor in one transaction."""

from collections import defaultdict
from datetime import datetime
from random import Random

from django.db import transaction

from core import audit, bulk
from core.models import OutboxMessage
from csi.models import Answer, Dissatisfaction, Response
from customers import tiers
from customers.models import Customer, Ownership, Phone, Vehicle
from desk.demo import (
    accounts,
    answers,
    archive,
    asked,
    calls,
    cards,
    complaints,
    feedback,
    history,
    imported,
    lounge,
    outside,
    owners,
    people,
    plans,
    questioning,
    sheets,
    survey,
    targets,
    today,
    verifying,
    waiting,
    workshop,
)
from desk.demo.inventing import Inventor
from desk.demo.messages import letters, undelivered, unread
from desk.demo.season import Remembered, Season
from desk.demo.writing import insert
from followups import steps
from followups.models import Attempt, CallSheet, FollowUp, Served
from followups.planning import Plan
from staff import calendars
from staff.models import Absence, HoursKind, Store
from staff.roles import Role
from visits.models import Appointment, NewCarDelivery, OrderItem, OrderPart, ScopeChange, ServiceOrder, StepTaken

HOURS = (HoursKind.OPENING, HoursKind.CALLING, HoursKind.STAFFED)


class AlreadyThere(Exception):
    """The store DEMO exists; it is not made twice."""


@transaction.atomic
def build(*, customers: int, months: int, seed: int, now: datetime) -> Store:
    """The store with `customers` customers and `months` months of history up to `now`. Same arguments, same rows (passwords and
    the audit's own times apart). Raises AlreadyThere."""
    if Store.objects.filter(code=accounts.CODE).exists():
        raise AlreadyThere
    rng = Random(seed)
    inventor = Inventor(rng)
    now = now.replace(second=0, microsecond=0)
    store = people.make_store(now, months)
    staff = people.make_people(store, now, rng, inventor)
    opening, calling, staffed = (Remembered.of(calendars.hours(store, kind)) for kind in HOURS)
    day = store.local_date(now)
    beginning = people.beginning(day, months)
    files = archive.make(store, customers, day, rng, inventor)
    shop = workshop.Workshop(store, now, opening, staff, rng, Season(opening, people.holidays(store), beginning, day), beginning)
    history.fill(shop, files)
    owners.settle(shop, files)
    here, changes = today.fill_board(shop, files)
    workshop.number_orders(sorted(shop.orders, key=lambda order: order.received_at), store)
    booked = today.appointments(shop, files, here)
    _set_tiers(files, day)
    desk = calls.Desk(store, now, calling, rng, inventor, staff, answers.surveys())
    calls.play(desk, files.cars, files.phones)
    files.phones += desk.new_phones
    for taken in shop.steps:
        if taken.by is not taken.order.inspector:
            taken.by = taken.order.advisor
    _insert_archive(files)
    _insert_workshop(shop)
    insert(ScopeChange, changes)
    insert(Appointment, booked)
    insert(Absence, today.absences(shop, staff))
    _insert_calls(desk)
    bulk.analyze()  # what follows asks about the history, and then about what follows
    cards.fill(store, shop.orders, people=staff, now=now, seed=seed)
    outside.fill(store, customers=customers, months=months, today=day, seed=seed)
    events = [order for order in shop.orders if order.delivered_at] + shop.deliveries
    complained = complaints.fill(store, events, staffed=staffed, people=staff, now=now, seed=seed)
    complained += feedback.fill(store, events, staffed=staffed, people=staff, now=now, seed=seed)
    sheets.fill(store, people=staff, now=now, seed=seed)
    targets.fill(store, people=staff, now=now)
    complained += plans.fill(store, months=months, people=staff, now=now, seed=seed)
    survey.fill(store, staff, day=day, seed=seed)
    _plan_revisits(now)
    asked.fill(store, people=staff, now=now, seed=seed)
    verifying.fill(store, staff, now)
    waiting.fill(store, people=staff, now=now, seed=seed)
    lounge.fill(store, people=staff, now=now, beginning=beginning, seed=seed)
    questioning.fill(by=staff.account(Role.CARE_MANAGER))
    told = unread(desk)
    insert(OutboxMessage, letters(desk) + told + undelivered(told) + complained)
    bulk.analyze()
    imported.compare(store, now, staff.account(Role.CARE_MANAGER))
    accounts.set_password(accounts.kept_password() or accounts.renew_password())
    audit.record("demo.made", by=None, store=store, subject=store, customers=customers, months=months, seed=seed)
    return store


def _plan_revisits(now: datetime) -> None:
    """The customers who are to be asked about a solution stand in the queue, from the moment at which it was found."""
    steps.plan_revisits(now)
    for revisit in FollowUp.objects.filter(plan=Plan.COMPLAINT).select_related("complaint"):
        at = revisit.complaint.resolved_at
        opened_at = max(at, revisit.opens_at) if revisit.opens_at <= now else None
        breached_at = revisit.due_at + calls.SECONDS_OF_SWEEP if revisit.due_at <= now else None
        FollowUp.objects.filter(pk=revisit.pk).update(created_at=at, opened_at=opened_at, breached_at=breached_at)


def _set_tiers(files: archive.Archive, day) -> None:
    """By the orders and purchases of each customer and the cars that are theirs now (visits.tiering asks the database the same)."""
    visits, bought, due = defaultdict(list), defaultdict(list), defaultdict(list)
    for car in files.cars:
        for order in car.orders:
            if order.delivered_on:
                visits[id(order.customer)].append((order.delivered_on, order.total_fen))
        if car.delivery:
            bought[id(car.customer)].append(car.delivery.delivered_on)
        if car.vehicle.next_maintenance_on and car.vehicle.status == Vehicle.Status.ACTIVE:
            due[id(car.customer)].append(car.vehicle.next_maintenance_on)
    for customer in files.customers:
        its = id(customer)
        known = tiers.Facts(tuple(visits[its]), max(bought[its], default=None), min(due[its], default=None))
        customer.tier, customer.tier_check_on = tiers.tier(known, day), tiers.next_change(known, day)


def _insert_archive(files: archive.Archive) -> None:
    insert(Customer, files.customers)
    insert(Phone, files.phones)
    insert(Vehicle, [car.vehicle for car in files.cars])
    insert(Ownership, files.ownerships)


def _insert_workshop(shop: workshop.Workshop) -> None:
    insert(ServiceOrder, shop.orders)
    insert(NewCarDelivery, shop.deliveries)
    items = [(item.order.pk, item.result, item.text, item.fen, item.remind_on) for item in shop.items]
    bulk.insert_values(OrderItem, ["order_id", "result", "text", "fen", "remind_on"], items)
    insert(OrderPart, shop.parts)
    insert(StepTaken, sorted(shop.steps, key=lambda taken: taken.at))
    through = ServiceOrder.technicians.through
    bulk.insert_values(through, ["serviceorder_id", "user_id"], [(order.pk, user.pk) for order, user in shop.technicians])


def _insert_calls(desk: calls.Desk) -> None:
    insert(CallSheet, desk.sheets.values())
    insert(
        FollowUp,
        calls.number(desk.first, lambda owed: f"order {owed.event.pk}" if owed.followup.order else f"delivery {owed.event.pk}"),
    )
    answered = sorted((owed for owed in desk.first if owed.answered), key=lambda owed: owed.answered.response.answered_at)
    for owed in answered:
        owed.answered.response.occasion = f"followup {owed.followup.pk}"
    insert(Response, [owed.answered.response for owed in answered])
    scores = [(owed.answered.response.pk, question, score) for owed in answered for question, score in owed.answered.answers]
    bulk.insert_values(Answer, ["response_id", "question_id", "score"], scores)
    insert(Dissatisfaction, [entry for owed in answered for entry in owed.answered.dissatisfactions])
    insert(FollowUp, calls.number(desk.recoveries, lambda owed: f"response {owed.cause.answered.response.pk}"))
    insert(FollowUp, calls.number(desk.rechecks, lambda owed: f"recovery {owed.cause.followup.pk}"))
    dials = sorted(((attempt, owed) for level in desk.levels for owed in level for attempt in owed.attempts), key=lambda dial: dial[0].at)
    for n, (attempt, _owed) in enumerate(dials, start=1):
        attempt.token = f"demo-{desk.store.pk}-{n}"
    insert(Attempt, [attempt for attempt, _owed in dials])
    bulk.insert_values(Served, ["attempt_id", "followup_id"], [(attempt.pk, owed.followup.pk) for attempt, owed in dials])
