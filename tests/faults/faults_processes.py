"""kill -9 of every process, while nothing happens, under load, and during an import: nothing is lost, nothing happens twice."""

import os
import signal
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from core import clock
from core.models import OutboxMessage, SweepState
from desk.models import ImportRun
from followups.models import Attempt
from tests.faults.stack import DOING, EVERYTHING, Stack, on_postgresql, parents, wait_for
from tests.test_queue_race import CUSTOMERS, Caller, crowd, queue_of

pytestmark = pytest.mark.broker
SWEEPERS = EVERYTHING[2:]
KILLED = ("web", "worker child", "worker", "beat", "sweep")


def kill_and_start_again(stack: Stack, what: str) -> None:
    """A worker, or a child of one: the one that is at an import, if one is."""
    holder = ImportRun.objects.filter(status="running").values_list("holder", flat=True).first()
    importing = int(holder.split(":")[1]) if holder else 0
    at_it = stack.parent_of(importing)
    if what == "worker child":
        return os.kill(importing, signal.SIGKILL) if at_it else stack.kill_child("worker")
    if what == "worker" and at_it:
        what = at_it
    stack.kill(what)
    time.sleep(0.5)
    stack.start(what)


@pytest.mark.parametrize("doing", DOING)
def test_kill_9_loses_nothing_and_does_nothing_twice(house, say, doing):
    stack = Stack(house).start(*EVERYTHING)
    with stack.meanwhile(doing, say) as under_way:
        for what in KILLED:
            under_way()
            stack.owe(200, within=2)
            time.sleep(1)
            kill_and_start_again(stack, what)
            stack.survived(say, f"kill -9 of {what}, {doing}")
    say(f"two beats, three sweepers, {doing}", sweeps=len(stack.said("begin")), at_once=stack.sweeps_at_once())


def test_ten_thousand_rows_due_within_one_minute(house, say):
    """With the ticks as they are shipped: every ten seconds."""
    stack = Stack(house, SWEEP_EVERY="10").start("web", "worker", "beat")
    stack.owe(10_000, within=60, orders=0)
    wait_for(lambda: not OutboxMessage.objects.filter(status="pending").exists(), 150, lambda: f"{stack.left()} left")
    figures = stack.figures()
    say("10,000 rows due in one minute", **figures)
    assert (figures["due"], figures["acted"], figures["early"], figures["twice"]) == (10_000, 10_000, 0, 0)
    assert figures["latest"] <= 60


def test_two_webs_and_two_workers_share_the_work(house, say, tmp_path):
    """One database, one broker, two ports; callers spread over both."""
    stack = Stack(house)
    for web in ("web", "web2"):
        stack.start(web, GUNICORN_CMD_ARGS=f"--access-logfile {tmp_path / web}.access")
    stack.start("worker", "worker2", "beat")
    queue_of(house.store, CUSTOMERS)
    callers = [Caller(stack.url(("web", "web2")[n % 2]), house.cookies(house.person("caller"))) for n in range(crowd())]
    with ThreadPoolExecutor(len(callers)) as pool:
        list(pool.map(Caller.work, callers))
    dials = Counter(Attempt.objects.values_list("sheet_id", flat=True))
    served = {web: (tmp_path / f"{web}.access").read_text().count("POST /calls/") for web in ("web", "web2")}

    def swept() -> dict[str, int]:
        parent = parents()
        pids = {house.processes[name].pid: name for name in ("worker", "worker2")}
        return dict(Counter(pids[parent[pid]] for pid, _at in stack.said("tick") if parent.get(pid) in pids))

    wait_for(lambda: len(swept()) == 2, 60, lambda: f"ticks: {swept()}")
    say("two webs, two workers", callers=len(callers), **{f"calls_by_{web}": n for web, n in served.items()}, called=len(dials),
        called_twice=sum(n > 1 for n in dials.values()), **{f"ticks_by_{name}": n for name, n in swept().items()})  # fmt: skip
    assert [error for caller in callers for error in caller.errors] == []
    assert len(dials) == CUSTOMERS and set(dials.values()) == {1}
    assert all(served.values())


@pytest.mark.parametrize("doing", DOING)
def test_a_clock_that_was_two_hours_ahead_holds_nobody_up(house, say, doing):
    """The clock of the sweepers runs two hours ahead, one of them is killed in the middle, on another machine; then it is set back."""
    stack = Stack(house).start("web", "web2")
    stack.start(*SWEEPERS, CLOCK_OFFSET="7200")
    with stack.meanwhile(doing, say) as under_way:
        stack.owe(100)
        stack.all_done()
        under_way()
        for name in SWEEPERS:
            stack.kill(name)
        stack.owe(100)
        SweepState.objects.update(holder="elsewhere:1:1", lease_until=clock.now() + timedelta(hours=2))
        ImportRun.objects.filter(status="running").update(holder="elsewhere:1:1")
        stack.start(*SWEEPERS, CLOCK_OFFSET="0")
        stack.survived(say, f"clock two hours ahead and back, {doing}")


@pytest.mark.parametrize("doing", DOING)
def test_a_clock_that_was_two_hours_behind_only_waits(house, say, doing):
    stack = Stack(house).start("web", "web2")
    with stack.meanwhile(doing, say) as under_way:
        stack.owe(100)
        stack.start(*SWEEPERS, CLOCK_OFFSET="-7200")
        under_way()
        time.sleep(4)
        early = stack.figures()["acted"]
        for name in SWEEPERS:
            stack.kill(name)
        stack.start(*SWEEPERS, CLOCK_OFFSET="0")
        stack.survived(say, f"clock two hours behind and right again, {doing}", acted_while_behind=early)


# Twins: the same with a guard taken out must go wrong


def overlapping(house, **environment: str) -> tuple[int, int]:
    stack = Stack(house, SWEEPING="0.4", **environment).start("worker", "worker2", "sweep", "beat", "beat2")
    wait_for(lambda: len(stack.said("end")) >= 12, 60, house.log.read_text)
    return len(stack.said("begin")), stack.sweeps_at_once()


def test_three_sweepers_sweep_one_at_a_time(house, say):
    sweeps, at_once = overlapping(house)
    say("three sweepers", sweeps=sweeps, at_once=at_once)
    assert at_once == 1


@on_postgresql
def test_without_the_lease_they_sweep_at_once(house, say):
    """SQLite lets one transaction write at a time, whoever holds the row."""
    sweeps, at_once = overlapping(house, GUARD="lease")
    say("three sweepers without the lease", sweeps=sweeps, at_once=at_once)
    assert at_once > 1


def silence(house, **environment: str) -> Stack:
    """Beat ticks for twelve seconds without a worker, then stops; then a worker comes."""
    stack = Stack(house, **environment).start("beat")
    time.sleep(12)
    stack.kill("beat")
    time.sleep(1.5)
    return stack.start("worker")


def test_ticks_that_nobody_took_in_time_are_not_made_up_for(house, say):
    stack = silence(house)
    time.sleep(20)
    taken = len(stack.said("tick"))
    say("ticks of twelve seconds without a worker", taken_afterwards=taken)
    assert taken <= 1


def test_without_their_expiry_they_are(house, say):
    stack = silence(house, GUARD="expires")
    wait_for(lambda: len(stack.said("tick")) >= 4, 60, lambda: f"{stack.said('tick')}")
    say("ticks of twelve seconds without a worker and without expiry", taken_afterwards=f"{len(stack.said('tick'))} and more")
