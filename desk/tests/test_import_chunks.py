"""What a chunk takes over from the memory of the one before is what it would find in the database (Hypothesis)."""

import csv
import io

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core import clock
from customers.models import Customer
from desk.imports import archive, loading, runs
from staff.actions import create_store
from tests.importing import facts

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
@given(first=tables, table=tables, size=st.integers(1, 5), generations=st.sampled_from([1, 3, 10]))
def test_a_chunk_takes_over_what_it_would_find(postgresql, monkeypatch, kind, first, table, size, generations):
    """On top of what another such file has brought in."""
    with transaction.atomic(), monkeypatch.context() as patch:
        patch.setattr(archive, "chunk_size", lambda: size)
        patch.setattr(loading, "GENERATIONS", generations)
        taken = comparing(patch)
        store, alone = create_store(code="T", name="甲", by=None), create_store(code="A", name="乙", by=None)
        for each in (store, alone):
            runs.add(store=each, kind=kind, filename="first.csv", data=written(kind, first), status="waiting")
            assert runs.work(each).status == "done"
            runs.add(store=each, kind=kind, filename="rows.csv", data=written(kind, table), status="waiting")
        taken.clear()
        run = runs.work(store)
        assert run.status == "done", run.problem
        assert generations > 1 or not any(taken)
        patch.setattr(loading, "GENERATIONS", 1)
        assert runs.work(alone).status == "done"
        Customer.objects.update(opened_at=clock.now())  # a list of customers opens them now
        assert facts(store) == facts(alone)
        transaction.set_rollback(True)
