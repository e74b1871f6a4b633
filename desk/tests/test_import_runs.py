"""Runs: one at a time in a store, carried on after a kill, never written by somebody who has lost the lease."""

import socket
import threading
from datetime import timedelta
from unittest.mock import Mock

import pytest
from django.db import IntegrityError, InterfaceError, OperationalError, connection, connections

from core import bulk, clock
from customers.models import Vehicle
from desk.imports import archive, runs
from desk.models import ImportRun
from staff.actions import create_store
from staff.models import Membership
from tests.importing import facts, write_workbook
from visits.models import ServiceOrder

Status = ImportRun.Status


@pytest.fixture
def data(tmp_path):
    write_workbook(tmp_path / "orders.xlsx", 60)
    return (tmp_path / "orders.xlsx").read_bytes()


def waiting(store, data, **changes) -> ImportRun:
    run = runs.add(store=store, kind="service_orders", filename="orders.xlsx", data=data, status=Status.WAITING)
    ImportRun.objects.filter(pk=run.pk).update(**changes)
    run.refresh_from_db()
    return run


class Killed(BaseException):
    pass


def dies_at(monkeypatch, chunk: int, problem: BaseException | type[BaseException] = Killed) -> None:
    """The process is killed in the middle of writing its n-th chunk; or that happens to it, however often it tries."""
    write, left = archive.Chunk.write, chunk

    def dying(self):
        nonlocal left
        left -= 1
        write(self)
        if left <= 0:
            raise problem

    monkeypatch.setattr(archive.Chunk, "write", dying)
    monkeypatch.setattr(archive, "chunk_size", lambda: 7)


@pytest.mark.parametrize("chunk", [1, 2, 5, 9])
def test_a_killed_run_goes_on_where_it_was_and_ends_as_if_never_killed(store, data, monkeypatch, chunk):
    other = create_store(code="S2", name="二店", by=None)
    waiting(other, data)
    runs.work(other)
    run = waiting(store, data)
    with monkeypatch.context() as patch:
        dies_at(patch, chunk)
        with pytest.raises(Killed):
            runs.work(store)
    run.refresh_from_db()
    assert (run.status, run.position) == (Status.RUNNING, 7 * (chunk - 1))
    assert ServiceOrder.objects.filter(store=store).count() == 7 * (chunk - 1)
    monkeypatch.setattr(runs, "_is_gone", lambda holder: True)
    run = runs.work(store)
    assert (run.status, run.created, run.updated, run.unchanged) == (Status.DONE, 60, 0, 0)
    assert facts(store) == facts(other)


@pytest.mark.parametrize(
    "problem", [OperationalError("cut off at 张三"), InterfaceError("cut off at 张三"), OSError(28, "No room for 张三")]
)
@pytest.mark.parametrize("at", ["a chunk", "the file"])
def test_a_run_whose_server_or_disk_fails_is_carried_on_afterwards(store, data, monkeypatch, caplog, at, problem):
    """What is wrong with them is not wrong with the file: nobody has to give it again."""
    run = waiting(store, data)
    with monkeypatch.context() as patch:
        dies_at(patch, 3, problem)
        if at == "the file":
            patch.setattr(runs, "read", Mock(side_effect=problem))
        assert runs.work(store) is None
    run.refresh_from_db()
    assert (run.status, run.problem, run.position) == (Status.RUNNING, "", 14 if at == "a chunk" else 0)
    assert type(problem).__name__ in caplog.text and "张三" not in caplog.text
    assert runs.work(store) is None  # until its lease has run out
    ImportRun.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    run = runs.work(store)
    assert (run.status, run.position, run.created) == (Status.DONE, 60, 60)


@pytest.mark.parametrize("chunk", [1, 3, 8])
def test_a_file_given_again_after_a_kill_ends_like_an_uninterrupted_one(store, data, monkeypatch, chunk):
    other = create_store(code="S2", name="二店", by=None)
    waiting(other, data)
    runs.work(other)
    killed = waiting(store, data)
    with monkeypatch.context() as patch:
        dies_at(patch, chunk)
        with pytest.raises(Killed):
            runs.work(store)
    ImportRun.objects.filter(pk=killed.pk).delete()
    again = waiting(store, data)
    runs.work(store)
    again.refresh_from_db()
    assert (again.created, again.updated, again.unchanged) == (60 - 7 * (chunk - 1), 0, 7 * (chunk - 1))
    assert facts(store) == facts(other)


