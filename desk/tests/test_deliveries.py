# ruff: noqa: F811 (fixtures are shared with the floor below by import)
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from customers.actions import EditConflict, create_customer
from customers.models import Customer, Vehicle
from followups.models import FollowUp
from tests.browsing import form_to
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
    assert 'name="known"' in answer.content.decode()
    assert "何丽" in answer.content.decode()
    assert Vehicle.objects.count() == 1


def sent_back(page) -> dict:
    """What the browser would send from the form of that page if nothing were typed."""
    return form_to(page.content.decode(), reverse("desk:new_delivery"), reverse("desk:new_delivery"), {}, {})


def test_what_was_typed_about_the_hand_over_goes_with_it_to_the_file_that_the_car_has(consultant, car, owner, noon):
    typed = NEW | {"note": "加装行车记录仪", "callback_at": "2026-11-24T10:00", "known": "owner"}
    page = consultant.post(reverse("desk:new_delivery"), typed)
    assert page.status_code == 200 and not NewCarDelivery.objects.exists(), "it is shown first"
    assert page.context["customer"] == owner
    consultant.post(reverse("desk:new_delivery"), sent_back(page))
    row = NewCarDelivery.objects.get()
    assert (row.vehicle, row.customer, row.price_fen, row.note) == (car, owner, 108_900_00, "加装行车记录仪")
    assert [f"{timezone.localtime(at):%H:%M}" for at in (row.delivered_at, row.callback_at)] == ["11:30", "10:00"]


def test_a_car_on_file_is_handed_over_to_who_was_typed_and_thinking_better_of_it_loses_nothing(consultant, noon, car, owner):
    known = consultant.post(reverse("desk:new_delivery"), NEW | {"known": "owner"})
    page = consultant.post(reverse("desk:new_delivery"), sent_back(known) | {"known": "new_owner"})
    back = consultant.post(reverse("desk:new_delivery"), sent_back(page) | {"known": "owner"})
    assert back.context["customer"] == owner
    again = consultant.post(reverse("desk:new_delivery"), sent_back(back) | {"known": "new_owner"})
    consultant.post(reverse("desk:new_delivery"), sent_back(again))
    row = NewCarDelivery.objects.get()
    assert (row.vehicle, row.customer.name, row.price_fen) == (car, "何丽", 108_900_00)
    assert car.ownerships.get(until=None).customer == row.customer and car.ownerships.exclude(until=None).get().customer == owner


def test_a_customer_who_was_chosen_stays_the_buyer_of_a_car_on_file(consultant, noon, store, car, owner):
    buyer = create_customer(store=store, name="冯雪", phones=["13900002222"], by=None)
    typed = {key: value for key, value in NEW.items() if not key.startswith("owner")} | {"customer": buyer.pk, "known": "owner"}
    page = consultant.post(reverse("desk:new_delivery"), typed)
    assert page.context["customer"] == buyer
    consultant.post(reverse("desk:new_delivery"), sent_back(page))
    assert NewCarDelivery.objects.get().customer == buyer == car.ownerships.get(until=None).customer


def test_a_car_that_had_left_is_not_gone_on_with_before_it_has_an_owner_again(consultant, car, noon):
    Vehicle.objects.filter(pk=car.pk).update(status="transferred")
    page = consultant.post(reverse("desk:new_delivery"), NEW | {"known": "owner"})
    assert page.status_code == 422 and 'name="known"' not in page.content.decode() and "108,900" in page.content.decode()
    where = reverse("desk:vehicle_transfer", args=[car.pk])
    assert where in page.content.decode() and consultant.get(where).status_code == 200
    assert not NewCarDelivery.objects.exists()


def test_a_vin_that_was_put_right_is_handed_over_whatever_button_enter_presses(consultant, car, noon):
    consultant.post(reverse("desk:new_delivery"), NEW | {"car-vin": "LSGPC52U6AF102555", "known": "owner"})
    assert NewCarDelivery.objects.get().vehicle.vin == "LSGPC52U6AF102555"


def test_enter_hands_over_and_does_not_ask_for_another_owner(consultant, car, noon):
    page = consultant.post(reverse("desk:new_delivery"), NEW | {"known": "owner"}).content.decode()
    form = page[page.index('action="' + reverse("desk:new_delivery")) :]
    assert 'name="known"' not in form[form.index("<button") : form.index("</button>")], "a browser presses the first"


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
