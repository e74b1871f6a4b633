"""A lounge: cars that are here, whose customers wait; the house's clock stands still (visits.tests.conftest)."""

import pytest

from customers.actions import create_customer, create_vehicle
from lounge import actions_waiting as actions
from visits.actions import open_order
from visits.models import ServiceOrder
from visits.tests.conftest import noon  # noqa: F401


@pytest.fixture
def arrive(store, person, noon):  # noqa: F811
    """arrive(name='张三', step='repair', …) -> the order of a car that is here, whose customer waits."""
    people = []

    def make(*, name: str = "张三丰", gender: str = "male", step: str = "reception", waits: bool = True, **facts) -> ServiceOrder:
        people.append(name)
        n = len(people)
        customer = create_customer(store=store, name=name, gender=gender, phones=[f"1381234{n:04}"], by=None)
        car = create_vehicle(store=store, owner=customer, plate=f"渝A{12345 + n}", vin="", model="CS75", by=None)
        facts.setdefault("advisor", None)
        order = open_order(store=store, vehicle=car, customer=customer, by=None, waits_in_lounge=waits, **facts)
        ServiceOrder.objects.filter(pk=order.pk).update(step=step)
        order.refresh_from_db()
        return order

    return make


@pytest.fixture
def seated(arrive, person):
    """seated(…) -> (the row of a customer who waits, their order, its advisor, who can sign in)."""

    def make(**facts):
        advisor = facts.pop("advisor", None) or person("advisor")
        order = arrive(advisor=advisor, **facts)
        return actions.seat(order=order, by=advisor), order, advisor

    return make