def test_nobody_carries_on_a_run_whose_holder_lives(store, data):
    run = waiting(store, data, status=Status.RUNNING, holder="elsewhere:1:1", lease_until=clock.now() + timedelta(seconds=5))
    assert runs.work(store) is None
    ImportRun.objects.filter(pk=run.pk).update(lease_until=clock.now() - timedelta(seconds=1))
    assert runs.work(store).status == Status.DONE


def test_a_process_of_this_machine_that_is_no_more_is_not_waited_for(store, data):
    gone = f"{socket.gethostname()}:{2**22 + 1}:1"
    waiting(store, data, status=Status.RUNNING, holder=gone, lease_until=clock.now() + timedelta(hours=1))
    assert runs.work(store).status == Status.DONE


def test_a_second_import_of_the_store_waits_its_turn(store, data):
    first = waiting(store, data, status=Status.RUNNING, holder="elsewhere:1:1", lease_until=clock.now() + timedelta(seconds=5))
    second = waiting(store, data)
    assert runs.work(store) is None
    ImportRun.objects.filter(pk=first.pk).update(status=Status.WAITING, holder="", lease_until=None)
    assert runs.work(store).pk == first.pk
    assert runs.work(store).pk == second.pk
    assert runs.work(store) is None


def test_who_has_lost_the_lease_writes_nothing_more(store, data, monkeypatch):
    run = waiting(store, data)
    monkeypatch.setattr(archive, "chunk_size", lambda: 20)
    write = archive.Chunk.write

    def overtaken(self):
        write(self)
        ImportRun.objects.filter(pk=run.pk).update(holder="another:1:1")

    monkeypatch.setattr(archive.Chunk, "write", overtaken)
    assert runs.work(store) is None
    run.refresh_from_db()
    assert (run.status, run.position, ServiceOrder.objects.count()) == (Status.RUNNING, 0, 0)


def test_a_run_that_fails_after_the_lease_was_lost_is_left_to_whoever_has_it(store, data, monkeypatch):
    run = waiting(store, data)

    def overtaken(_run):
        ImportRun.objects.filter(pk=run.pk).update(holder="another:1:1")
        raise runs.tables.NoTable("no row")

    monkeypatch.setattr(runs, "read", overtaken)
    runs.work(store)
    run.refresh_from_db()
    assert (run.status, run.holder, run.problem) == (Status.RUNNING, "another:1:1", "")


def test_a_car_that_somebody_changes_while_a_chunk_is_at_it_keeps_the_change(store, data, monkeypatch):
    """The chunk is read once more, on top of what the other has saved."""
    waiting(store, data)
    runs.work(store)
    ServiceOrder.objects.filter(pk__gt=ServiceOrder.objects.order_by("pk")[30].pk).delete()
    Vehicle.objects.update(model="")
    load, calls = archive.Chunk._load_cars, []

    def at_the_counter(self):
        # The first time somebody saves after the chunk has looked. (In a test all is one transaction, so that it is undone with the chunk.)
        calls.append(1)
        for step in (load, lambda _self: Vehicle.objects.update(insurance_until="2027-01-01", version=7))[:: 1 if len(calls) == 1 else -1]:
            step(self)

    monkeypatch.setattr(archive.Chunk, "_load_cars", at_the_counter)
    waiting(store, data)
    assert runs.work(store).status == Status.DONE
    assert len(calls) == 2
    assert Vehicle.objects.exclude(insurance_until="2027-01-01").count() == 0
    assert Vehicle.objects.filter(model="").count() == 0


