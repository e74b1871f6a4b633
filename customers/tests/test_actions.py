from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from core.models import AuditEvent
from customers import actions
from customers.actions import EditConflict
from customers.models import Customer, Ownership, Vehicle

pytestmark = pytest.mark.django_db
VIN = "LS4ASE2W1HA123456"


@pytest.fixture
def by(person):
    return person("advisor")


@pytest.fixture
def owner(store, by):
    return actions.create_customer(store=store, name="张三", phones=["13812345678"], by=by)


@pytest.fixture
def car(store, owner, by):
    return actions.create_vehicle(store=store, owner=owner, plate="渝A12345", vin=VIN, since=date(2026, 1, 5), by=by)


def test_a_phone_that_is_none_is_kept_and_marked_invalid(owner, by):
    phone = actions.add_phone(customer=owner, text="12345", by=by)
    assert (phone.number, phone.validity) == ("12345", "invalid") and phone.reason


def test_the_same_phone_twice_is_one(owner, by):
    assert actions.add_phone(customer=owner, text="138 1234 5678", by=by).pk == owner.phones.get().pk


def test_a_phone_without_digits_is_refused(owner, by):
    with pytest.raises(ValidationError):
        actions.add_phone(customer=owner, text="没有", by=by)


def test_an_invalid_phone_needs_its_reason(owner, by):
    with pytest.raises(ValidationError):
        actions.mark_phone(phone=owner.phones.get(), validity="invalid", reason="  ", by=by)
    assert owner.phones.get().validity == "unknown"


def test_looking_at_a_number_is_kept_without_the_number(owner, by):
    phone = owner.phones.get()
    assert actions.reveal_phone(phone=phone, by=by) == "+8613812345678"
    event = AuditEvent.objects.get(verb="phone.revealed")
    assert event.by == by and event.subject == f"phone {phone.pk}" and "138" not in str(event.details)


@pytest.mark.parametrize("facts", [{"plate": "渝A·12345"}, {"vin": VIN.lower()}])
def test_a_second_file_for_a_car_is_refused_and_the_first_is_named(store, car, by, facts):
    with pytest.raises(ValidationError) as refused:
        actions.create_vehicle(store=store, owner=None, by=by, **facts)
    (errors,) = refused.value.error_dict.values()
    assert errors[0].code == "duplicate" and errors[0].params == {"vehicle_id": car.pk}


def test_the_second_of_two_in_the_same_second_is_told_why_too(store, car, by, monkeypatch):
    checked, check = [], actions.check_vehicle

    def first_time_blind(vehicle):
        checked.append(vehicle)
        if len(checked) > 1:
            check(vehicle)

    monkeypatch.setattr(actions, "check_vehicle", first_time_blind)
    with pytest.raises(ValidationError):
        actions.create_vehicle(store=store, owner=None, plate="渝A12345", by=by)
    assert len(checked) == 2


@pytest.mark.parametrize(
    "facts", [{"plate": "", "vin": ""}, {"plate": "12"}, {"vin": "LS4"}, {"vin": "QS4ASE2W1HA123456"}, {"vin": "0" * 17}]
)
def test_a_wrong_plate_or_vin_is_refused(store, by, facts):
    with pytest.raises(ValidationError):
        actions.create_vehicle(store=store, owner=None, by=by, **facts)


def test_a_transfer_keeps_the_history(store, car, owner, by):
    heir = actions.create_customer(store=store, name="李四", by=by)
    actions.transfer_vehicle(vehicle=car, to=heir, on=date(2026, 5, 1), by=by)
    assert list(car.ownerships.values_list("customer__name", "since", "until")) == [
        ("李四", date(2026, 5, 1), None),
        ("张三", date(2026, 1, 5), date(2026, 5, 1)),
    ]


