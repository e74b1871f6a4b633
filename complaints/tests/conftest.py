"""A store with its ladder, a customer with a car and an order; the clock stands still on a Tuesday at 10:00 in Chongqing."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from complaints import actions
from core import clock, sweep
from customers.actions import create_customer, create_vehicle
from staff.actions import create_user
from visits.models import ServiceOrder

CHINA = ZoneInfo("Asia/Shanghai")
TUESDAY = datetime(2026, 11, 24, 10, 0, tzinfo=CHINA)
LADDER = ["caller", "advisor", "supervisor", "service_manager", "general_manager", "regional", "care_manager"]
SALES_LADDER = ["sales", "sales_supervisor", "sales_manager"]


def at(text: str) -> datetime:
    """'11-25 14:30' -> that moment in 2026, in China."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=CHINA)


@pytest.fixture
def clock_at():
    with time_machine.travel(TUESDAY, tick=False) as traveller:
        yield traveller


class People(dict):
    __getattr__ = dict.__getitem__


@pytest.fixture
def people(clock_at, store):
    """One person of every role of both ladders, by role."""
    return People(
        {
            role: create_user(username=role, name=f"{role}甲", store=store, role=role, password="pass-word-1")
            for role in LADDER + SALES_LADDER
        }
    )


@pytest.fixture
def customer(store, clock_at):
    return create_customer(store=store, name="张三", gender="male", phones=["13812345678"], by=None)


@pytest.fixture
def vehicle(store, customer):
    return create_vehicle(store=store, owner=customer, plate="渝A12345", model="CS75", by=None)


@pytest.fixture
def order(store, people, customer, vehicle):
    done = clock.now() - timedelta(days=60)  # no follow-up is owed for it any more: the sweep's counts are those of complaints
    return ServiceOrder.objects.create(
        store=store, number="W0001", vehicle=vehicle, customer=customer, advisor=people.advisor, step="delivered",
        received_at=done - timedelta(hours=3), received_on=store.local_date(done - timedelta(hours=3)),
        delivered_at=done, delivered_on=store.local_date(done),
    )  # fmt: skip


@pytest.fixture
def complain(store, people, customer, vehicle, order):
    """complain(channel="media", …) -> a registered complaint of 张三's about the order."""

    def make(**facts):
        values = {
            "store": store, "channel": "phone", "link": "quality", "words": "空调还是不凉", "customer": customer, "vehicle": vehicle,
            "by": people.caller,
        }  # fmt: skip
        return actions.open_complaint(**(values | facts))

    return make


@pytest.fixture
def resolved(complain, people):
    """resolved(…) -> a complaint that the handler has resolved."""

    def make(**facts):
        complaint = complain(**facts)
        resolve(complaint, complaint.handler)
        complaint.refresh_from_db()
        return complaint

    return make


HOW = {"cause": "冷媒泄漏", "solution": "更换管路", "result": "已制冷", "measure": "交车前复检空调", "method": "phone", "told": "已修好"}


def resolve(complaint, by, **facts):
    return actions.resolve(complaint=complaint, by=by, **(HOW | facts))


def running(complaint) -> dict:
    """kind -> the running clock."""
    return {clock.kind: clock for clock in complaint.clocks.running()}


def swept() -> dict:
    return sweep.run(until_done=True)


def kinds(complaint) -> list[str]:
    return list(complaint.entries.values_list("kind", flat=True))