@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="SQLite checks when the transaction ends")
@pytest.mark.parametrize("broken", [1, 4, 8])
def test_a_chunk_that_the_database_refuses_takes_the_one_that_was_begun_with_it(store, data, monkeypatch, broken):
    """The next one was loaded on top of it: both are loaded and taken once more."""
    other = create_store(code="S2", name="二店", by=None)
    monkeypatch.setattr(archive, "chunk_size", lambda: 7)
    waiting(other, data)
    whole = runs.work(other)
    check, times = bulk.check, []

    def refusing():
        times.append(1)
        check()
        if len(times) == broken:
            raise IntegrityError

    monkeypatch.setattr(bulk, "check", refusing)
    waiting(store, data)
    run = runs.work(store)
    assert (run.status, run.created, run.position) == (Status.DONE, 60, 60)
    assert len(times) == 10  # of nine chunks one twice
    assert facts(store) == facts(other)
    told = [[(remark.what, remark.row, remark.column, remark.reasons) for remark in each.remarks.order_by("pk")] for each in (whole, run)]
    assert told[0] == told[1]


def orders_of(rows: dict[str, tuple[str, int]]) -> bytes:
    """number -> (day, mileage), all of one car"""
    lines = [f"{number},{day},王伟,13812345678,渝A12345,{mileage}" for number, (day, mileage) in rows.items()]
    return "\n".join(["工单号,进店日期,客户姓名,联系电话,车牌号,里程", *lines]).encode()


@pytest.mark.parametrize("chunk_size", [1, 10])
@pytest.mark.parametrize(("is_typed", "mileage"), [(False, 20_000), (True, 50_000)])
def test_where_a_chunk_ends_does_not_matter_to_which_visit_of_a_car_is_its_latest(store, monkeypatch, chunk_size, is_typed, mileage):
    """A chunk is loaded before the orders of the one before it are written. RO1 was in October; the file says it was in January, which is
    so unless a person has typed it in."""
    waiting(store, orders_of({"RO1": ("2026-10-01", 50_000)}))
    runs.work(store)
    if is_typed:
        ServiceOrder.objects.update(origin=ServiceOrder.Origin.TYPED)
    monkeypatch.setattr(archive, "chunk_size", lambda: chunk_size)
    waiting(store, orders_of({"RO1": ("2026-01-01", 5_000), "RO2": ("2026-05-01", 20_000)}))
    assert runs.work(store).status == Status.DONE
    assert Vehicle.objects.get().mileage == mileage


@pytest.mark.parametrize("chunk", [1, 2, 3])
def test_rows_that_only_the_stored_orders_show_to_be_wrong_are_listed_once_though_their_run_is_killed(store, monkeypatch, chunk):
    """0001 … 0010 of last year and, with other cars and owners, of this one."""

    def orders(year: int) -> bytes:
        lines = [f"{n:04d},{year}-01-{n:02d},客户{year}{n},139{year}{n:04d},渝A{year}{n}" for n in range(1, 11)]
        return "\n".join(["工单号,进店日期,客户姓名,联系电话,车牌号", *lines, f"{year},{year}-02-40,客户,,渝A99999"]).encode()

    waiting(store, orders(2025))
    runs.work(store)
    run = waiting(store, orders(2026))
    with monkeypatch.context() as patch:
        dies_at(patch, chunk)
        patch.setattr(archive, "chunk_size", lambda: 4)
        with pytest.raises(Killed):
            runs.work(store)
    run.refresh_from_db()
    assert run.rejected == run.remarks.filter(what="reject").count() == 4 * (chunk - 1)
    monkeypatch.setattr(runs, "_is_gone", lambda holder: True)
    run = runs.work(store)
    assert (run.status, run.created, run.rejected, run.rows) == (Status.DONE, 0, 11, 11)
    assert sorted(run.remarks.filter(what="reject").values_list("row", flat=True)) == list(range(2, 13))


@pytest.mark.parametrize("chunk", [2, 3, 4, 5])
def test_somebody_whom_a_chunk_is_the_first_to_name_is_added_with_that_chunk(store, data, monkeypatch, chunk):
    """Not with the one before, in whose transaction it was begun: the warning would be lost by a kill between them."""
    dies_at(monkeypatch, chunk)
    monkeypatch.setattr(archive, "chunk_size", lambda: 1)
    waiting(store, data)
    with pytest.raises(Killed):
        runs.work(store)
    orders = ServiceOrder.objects.all()
    named = {user for order in orders for user in (order.advisor_id, *order.technicians.values_list("pk", flat=True))}
    assert len(orders) == chunk - 1
    assert set(Membership.objects.filter(store=store).values_list("user_id", flat=True)) == named


