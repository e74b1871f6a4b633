"""Ten thousand limits of complaints at once, and kill -9 in the middle of them: each is acted on once, none early, nobody is told twice."""

import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from datetime import timedelta
from itertools import cycle

import pytest
from django.db import transaction
from django.db.models import F, Max, QuerySet

from complaints import actions, steps
from complaints.kinds import ClockKind, EntryKind
from complaints.models import Clock, Complaint, Entry
from core import clock
from core.models import OutboxMessage
from customers.models import Ownership
from staff.models import HoursKind
from tests.browsing import at_once, form_to
from tests.faults.faults_processes import kill_and_start_again
from tests.faults.faults_servers import AWAY
from tests.faults.stack import EVERYTHING, Stack, on_postgresql, quietly, wait_for
from tests.house import always_open, orm_on
from tests.posts import COMPLAINT, HEARD, SIGNED, Post, beside, complained, tomorrow, typed_by
from tests.servers import valkey_server
from tests.test_day import a_known_car
from tests.test_double_submit import Desk

pytestmark = pytest.mark.broker


@pytest.fixture
def owed(house):
    """owed(n, within) -> n complaints whose first reply falls due one after the other within so many seconds from now."""
    store = house.store
    always_open(store, HoursKind.STAFFED)
    for role in ("caller", "advisor", "supervisor", "service_manager", "general_manager"):
        house.person(role)
    car = a_known_car(store, "张三", "13812345678", "渝A12345")
    owner = Ownership.objects.get(vehicle=car).customer

    @transaction.atomic
    def make(n: int, within: float) -> None:
        first = actions.open_complaint(store=store, channel="phone", link="quality", words="不凉", customer=owner, vehicle=car, by=None)
        limit, now, made = first.clocks.get(kind=ClockKind.FIRST_REPLY), clock.now(), Complaint.objects.count()
        complaints = [copy(first) for _n in range(n)]
        for i, one in enumerate(complaints):
            one.pk, one.number, one.token = None, f"F-{made + i}", None
        clocks = [copy(limit) for _n in range(n)]
        for i, (of, one) in enumerate(zip(Complaint.objects.bulk_create(complaints, batch_size=500), clocks, strict=True)):
            one.pk, one.complaint, one.due_at = None, of, now + timedelta(seconds=2 + within * i / n)
            one.warn_at = one.due_at - timedelta(seconds=2)
        Clock.objects.bulk_create(clocks, batch_size=500)

    return make


def limits() -> QuerySet:
    return Clock.objects.filter(kind=ClockKind.FIRST_REPLY, complaint__number__startswith="F-")


def have_passed() -> bool:
    return not limits().filter(due_at__gt=clock.now()).exists()


def left() -> int:
    """Limits that have passed and are not marked, or marked and not raised; messages that nobody has got."""
    late = limits().filter(due_at__lte=clock.now(), raised_at=None).count()
    return late + OutboxMessage.objects.filter(channel="in_app", status="pending", next_at__lte=clock.now()).count()


def all_done(house, seconds: float) -> float:
    began = time.monotonic()
    wait_for(lambda: quietly(lambda: left() == 0), seconds, lambda: f"{left()} left: {house.log.read_text()[-2000:]}")
    return time.monotonic() - began


def figures() -> dict:
    stages = Counter(Entry.objects.exclude(clock=None).values_list("clock", "kind"))
    told = Counter(OutboxMessage.objects.values_list("occasion", "stage", "recipient", "channel"))
    late = limits().aggregate(at=Max(F("breached_at") - F("due_at")))["at"]
    return {
        "due": limits().filter(due_at__lte=clock.now()).count(),
        "marked": limits().filter(breached_at__isnull=False).count(),
        "raised": sum(kind == EntryKind.RAISED for _clock, kind in stages),
        "early": limits().filter(breached_at__lt=F("due_at")).count() + limits().filter(warned_at__lt=F("warn_at")).count(),
        "twice": sum(n - 1 for n in (*stages.values(), *told.values())),
        "latest": round(late.total_seconds(), 1) if late else 0,
    }


def is_whole(found: dict) -> None:
    assert found["due"] == found["marked"] == found["raised"] and found["due"], found
    assert (found["early"], found["twice"]) == (0, 0), found


