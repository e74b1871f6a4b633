from datetime import date

import pytest

from customers import completeness
from customers.models import Customer, Phone, Vehicle

DAY = date(2026, 1, 5)
FULL = {
    "name": "张三", "region": "渝北", "birthday": DAY, "occupation": "教师", "source": "referral", "licence_expires_on": DAY,
}  # fmt: skip
CAR = {
    "plate": "渝A12345", "vin": "LS4ASE2W1HA000001", "model": "CS75", "mileage": 0, "purchased_on": DAY, "insurance_until": DAY,
    "warranty_until": DAY, "next_maintenance_on": DAY,
}  # fmt: skip


def test_a_full_file_lacks_nothing_and_a_mileage_of_zero_counts():
    assert completeness.of_customer(Customer(**FULL), ["unknown"]).is_complete
    assert completeness.of_vehicle(Vehicle(**CAR)).share == 1


def test_what_is_missing_is_named():
    file = completeness.of_customer(Customer(name="张三", address="渝北路1号"), ["invalid"])
    assert file.present == 2 and file.required == 7
    assert len(file.missing) == 5


def test_address_or_district_one_of_them_is_enough():
    assert completeness.of_customer(Customer(**{**FULL, "region": "", "address": "渝北路1号"}), ["valid"]).is_complete
    assert not completeness.of_customer(Customer(**{**FULL, "region": ""}), ["valid"]).is_complete


def test_a_company_has_no_birthday():
    assert completeness.of_customer(Customer(name="公司", kind="company", region="渝北", source="other"), ["valid"]).is_complete


def test_two_parts_of_a_file_add_up():
    both = completeness.of_customer(Customer(**FULL), []) + completeness.of_vehicle(Vehicle(**CAR))
    assert (both.required, both.present) == (15, 14)


@pytest.mark.django_db
def test_the_database_agrees_with_the_rule(store):
    """Each required fact taken away in turn, and each kind of phone."""
    cases = [FULL, {**FULL, "kind": "company", "birthday": None}, {**FULL, "region": "", "address": "x"}]
    cases += [{**FULL, field: None if field in ("birthday", "licence_expires_on") else ""} for field in FULL if field != "name"]
    for n, facts in enumerate(cases):
        for validity in ("valid", "unknown", "invalid", None):
            customer = Customer.objects.create(store=store, **facts)
            if validity:
                Phone.objects.create(customer=customer, store=store, number=f"1{n}", tail="x", validity=validity, reason="x")
    rule = {c.pk for c in Customer.objects.all() if completeness.of_customer(c, [p.validity for p in c.phones.all()]).is_complete}
    assert set(Customer.objects.complete().values_list("pk", flat=True)) == rule
    assert set(Customer.objects.incomplete().values_list("pk", flat=True)) == set(Customer.objects.values_list("pk", flat=True)) - rule
    assert rule and len(rule) < Customer.objects.count()


@pytest.mark.django_db
def test_the_database_agrees_about_vehicles(store):
    for n, field in enumerate([None, *CAR]):
        facts = {**CAR, "plate": f"渝A1234{n}", "vin": f"LS4ASE2W1HA00000{n}"}
        if field:
            facts[field] = "" if field in ("plate", "vin", "model") else None
        Vehicle.objects.create(store=store, **facts)
    rule = {v.pk for v in Vehicle.objects.all() if completeness.of_vehicle(v).is_complete}
    assert set(Vehicle.objects.complete().values_list("pk", flat=True)) == rule and len(rule) == 1
