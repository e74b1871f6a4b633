"""Celery with a real broker: Valkey on the PostgreSQL pass, the filesystem otherwise. Beat ticks, a worker sweeps; nothing is lost
with either of them, because what is owed stands in the database."""

import time
import urllib.request
from datetime import timedelta

import pytest

from core import clock
from core.models import OutboxMessage, SweepState
from core.outbox import notify
from customers.actions import create_customer, create_vehicle
from followups.models import FollowUp
from visits import actions as visits

pytestmark = pytest.mark.broker
PROMISED = 15.0  # seconds


def wait_for(what, seconds=PROMISED):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.1)
    return False


def sent(occasion: str) -> bool:
    return OutboxMessage.objects.filter(occasion=occasion, status=OutboxMessage.Status.SENT).exists()


def owe(house, user, occasion: str) -> None:
    notify(store=house.store, user=user, occasion=occasion, stage="told", topic="demo_welcome")


def test_a_message_that_is_owed_is_sent_within_fifteen_seconds(house):
    user = house.person("advisor")
    house.open(worker=True, SWEEP_EVERY="1")
    owe(house, user, "test 1")
    assert wait_for(lambda: sent("test 1")), house.log.read_text()
    assert SweepState.objects.get().error == ""


def test_a_worker_that_is_killed_and_started_again_loses_nothing(house):
    user = house.person("advisor")
    house.open(worker=True, SWEEP_EVERY="1")
    owe(house, user, "before")
    assert wait_for(lambda: sent("before")), house.log.read_text()
    house.kill("worker")
    for number in range(20):
        owe(house, user, f"meanwhile {number}")
    house.start("worker")
    assert wait_for(lambda: all(sent(f"meanwhile {number}") for number in range(20))), house.log.read_text()


def test_a_worker_killed_in_the_middle_of_a_sweep_is_followed_after_the_lease(house):
    """The killed sweep still holds the row; the next one takes over when its lease has run out, and not before."""
    user = house.person("advisor")
    lease_until = clock.now() + timedelta(seconds=5)
    SweepState.objects.create(name="sweep", holder="killed", lease_until=lease_until)
    owe(house, user, "left behind")
    house.open(worker=True, SWEEP_EVERY="1")
    assert wait_for(lambda: sent("left behind"), 5 + PROMISED), house.log.read_text()
    assert OutboxMessage.objects.get(occasion="left behind").sent_at > lease_until


def test_without_beat_a_sweep_by_hand_does_the_same(house):
    user = house.person("advisor")
    owe(house, user, "by hand")
    done = house.manage("sweep", "--once", "--json")
    assert done.returncode == 0, done.stderr
    assert sent("by hand")


def test_a_handed_over_car_stands_in_the_queue_within_fifteen_seconds(house):
    """The order is handed over behind the desk's back, as an import does: only beat and worker can have planned the call."""
    advisor, caller = house.person("advisor"), house.person("caller")
    customer = create_customer(store=house.store, name="苏明涵", phones=["18660766805"], by=advisor)
    vehicle = create_vehicle(store=house.store, owner=customer, plate="渝A36818", by=advisor)
    order = visits.open_order(store=house.store, vehicle=vehicle, customer=customer, advisor=advisor, by=advisor)
    base_url, cookies = house.open(worker=True, SWEEP_EVERY="1"), house.cookies(caller)
    visits.deliver(order=order, expected_version=order.version, by=advisor)

    def queue() -> str:
        request = urllib.request.Request(f"{base_url}/queue/?due=later")
        request.add_header("Cookie", "; ".join(f"{name}={value}" for name, value in cookies.items()))
        with urllib.request.urlopen(request, timeout=10) as page:
            return page.read().decode()

    assert wait_for(lambda: "苏明涵" in queue()), house.log.read_text()
    assert FollowUp.objects.get().order == order
