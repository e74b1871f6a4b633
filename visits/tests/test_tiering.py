from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.actions import create_customer, create_vehicle
from customers.models import Customer
from visits import tiering
from visits.actions import deliver


def test_the_facts_of_many_customers_cost_as_many_queries_as_those_of_one(store, visit, owner, advisor):
    order = visit()
    deliver(order=order, expected_version=order.version, by=advisor, total_fen=500_00, next_maintenance_on=date(2027, 5, 1))
    others = [create_customer(store=store, name=f"客户{n}", phones=[], by=None) for n in range(5)]
    with CaptureQueriesContext(connection) as one:
        tiering.facts([owner.pk])
    with CaptureQueriesContext(connection) as many:
        found = tiering.facts([owner.pk, *(other.pk for other in others)])
    assert len(one) == len(many)
    assert found[owner.pk].visits == ((date(2026, 11, 23), 500_00),)
    assert found[owner.pk].next_maintenance_on == date(2027, 5, 1)
    assert found[others[0].pk].visits == ()


def test_a_customer_who_stays_away_falls_to_d_by_the_sweep(visit, owner, advisor, noon):
    order = visit()
    deliver(order=order, expected_version=order.version, by=advisor, next_maintenance_on=date(2027, 2, 1))
    owner.refresh_from_db()
    assert owner.tier == "C"
    for _day in range(200):
        noon.later(days=1)
        tiering.refresh_due(noon())
    owner.refresh_from_db()
    assert owner.tier == "D"


def test_the_sweep_step_is_cheap_when_nothing_is_due_and_comes_to_an_end(store, visit, owner, advisor, noon, django_assert_max_num_queries):
    order = visit()
    deliver(order=order, expected_version=order.version, by=advisor)
    Customer.objects.filter(pk=owner.pk).update(tier_check_on=store.today())
    assert tiering.refresh_due(noon()) == 1
    with django_assert_max_num_queries(2):
        assert tiering.refresh_due(noon()) == 0


def test_a_bought_car_makes_the_facts_know_the_purchase(store, noon):
    buyer = create_customer(store=store, name="何丽", phones=[], by=None)
    create_vehicle(store=store, owner=buyer, plate="渝C11111", bought_here=True, purchased_on=date(2026, 11, 1), by=None)
    assert tiering.facts([buyer.pk])[buyer.pk].bought_on == date(2026, 11, 1)


def test_at_most_a_batch_is_looked_at(store, noon, monkeypatch):
    monkeypatch.setattr(tiering, "BATCH", 2)
    for n in range(3):
        customer = create_customer(store=store, name=f"客户{n}", phones=[], by=None)
        Customer.objects.filter(pk=customer.pk).update(tier_check_on=store.today() - timedelta(days=1))
    assert tiering.refresh_due(noon()) == 2
    assert tiering.refresh_due(noon()) == 1


@pytest.mark.pure
def test_money_is_read_as_people_type_it():
    from visits.fields import parse_yuan

    assert [parse_yuan(text) for text in ("¥1,990.5", "１９９０元", "0.05", " 1 990 ")] == [199050, 199000, 5, 199000]
    for text in ("abc", "1.234", "1..2", "", "9" * 12):
        with pytest.raises(ValueError):
            parse_yuan(text)
