"""Four senders at once and a real server: each message arrives once."""

import time
from collections import Counter
from threading import Barrier, Thread

import pytest
from django.db import connection, connections

from core import clock, delivery, outbox
from core.models import OutboxMessage, Webhook
from core.tests.listening import listening

pytestmark = [pytest.mark.django_db(transaction=True)]
N = 12
SENDERS = 4


@pytest.fixture
def robot(store, person, settings):
    """A slow robot, and N messages that wait for it."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one write at a time: core/tests/test_delivery.py sends in the middle of a sending there")
    settings.WEBHOOK_HOSTS = ["127.0.0.1"]
    with listening() as (robot, address):
        robot.meanwhile = lambda: time.sleep(0.03)
        Webhook.objects.create(store_code=store.code, preset="wecom", url=address, kinds=["calls_late"])
        user = person("care_manager")
        for n in range(N):
            outbox.notify(store=store, user=user, occasion=f"followup {n}", stage="breached", topic="followup_late", due=f"{n:02}")
        outbox.send_due(clock.now())
        yield robot


def send_at_once() -> list[int]:
    together, sent = Barrier(SENDERS), []

    def send():
        try:
            together.wait()
            sent.append(delivery.work())
        finally:
            connections.close_all()

    threads = [Thread(target=send) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return sent


def test_each_message_arrives_once_however_many_send(robot):
    sent = send_at_once()
    assert sum(sent) == N and len([n for n in sent if n]) > 1, "otherwise they did not meet"
    assert set(Counter(robot.texts).values()) == {1} and len(robot.texts) == N
    assert set(OutboxMessage.objects.filter(channel="webhook").values_list("status", "attempts")) == {("sent", 1)}


def test_without_the_compare_and_set_some_would_arrive_twice(robot, monkeypatch):
    def claim():
        message = delivery.due(clock.now()).order_by("attempts", "next_at", "pk").first()
        if message:
            time.sleep(0.01)
            OutboxMessage.objects.filter(pk=message.pk).update(attempts=1, next_at=clock.now() + delivery.CLAIM)
        return message

    monkeypatch.setattr(delivery, "_claim", claim)
    send_at_once()
    assert max(Counter(robot.texts).values()) > 1
