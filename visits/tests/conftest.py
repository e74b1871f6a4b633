"""A car, its owner and a visit, and a clock that stands still."""

from datetime import UTC, datetime, timedelta

import pytest

from customers.actions import create_customer, create_vehicle
from visits.actions import open_order

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # Monday, 12:00 in Chongqing


@pytest.fixture
def noon(monkeypatch):
    """noon() is the moment; noon.later(minutes=5) moves the house's clock."""

    class Clock:
        at = NOON

        def __call__(self):
            return self.at

        def later(self, **kwargs):
            self.at += timedelta(**kwargs)
            return self.at

    clock = Clock()
    monkeypatch.setattr("core.clock.now", clock)
    return clock


@pytest.fixture
def owner(store):
    return create_customer(store=store, name="单小明", phones=["13812345678"], gender="male", by=None)


@pytest.fixture
def car(store, owner):
    return create_vehicle(store=store, owner=owner, plate="渝A12345", vin="LSGPC52U6AF102554", model="CS75", mileage=12000, by=None)


@pytest.fixture
def advisor(person):
    return person("advisor", name="江洋")


@pytest.fixture
def agreed(noon):
    """What the customer signs for."""
    return {"estimate_fen": 500_00, "promised_at": noon() + timedelta(hours=2)}


@pytest.fixture
def visit(store, car, owner, advisor, noon):
    """visit(...) opens an order for the car."""

    def make(**kwargs):
        arguments = {"store": store, "vehicle": car, "customer": owner, "by": advisor, "advisor": advisor} | kwargs
        return open_order(**arguments)

    return make
