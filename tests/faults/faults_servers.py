"""The servers beside the application: the broker killed, emptied and away; PostgreSQL crashed and refusing; the disk full."""

import shutil
import subprocess
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection, connections

from core import clock, outbox
from core.models import OutboxMessage
from desk.models import ImportRun
from followups import planner
from followups.actions import plan_for_orders
from followups.models import FollowUp
from tests.browsing import Browser, form_to
from tests.faults.stack import Stack, on_postgresql, on_sqlite
from tests.house import House, orm_on
from tests.servers import postgres_server, signal, valkey_server
from visits.models import ServiceOrder

pytestmark = pytest.mark.broker
AWAY = 130  # seconds
PAGES = ("/", "/queue/", "/visits/", "/customers/", "/imports/", "/reports/", "/inbox/", "/settings/")
CSV = "工单号,客户姓名,车牌号,进店日期\n{number},张三,渝A5{number},2026-10-05 10:00\n"


def pages(stack: Stack, number: int) -> Counter:
    """Every main page is asked for, and an import is uploaded and started, which sends a message; the answers' statuses."""
    browser = Browser(stack.url(), stack.house.cookies(stack.manager))
    statuses = Counter(browser.get(page).status for page in PAGES)
    form = form_to(browser.get("/imports/").body, "/imports/", "/imports/", {}, {"kind": ""})
    data = CSV.format(number=4000 + number).encode()
    uploaded = browser.post("/imports/", {**form, "kind": ["service_orders"]}, ("file", "orders.csv", data))
    statuses[uploaded.status] += 1
    start = f"{uploaded.location}start/"
    form = form_to(browser.get(uploaded.location).body, start, uploaded.location, {}, {})
    statuses[browser.post(start, form).status] += 1
    return statuses


def survived(stack: Stack, say, what: str, statuses: Counter, people=None) -> None:
    took = stack.all_done()
    figures = stack.figures()
    writes = {"acknowledged": len(people.acknowledged), "lost": len(people.lost())} if people else {}
    say(what, **figures, recovered_within=f"{took:.1f} s", pages=dict(statuses), **writes)
    assert (figures["acted"], figures["early"], figures["twice"]) == (figures["due"], 0, 0)
    assert not [status for status in statuses if status >= 400]
    assert not people or (people.acknowledged and not people.lost())


@on_postgresql
def test_a_broker_that_is_killed_emptied_or_away_fails_no_page_and_loses_nothing(house, say):
    """No sweep runs beside: only beat's ticks through the broker move anything."""
    import redis

    with valkey_server() as broker:
        house.redis_url = broker.url
        stack = Stack(house).start("web", "web2", "worker", "worker2", "beat", "beat2")
        with stack.people(2) as people:
            stack.owe(200, within=2)
            broker.stop(signal.SIGKILL)
            statuses = pages(stack, 1)
            broker.start()
            survived(stack, say, "broker kill -9", statuses, people)

            stack.owe(200, within=2)
            for _n in range(5):
                with redis.Redis.from_url(broker.url) as server:
                    server.flushall()
                time.sleep(0.5)
            survived(stack, say, "broker emptied five times", pages(stack, 2), people)

            broker.stop()
            stack.owe(200, within=2)
            statuses = Counter()
            ends = time.monotonic() + AWAY
            while time.monotonic() < ends:
                statuses += pages(stack, 10 + len(statuses) + statuses.total())
            broker.start()
            survived(stack, say, f"broker away for {AWAY} s", statuses, people)
        assert ImportRun.objects.count() == ImportRun.objects.filter(status__in=["done", "waiting", "running"]).count()


@on_sqlite
def test_messages_in_files_that_disappear_lose_nothing(house, say):
    stack = Stack(house).start("web", "worker", "beat")
    with stack.people(1) as people:
        stack.owe(200, within=2)
        for _n in range(5):
            for message in (house.var_dir / "broker" / "messages").iterdir():
                message.unlink(missing_ok=True)
            time.sleep(0.3)
        survived(stack, say, "message files removed five times", pages(stack, 1), people)


@on_postgresql
def test_postgresql_that_crashes_and_refuses_loses_no_acknowledged_write(house, migrated, tmp_path, django_db_blocker, say):
    folder = tmp_path / "own"
    folder.mkdir()
    with postgres_server(synchronous_commit="on") as server:
        own = House(folder=folder, database_url=server.url, redis_url=house.redis_url)
        made = own.manage("migrate", "-v0")
        assert made.returncode == 0, made.stderr
        (own.var_dir / "static").symlink_to(migrated[0] / "var" / "static")
        with orm_on(server.url):
            try:
                crash(Stack(own), server, say)
            finally:
                own.close()


def crash(stack: Stack, server, say) -> None:
    stack.start("web", "web2", "worker", "worker2", "beat", "sweep")
    with stack.people(2) as people:
        stack.owe(200, within=2)
        time.sleep(2)
        server.stop(signal.SIGQUIT)  # at once, without a checkpoint: it has to recover from its log
        server.start()
        connection.close()
        survived(stack, say, "PostgreSQL crashed", Counter(), people)
        stack.owe(200, within=2)
        server.stop()
        time.sleep(AWAY)
        server.start()
        connection.close()
        survived(stack, say, f"PostgreSQL refused for {AWAY} s", pages(stack, 3), people)


