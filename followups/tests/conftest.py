"""A store's small world for follow-ups: the clock stands still on a Tuesday at 10:00 in Chongqing."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from core import clock, sweep
from customers.actions import create_customer, create_vehicle
from customers.models import Phone
from followups import actions, calls, leases
from followups.models import CallSheet, FollowUp
from visits.models import NewCarDelivery, ServiceOrder

CHINA = ZoneInfo("Asia/Shanghai")
TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=CHINA)


def at(text: str) -> datetime:
    """'11-25 14:30' -> that moment in 2026, in China."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=CHINA)


@pytest.fixture
def clock_at():
    with time_machine.travel(TUESDAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def caller(clock_at, person):
    return person("caller", name="李小兰")


@pytest.fixture
def advisor(clock_at, person):
    return person("advisor", name="王强")


@pytest.fixture
def make_order(clock_at, store, advisor):
    """make_order(delivered_at, …) -> a delivered order of a customer of its own, with two phones."""

    def make(delivered_at=None, *, phones=("13812345678", "13987654321"), customer=None, **fields):
        n = make.count = getattr(make, "count", 0) + 1
        delivered_at = delivered_at or clock.now() - timedelta(hours=20)
        if customer is None:
            customer = create_customer(store=store, name=f"张小{n}", phones=list(phones), gender="male", by=None)
        vehicle = create_vehicle(store=store, owner=customer, plate=f"渝A{n:05d}", model="CS75", by=None)
        values = {"advisor": advisor, "step": "delivered", "kind": "maintenance"} | fields
        return ServiceOrder.objects.create(
            store=store,
            number=f"W{n:04d}",
            vehicle=vehicle,
            customer=customer,
            received_at=delivered_at - timedelta(hours=3),
            received_on=store.local_date(delivered_at - timedelta(hours=3)),
            delivered_at=delivered_at,
            delivered_on=store.local_date(delivered_at),
            **values,
        )

    return make


@pytest.fixture
def make_delivery(clock_at, store, person):
    def make(delivered_at=None, **fields):
        n = make.count = getattr(make, "count", 0) + 1
        delivered_at = delivered_at or clock.now() - timedelta(hours=2)
        customer = create_customer(store=store, name=f"新车{n}", phones=["13712345678"], by=None)
        vehicle = create_vehicle(store=store, owner=customer, plate=f"渝B{n:05d}", model="UNI-T", by=None)
        values = {"consultant": person("sales")} | fields
        return NewCarDelivery.objects.create(
            store=store,
            vehicle=vehicle,
            customer=customer,
            delivered_at=delivered_at,
            delivered_on=store.local_date(delivered_at),
            **values,
        )

    return make


@pytest.fixture
def owed_call(make_order):
    """owed_call() -> (sheet, follow-up) of a service call that may be made now."""

    def make(**fields):
        order = make_order(**fields)
        (followup,) = actions.plan_for_order(order=order)
        return followup.sheet, followup

    return make


@pytest.fixture
def dial(caller):
    """dial(sheet, outcome, …): claims and saves as the caller; returns what save_call returns."""

    def make(sheet, outcome, by=None, **kwargs):
        by = by or caller
        assert leases.take(sheet.pk, by)
        sheet = CallSheet.objects.select_related("store", "customer").get(pk=sheet.pk)
        dial.count = getattr(dial, "count", 0) + 1
        phone = kwargs.pop("phone", Phone.objects.filter(customer=sheet.customer).exclude(validity="invalid").first())
        return calls.save_call(
            sheet=sheet, claim=sheet.claims, token=kwargs.pop("token", f"dial-{dial.count}"), outcome=outcome, phone=phone, by=by, **kwargs
        )

    return make


@pytest.fixture
def happy():
    """The answers of an ordinary satisfied customer."""
    return {"overall": 5} | dict.fromkeys(("service", "quality", "price", "timeliness", "environment", "other"), 3)


@pytest.fixture
def unhappy(happy):
    return happy | {"overall": 2, "service": 1}


def swept() -> dict:
    return sweep.run(until_done=True)


def open_of(customer):
    return list(FollowUp.objects.open().filter(customer=customer).order_by("due_at"))
