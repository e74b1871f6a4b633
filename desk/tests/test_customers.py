import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from complaints.actions import open_complaint
from core import clock
from core.models import AuditEvent
from csi.models import Questionnaire, QuestionnaireVersion, Response
from customers import actions
from customers.models import Customer, Vehicle
from staff.actions import create_store
from visits.models import NewCarDelivery, ServiceOrder

pytestmark = pytest.mark.django_db
VIN = "LS4ASE2W1HA123456"


@pytest.fixture
def owner(store):
    owner = actions.create_customer(store=store, name="张三", phones=["13812345678"], by=None)
    actions.create_vehicle(store=store, owner=owner, plate="渝A12345", vin=VIN, model="CS75", by=None)
    return owner


@pytest.fixture
def stranger(db):
    return actions.create_customer(store=create_store(code="S2", name="别家店"), name="别人", phones=["13900000000"], by=None)


def page(owner) -> str:
    return reverse("desk:customer", args=[owner.pk])


def typed(form: str, **changes) -> dict:
    """What a browser would send back from the first form of a page that has a version."""
    values = dict(re.findall(r'<input type="hidden" name="(version)" value="(\d+)"', form))
    return {"name": "张三", "kind": "person", **values, **changes}


# the list


def test_the_newest_file_stands_first_with_a_masked_phone(signed_in, owner):
    newer = actions.create_customer(store=owner.store, name="李四", by=None)
    shown = signed_in("caller").get("/customers/")
    assert shown.context["customers"] == [newer, owner]
    assert "138****5678" in shown.content.decode() and "13812345678" not in shown.content.decode()


@pytest.mark.parametrize(
    ("query", "names"), [("tier=A", ["甲"]), ("confirm=1", ["乙"]), ("tier=A&confirm=1", []), ("tier=Z", ["乙", "甲"])]
)
def test_filters_narrow_the_list(signed_in, store, query, names):
    actions.create_customer(store=store, name="甲", tier="A", by=None)
    actions.create_customer(store=store, name="乙", confirm_number=True, by=None)
    assert [c.name for c in signed_in("caller").get(f"/customers/?{query}").context["customers"]] == names


def test_incomplete_files_are_listed(signed_in, owner):
    client = signed_in("care_manager")
    assert client.get("/customers/?incomplete=1").context["customers"] == [owner]
    today = owner.store.today()
    Customer.objects.update(region="渝北", birthday=today, occupation="教师", source="other", licence_expires_on=today)
    assert client.get("/customers/?incomplete=1").context["customers"] == []