def test_an_unexpected_error_ends_the_run_with_a_sentence_that_names_no_row(store, data, monkeypatch, caplog):
    def broken(self, row):
        raise RuntimeError(row.facts["name"])

    monkeypatch.setattr("desk.imports.orders.Orders.take", broken)
    waiting(store, data)
    run = runs.work(store)
    assert (run.status, run.data) == (Status.FAILED, None)
    assert "unexpected error" in run.problem or "意外" in run.problem
    assert "RuntimeError" in caplog.text
    assert not any(name in caplog.text for name in ("王", "李", "张"))


def test_the_file_is_not_kept_after_the_end(store, data):
    waiting(store, data)
    assert runs.work(store).data is None


def test_the_end_of_a_run_leaves_one_audit_row_with_counts_only(store, data):
    from core.models import AuditEvent

    waiting(store, data)
    runs.work(store)
    event = AuditEvent.objects.get(verb="service_orders.imported")
    assert event.details == {"created": 60, "updated": 0, "unchanged": 0, "rejected": 0}


@pytest.mark.django_db(transaction=True)
def test_two_people_who_import_at_once_lose_and_double_nothing(data, tmp_path):
    if connection.vendor == "sqlite":
        pytest.skip("needs a server: the test's database in memory has one connection")
    store, alone = create_store(code="S1", name="一", by=None), create_store(code="S2", name="二", by=None)
    write_workbook(tmp_path / "other.xlsx", 80)
    other = (tmp_path / "other.xlsx").read_bytes()
    for each in (data, other):
        waiting(alone, each)
        runs.work(alone)
    todo = [waiting(store, data).pk, waiting(store, other).pk]

    def person():
        try:
            while ImportRun.objects.filter(pk__in=todo).exclude(status__in=["done", "failed"]).exists():
                runs.work(store)
        finally:
            connections.close_all()

    people = [threading.Thread(target=person) for _n in range(2)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    assert set(ImportRun.objects.filter(pk__in=todo).values_list("status", flat=True)) == {"done"}
    assert facts(store) == facts(alone)


def test_a_file_that_was_only_looked_at_is_forgotten_after_a_week(store, data):
    from desk import tasks

    old, new = (runs.add(store=store, kind="service_orders", filename="orders.xlsx", data=data) for _n in range(2))
    started = waiting(store, data, created_at=clock.now() - timedelta(days=30))
    ImportRun.objects.filter(pk=old.pk).update(created_at=clock.now() - timedelta(days=8))
    assert tasks.forget_previews(clock.now()) == 0
    assert set(ImportRun.objects.values_list("pk", flat=True)) == {new.pk, started.pk}


def test_a_run_that_kills_its_process_every_time_is_given_up_and_blocks_nobody(store, data, monkeypatch):
    run, after = waiting(store, data), waiting(store, data)
    monkeypatch.setattr(runs, "_is_gone", lambda holder: True)
    with monkeypatch.context() as patch:
        for _time in range(runs.ATTEMPTS + 1):
            dies_at(patch, 1)
            with pytest.raises(Killed):
                runs.work(store)
    assert runs.work(store).status == Status.FAILED
    run.refresh_from_db()
    assert (run.status, run.data) == (Status.FAILED, None)
    assert runs.work(store).pk == after.pk


@pytest.mark.skipif("connection.vendor == 'sqlite'", reason="PostgreSQL's statistics")
def test_after_a_history_has_come_into_an_empty_store_the_database_knows_of_it_before_it_is_asked(store, data, monkeypatch):
    """It would look by itself a minute later; a report that is asked in between would be planned for empty tables."""
    told, analyze = [], bulk.analyze
    monkeypatch.setattr(runs, "NOTICED", 10)
    monkeypatch.setitem(archive.CHUNKS, "postgresql", 20)
    monkeypatch.setattr(bulk, "analyze", lambda *models: (told.append(ServiceOrder.objects.count()), analyze(*models)))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE visits_serviceorder")  # whatever earlier tests left there
        waiting(store, data)
        runs.work(store)
        assert told == [20]  # what the first chunk is like, the others are
        cursor.execute("ANALYZE visits_serviceorder")
    assert not bulk.is_news(ServiceOrder, 600) and bulk.is_news(ServiceOrder, 601)
    waiting(store, data)
    runs.work(store)  # nothing new
    assert told == [20]