@pytest.mark.parametrize("wrong", ["before", "future"])
def test_a_transfer_before_the_last_one_or_in_the_future_is_refused(store, car, by, wrong):
    heir = actions.create_customer(store=store, name="李四", by=by)
    on = date(2026, 1, 4) if wrong == "before" else store.today() + timedelta(days=1)
    with pytest.raises(ValidationError):
        actions.transfer_vehicle(vehicle=car, to=heir, on=on, by=by)
    assert car.ownerships.get(until=None).customer.name == "张三"


def test_a_transfer_to_the_owner_changes_nothing(car, owner, by):
    actions.transfer_vehicle(vehicle=car, to=owner, on=date(2026, 5, 1), by=by)
    assert car.ownerships.count() == 1


def test_a_car_that_left_frees_its_plate_and_comes_back_with_a_new_owner(store, car, owner, by):
    actions.retire_vehicle(vehicle=car, status="transferred", on=date(2026, 5, 1), by=by)
    assert Vehicle.objects.get().status == "transferred" and not Ownership.objects.filter(until=None).exists()
    actions.transfer_vehicle(vehicle=car, to=owner, on=date(2026, 6, 1), by=by)
    assert Vehicle.objects.get().status == "active" and car.ownerships.get(until=None).customer == owner


def test_it_does_not_come_back_under_a_plate_that_another_car_has_now(store, car, owner, by):
    actions.retire_vehicle(vehicle=car, status="transferred", on=date(2026, 5, 1), by=by)
    actions.create_vehicle(store=store, owner=None, plate="渝A12345", by=by)
    with pytest.raises(ValidationError):
        actions.transfer_vehicle(vehicle=car, to=owner, on=date(2026, 6, 1), by=by)
    assert Vehicle.objects.get(pk=car.pk).status == "transferred" and not car.ownerships.filter(until=None).exists()


def test_a_car_is_retired_once(store, car, by):
    stale = Vehicle.objects.get(pk=car.pk)
    actions.retire_vehicle(vehicle=car, status="scrapped", on=date(2026, 5, 1), by=by)
    with pytest.raises(EditConflict):
        actions.retire_vehicle(vehicle=stale, status="transferred", on=date(2026, 5, 1), by=by)


def test_the_second_editor_is_stopped(owner, by):
    mine, theirs = Customer.objects.get(pk=owner.pk), Customer.objects.get(pk=owner.pk)
    theirs.region = "渝中"
    actions.save_customer(customer=theirs, expected_version=1, by=by)
    mine.region = "江北"
    with pytest.raises(EditConflict):
        actions.save_customer(customer=mine, expected_version=1, by=by)
    assert Customer.objects.get().region == "渝中"


def test_an_edit_does_not_write_back_what_the_sweep_decides(owner, by):
    stale = Customer.objects.get(pk=owner.pk)
    Customer.objects.update(tier="A", tier_check_on=date(2027, 1, 1))
    actions.save_customer(customer=stale, expected_version=1, by=by)
    assert Customer.objects.values_list("tier", "tier_check_on").get() == ("A", date(2027, 1, 1))


def test_a_new_name_is_found_by_its_keys(owner, by):
    owner.name = "翟天"
    actions.save_customer(customer=owner, expected_version=1, by=by)
    assert Customer.objects.values_list("name_pinyin", "name_initials").get() == ("zhaitian", "zt")


def test_a_name_that_has_no_pinyin_is_a_name(store, by):
    assert actions.create_customer(store=store, name="Иван", by=by).pk


def test_do_not_call_is_set_and_taken_back(owner, by):
    actions.set_do_not_call(customer=owner, by=by)
    assert Customer.objects.get().do_not_call
    actions.set_do_not_call(customer=owner, value=False, by=by)
    assert not Customer.objects.get().do_not_call
    assert list(AuditEvent.objects.filter(verb__startswith="customer.").order_by("pk").values_list("verb", flat=True))[-2:] == [
        "customer.do_not_call",
        "customer.may_be_called",
    ]


def test_the_database_itself_refuses_a_second_file(store, car):
    with pytest.raises(IntegrityError):
        Vehicle.objects.create(store=store, plate="渝A12345", plate_tail="x", vin_tail="")
