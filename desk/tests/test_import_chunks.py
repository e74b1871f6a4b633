"""What a chunk takes over from the memory of the one before is what it would find in the database."""

import csv
import io
from datetime import date

import pytest
from django.db import connection, transaction
from django.db.models import F
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core import bulk, clock
from customers.actions import add_phone, create_customer, create_vehicle, retire_vehicle, save_vehicle
from customers.models import Customer, Ownership, Vehicle
from desk.imports import archive, loading, runs
from desk.imports.kinds import KINDS
from staff.actions import create_store
from tests.importing import facts
from visits.models import ServiceOrder

pytestmark = pytest.mark.django_db

HEADS = {
    "service_orders": ["工单号", "进店日期", "客户姓名", "客户电话", "送修人", "车牌号", "VIN", "车型", "里程"],
    "deliveries": ["交车日期", "客户姓名", "客户电话", "车牌号", "VIN", "车型", "销售顾问"],
    "customers": ["客户姓名", "客户电话", "车牌号", "VIN", "车型", "购车日期", "地址", "区域"],
}
PHONES = ["13812345678", "15920820145", "18660766800"]
some = lambda *texts: st.sampled_from(["", *texts])  # noqa: E731
rows = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["王伟", "李秀英", "欧阳娜娜"]), "contact": some("王伟", "赵六"), "phone": some(*PHONES, f"{PHONES[0]}、{PHONES[1]}"),
        "plate": st.sampled_from([f"渝A0000{n}" for n in range(4)]), "vin": some(*[f"LS4ABK7B5AA00000{n}" for n in range(4)]),
        "model": some("CS75", "UNI-V"), "mileage": some("100", "70000"), "address": some("江北", "渝中"), "consultant": some("陈静", "高超"),
    }
)  # fmt: skip
tables = st.lists(rows, min_size=4, max_size=24)
CELLS = {
    "客户姓名": "name", "客户电话": "phone", "送修人": "contact", "车牌号": "plate", "VIN": "vin", "车型": "model", "里程": "mileage",
    "地址": "address", "区域": "address", "销售顾问": "consultant",
}  # fmt: skip


def written(kind: str, table: list[dict]) -> bytes:
    out = io.StringIO(newline="")
    sheet = csv.writer(out)
    sheet.writerow(HEADS[kind])
    for n, row in enumerate(table):
        at = f"2026-0{1 + n // 9}-1{n % 9} 09:30"
        sheet.writerow([row[CELLS[head]] if head in CELLS else f"RO{n}" if head == "工单号" else at for head in HEADS[kind]])
    return out.getvalue().encode()


def columns(record) -> dict:
    return {field.attname: getattr(record, field.attname) for field in record._meta.concrete_fields}


def in_memory(chunk: loading.Loaded, like: loading.Loaded) -> dict:
    """What `like` needs of a chunk. (A chunk that asks for everybody also finds some by the name of one row and the number of another.)"""
    people = {customer for owners in like.owners.values() for customer in (owned.customer_id for owned in owners)} | like.customer_ids()
    return {
        "cars": {pk: (columns(car), car._state.adding) for pk, car in chunk.cars.items()},
        "stored": chunk.stored,
        "vins": {vin: car.id for vin, car in chunk.vins.items()},
        "plates": {plate: car.id for plate, car in chunk.plates.items()},
        "owners": {pk: [columns(owned) for owned in owners] for pk, owners in chunk.owners.items()},
        "by name and number": {who: found.id for who, found in chunk.customers.items() if who in like.named_people},
        "people": {pk: (columns(chunk.customers_by_pk[pk]), chunk.numbers[pk]) for pk in people},
        "latest": chunk.latest,
        "told owners": chunk.told_owners,
    }


def comparing(monkeypatch) -> list[int]:
    """Whenever a chunk has taken over, it is compared with one of the same rows that asks for everything. Returns how much was taken over."""
    load, taken = archive.Chunk.load, []

    def checked(self):
        over = len(self.cars) + len(self.customers_by_pk)
        load(self)
        if self.before:
            assert self.before.before is None  # or every chunk of a file would stay in memory
            twin = self.__class__(self.store, self.rows, self.people, self.by)
            twin.told_before = self.told_before
            twin.look()
            load_whole(twin)
            assert in_memory(self, twin) == in_memory(twin, twin)
            taken.append(over)

    def load_whole(twin):
        monkeypatch.setattr(archive.Chunk, "load", load)
        twin.load()
        monkeypatch.setattr(archive.Chunk, "load", checked)

    monkeypatch.setattr(archive.Chunk, "load", checked)
    return taken


@pytest.fixture
def postgresql(db):
    if connection.vendor == "sqlite":
        pytest.skip("there each chunk is loaded when the one before is over")


