import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers import actions, identifiers, search
from customers.models import Customer, Ownership, Phone, Vehicle
from staff.actions import create_store

pytestmark = pytest.mark.django_db
VIN = "LS4ASE2W1HA123456"


@pytest.fixture
def archive(store):
    """单小明 with a car and two phones, the neighbour's store with the same people and cars."""
    other = create_store(code="S2", name="别家店")
    for place in (other, store):
        owner = actions.create_customer(store=place, name="单小明", phones=["13812345678", "023-6000 1234"], by=None)
        actions.create_vehicle(store=place, owner=owner, plate="渝A·D12345", vin=VIN, model="CS75", by=None)
        scholar = actions.create_customer(store=place, name="买买提·艾力", by=None)
        actions.create_vehicle(store=place, owner=scholar, plate="渝A1234警", by=None)
        actions.create_vehicle(store=place, owner=None, plate="渝B88888", by=None)
    return store


def found(store, text) -> list[str]:
    hits, _more = search.find(store, text)
    return [hit.customer.name if hit.customer else str(hit.vehicles[0]) for hit in hits]


@pytest.mark.parametrize(
    "text",
    [
        "渝AD12345", "渝a·d12345", "AD12345", "d12345", "345", "１２３４５",  # plate and its tail
        "13812345678", "138 1234 5678", "+8613812345678", "008613812345678", "5678", "678",  # phone and its tail
        "023-60001234", "02360001234", "60001234",
        VIN, "123456", "HA123456", "ha123456",  # VIN and its tail
        "单小明", "单", "单小", "sxm", "shanxiaoming", "shanx", "SXM", "sx",  # name, pinyin, initials
    ],
)  # fmt: skip
def test_a_customer_is_found_by_whatever_is_at_hand(archive, text):
    assert "单小明" in found(archive, text)


@pytest.mark.parametrize("text", ["买买提艾力", "买买提·艾力", "买买", "mmtal", "34警", "4警渝A", "渝A1234警"])
def test_dots_in_names_and_signs_in_plates_do_not_hinder(archive, text):
    assert found(archive, text) == ([] if text == "4警渝A" else ["买买提·艾力"])


@pytest.mark.parametrize("text", ["", "  ", "·", "78", "chanxiaoming", "渝C12345", "99999", "%", "zzzzzz", "☺", "𠮷", "'; drop"])
def test_nothing_is_found_by_nothing(archive, text):
    assert found(archive, text) == []


def test_a_car_without_owner_is_found_too(archive):
    assert found(archive, "88888") == ["渝B88888"]


@pytest.mark.parametrize("text", ["单小明", "AD12345", "13812345678", "123456", "sxm"])
def test_a_store_never_sees_anothers(archive, text):
    hits, _more = search.find(archive, text)
    assert len(hits) == 1
    assert hits[0].customer.store_id == archive.pk and {car.store_id for car in hits[0].vehicles} == {archive.pk}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plate=st.from_regex(r"渝[A-H](D[A-HJ-NP-Z0-9][0-9]{4}|[A-HJ-NP-Z0-9]{4}[0-9警挂学])", fullmatch=True))
def test_a_plate_is_found_by_each_of_its_tails(store, plate):
    Vehicle.objects.all().delete()
    car = actions.create_vehicle(store=store, owner=None, plate=plate, by=None)
    for n in range(search.SHORTEST_TAIL, len(car.plate) + 1):
        assert found(store, car.plate[-n:]) == [car.plate]


def test_a_flood_of_namesakes_is_cut_and_says_so(store):
    for _n in range(search.LIMIT + 3):
        actions.create_customer(store=store, name="张伟", by=None)
    for text in ("张伟", "zw", "zhangwei"):
        hits, is_more = search.find(store, text)
        assert len(hits) == search.LIMIT and is_more


def test_a_fleet_is_one_line_and_says_that_there_are_more(store):
    company = actions.create_customer(store=store, name="重庆物流", kind="company", by=None)
    for n in range(search.LIMIT + 3):
        actions.create_vehicle(store=store, owner=company, plate=f"渝A{n:02d}777", by=None)
    hits, is_more = search.find(store, "777")
    assert [hit.customer for hit in hits] == [company] and is_more


@pytest.mark.parametrize("text", ["345", "5678901", "sxm", "AD12345", "单小明", "渝AD12345"])
def test_the_number_of_queries_does_not_grow_with_the_rows(archive, text):
    def queries():
        with CaptureQueriesContext(connection) as context:
            search.find(archive, text)
        return len(context)

    search.find(archive, text)
    before = queries()
    for n in range(30):
        one = actions.create_customer(store=archive, name="单小明", phones=[f"138{n:02d}105678"], by=None)
        actions.create_vehicle(store=archive, owner=one, plate=f"渝A{n:02d}345", by=None)
    assert queries() <= max(before, 7)
    assert queries() <= 7


def fill(store, n=400):
    """Enough rows for PostgreSQL to tell one index from another."""
    if connection.vendor != "postgresql":
        return
    key = "{:06d}".format
    people = [Customer(store=store, name=key(i), name_hex=key(i), name_pinyin=key(i), name_initials=key(i)) for i in range(n)]
    people = Customer.objects.bulk_create(people)
    Phone.objects.bulk_create(Phone(store=store, customer=one, number=key(i), tail=key(i)) for i, one in enumerate(people))
    Vehicle.objects.bulk_create(Vehicle(store=store, plate=key(i), plate_tail=key(i), vin=key(i), vin_tail=key(i)) for i in range(n))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def plan_of(queryset) -> str:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    return queryset[: search.LIMIT + 1].explain()


@pytest.mark.parametrize(
    ("query", "indexes"),
    [
        ("345", ["vehicle_plate_tail", "phone_tail"]),
        ("123456", ["vehicle_plate_tail", "vehicle_vin_tail", "phone_tail"]),
        ("ha123456", ["vehicle_plate_tail", "vehicle_vin_tail", "customer_initials", "customer_pinyin"]),
        ("渝ad12345", ["vehicle_plate_tail", "customer_name"]),
        ("单小明", ["vehicle_plate_tail", "customer_name"]),
    ],
)
def test_each_way_of_searching_is_an_index_look_up(archive, query, indexes):
    fill(archive)
    plans = [plan_of(lookup) for lookup in search.lookups(archive, query)]
    assert len(plans) == len(indexes)
    for plan, index in zip(plans, indexes, strict=True):
        assert index in plan, plan
        bounds = "<" if connection.vendor == "sqlite" else "Index Cond"
        assert bounds in plan, plan  # a range, not a walk through the whole store


def test_owners_cars_and_phones_are_index_look_ups_too(archive):
    for queryset, table in [
        (Ownership.objects.filter(until=None, vehicle__in=[1, 2]), "customers_ownership"),
        (Ownership.objects.filter(until=None, customer__in=[1, 2]), "customers_ownership"),
        (Phone.objects.filter(customer__in=[1, 2]), "customers_phone"),
    ]:
        plan = plan_of(queryset)
        assert f"SCAN {table}\n" not in plan and f"Seq Scan on {table}" not in plan, plan


def test_a_phone_that_does_not_work_is_not_shown(archive):
    customer = Customer.objects.get(store=archive, name="单小明")
    first = customer.phones.first()
    actions.mark_phone(phone=first, validity="invalid", reason="停机", by=None)
    hits, _more = search.find(archive, "sxm")
    assert hits[0].customer.first_phone.number == "+862360001234"
    assert identifiers.mask_phone("+862360001234") == hits[0].customer.first_phone.masked
