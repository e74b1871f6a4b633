"""The audit is written once and sealed: refused by the model, by the database, and found out by the chain."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from core import audit, clock, seal
from core.appendonly import AppendOnlyError
from core.models import AuditEvent, AuditSeal


@pytest.fixture
def events(store):
    return [audit.record("test.done", by=None, store=store, subject=store, number=number) for number in range(5)]


def sealed():
    return seal.seal_new(clock.now() + timedelta(minutes=2))


def behind_the_triggers(sql: str, *params) -> None:
    """What somebody with the database administrator's rights could do."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute(sql, params)
            cursor.execute("SET LOCAL session_replication_role = DEFAULT")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'core_auditevent'")
        triggers = cursor.fetchall()
        for name, _create in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        cursor.execute(sql, params)
        for _name, create in triggers:
            cursor.execute(create)


def test_the_model_refuses_to_change_or_delete(events):
    event = events[0]
    for attempt in (
        event.save,
        event.delete,
        AuditEvent.objects.all().delete,
        lambda: AuditEvent.objects.filter(pk=event.pk).update(verb="test.undone"),
    ):
        with pytest.raises(AppendOnlyError):
            attempt()


@pytest.mark.parametrize(
    "sql", ["UPDATE core_auditevent SET verb = 'test.undone'", "UPDATE core_auditevent SET details = '{}'", "DELETE FROM core_auditevent"]
)
def test_the_database_refuses_whoever_goes_round_the_model(events, sql):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert AuditEvent.objects.filter(verb="test.done").count() == 5


def test_without_the_triggers_the_database_would_let_it_pass(events):
    """The guard taken out: the test above would fail."""
    behind_the_triggers("DELETE FROM core_auditevent")
    assert not AuditEvent.objects.exists()


def test_an_untouched_chain_holds(events, store):
    assert sealed() == AuditEvent.objects.count()
    audit.record("test.done", by=None, store=store, subject=store)
    assert sealed() == 1
    assert AuditSeal.objects.count() == 2
    assert seal.broken_at() is None


def test_rows_of_the_last_minute_wait_for_slower_writers(events):
    assert seal.seal_new(clock.now() + timedelta(seconds=50)) == 0


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE core_auditevent SET verb = 'test.undone' WHERE id = %s",
        "UPDATE core_auditevent SET by_id = NULL, store_code = 'S9' WHERE id = %s",
        "DELETE FROM core_auditevent WHERE id = %s",
    ],
)
def test_the_chain_tells_which_stretch_was_tampered_with(events, store, sql):
    sealed()
    first = AuditSeal.objects.get().upto
    audit.record("test.done", by=None, store=store, subject=store)
    sealed()
    behind_the_triggers(sql, events[2].pk)
    assert seal.broken_at() == first
