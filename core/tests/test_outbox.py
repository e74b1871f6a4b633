from datetime import timedelta

import pytest

from core import clock, outbox, sweep
from core.models import OutboxMessage

Status = OutboxMessage.Status


@pytest.fixture
def caller(person):
    return person("caller")


def owe(store, user, occasion="order 1", stage="told"):
    outbox.notify(store=store, user=user, occasion=occasion, stage=stage, topic="demo_welcome", order=1)


def test_the_same_occasion_is_told_once(store, caller):
    for _ in range(3):
        owe(store, caller)
        outbox.send_due(clock.now())
    assert OutboxMessage.objects.count() == 1
    assert OutboxMessage.objects.unread_by(caller).count() == 1


def test_another_stage_and_another_person_are_told_too(store, caller, person):
    owe(store, caller)
    owe(store, caller, stage="reminded")
    owe(store, person("advisor"))
    assert outbox.send_due(clock.now()) == 3


def test_a_message_appears_only_when_it_is_sent(store, caller):
    owe(store, caller)
    assert not OutboxMessage.objects.inbox_of(caller).exists()
    outbox.send_due(clock.now())
    assert OutboxMessage.objects.inbox_of(caller).get().sent_at


def test_nothing_is_sent_before_its_time(store, caller):
    owe(store, caller)
    assert outbox.send_due(clock.now() - timedelta(hours=1)) == 0


def test_health_counts_from_the_oldest_message_that_is_not_delivered(store, caller):
    assert sweep.oldest_due(clock.now()) is None
    outbox.owe_letter(store=store, customer_id=1, occasion="attempt 1", topic="unreachable")  # a person's to send
    assert sweep.oldest_due(clock.now()) is None
    owe(store, caller)
    assert sweep.oldest_due(clock.now()) == OutboxMessage.objects.get(user=caller).next_at
    outbox.send_due(clock.now())
    assert sweep.oldest_due(clock.now()) is None


def test_whoever_has_left_gets_nothing_any_more(store, caller):
    owe(store, caller)
    caller.is_active = False
    caller.save()
    assert outbox.send_due(clock.now()) == 0
    message = OutboxMessage.objects.get()
    assert (message.status, message.sent_at) == (Status.DEAD, None)
    assert message.error
    assert outbox.send_due(clock.now()) == 0


def test_a_message_is_read_only_by_its_owner(store, caller, person):
    owe(store, caller)
    outbox.send_due(clock.now())
    pk = OutboxMessage.objects.get().pk
    assert outbox.mark_read(user=person("advisor"), pk=pk) == 0
    assert outbox.mark_read(user=caller, pk=pk) == 1
    assert outbox.mark_read(user=caller) == 0


def test_a_letter_waits_for_a_person_and_is_marked_once(store, caller):
    outbox.owe_letter(store=store, customer_id=7, occasion="order 1", topic="demo_welcome")
    assert outbox.send_due(clock.now()) == 0
    letter = OutboxMessage.objects.get()
    assert outbox.mark_letter_sent(pk=letter.pk, store=store, by=caller)
    assert not outbox.mark_letter_sent(pk=letter.pk, store=store, by=caller)
    letter.refresh_from_db()
    assert (letter.status, letter.sent_by) == (Status.SENT, caller)


def test_a_letter_of_another_store_is_not_marked(store, caller):
    from staff.actions import create_store

    outbox.owe_letter(store=store, customer_id=7, occasion="order 1", topic="demo_welcome")
    other = create_store(code="S2", name="另一店")
    assert not outbox.mark_letter_sent(pk=OutboxMessage.objects.get().pk, store=other, by=caller)
