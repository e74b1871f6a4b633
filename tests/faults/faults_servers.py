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
from customers.models import Customer
from desk.models import ImportRun
from followups import planner
from followups.actions import plan_for_orders
from followups.models import FollowUp
from tests.browsing import Browser, form_to
from tests.faults.stack import DOING, EVERYTHING, HEADER, NEW, Imports, Stack, new_file, on_postgresql, on_sqlite, wait_for
from tests.house import House, orm_on
from tests.servers import postgres_server, signal, valkey_server
from visits.models import ServiceOrder

pytestmark = pytest.mark.broker
AWAY = 130  # seconds that the broker is away
REFUSING = 75  # seconds that PostgreSQL refuses
NO_ROOM = 12  # seconds that a disk is full
PAGES = ("/", "/queue/", "/visits/", "/customers/", "/imports/", "/reports/", "/inbox/", "/settings/")
CSV = HEADER + "\n{number},张三,渝A5{number},2026-10-05 10:00\n"


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


def no_page_failed(statuses: Counter) -> None:
    assert not [status for status in statuses if status >= 400], statuses


@on_postgresql
@pytest.mark.parametrize("doing", DOING)
def test_a_broker_that_is_killed_emptied_or_away_fails_no_page_and_loses_nothing(house, say, doing):
    """No sweep runs beside: only beat's ticks through the broker move anything."""
    import redis

    with valkey_server() as broker:
        house.redis_url = broker.url
        stack = Stack(house).start("web", "web2", "worker", "worker2", "beat", "beat2")
        with stack.meanwhile(doing, say) as under_way:
            under_way()
            stack.owe(200, within=2)
            broker.stop(signal.SIGKILL)
            statuses = pages(stack, 1)
            broker.start()
            stack.survived(say, f"broker kill -9, {doing}", pages=dict(statuses))
            no_page_failed(statuses)

            under_way()
            stack.owe(200, within=2)
            for _n in range(5):
                with redis.Redis.from_url(broker.url) as server:
                    server.flushall()
                time.sleep(0.5)
            stack.survived(say, f"broker emptied five times, {doing}")

            under_way()
            broker.stop()
            stack.owe(200, within=AWAY / 2)
            statuses, ends = Counter(), time.monotonic() + AWAY
            while time.monotonic() < ends:
                statuses += pages(stack, 10 + statuses.total())
            broker.start()
            stack.survived(say, f"broker away for {AWAY} s, {doing}", pages=dict(statuses))
            no_page_failed(statuses)
        # What was uploaded meanwhile is done in its turn.
        wait_for(lambda: not ImportRun.objects.exclude(status="done").exists(), 120, lambda: f"{ImportRun.objects.values_list('status')}")


@on_sqlite
@pytest.mark.parametrize("doing", DOING)
def test_messages_in_files_that_disappear_lose_nothing(house, say, doing):
    stack = Stack(house).start(*EVERYTHING)
    with stack.meanwhile(doing, say) as under_way:
        under_way()
        stack.owe(200, within=2)
        for _n in range(5):
            for message in (house.var_dir / "broker" / "messages").iterdir():
                message.unlink(missing_ok=True)
            time.sleep(0.3)
        statuses = pages(stack, 1)
        stack.survived(say, f"message files removed five times, {doing}", pages=dict(statuses))
        no_page_failed(statuses)


@on_postgresql
@pytest.mark.parametrize("doing", DOING)
def test_postgresql_that_crashes_and_refuses_loses_no_acknowledged_write(house, migrated, tmp_path, django_db_blocker, say, doing):
    folder = tmp_path / "own"
    folder.mkdir()
    with postgres_server(synchronous_commit="on") as server:
        own = House(folder=folder, database_url=server.url, redis_url=house.redis_url)
        made = own.manage("migrate", "-v0")
        assert made.returncode == 0, made.stderr
        (own.var_dir / "static").symlink_to(migrated[0] / "var" / "static")
        with orm_on(server.url):
            try:
                crash(Stack(own), server, say, doing)
            finally:
                own.close()


