"""Customers who are asked: their invitations on the house's own database, many at a time."""

from datetime import timedelta

from core import clock
from csi import questionnaires
from csi.invitations import build
from csi.models import Invitation
from customers.actions import create_customer, create_vehicle
from customers.models import Customer
from followups import actions, asking
from followups.models import FollowUp
from staff.models import HoursKind, Store
from tests.house import always_open
from visits.models import ServiceOrder


def a_call_owed(store: Store, advisor=None, *, n: int = 1) -> FollowUp:
    """Of a car handed over three hours ago, in a store that calls day and night."""
    always_open(store, HoursKind.CALLING)
    customer = create_customer(store=store, name="张三", phones=["13812345678"], gender="male", by=None)
    vehicle = create_vehicle(store=store, owner=customer, plate=f"渝A{n:05}", model="逸动", by=None)
    received, delivered = clock.now() - timedelta(hours=6), clock.now() - timedelta(hours=3)
    order = ServiceOrder.objects.create(
        store=store, number=f"RO{n}", vehicle=vehicle, customer=customer, advisor=advisor, step="delivered", received_at=received,
        received_on=store.local_date(received), delivered_at=delivered, delivered_on=store.local_date(delivered),
    )  # fmt: skip
    (followup,) = actions.plan_for_order(order=order)
    return FollowUp.objects.select_related(*asking.RELATED).get(pk=followup.pk)


def invitations(store: Store, n: int) -> list[Invitation]:
    """n of them, each of a customer of its own; without orders, because the questions are the same."""
    now, version = clock.now(), questionnaires.current("service-callback")
    keys = {"name_hex": "", "name_pinyin": "", "name_initials": ""}
    customers = Customer.objects.bulk_create([Customer(store=store, name=f"客户{i}", **keys) for i in range(n)], batch_size=500)
    made = [build(now=now, version=version, store=store, occasion=f"load {i}", customer=customer) for i, customer in enumerate(customers)]
    return Invitation.objects.bulk_create(made, batch_size=500)
