"""Several sweeps and several people at once, on a database that others write to at the same time: everything happens exactly once."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from complaints import actions, steps
from complaints.models import Clock, Complaint, Entry, NumberSeries
from core import clock
from core.models import OutboxMessage
from customers.models import Ownership
from tests.house import always_open, orm_on
from tests.test_day import a_known_car

AT_ONCE = 4


@pytest.fixture
def together(house):
    """together(work) -> what `work` gave in each of several threads that begin at the same moment, each with its own connection."""

    def run(work, n: int = AT_ONCE) -> list:
        start = threading.Barrier(n)

        def one(number: int):
            with orm_on(house.database_url):
                start.wait()
                try:
                    return work(number)
                except actions.Changed:
                    return "changed"

        with ThreadPoolExecutor(n) as pool:
            return list(pool.map(one, range(n)))

    return run


@pytest.fixture
def late_complaints(house):
    """Six complaints whose first reply has been due for an hour, in a store that is staffed around the clock."""
    store = house.store
    always_open(store, "staffed")
    for role in ("caller", "advisor", "supervisor", "service_manager", "general_manager"):
        house.person(role)
    car = a_known_car(store, "张三", "13812345678", "渝A12345")
    owner = Ownership.objects.get(vehicle=car).customer
    received_at = clock.now() - timedelta(hours=3)
    return [
        actions.open_complaint(store=store, channel="phone", link="quality", words="不凉", customer=owner, vehicle=car, received_at=received_at, by=None)
        for _n in range(6)
    ]  # fmt: skip


def test_sweeps_at_once_act_on_every_clock_exactly_once(late_complaints, together):
    now = clock.now()

    def sweep(_number):
        return sum(step(now) for step in (steps.warn, steps.breach, steps.escalate) for _again in range(2))

    assert sum(together(sweep)) == 12  # six limits passed, six raises
    stages = Counter(Entry.objects.exclude(clock=None).values_list("clock", "kind"))
    assert len(stages) == 12 and set(stages.values()) == {1}
    assert set(Complaint.objects.values_list("level", flat=True)) == {3}
    assert Clock.objects.filter(kind="instruction").count() == 6
    told = Counter(OutboxMessage.objects.values_list("occasion", "stage", "recipient"))
    assert set(told.values()) == {1}


def test_people_at_once_lose_nothing_and_the_second_is_told(late_complaints, together):
    complaint = late_complaints[0]
    advisor = complaint.handler

    def reply(number):
        entry = actions.reply(
            complaint=complaint, seen=complaint.version, method="phone", told=f"答复{number}", number="13812345678",
            next_at=clock.now() + timedelta(hours=5), by=advisor,
        )  # fmt: skip
        return entry.pk

    found = together(reply, 8)
    assert found.count("changed") == 7
    complaint.refresh_from_db()
    assert complaint.entries.filter(kind="replied").count() == 1 and complaint.version == 2
    assert complaint.clocks.running().count() == 1


def test_numbers_are_given_once(house, together, late_complaints):
    one = late_complaints[0]

    def register(_number):
        return actions.open_complaint(store=house.store, channel="phone", link="price", words="贵", customer=one.customer, by=None).number

    numbers = together(register)
    assert sorted(numbers) == [f"S1-{one.received_on.year}-{n:04d}" for n in range(7, 7 + AT_ONCE)]


def test_the_same_form_sent_at_once_is_one_complaint(house, together, late_complaints):
    one = late_complaints[0]

    def register(_number):
        return actions.open_complaint(
            store=house.store, channel="phone", link="price", words="贵", customer=one.customer, token="same", by=None
        ).pk  # fmt: skip

    assert len(set(together(register))) == 1
    assert NumberSeries.objects.get(store=house.store).last == 7, "no number is lost to it"