def test_the_pages_of_the_list_hold_every_customer_once(signed_in, store):
    at = clock.now()
    for n in range(120):  # many opened in one moment, as an import does
        Customer.objects.create(store=store, name=f"客户{n}", opened_at=at - timedelta(minutes=n // 60))
    client, url, seen = signed_in("caller"), "/customers/", []
    while url:
        shown = client.get(url)
        seen += [customer.pk for customer in shown.context["customers"]]
        url = shown.context["next_url"] and "/customers/" + shown.context["next_url"]
    assert len(seen) == 120 == len(set(seen))


def test_a_longer_list_costs_no_more_queries(signed_in, owner, django_assert_num_queries):
    client = signed_in("caller")
    client.get("/customers/")
    with CaptureQueriesContext(connection) as one:
        client.get("/customers/")
    for n in range(30):
        more = actions.create_customer(store=owner.store, name=f"客户{n}", phones=[f"139000000{n:02d}"], by=None)
        actions.create_vehicle(store=owner.store, owner=more, plate=f"渝B000{n:02d}", by=None)
    with django_assert_num_queries(len(one)):
        client.get("/customers/")
    assert len(one) <= 11


# a customer


def test_the_page_shows_everything_but_the_number(signed_in, owner):
    shown = signed_in("caller").get(page(owner)).content.decode()
    assert "张三" in shown and "渝A12345" in shown and "138****5678" in shown
    assert "13812345678" not in shown and "138 1234 5678" not in shown


def test_what_is_missing_is_named(signed_in, owner):
    file = signed_in("caller").get(page(owner)).context["file"]
    assert (file.present, file.required) == (2, 7)


def test_what_happened_stands_in_one_line_of_time(signed_in, owner, person):
    car, now = owner.ownerships.get().vehicle, clock.now()
    advisor = person("advisor")
    order = ServiceOrder.objects.create(
        store=owner.store, number="RO1", vehicle=car, customer=owner, advisor=advisor, received_at=now - timedelta(days=3),
        received_on=owner.store.today(), words="空调不冷",
    )  # fmt: skip
    NewCarDelivery.objects.create(
        store=owner.store, vehicle=car, customer=owner, delivered_at=now - timedelta(days=9), delivered_on=owner.store.today()
    )
    version = QuestionnaireVersion.objects.filter(status="published").first() or QuestionnaireVersion.objects.create(
        questionnaire=Questionnaire.objects.create(code="t", audience="service", name_zh="x", name_en="x"), number=1
    )
    Response.objects.create(
        store=owner.store, version=version, audience="service", occasion="followup 1", customer=owner, order=order,
        answered_at=now - timedelta(days=1), answered_on=owner.store.today(), is_unhappy=True, words="等太久",
    )  # fmt: skip
    entries = signed_in("caller").get(page(owner)).context["entries"]
    assert [entry.icon for entry in entries] == ["frown", "wrench", "key-round"]
    assert [entry.words for entry in entries] == ["等太久", "空调不冷", ""]


def test_complaints_stand_in_the_line_of_time_but_for_whom_they_are_about(signed_in, owner, person):
    accused = person("advisor")
    made = open_complaint(store=owner.store, channel="phone", link="service", words="态度差", customer=owner, against=accused, by=None)

    def told(client) -> list:
        return [(entry.words, entry.url) for entry in client.get(page(owner)).context["entries"]]

    assert told(signed_in("caller")) == [("态度差", reverse("complaints:complaint", args=[made.pk]))]
    client = signed_in("care_manager")
    client.force_login(accused, backend="django.contrib.auth.backends.ModelBackend")
    assert told(client) == []


def test_a_longer_history_costs_no_more_queries(signed_in, owner, django_assert_num_queries):
    client, car = signed_in("caller"), owner.ownerships.get().vehicle
    client.get(page(owner))
    with CaptureQueriesContext(connection) as short:
        client.get(page(owner))
    for n in range(10):
        ServiceOrder.objects.create(
            store=owner.store, number=f"RO{n}", vehicle=car, customer=owner, advisor=client.user, received_on=owner.store.today()
        )
        actions.add_phone(customer=owner, text=f"1390000000{n}", by=None)
    with django_assert_num_queries(len(short)):
        client.get(page(owner))
    assert len(short) <= 17


def test_another_stores_customer_is_not_there(signed_in, stranger):
    client = signed_in("care_manager")
    phone = stranger.phones.get()
    assert client.get(page(stranger)).status_code == 404
    assert client.get(reverse("desk:customer_edit", args=[stranger.pk])).status_code == 404
    for name, pk in [("phone_add", stranger.pk), ("do_not_call", stranger.pk), ("phone_mark", phone.pk), ("phone_reveal", phone.pk)]:
        assert client.post(reverse(f"desk:{name}", args=[pk])).status_code == 404
    assert not AuditEvent.objects.filter(verb="phone.revealed").exists()


# phones


@pytest.mark.parametrize("live", [True, False])
def test_a_number_is_shown_on_purpose_once_and_that_is_kept(signed_in, owner, live):
    client, phone = signed_in("caller"), owner.phones.get()
    shown = client.post(reverse("desk:phone_reveal", args=[phone.pk]), headers={"HX-Request": "true"} if live else {})
    assert 'href="tel:+8613812345678"' in shown.content.decode() and "138 1234 5678" in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    event = AuditEvent.objects.get(verb="phone.revealed")
    assert event.by == client.user and event.details == {"customer": owner.pk}
    assert "tel:" not in client.get(page(owner)).content.decode()


def test_the_region_looks_but_changes_and_dials_nothing(signed_in, owner):
    client, phone = signed_in("regional"), owner.phones.get()
    assert client.get(page(owner)).status_code == 200
    assert client.post(reverse("desk:phone_reveal", args=[phone.pk])).status_code == 403
    assert client.post(reverse("desk:phone_add", args=[owner.pk]), {"text": "139"}).status_code == 403
    for name, pk in [("customer_edit", owner.pk), ("vehicle_new", owner.pk), ("vehicle_edit", owner.ownerships.get().vehicle_id)]:
        assert client.get(reverse(f"desk:{name}", args=[pk])).status_code == 403
    assert client.get(reverse("desk:customer_new")).status_code == 403
    assert not AuditEvent.objects.filter(verb="phone.revealed").exists()


def test_looking_at_a_number_needs_a_post(signed_in, owner):
    assert signed_in("caller").get(reverse("desk:phone_reveal", args=[owner.phones.get().pk])).status_code == 405


def test_a_phone_is_added_and_a_wrong_one_says_why(signed_in, owner):
    client, url = signed_in("caller"), reverse("desk:phone_add", args=[owner.pk])
    assert client.post(url, {"text": "139 0000 0000", "label": "妻子"}).status_code == 302
    assert owner.phones.count() == 2
    refused = client.post(url, {"text": "没有"})
    assert refused.status_code == 422 and refused.context["phone_form"].errors["text"]


def test_a_phone_is_marked_with_its_reason(signed_in, owner):
    client, phone = signed_in("caller"), owner.phones.get()
    url = reverse("desk:phone_mark", args=[phone.pk])
    assert client.post(url, {"validity": "invalid", "reason": ""}).status_code == 422
    assert client.post(url, {"validity": "nonsense"}).status_code == 422
    client.post(url, {"validity": "invalid", "reason": "停机"})
    assert owner.phones.values_list("validity", "reason").get() == ("invalid", "停机")
    client.post(url, {"validity": "valid"})
    assert owner.phones.values_list("validity", "confirmed_on").get() == ("valid", owner.store.today())


def test_do_not_call_is_set_and_taken_back(signed_in, owner):
    client, url = signed_in("caller"), reverse("desk:do_not_call", args=[owner.pk])
    client.post(url, {"value": "1"})
    assert Customer.objects.get(pk=owner.pk).do_not_call
    client.post(url, {"value": "0"})
    assert not Customer.objects.get(pk=owner.pk).do_not_call


# editing


def test_an_edit_is_saved_and_kept(signed_in, owner):
    client, url = signed_in("advisor"), reverse("desk:customer_edit", args=[owner.pk])
    form = client.get(url).content.decode()
    assert client.post(url, typed(form, region="渝北", is_vip="on")).status_code == 302
    assert Customer.objects.values_list("region", "is_vip", "version").get() == ("渝北", True, 2)
    assert AuditEvent.objects.filter(verb="customer.edited", by=client.user).exists()


def test_the_second_of_two_editors_sees_what_the_first_saved_and_loses_nothing(signed_in, owner):
    client, url = signed_in("advisor"), reverse("desk:customer_edit", args=[owner.pk])
    form = client.get(url).content.decode()
    client.post(url, typed(form, region="渝中", occupation="教师"))
    second = client.post(url, typed(form, region="江北", note="喜欢喝茶"))
    shown = second.content.decode()
    assert second.status_code == 422 and Customer.objects.get().region == "渝中"
    assert "渝中" in shown and "教师" in shown  # what the first one saved
    assert 'value="江北"' in shown and 'value="喜欢喝茶"' in shown  # what the second one typed
    assert client.post(url, typed(shown, region="江北", occupation="教师", note="喜欢喝茶")).status_code == 302
    assert Customer.objects.values_list("region", "occupation", "note").get() == ("江北", "教师", "喜欢喝茶")


def test_what_the_first_saved_in_untouched_fields_is_taken_over(signed_in, owner):
    client, url = signed_in("advisor"), reverse("desk:customer_edit", args=[owner.pk])
    Customer.objects.update(region="渝北")
    form = client.get(url).content.decode()
    opened = dict(re.findall(r'name="(initial-\w+)" value="([^"]*)"', form))
    assert opened["initial-region"] == "渝北"
    client.post(url, typed(form, **opened, region="渝中", is_vip="on"))
    second = client.post(url, typed(form, **opened, region="渝北", note="喜欢喝茶"))
    values = second.context["form"]
    assert (values["region"].value(), values["note"].value(), values["is_vip"].value()) == ("渝中", "喜欢喝茶", True)
    shown = second.content.decode()
    again = dict(re.findall(r'name="(initial-\w+)" value="([^"]*)"', shown))
    assert client.post(url, typed(shown, **again, region="渝中", is_vip="on", note="喜欢喝茶")).status_code == 302
    assert Customer.objects.values_list("region", "is_vip", "note").get() == ("渝中", True, "喜欢喝茶")


def test_a_form_without_its_version_saves_nothing(signed_in, owner):
    refused = signed_in("advisor").post(reverse("desk:customer_edit", args=[owner.pk]), {"name": "王五", "kind": "person"})
    assert refused.status_code == 422 and Customer.objects.get().name == "张三"


def test_a_name_is_needed(signed_in, owner):
    client, url = signed_in("advisor"), reverse("desk:customer_edit", args=[owner.pk])
    refused = client.post(url, typed(client.get(url).content.decode(), name=" "))
    assert refused.status_code == 422 and refused.context["form"].errors["name"]


# a new one


def new(**changes) -> dict:
    return {
        "customer-name": "王五",
        "customer-kind": "person",
        "customer-phones": "13811112222，023-60001234",
        "vehicle-plate": "渝b·88888",
        **changes,
    }


def test_customer_and_car_are_opened_in_one_form(signed_in, store):
    client = signed_in("advisor")
    assert client.post("/customers/new/", new()).status_code == 302
    customer = Customer.objects.get()
    assert list(customer.phones.values_list("number", flat=True)) == ["+8613811112222", "+862360001234"]
    assert customer.ownerships.get().vehicle.plate == "渝B88888" and customer.opened_by == client.user


def test_a_customer_without_a_car_may_be_opened(signed_in, store):
    assert signed_in("sales").post("/customers/new/", new(**{"vehicle-plate": ""})).status_code == 302
    assert Customer.objects.count() == 1 and not Vehicle.objects.exists()


def test_a_car_with_a_file_is_refused_with_a_link_to_it_and_nothing_is_opened(signed_in, owner):
    refused = signed_in("advisor").post("/customers/new/", new(**{"vehicle-plate": "渝A12345"}))
    car = Vehicle.objects.get()
    assert refused.status_code == 422 and reverse("desk:vehicle", args=[car.pk]) in refused.content.decode()
    assert Customer.objects.count() == 1 and 'value="王五"' in refused.content.decode()


def test_a_wrong_plate_is_refused_and_what_was_typed_stays(signed_in, store):
    refused = signed_in("advisor").post("/customers/new/", new(**{"vehicle-plate": "12"}))
    assert refused.status_code == 422 and refused.context["car_form"].errors["plate"] and not Customer.objects.exists()


def test_a_phone_without_digits_is_refused_at_its_field(signed_in, store):
    refused = signed_in("advisor").post("/customers/new/", new(**{"customer-phones": "没有"}))
    assert refused.status_code == 422 and refused.context["form"].errors["phones"]


def test_a_phone_on_file_asks_who_it_is_and_the_car_goes_to_that_file(signed_in, owner):
    client, same = signed_in("advisor"), new(**{"customer-phones": "023-60001234，138 1234 5678"})
    asked = client.post("/customers/new/", same)
    assert asked.status_code == 422 and asked.context["matches"] == [owner] and 'name="customer-same_as"' in asked.content.decode()
    assert Customer.objects.count() == 1
    answer = client.post("/customers/new/", same | {"customer-same_as": owner.pk}, follow=True)
    assert answer.redirect_chain == [(page(owner), 302)]
    assert [message.level_tag for message in answer.context["messages"]] == ["info"]
    assert Customer.objects.get().name == "张三" and owner.ownerships.filter(vehicle__plate="渝B88888").exists()


def test_who_is_another_person_with_the_same_phone_gets_a_file(signed_in, owner):
    same = new(**{"customer-phones": "13812345678", "customer-same_as": "other"})
    assert signed_in("advisor").post("/customers/new/", same).status_code == 302
    assert Customer.objects.filter(phones__number="+8613812345678").count() == 2


@pytest.mark.parametrize(("plate", "leads_to"), [("渝B88888", "?vehicle="), ("", "?customer=")])
def test_a_file_that_was_opened_for_an_appointment_leads_back_to_the_booking(signed_in, store, plate, leads_to):
    client, url = signed_in("advisor"), "/customers/new/?for=appointment"
    assert f'href="{reverse("desk:new_appointment")}"' in client.get(url).content.decode()
    answer = client.post(url, new(**{"vehicle-plate": plate}), follow=True)
    assert answer.redirect_chain[-1][0].startswith(reverse("desk:new_appointment") + leads_to) and "王五" in answer.content.decode()


def test_a_temporary_plate_is_told_that_the_vin_is_needed_and_an_odd_vin_is_said(signed_in, store):
    client = signed_in("advisor")
    refused = client.post("/customers/new/", new(**{"vehicle-plate": "临渝A12345"}))
    assert "临" in refused.context["car_form"].errors["plate"][0]
    shown = client.post("/customers/new/", new(**{"vehicle-plate": "临渝A12345", "vehicle-vin": VIN}), follow=True)
    assert [message.level_tag for message in shown.context["messages"]] == ["success", "warning"]


def test_what_can_be_no_phone_is_nobodys_and_is_said(signed_in, store):
    client = signed_in("advisor")
    for plate in ("渝B88888", "渝B88889"):  # the second time the same digits are on file: they tell nothing
        shown = client.post("/customers/new/", new(**{"customer-phones": "12345", "vehicle-plate": plate}), follow=True)
        assert [message.level_tag for message in shown.context["messages"]] == ["success", "warning"]


def test_the_empty_form_opens(signed_in, store):
    assert signed_in("advisor").get("/customers/new/").status_code == 200


@pytest.mark.parametrize(
    ("form", "typed"),
    [
        ("form", {"customer-birthday": "2030-01-01"}),
        ("car_form", {"vehicle-purchased_on": "2040-01-01"}),
        ("car_form", {"vehicle-maintenance_months": "99999"}),
    ],
)
def test_a_day_or_an_interval_that_cannot_be_meant_is_refused_at_its_field(signed_in, form, typed):
    client = signed_in("advisor")
    page = {"customer-name": "赵六", "customer-kind": "person", "vehicle-plate": "渝A12345"} | typed
    answer = client.post(reverse("desk:customer_new"), page)
    assert next(iter(typed)).split("-")[1] in answer.context[form].errors
