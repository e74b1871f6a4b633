import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers import actions
from customers.models import Customer, Ownership, Vehicle
from staff.actions import create_store
from visits.models import ServiceOrder

pytestmark = pytest.mark.django_db
VIN = "LS4ASE2W1HA123456"


@pytest.fixture
def owner(store):
    return actions.create_customer(store=store, name="张三", by=None)


@pytest.fixture
def car(store, owner):
    return actions.create_vehicle(store=store, owner=owner, plate="渝A12345", vin=VIN, model="CS75", since=date(2026, 1, 5), by=None)


def url(name: str, pk: int) -> str:
    return reverse(f"desk:{name}", args=[pk])


def test_the_file_shows_owner_history_and_visits(signed_in, car, owner):
    ServiceOrder.objects.create(store=car.store, number="RO77", vehicle=car, customer=owner, received_on=date(2026, 5, 1), total_fen=123456)
    shown = signed_in("advisor").get(url("vehicle", car.pk)).content.decode()
    for text in ("渝A12345", VIN, "CS75", "张三", "RO77", "¥1,234.56"):
        assert text in shown


def test_an_odd_check_digit_is_a_warning_only(signed_in, car):
    client = signed_in("advisor")
    assert client.get(url("vehicle", car.pk)).context["vin_is_odd"]
    Vehicle.objects.update(vin="1M8GDM9AXKP042788")
    assert not client.get(url("vehicle", car.pk)).context["vin_is_odd"]


@pytest.mark.parametrize(("vin", "is_odd"), [(VIN, True), ("1M8GDM9AXKP042788", False)])
def test_an_odd_check_digit_is_said_after_saving(signed_in, owner, vin, is_odd):
    page = signed_in("advisor").post(url("vehicle_new", owner.pk), {"vin": vin}, follow=True)
    assert ("warning" in [message.level_tag for message in page.context["messages"]]) is is_odd


def test_mileages_are_understood_as_at_reception_and_refused_in_the_same_words(signed_in, owner):
    client = signed_in("advisor")
    refused = client.post(url("vehicle_new", owner.pk), {"plate": "渝B88888", "mileage": "12k", "next_maintenance_km": "2000001"})
    for name in ("mileage", "next_maintenance_km"):
        assert "2,000,000" in refused.context["form"].errors[name][0]
    client.post(url("vehicle_new", owner.pk), {"plate": "渝B88888", "mileage": "12,500 km"})
    assert Vehicle.objects.get().mileage == 12_500


def test_more_visits_cost_no_more_queries(signed_in, car, owner, django_assert_num_queries):
    client = signed_in("advisor")

    def add(numbers):
        for n in numbers:
            ServiceOrder.objects.create(
                store=car.store, number=f"RO{n}", vehicle=car, customer=owner, advisor=client.user, received_on=date(2026, 5, 1)
            )

    add([0])
    client.get(url("vehicle", car.pk))
    with CaptureQueriesContext(connection) as one:
        client.get(url("vehicle", car.pk))
    add(range(1, 20))
    with django_assert_num_queries(len(one)):
        client.get(url("vehicle", car.pk))
    assert len(one) <= 12


def test_another_stores_car_is_not_there(signed_in):
    other = actions.create_vehicle(store=create_store(code="S2", name="别家店"), owner=None, plate="渝B88888", by=None)
    client = signed_in("care_manager")
    for name in ("vehicle", "vehicle_edit", "vehicle_transfer"):
        assert client.get(url(name, other.pk)).status_code == 404
    assert client.post(url("vehicle_retire", other.pk), {"status": "scrapped", "on": "2026-05-01"}).status_code == 404


def test_the_region_only_looks(signed_in, car):
    client = signed_in("regional")
    assert client.get(url("vehicle", car.pk)).status_code == 200
    assert client.post(url("vehicle_transfer", car.pk), {"name": "李四", "on": "2026-05-01"}).status_code == 403
    assert client.post(url("vehicle_retire", car.pk), {"status": "scrapped", "on": "2026-05-01"}).status_code == 403


