"""A part of a page that is kept: shown again only while nothing that it was made from has changed."""

import sqlite3
from threading import Thread

import pytest
from django.db import connection, transaction
from django.db.backends.sqlite3.base import DatabaseWrapper

from core import kept
from staff.actions import create_store
from staff.models import Region, Store

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def forgotten():
    kept.forget()
    yield
    kept.forget()


@pytest.fixture
def making():
    """making() -> a part of all stores' names and regions, and how often it was made until now."""
    made = []

    def make():
        made.append(1)
        names = list(Store.objects.order_by("code").values_list("code", "name"))
        return str([*names, *(Region.objects.values_list("name", flat=True) if names else ())])

    return lambda key="stores": (kept.part(key, make), len(made))


def store(code="S1", name="一店"):
    return create_store(code=code, name=name, by=None)


def test_it_is_made_once_while_nothing_changes(making):
    store()
    assert making() == making() == ("[('S1', '一店')]", 1)


def test_one_other_answer_of_any_statement_and_it_is_made_anew(making):
    store()
    making()
    Region.objects.create(name="西南")
    assert making() == ("[('S1', '一店'), '西南']", 2)
    store("S2", "二店")
    assert making() == ("[('S1', '一店'), ('S2', '二店'), '西南']", 3)
    Store.objects.update(name="同名")
    assert making() == making() == ("[('S1', '同名'), ('S2', '同名'), '西南']", 4)


def test_a_statement_that_was_not_asked_before_is_asked_from_then_on(making):
    making()
    store()
    assert making()[1] == 2
    Region.objects.create(name="西南")
    assert making() == ("[('S1', '一店'), '西南']", 3)


def test_each_key_has_its_own(making):
    store()
    assert [making(key)[1] for key in ("zh", "en", "zh", "en")] == [1, 2, 2, 2]


def test_what_was_not_looked_at_for_longest_is_left_out(making, monkeypatch):
    monkeypatch.setattr(kept, "MOST", 2)
    store()
    assert [making(key)[1] for key in ("a", "b", "a", "c", "a", "b")] == [1, 2, 2, 3, 3, 4]


def test_inside_of_a_transaction_it_is_simply_made(making):
    store()
    making()
    with transaction.atomic():
        Store.objects.update(name="还没有定")
        assert making() == ("[('S1', '还没有定')]", 2)
        transaction.set_rollback(True)
    assert making() == ("[('S1', '一店')]", 2)


def test_an_error_leaves_nothing_behind(making):
    def broken():
        raise ValueError

    with pytest.raises(ValueError):
        kept.part("stores", broken)
    assert making() == ("[]", 1) and not connection.in_atomic_block


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's database of the tests has one connection: the test below has two")
def test_what_somebody_writes_while_it_is_made_is_not_taken_for_what_was_seen():
    store()

    def other():
        Store.objects.update(name="改过")
        connection.close()

    def make():
        seen = Store.objects.get().name
        writer = Thread(target=other)
        writer.start()
        writer.join()
        return seen

    assert kept.part("stores", make) == "一店"
    assert kept.part("stores", lambda: Store.objects.get().name) == "改过"


def test_sqlite_keeps_nothing_that_was_made_while_somebody_wrote(tmp_path, monkeypatch):
    path = tmp_path / "two.sqlite3"
    other = sqlite3.connect(path, isolation_level=None)
    other.executescript("PRAGMA journal_mode=WAL; CREATE TABLE one (name TEXT); INSERT INTO one VALUES ('before')")
    mine = DatabaseWrapper({
        "NAME": str(path), "TIME_ZONE": None, "CONN_HEALTH_CHECKS": False, "CONN_MAX_AGE": None, "OPTIONS": {}, "AUTOCOMMIT": True, "TEST": {},
        "ATOMIC_REQUESTS": False,
    })  # fmt: skip
    monkeypatch.setattr(kept, "connection", mine)

    def name() -> str:
        with mine.cursor() as cursor:
            return cursor.execute("SELECT name FROM one").fetchone()[0]

    def make():
        seen = name()
        other.execute("UPDATE one SET name = 'after'")
        return seen

    assert kept.part("one", make) == "before"
    assert kept.part("one", name) == "after"
    mine.close()
    other.close()