@pytest.mark.parametrize("kind", HEADS)
@settings(max_examples=12, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck))
@given(first=tables, table=tables, size=st.integers(1, 5))
def test_a_chunk_takes_over_what_it_would_find(postgresql, monkeypatch, kind, first, table, size):
    """On top of what another such file has brought in."""
    with transaction.atomic(), monkeypatch.context() as patch:
        patch.setattr(archive, "chunk_size", lambda: size)
        taken = comparing(patch)
        store, alone = create_store(code="T", name="甲", by=None), create_store(code="A", name="乙", by=None)
        for each in (store, alone):
            runs.add(store=each, kind=kind, filename="first.csv", data=written(kind, first), status="waiting")
            assert runs.work(each).status == "done"
            runs.add(store=each, kind=kind, filename="rows.csv", data=written(kind, table), status="waiting")
        taken.clear()
        run = runs.work(store)
        assert run.status == "done", run.problem
        begun = len(taken)
        patch.setattr(KINDS[kind].chunk, "is_silent", False)
        assert runs.work(alone).status == "done"
        assert len(taken) == begun  # nothing there
        Customer.objects.update(opened_at=clock.now())  # a list of customers opens them now
        assert facts(store) == facts(alone)
        transaction.set_rollback(True)


# What somebody at the counter does between two chunks


def orders(*changed: str, n: int = 12, head: str = "", mileage: int = 0) -> bytes:
    """A car and its owner on n days, in chunks of two; `changed` instead of the last ones. Without a mileage they change nothing of it."""
    lines = [
        f"RO{day},2026-01-{day:02d} 10:10,王伟,13812345678,渝A12345,LS4ABK7B5AA000001,{mileage * day or ''}" for day in range(1, n + 1)
    ]
    lines[n - len(changed) :] = changed
    return "\n".join(["工单号,进店日期,客户姓名,联系电话,车牌号,VIN,里程" + head, *lines]).encode()


@pytest.fixture
def at_the_counter(postgresql, store, monkeypatch):
    """Imports it; what is given is done by somebody else when the second chunk is in and the third, which is written next, has begun."""

    def bring_in(data: bytes, act=lambda: None):
        apply, chunks = runs._apply, []

        def acting(*arguments):
            begun = apply(*arguments)
            chunks.append(begun)
            if len(chunks) == 2:
                act()
            return begun

        monkeypatch.setattr(runs, "_apply", acting)
        monkeypatch.setattr(archive, "chunk_size", lambda: 2)
        runs.add(store=store, kind="service_orders", filename="orders.csv", data=data, status="waiting")
        run = runs.work(store)
        assert (run.status, len(chunks)) == ("done", 6), run.problem
        return run

    return bring_in


def test_a_car_that_has_left_meanwhile_gets_no_owner(at_the_counter, store):
    today = store.today().isoformat()
    visits = [f"RO{n},{today},王伟,13812345678,渝A12345,LS4ABK7B5AA000001," for n in range(9, 13)]
    at_the_counter(orders(*visits), lambda: retire_vehicle(vehicle=Vehicle.objects.get(), status="scrapped", on=store.today(), by=None))
    assert Vehicle.objects.get().status == "scrapped"
    assert not Ownership.objects.filter(until=None).exists()


def test_a_number_that_is_added_meanwhile_is_its_owners(at_the_counter):
    at_the_counter(
        orders("RO12,2026-01-20,王玮,13900000002,渝A12345,LS4ABK7B5AA000001,"),
        lambda: add_phone(customer=Customer.objects.get(), text="13900000002", by=None),
    )
    assert Customer.objects.get().name == "王伟"


def test_a_plate_that_moves_meanwhile_is_the_other_cars(at_the_counter, store):
    def moved():
        car = Vehicle.objects.get()
        car.plate = "渝A99999"
        save_vehicle(vehicle=car, expected_version=car.version, by=None)
        create_vehicle(store=store, owner=Customer.objects.get(), plate="渝A12345", by=None)

    at_the_counter(orders(*[f"RO{n},2026-01-2{n - 9},王伟,13812345678,渝A12345,," for n in range(9, 13)]), moved)
    assert set(ServiceOrder.objects.filter(number__in=["RO11", "RO12"]).values_list("vehicle__plate", "vehicle__vin")) == {("渝A12345", "")}


def test_somebody_who_gets_a_file_meanwhile_gets_no_second_one(at_the_counter, store):
    """Earlier chunks have named him, as who brought the car, and found nobody."""
    visits = [f"RO{n},2026-01-{n:02d},王伟,13812345678,渝A12345,LS4ABK7B5AA000001,,赵六" for n in range(1, 12)]
    at_the_counter(
        orders(*visits, "RO12,2026-01-20,赵六,13812345678,渝A77777,,,", head=",送修人"),
        lambda: create_customer(store=store, name="赵六", phones=["13812345678"], by=None),
    )
    assert Customer.objects.filter(name="赵六").count() == 1


def test_a_car_that_is_in_every_chunk_is_loaded_once(at_the_counter, monkeypatch):
    fetch, loaded = bulk.fetch, []

    def counted(rows):
        found = fetch(rows)
        loaded.extend(found)
        return found

    at_the_counter(orders())
    monkeypatch.setattr(bulk, "fetch", counted)
    Vehicle.objects.update(mileage=1, version=F("version") + 1)
    each = orders(mileage=1000).replace(b"RO", b"RP").replace(b"2026-01", b"2026-02")
    at_the_counter(each)  # each chunk changes it
    assert [type(one) for one in loaded if not isinstance(one, Ownership)] == [Vehicle, Customer]
    assert Vehicle.objects.get().mileage == 12_000