def test_one_more_car_for_a_customer(signed_in, owner):
    client = signed_in("sales")
    assert client.get(url("vehicle_new", owner.pk)).status_code == 200
    assert client.post(url("vehicle_new", owner.pk), {"plate": "渝A·D 12345", "model": "UNI-V"}).status_code == 302
    assert Ownership.objects.get(customer=owner).vehicle.plate == "渝AD12345"


def version_of(page) -> str:
    return re.search(r'name="version" value="(\d+)"', page.content.decode()).group(1)


def test_an_edit_is_saved(signed_in, car):
    client = signed_in("advisor")
    version = version_of(client.get(url("vehicle_edit", car.pk)))
    saved = client.post(url("vehicle_edit", car.pk), {"version": version, "plate": "渝a·54321", "vin": VIN, "mileage": "30000"})
    assert saved.status_code == 302
    assert Vehicle.objects.values_list("plate", "mileage", "version").get() == ("渝A54321", 30000, 2)


def test_the_second_of_two_editors_sees_what_the_first_saved(signed_in, car):
    client = signed_in("advisor")
    version = version_of(client.get(url("vehicle_edit", car.pk)))
    facts = {"version": version, "plate": "渝A12345", "vin": VIN}
    client.post(url("vehicle_edit", car.pk), {**facts, "mileage": "30000"})
    second = client.post(url("vehicle_edit", car.pk), {**facts, "mileage": "31000", "model": "UNI-V"})
    shown = second.content.decode()
    assert second.status_code == 422 and "30000" in shown and 'value="31000"' in shown and 'value="UNI-V"' in shown
    assert Vehicle.objects.get().mileage == 30000
    facts["version"] = version_of(second)
    assert client.post(url("vehicle_edit", car.pk), {**facts, "mileage": "31000", "model": "UNI-V"}).status_code == 302


@pytest.mark.parametrize("facts", [{"plate": "渝A12345"}, {"vin": VIN, "plate": "渝A99999"}])
def test_a_plate_or_vin_that_has_a_file_links_to_it(signed_in, car, owner, facts):
    refused = signed_in("advisor").post(url("vehicle_new", owner.pk), facts)
    assert refused.status_code == 422 and f'href="{url("vehicle", car.pk)}"' in refused.content.decode()


def test_to_a_customer_on_file(signed_in, car, store):
    heir = actions.create_customer(store=store, name="李四", by=None)
    client = signed_in("advisor")
    assert "李四" in client.get(url("vehicle_transfer", car.pk) + f"?to={heir.pk}").content.decode()
    client.post(url("vehicle_transfer", car.pk), {"to": heir.pk, "on": "2026-05-01"})
    assert car.ownerships.get(until=None).customer == heir


def test_the_search_finds_the_new_owner(signed_in, car, store):
    heir = actions.create_customer(store=store, name="李四", by=None)
    page = signed_in("advisor").post("/search/", {"q": "ls", "target": "owner", "vehicle": car.pk}, headers={"HX-Request": "true"})
    assert f"{url('vehicle_transfer', car.pk)}?to={heir.pk}" in page.content.decode()


def test_to_a_new_customer(signed_in, car):
    signed_in("advisor").post(url("vehicle_transfer", car.pk), {"name": "李四", "phone": "13900000000", "on": "2026-05-01"})
    heir = Customer.objects.get(name="李四")
    assert car.ownerships.get(until=None).customer == heir and heir.phones.get().number == "+8613900000000"


@pytest.fixture
def heir(store):
    return actions.create_customer(store=store, name="李四", phones=["13900000000"], by=None)


HEIR = {"name": "李四", "phone": "139 0000 0000", "on": "2026-05-01"}


def test_a_new_owner_whose_phone_is_on_file_is_asked_for_and_gets_no_second_file(signed_in, car, heir):
    client = signed_in("advisor")
    asked = client.post(url("vehicle_transfer", car.pk), HEIR)
    assert asked.status_code == 422 and asked.context["matches"] == [heir] and 'name="same_as"' in asked.content.decode()
    client.post(url("vehicle_transfer", car.pk), HEIR | {"same_as": heir.pk})
    assert car.ownerships.get(until=None).customer == heir and Customer.objects.filter(name="李四").count() == 1