def crash(stack: Stack, server, say, doing: str) -> None:
    stack.start(*EVERYTHING)
    with stack.meanwhile(doing, say) as under_way:
        under_way()
        stack.owe(200, within=2)
        time.sleep(1)
        server.stop(signal.SIGQUIT)  # at once, without a checkpoint: it has to recover from its log
        server.start()
        connection.close()
        stack.survived(say, f"PostgreSQL crashed, {doing}")
        under_way()
        stack.owe(200, within=REFUSING / 2)
        server.stop()
        time.sleep(REFUSING)
        server.start()
        connection.close()
        statuses = pages(stack, 3)
        stack.survived(say, f"PostgreSQL refused for {REFUSING} s, {doing}", pages=dict(statuses))
        no_page_failed(statuses)


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
@pytest.mark.parametrize("doing", DOING)
def test_a_full_disk_under_sqlite_refuses_writes_and_loses_none(house, tmp_path, say, doing):
    size = (tmp_path / "house.sqlite3").stat().st_size // 2**20 + 20
    with small_disk(tmp_path / "small", size) as disk:
        shutil.copy(tmp_path / "house.sqlite3", disk / "house.sqlite3")
        small = House(folder=tmp_path / "small-house", database_url=f"sqlite:///{disk / 'house.sqlite3'}")
        (small.var_dir / "static").symlink_to((house.var_dir / "static").resolve())
        with orm_on(small.database_url):
            try:
                without_room(Stack(small), disk, say, doing)
            finally:
                small.close()
                connections["default"].close()


def without_room(stack: Stack, disk, say, doing: str) -> None:
    stack.start(*EVERYTHING)
    browser = Browser(stack.url(), stack.house.cookies(stack.manager))
    statuses = []

    def answer() -> int:
        """Of somebody who opens one more file."""
        n = len(statuses)
        statuses.append(browser.post(NEW, new_file(browser, f"写9x{n}", f"13599{n:06d}")).status)
        return statuses[-1]

    with stack.meanwhile(doing, say) as under_way:
        under_way()
        stack.owe(50, within=NO_ROOM / 2)
        fill(disk / "ballast")
        wait_for(lambda: answer() == 507, 60, lambda: f"no write was refused: {statuses}")
        read = Counter(browser.get(page).status for page in PAGES)
        time.sleep(NO_ROOM)
        left = stack.left()
        (disk / "ballast").unlink()
        stack.survived(say, f"disk full under SQLite for {NO_ROOM} s, {doing}", left_meanwhile=left, pages_meanwhile=dict(read))
        assert answer() == 302
    kept = Customer.objects.filter(name__startswith="写9x").count()
    with connection.cursor() as cursor:
        sound = cursor.execute("PRAGMA integrity_check").fetchone()[0]
    say(f"the file after it, {doing}", acknowledged=statuses.count(302), refused=statuses.count(507), there=kept, integrity=sound)
    assert (kept, sound, set(read)) == (statuses.count(302), "ok", {200})


def fill(path) -> None:
    with path.open("wb", buffering=0) as ballast:
        try:
            while True:
                ballast.write(b"x" * 4096)
        except OSError:
            return


@pytest.mark.parametrize("doing", DOING)
def test_no_room_for_an_upload_is_said_and_the_rest_goes_on(house, tmp_path, say, doing):
    """The disk for temporary files, where the worker copies what it reads, too."""
    with small_disk(tmp_path / "small", 1) as disk:
        stack = Stack(house, TMPDIR=str(disk)).start(*EVERYTHING)
        browser = Browser(stack.url(), house.cookies(stack.manager))
        with stack.meanwhile(doing, say) as under_way:
            under_way()
            stack.owe(50, within=2)
            before = ImportRun.objects.count()
            form = form_to(browser.get("/imports/").body, "/imports/", "/imports/", {}, {"kind": ""})
            sent = ("file", "orders.csv", b"x," * 2**21)
            refused = browser.post("/imports/", {**form, "kind": ["service_orders"]}, sent)
            read = Counter(browser.get(page).status for page in PAGES)
            stack.survived(say, f"no room for an upload, {doing}", answered=refused.status, pages_afterwards=dict(read))
            assert refused.status == 507 and "磁盘" in refused.body
            assert ImportRun.objects.count() == before
            assert set(read) == {200}


def test_an_import_begun_on_a_full_disk_comes_in_when_there_is_room(house, tmp_path, say):
    with small_disk(tmp_path / "small", 1) as disk:
        stack = Stack(house, TMPDIR=str(disk)).start("web", "worker", "beat")
        wait_for(lambda: stack.said("end"), 60, house.log.read_text)
        fill(disk / "ballast")
        imports = Imports(stack)
        imports.give()
        wait_for(lambda: imports.now().status != "waiting", 30, lambda: f"{imports.told()}")
        time.sleep(NO_ROOM)
        meanwhile = imports.told()
        (disk / "ballast").unlink()
        took = imports.all_done()
        say("an import begun on a full disk", meanwhile=meanwhile, ended_within=f"{took:.1f} s")
        assert meanwhile == [("running", 0, 0, "")]


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
