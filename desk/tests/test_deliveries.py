# ruff: noqa: F811 (fixtures are shared with the floor below by import)
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.actions import EditConflict
from customers.models import Customer, Vehicle
from followups.models import FollowUp
from visits.deliveries import record_delivery
from visits.models import NewCarDelivery
from visits.tests.conftest import car, noon, owner  # noqa: F401

NEW = {
    "owner-name": "何丽", "owner-phone": "13900001111", "car-vin": "LSGPC52U6AF102554", "car-model": "UNI-V", "delivered_at": "2026-11-23T11:30",
    "price_fen": "¥108,900",
}  # fmt: skip


@pytest.fixture
def consultant(signed_in):
    return signed_in("sales")


def test_customer_and_new_car_are_opened_in_one_form_and_four_calls_promised(consultant, noon):
    answer = consultant.post(reverse("desk:new_delivery"), NEW | {"consultant": consultant.user.pk})
    row = NewCarDelivery.objects.get()
    assert answer.url == reverse("desk:delivery", args=[row.pk])
    assert (row.customer.name, row.vehicle.model, row.price_fen, row.consultant) == ("何丽", "UNI-V", 108_900_00, consultant.user)
    assert set(FollowUp.objects.filter(delivery=row).values_list("plan", flat=True)) == {"sale_care", "sale_first", "sale_week", "run_in"}
    page = consultant.get(answer.url)
    assert len(page.context["calls"]) == 4
    assert page.content.decode().count('class="why"') == 4


def test_a_known_customer_buys_another_car(consultant, owner, noon):
    form = {key: value for key, value in NEW.items() if not key.startswith("owner")} | {"customer": owner.pk}
    assert "单小明" in consultant.get(reverse("desk:new_delivery"), {"customer": owner.pk}).content.decode()
    assert consultant.post(reverse("desk:new_delivery"), form).status_code == 302
    assert NewCarDelivery.objects.get().customer == owner
    assert Customer.objects.count() == 1


def test_a_car_on_file_is_pointed_to_and_nothing_written(consultant, car, noon):
    answer = consultant.post(reverse("desk:new_delivery"), NEW)
    assert answer.status_code == 422
    assert f"?vehicle={car.pk}" in answer.content.decode()
    assert "何丽" in answer.content.decode()
    assert Vehicle.objects.count() == 1


def test_a_hand_over_whose_calls_cannot_be_planned_leaves_nothing(consultant, noon, monkeypatch):
    def broken(**kwargs):
        raise RuntimeError

    monkeypatch.setattr("desk.views.deliveries.followups.plan_for_delivery", broken)
    with pytest.raises(RuntimeError):
        consultant.post(reverse("desk:new_delivery"), NEW)
    assert not Customer.objects.exists()


def test_a_car_that_changes_hands_at_the_next_desk_meanwhile_is_said_and_nothing_written(consultant, owner, car, noon, monkeypatch):
    def overtaken(**kwargs):
        raise EditConflict

    monkeypatch.setattr("visits.deliveries.transfer_vehicle", overtaken)
    form = {key: value for key, value in NEW.items() if not key.startswith("car")} | {"vehicle": car.pk, "customer": owner.pk}
    assert consultant.post(reverse("desk:new_delivery"), form).status_code == 422
    assert not NewCarDelivery.objects.exists()


def test_the_list_costs_the_same_however_many(consultant, store, owner, car, noon):
    from customers.actions import create_vehicle

    record_delivery(store=store, vehicle=car, customer=owner, by=consultant.user)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert consultant.get(reverse("desk:deliveries")).status_code == 200
        return len(seen)

    few = queries()
    for n in range(5):
        vehicle = create_vehicle(store=store, owner=owner, plate=f"渝B{10000 + n}", by=None)
        record_delivery(store=store, vehicle=vehicle, customer=owner, by=consultant.user)
    assert queries() == few


def test_the_list_is_paged_by_key(consultant, store, owner, noon, monkeypatch):
    from customers.actions import create_vehicle

    monkeypatch.setattr("desk.views.deliveries.PAGE", 2)
    for n in range(3):
        vehicle = create_vehicle(store=store, owner=owner, plate=f"渝B{10000 + n}", by=None)
        record_delivery(store=store, vehicle=vehicle, customer=owner, by=consultant.user)
    first = consultant.get(reverse("desk:deliveries"))
    second = consultant.get(reverse("desk:deliveries") + first.context["next_url"])
    assert [len(page.context["deliveries"]) for page in (first, second)] == [2, 1]


def test_an_advisor_does_not_hand_over_new_cars(signed_in, noon):
    assert signed_in("advisor").post(reverse("desk:new_delivery"), NEW).status_code == 403
    assert not NewCarDelivery.objects.exists()