def test_another_person_with_the_same_phone_gets_a_file_of_their_own(signed_in, car, heir):
    signed_in("advisor").post(url("vehicle_transfer", car.pk), HEIR | {"same_as": "other"})
    assert car.ownerships.get(until=None).customer not in (heir, None) and Customer.objects.filter(name="李四").count() == 2


def test_a_new_owner_who_is_another_stores_customer_is_not_there(signed_in, car):
    other = actions.create_customer(store=create_store(code="S2", name="别家店"), name="别人", phones=["13900000000"], by=None)
    client = signed_in("advisor")
    assert client.post(url("vehicle_transfer", car.pk), HEIR | {"same_as": other.pk}).status_code == 404
    assert client.post(url("vehicle_transfer", car.pk), HEIR).status_code == 302, "whose phone it is there is nobody's business here"


def test_a_new_owners_phone_that_can_be_none_is_kept_and_said(signed_in, car):
    shown = signed_in("advisor").post(url("vehicle_transfer", car.pk), HEIR | {"phone": "12345"}, follow=True)
    assert "warning" in [message.level_tag for message in shown.context["messages"]]
    assert Customer.objects.get(name="李四").phones.get().validity == "invalid"


def test_a_new_owners_phone_without_digits_is_refused_at_its_field_which_has_the_focus(signed_in, car):
    refused = signed_in("advisor").post(url("vehicle_transfer", car.pk), HEIR | {"phone": "没有"})
    assert refused.context["form"].errors.keys() == {"phone"}
    page = refused.content.decode()
    assert re.search(r'<input[^>]*name="phone"[^>]*aria-invalid="true"', page) and "js/visits.js" in page


@pytest.mark.parametrize("facts", [{"on": "2026-05-01"}, {"name": "李四", "on": "2025-01-01"}, {"name": "李四"}])
def test_a_transfer_that_cannot_be_opens_nobodys_file(signed_in, car, facts):
    refused = signed_in("advisor").post(url("vehicle_transfer", car.pk), facts)
    assert refused.status_code == 422 and refused.context["form"].errors
    assert not Customer.objects.filter(name="李四").exists() and car.ownerships.count() == 1


def test_a_transfer_to_another_stores_customer_is_not_there(signed_in, car):
    other = actions.create_customer(store=create_store(code="S2", name="别家店"), name="别人", by=None)
    assert signed_in("advisor").post(url("vehicle_transfer", car.pk), {"to": other.pk, "on": "2026-05-01"}).status_code == 404
    assert car.ownerships.get().customer.name == "张三"


def test_a_scrapped_car_keeps_its_file(signed_in, car, store):
    client = signed_in("advisor")
    client.post(url("vehicle_retire", car.pk), {"status": "scrapped", "on": "2026-05-01"})
    assert Vehicle.objects.get().status == "scrapped" and car.ownerships.get().until == date(2026, 5, 1)
    assert client.get(url("vehicle", car.pk)).status_code == 200
    assert client.get(url("vehicle_transfer", car.pk)).status_code == 200


@pytest.mark.parametrize("facts", [{}, {"status": "active", "on": "2026-05-01"}, {"status": "scrapped", "on": "2025-01-01"}])
def test_a_wrong_end_changes_nothing_and_says_so(signed_in, car, facts):
    shown = signed_in("advisor").post(url("vehicle_retire", car.pk), facts, follow=True)
    assert Vehicle.objects.get().status == "active" and [str(message) for message in shown.context["messages"]]


def test_nobody_sells_a_car_tomorrow(signed_in, car, store):
    facts = {"status": "transferred", "on": store.today() + timedelta(days=1)}
    signed_in("advisor").post(url("vehicle_retire", car.pk), facts)
    assert Vehicle.objects.get().status == "active"


def test_mileages_have_a_thousands_comma(signed_in, car):
    Vehicle.objects.filter(pk=car.pk).update(mileage=12_500, next_maintenance_km=20_000)
    page = signed_in("advisor").get(reverse("desk:vehicle", args=[car.pk])).content.decode()
    assert "12,500 km" in page and "20,000 km" in page
