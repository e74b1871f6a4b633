"""The demonstration store: everything is invented in memory from one seed, then inserted floor by floor in one transaction."""

from datetime import datetime
from random import Random

from django.db import transaction

from core import audit
from core.models import OutboxMessage
from csi.models import Answer, Dissatisfaction, Response
from customers import tiers
from customers.models import Customer, Ownership, Phone, Vehicle
from desk.demo import accounts, answers, archive, calls, people, today, workshop
from desk.demo.inventing import Inventor
from desk.demo.messages import letters, unread
from followups.models import Attempt, CallSheet, FollowUp, Served
from staff import calendars
from staff.models import Absence, HoursKind, Store
from visits.models import Appointment, NewCarDelivery, OrderItem, OrderPart, ScopeChange, ServiceOrder, StepTaken

CHUNK = 500


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
    store = people.make_store(now)
    staff = people.make_people(store, now, rng, inventor)
    opening, calling = calendars.hours(store, HoursKind.OPENING), calendars.hours(store, HoursKind.CALLING)
    files = archive.make(store, customers, store.local_date(now), rng, inventor)
    shop = workshop.Workshop(store, now, opening, staff, rng, months)
    workshop.fill(shop, files)
    here, changes = today.fill_board(shop, files)
    workshop.number_orders(sorted(shop.orders, key=lambda order: order.received_at), store)
    booked = today.appointments(shop, files, here)
    _set_tiers(files, store.local_date(now))
    desk = calls.Desk(store, now, calling, rng, staff, answers.surveys())
    calls.play(desk, files.cars, files.phones)
    for taken in shop.steps:
        if taken.by is not taken.order.inspector:
            taken.by = taken.order.advisor
    _insert_archive(files)
    _insert_workshop(shop)
    _insert(ScopeChange, changes)
    _insert(Appointment, booked)
    _insert(Absence, today.absences(shop, staff))
    _insert_calls(desk)
    _insert(OutboxMessage, letters(desk) + unread(desk))
    accounts.set_password(accounts.kept_password() or accounts.renew_password())
    audit.record("demo.made", by=None, store=store, subject=store, customers=customers, months=months, seed=seed)
    return store


def _insert(model, rows) -> None:
    model.objects.bulk_create(rows, batch_size=CHUNK)


def _set_tiers(files: archive.Archive, day) -> None:
    facts: dict[int, list] = {}
    for car in files.cars:
        facts.setdefault(id(car.customer), []).append(car)
    for customer in files.customers:
        cars = facts[id(customer)]
        visits = tuple((order.delivered_on, order.total_fen) for car in cars for order in car.orders if order.delivered_on)
        bought = max((car.delivery.delivered_on for car in cars if car.delivery), default=None)
        due = min((car.vehicle.next_maintenance_on for car in cars if car.vehicle.next_maintenance_on), default=None)
        known = tiers.Facts(visits, bought, due)
        customer.tier, customer.tier_check_on = tiers.tier(known, day), tiers.next_change(known, day)


def _insert_archive(files: archive.Archive) -> None:
    _insert(Customer, files.customers)
    _insert(Phone, files.phones)
    _insert(Vehicle, [car.vehicle for car in files.cars])
    _insert(Ownership, files.ownerships)


def _insert_workshop(shop: workshop.Workshop) -> None:
    # A rework names an order that is stored before it can be named.
    redone = [(order, order.redoes) for order in shop.orders if order.redoes]
    for order, _before in redone:
        order.redoes = None
    _insert(ServiceOrder, shop.orders)
    for order, before in redone:
        order.redoes = before
    ServiceOrder.objects.bulk_update([order for order, _before in redone], ["redoes"], batch_size=CHUNK)
    _insert(NewCarDelivery, shop.deliveries)
    _insert(OrderItem, shop.items)
    _insert(OrderPart, shop.parts)
    _insert(StepTaken, sorted(shop.steps, key=lambda taken: taken.at))
    through = ServiceOrder.technicians.through
    _insert(through, [through(serviceorder_id=order.pk, user_id=user.pk) for order, user in shop.technicians])


def _insert_calls(desk: calls.Desk) -> None:
    _insert(CallSheet, desk.sheets.values())
    _insert(
        FollowUp,
        calls.number(desk.first, lambda owed: f"order {owed.event.pk}" if owed.followup.order else f"delivery {owed.event.pk}"),
    )
    answered = sorted((owed for owed in desk.first if owed.answered), key=lambda owed: owed.answered.response.answered_at)
    for owed in answered:
        owed.answered.response.occasion = f"followup {owed.followup.pk}"
    _insert(Response, [owed.answered.response for owed in answered])
    _insert(Answer, [answer for owed in answered for answer in owed.answered.answers])
    _insert(Dissatisfaction, [entry for owed in answered for entry in owed.answered.dissatisfactions])
    _insert(FollowUp, calls.number(desk.recoveries, lambda owed: f"response {owed.cause.answered.response.pk}"))
    _insert(FollowUp, calls.number(desk.rechecks, lambda owed: f"recovery {owed.cause.followup.pk}"))
    dials = sorted(((attempt, owed) for level in desk.levels for owed in level for attempt in owed.attempts), key=lambda dial: dial[0].at)
    for n, (attempt, _owed) in enumerate(dials, start=1):
        attempt.token = f"demo-{desk.store.pk}-{n}"
    _insert(Attempt, [attempt for attempt, _owed in dials])
    _insert(Served, [Served(attempt=attempt, followup=owed.followup) for attempt, owed in dials])