# Where two files could be meant


def test_of_two_files_with_one_name_and_number_the_older_one_counts_at_once(store, monkeypatch):
    """R3 tells the first one's file the second one's number; R4 is of a chunk of its own, or not."""
    lines = ["R1,2026-01-01,王伟,13800000001,渝A00001", "R2,2026-01-02,王伟,13800000002,渝A00002"]
    lines += ["R3,2026-01-03,王伟,13800000002,渝A00001", "R4,2026-01-04,王伟,13800000002,渝A00003"]
    data = "\n".join(["工单号,进店日期,客户姓名,联系电话,车牌号", *lines]).encode()
    for size, each in ((1, store), (4, create_store(code="S2", name="二店", by=None))):
        monkeypatch.setattr(archive, "chunk_size", lambda size=size: size)
        runs.add(store=each, kind="service_orders", filename="orders.csv", data=data, status="waiting")
        assert runs.work(each).status == "done"
        owners = dict(ServiceOrder.objects.filter(store=each).values_list("number", "customer"))
        assert owners["R4"] == owners["R3"] == owners["R1"] != owners["R2"]


def test_of_two_ownerships_that_begin_on_one_day_the_one_that_lasts_is_the_later(store):
    """The other one ended on that day; both may have been told in any order."""
    lines = ["R1,2026-01-01,王伟,13800000001,渝A00001", "R2,2026-03-10,李秀英,13800000002,渝A00001"]
    for each in lines:
        data = f"工单号,进店日期,客户姓名,联系电话,车牌号\n{each}".encode()
        runs.add(store=store, kind="service_orders", filename="orders.csv", data=data, status="waiting")
        assert runs.work(store).status == "done"
        car, customer = Vehicle.objects.get(), Customer.objects.get(name="王伟")
        if each == lines[0]:
            Ownership.objects.create(vehicle=car, customer=customer, since=date(2026, 1, 1), until=date(2026, 1, 1))
    told = list(Ownership.objects.order_by("since", F("until").asc(nulls_last=True)).values_list("customer__name", "since", "until"))
    first, then = date(2026, 1, 1), date(2026, 3, 10)
    assert told == [("王伟", first, first), ("王伟", first, then), ("李秀英", then, None)]


def test_a_plate_of_a_car_that_has_left_is_still_looked_for(store):
    """The row's VIN finds the one that has left, its plate the one that has it now."""
    for vin, number in (("LS4ABK7B5AA000001", "R1"), ("LS4ABK7B5AA000002", "R2")):
        data = f"工单号,进店日期,客户姓名,联系电话,车牌号,VIN\n{number},2026-01-01,王伟,13800000001,渝A00001,{vin}".encode()
        runs.add(store=store, kind="service_orders", filename="orders.csv", data=data, status="waiting")
        assert runs.work(store).status == "done"
        Vehicle.objects.filter(vin="LS4ABK7B5AA000001").update(status="scrapped", plate="渝A00001")
    data = "工单号,进店日期,客户姓名,联系电话,车牌号,VIN\nR3,2026-01-05,王伟,13800000001,渝A00001,LS4ABK7B5AA000001\nR4,2026-01-06,王伟,13800000001,渝A00001,"
    runs.add(store=store, kind="service_orders", filename="orders.csv", data=data.encode(), status="waiting")
    assert runs.work(store).status == "done"
    assert dict(ServiceOrder.objects.values_list("number", "vehicle__vin"))["R4"] == "LS4ABK7B5AA000002"


def test_a_car_gets_its_vin_and_loses_its_plate_in_one_chunk(store, monkeypatch):
    """On file it has no VIN yet, so that its plate cannot be taken off before it has one; the car that gets the plate is written first."""
    monkeypatch.setattr(archive, "chunk_size", lambda: 3)
    one, other = "LS4ABK7B5AA000001", "LS4ABK7B5AA000002"
    lines = [
        f"R1,2026-01-01,王伟,13800000001,渝A00001,{one},1",
        "R2,2026-01-02,李秀英,13800000002,渝A00002,,2",
        f"R3,2026-01-03,王伟,13800000001,渝A00001,{one},3",
        f"R4,2026-01-04,王伟,13800000001,渝A00001,{one},4",
        f"R5,2026-01-05,李秀英,13800000002,渝A00002,{other},5",
        f"R6,2026-01-06,王伟,13800000001,渝A00002,{one},6",
    ]
    data = "\n".join(["工单号,进店日期,客户姓名,联系电话,车牌号,VIN,里程", *lines]).encode()
    runs.add(store=store, kind="service_orders", filename="orders.csv", data=data, status="waiting")
    run = runs.work(store)
    assert run.status == "done", run.problem
    assert dict(Vehicle.objects.values_list("vin", "plate")) == {one: "渝A00002", other: ""}