@on_postgresql
def test_ten_thousand_limits_within_one_minute(house, owed, say):
    """With the ticks as they are shipped: every ten seconds."""
    owed(10_000, 60)
    Stack(house, SWEEP_EVERY="10").start("web", "worker", "beat")
    wait_for(have_passed, 90)
    took = all_done(house, 120)
    found = figures()
    say("10,000 limits of complaints in one minute", **found, all_acted_on_after=f"{took:.1f} s")
    is_whole(found)
    assert found["due"] == 10_000 and took <= 60 and found["latest"] <= 60


def test_kill_9_in_the_middle_of_limits_marks_and_raises_each_once(house, owed, say):
    stack = Stack(house).start(*EVERYTHING)
    for what in ("worker", "worker child", "beat", "sweep"):
        owed(300, 3)
        time.sleep(3)
        kill_and_start_again(stack, what)
        wait_for(have_passed, 30)
        took = all_done(house, 60)
        found = figures()
        say(f"kill -9 of {what} among limits", **found, recovered_within=f"{took:.1f} s")
        is_whole(found)
    say("two beats, three sweepers, limits", sweeps=len(stack.said("begin")), at_once=stack.sweeps_at_once())


@on_postgresql
def test_limits_pass_while_the_broker_is_away(house, owed, say):
    with valkey_server() as broker:
        house.redis_url = broker.url
        Stack(house).start("web", "worker", "worker2", "beat", "beat2")
        broker.stop(signal.SIGKILL)
        owed(300, 3)
        time.sleep(AWAY)
        broker.start()
        took = all_done(house, 60)
        found = figures()
        say(f"broker away for {AWAY} s among limits", **found, recovered_within=f"{took:.1f} s")
        is_whole(found)


@on_postgresql
def test_without_taking_hold_of_them_sweeps_at_once_mark_a_limit_twice(house, owed, monkeypatch, say):
    """The twin of complaints.steps.hold."""

    def not_held(_parents, found, rows):
        found = list(found)
        time.sleep(0.5)  # the others look, too
        return list(rows.model.objects.filter(pk__in=[clock for clock, _complaint in found]).select_related(*steps.RELATED))

    def breach(_number):
        with orm_on(house.database_url):
            try:
                return steps.breach(clock.now() + timedelta(minutes=1))
            except Exception as problem:
                return type(problem).__name__

    owed(20, 0)
    monkeypatch.setattr(steps, "hold", not_held)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(breach, range(4)))
    say("four sweeps without hold", found=found)
    assert found != [20, 0, 0, 0] and sorted(map(str, found)) != ["0", "0", "0", "20"]


@on_postgresql
def test_a_hundred_people_at_once_on_one_complaint(house, say):
    """A third replies, a third raises it, a third resolves it, each with the page open: one is first, the others are told."""
    house.open()
    typed = {
        "reply": {"told": "在查", "next_at": tomorrow(10), "number": "13800138000"},
        "escalate": {"words": "请支持"},
        "resolve": {"cause": "漏装", "solution": "重装", "result": "已好", "measure": "加检", "told": "已修好"},
    }
    desk = Desk(house, "complaints:act", Post("act", {}, COMPLAINT, before=beside("supervisor", complained("reply", SIGNED, HEARD))))
    browser, complaint = desk.browser(), desk.world.complaint
    complaint.refresh_from_db()
    version, written, sends = complaint.version, complaint.entries.count(), []
    for i, act in zip(range(100), cycle(typed)):
        url = desk.url.replace("/reply/", f"/{act}/")
        filled = {name: [value] for name, value in typed_by(typed[act], desk.world, desk.user).items()}
        if "told" in filled:
            filled["told"] = [f"答复{i}"]
        form = form_to(browser.get(desk.page).body, url, desk.page, {}, filled)
        sends.append((url, browser.encoded({**form, **filled})))
    ready = [(url, body, browser.connection()) for url, body in sends]
    answers = at_once([lambda url=url, body=body, on=on: browser.ask("POST", url, *body, on=on) for url, body, on in ready])
    statuses = Counter(answer.status for answer in answers)
    complaint.refresh_from_db()
    lines = complaint.entries.count() - written
    say("100 people on one complaint", answers=dict(statuses), versions=complaint.version - version, lines_written=lines)
    assert complaint.version == version + 1 and not set(statuses) - {302, 409}
    assert all(name in answers[i].body for i, name in enumerate(f"答复{i}" for i in range(100)) if answers[i].status == 409 and i % 3 != 1)
    assert all(count == 1 for count in Counter(complaint.clocks.running().values_list("kind", flat=True)).values())