@contextmanager
def small_disk(folder, megabytes: int):
    """A disk of that size at `folder`; needs the right to mount one."""
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder], capture_output=True, text=True)
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@on_sqlite
def test_a_full_disk_under_sqlite_refuses_writes_and_loses_none(house, tmp_path, say):
    size = (tmp_path / "house.sqlite3").stat().st_size // 2**20 + 6
    with small_disk(tmp_path / "small", size) as disk:
        shutil.copy(tmp_path / "house.sqlite3", disk / "house.sqlite3")
        small = House(folder=tmp_path / "small-house", database_url=f"sqlite:///{disk / 'house.sqlite3'}")
        (small.var_dir / "static").symlink_to((house.var_dir / "static").resolve())
        with orm_on(small.database_url):
            try:
                stack = Stack(small).start("web")
                reader = Browser(stack.url(), small.cookies(stack.manager))
                with stack.people(2) as people:
                    time.sleep(2)
                    fill(disk / "ballast")
                    refused_from = len(people.acknowledged)
                    time.sleep(2)
                    read = Counter(reader.get(page).status for page in PAGES)
                    refused = people.answers["507"]
                    (disk / "ballast").unlink()
                    time.sleep(3)
                stack.start("worker", "beat")
                stack.owe(50)
                stack.all_done()
                with connection.cursor() as cursor:
                    sound = cursor.execute("PRAGMA integrity_check").fetchone()[0]
                say("disk full under SQLite", acknowledged=len(people.acknowledged), lost=len(people.lost()), twice=people.twice(), refused=refused,
                    acknowledged_after_it=len(people.acknowledged) - refused_from, pages_meanwhile=dict(read), integrity=sound)  # fmt: skip
                assert refused and not people.lost() and not people.twice() and sound == "ok"
                assert len(people.acknowledged) > refused_from
                assert set(read) == {200}
            finally:
                small.close()
                connections["default"].close()


def fill(path) -> None:
    with path.open("wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(b"x" * 4096)
        except OSError:
            return


def test_no_room_for_an_upload_is_said_and_the_rest_goes_on(house, tmp_path, say):
    with small_disk(tmp_path / "small", 1) as disk:
        stack = Stack(house).start("web", TMPDIR=str(disk))
        browser = Browser(stack.url(), house.cookies(stack.manager))
        form = form_to(browser.get("/imports/").body, "/imports/", "/imports/", {}, {"kind": ""})
        sent = ("file", "orders.csv", b"x," * 2**21)
        refused = browser.post("/imports/", {**form, "kind": ["service_orders"]}, sent)
        after = Counter(browser.get(page).status for page in PAGES)
        say("no room for an upload", answered=refused.status, imports=ImportRun.objects.count(), pages_afterwards=dict(after))
        assert refused.status == 507 and "磁盘" in refused.body
        assert ImportRun.objects.count() == 0
        assert set(after) == {200}


# What is unique, and what happens when it is not


def at_the_same_moment(database_url: str, n: int, act) -> None:
    barrier = threading.Barrier(n)

    def one(_n) -> None:
        with orm_on(database_url):
            barrier.wait()
            act()

    with ThreadPoolExecutor(n) as pool:
        list(pool.map(one, range(n)))


def promised_at_once(house) -> int:
    """Eight say the same to one person at the same moment; how many messages there are."""
    user, store = house.person("advisor"), house.store
    at_the_same_moment(
        house.database_url, 8, lambda: outbox.notify(store=store, user=user, occasion="order 1", stage="told", topic="demo_welcome")
    )
    return OutboxMessage.objects.count()


def planned_at_once(house, monkeypatch) -> tuple[int, int]:
    """Eight plan the same twenty orders at the same moment: (orders, follow-ups)."""
    stack = Stack(house)
    stack.owe(1, orders=20)
    sheets = planner.call_sheets
    monkeypatch.setattr(planner, "call_sheets", lambda candidates: (time.sleep(0.3), sheets(candidates))[1])
    orders = list(ServiceOrder.objects.select_related("store", "customer"))
    at_the_same_moment(house.database_url, 8, lambda: plan_for_orders(orders=orders, now=clock.now()))
    return len(orders), FollowUp.objects.count()


def without(model, name: str) -> None:
    """The twin's database: the constraint is gone. SQLite makes the table anew after what the model says: it says so meanwhile."""
    every = model._meta.constraints
    constraint = next(one for one in every if one.name == name)
    model._meta.constraints = [one for one in every if one is not constraint]
    try:
        with connection.schema_editor() as editor:
            editor.remove_constraint(model, constraint)
    finally:
        model._meta.constraints = every


def test_a_message_promised_eight_times_at_once_is_one(house, say):
    rows = promised_at_once(house)
    say("one message promised by eight at once", rows=rows)
    assert rows == 1


def test_without_its_uniqueness_it_is_several(house, say):
    without(OutboxMessage, "outbox_once")
    rows = promised_at_once(house)
    say("the same without the constraint", rows=rows)
    assert rows > 1


def test_twenty_orders_planned_by_eight_at_once_owe_twenty_calls(house, monkeypatch, say):
    orders, followups = planned_at_once(house, monkeypatch)
    say("orders planned by eight at once", orders=orders, followups=followups)
    assert orders == followups == 20


@on_postgresql
def test_without_the_uniqueness_of_rule_and_occasion_they_owe_more(house, monkeypatch, say):
    """SQLite lets one transaction write at a time: there the look before the insert would be enough."""
    without(FollowUp, "followup_once_per_occasion")
    orders, followups = planned_at_once(house, monkeypatch)
    say("the same without the constraint", orders=orders, followups=followups)
    assert followups > orders
