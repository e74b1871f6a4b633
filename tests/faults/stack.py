"""The whole application with everything doubled, people who write through it, and something to do; then somebody pulls a plug.

stack = Stack(house).open(); stack.owe(300, seconds=5); with stack.people() as people: …; print(stack.figures())
"""

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from itertools import accumulate

import pytest
from django.db import connection, transaction
from django.db.models import Count, F, Max

from core import clock
from core.models import OutboxMessage
from customers.actions import create_customer, create_vehicle
from customers.models import Customer
from desk.imports import runs
from desk.management.commands.serve import children
from desk.models import ImportRun
from followups.models import FollowUp
from staff.models import HoursKind
from tests.browsing import Browser, form_to
from tests.house import ROOT, House, always_open
from tests.servers import die_with, free_port
from visits.models import ServiceOrder

NEW = "/customers/new/"
EVERYTHING = ("web", "web2", "worker", "worker2", "beat", "beat2", "sweep")  # two beats and three sweepers
DOING = ("idle", "under load", "during an import")  # while something breaks
ROWS, CHUNK = 4000, "20"  # of an import: rows, and so many in one transaction that it takes its time
HEADER = "工单号,客户姓名,车牌号,进店日期"
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="of PostgreSQL and Valkey")
on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="of SQLite")


class Stack:
    def __init__(self, house: House, **environment: str):
        self.house = house
        self.environment = {"SWEEP_EVERY": "1", "CHUNK": CHUNK, **environment}
        self.ports: dict[str, int] = {}
        house.settings_module, house.extra = "tests.faulty", self.environment
        store = house.store
        # Whatever the hour of the run: the store calls day and night, so that what is promised is due when the test says.
        always_open(store, HoursKind.CALLING)
        self.manager = house.person("care_manager")

    # Processes

    def program(self, name: str) -> list[str]:
        """'web', 'web2', 'worker', 'worker2', 'beat', 'beat2', 'sweep'. Workers fork, so that there is a child to kill."""
        kind = name.rstrip("0123456789")
        if kind == "sweep":
            return [sys.executable, "manage.py", "sweep"]
        port = self.ports.setdefault(name, free_port()) if kind == "web" else 0
        argv = next(child.argv for child in children("127.0.0.1", port) if child.name == kind)
        if kind == "worker":
            argv = [*argv, "-P", "prefork", "-c", "2", "-n", f"{name}@%h"]
        return argv

    def start(self, *names: str, **environment: str) -> "Stack":
        for name in names:
            with self.house.log.open("ab") as log:
                self.house.processes[name] = subprocess.Popen(
                    self.program(name), cwd=ROOT, env={**self.house.environment(), **environment}, stdin=subprocess.DEVNULL, stdout=log,
                    stderr=log, start_new_session=True, preexec_fn=die_with(os.getpid()),
                )  # fmt: skip
        for name in names:
            if name.startswith("web"):
                wait_for(lambda name=name: answers(self.ports[name]), 60, f"{name}: {self.house.log.read_text()[-2000:]}")
        return self

    def kill(self, name: str) -> None:
        """kill -9 of the main process, and of what it leaves behind, as a supervisor would."""
        process = self.house.processes.pop(name)
        process.kill()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def kill_child(self, name: str) -> None:
        """kill -9 of one forked child, once there is one; its parent has to notice."""
        parent = self.house.processes[name].pid

        def forked() -> list[int]:
            return [pid for pid, of in parents().items() if of == parent]

        wait_for(forked, 30, f"{name} has no child")
        os.kill(forked()[0], signal.SIGKILL)

    def parent_of(self, pid: int) -> str | None:
        """The process of ours of which that one is a child."""
        of = parents().get(pid)
        return next((name for name, process in self.house.processes.items() if process.pid == of), None)

    def url(self, name: str = "web") -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    # What is owed

    @transaction.atomic
    def owe(self, n: int, *, within: float = 0.0, orders: int = 20) -> None:
        """n messages that become due one after the other within so many seconds, and so many handed-over cars that owe a call."""
        store, now = self.house.store, clock.now()
        batch = OutboxMessage.objects.count()
        OutboxMessage.objects.bulk_create(
            [
                OutboxMessage(
                    store_code=store.code, user=self.manager, recipient=f"user {self.manager.pk}", occasion=f"due {batch + i}", stage="told",
                    topic="demo_welcome", created_at=now, next_at=now + timedelta(seconds=within * i / n),
                )
                for i in range(n)
            ],
            batch_size=500,
        )  # fmt: skip
        made = handed_over().count()
        for i in range(made, made + orders):
            customer = create_customer(store=store, name=f"欠{i}", phones=[f"1370000{i:04d}"], by=None)
            vehicle = create_vehicle(store=store, owner=customer, plate=f"渝B{10000 + i}", by=None)
            received, delivered = now - timedelta(hours=6), now - timedelta(hours=3)
            ServiceOrder.objects.create(
                store=store, number=f"F{i}", vehicle=vehicle, customer=customer, step="delivered", received_at=received,
                received_on=store.local_date(received), delivered_at=delivered, delivered_on=store.local_date(delivered),
            )  # fmt: skip

    def left(self) -> int:
        """Rows that are due and not yet acted on."""
        now = clock.now()
        waiting = OutboxMessage.objects.filter(status="pending", channel="in_app", next_at__lte=now).count()
        unplanned = handed_over().filter(followups=None).count()
        return waiting + unplanned + FollowUp.objects.open().filter(opened_at=None, opens_at__lte=now).count()

    def all_done(self, seconds: float = 60) -> float:
        """Waits until everything that is owed has come due, and then until nothing is left; how long the latter took."""
        owed = OutboxMessage.objects.filter(status="pending", channel="in_app", occasion__startswith="due ")
        wait_for(lambda: quietly(lambda: not owed.filter(next_at__gt=clock.now()).exists()), seconds, "what is owed does not come due")
        began = time.monotonic()
        wait_for(lambda: quietly(lambda: self.left() == 0), seconds, lambda: f"{self.left()} left: {self.house.log.read_text()[-2000:]}")
        return time.monotonic() - began

    def figures(self) -> dict[str, float]:
        every, followups = OutboxMessage.objects.filter(channel="in_app"), FollowUp.objects.all()
        messages = every.filter(occasion__startswith="due ")  # those of owe(); the house reminds of this and that by itself
        sent = messages.filter(status="sent")
        latest = sent.aggregate(at=Max(F("sent_at") - F("next_at")))["at"]
        told_twice = every.values("occasion", "stage", "recipient", "channel").annotate(n=Count("pk")).filter(n__gt=1)
        planned_twice = followups.values("store", "plan", "occasion").annotate(n=Count("pk")).filter(n__gt=1)
        orders = handed_over()
        return {
            "due": messages.filter(next_at__lte=clock.now()).count() + orders.count(),
            "acted": sent.count() + orders.exclude(followups=None).count(),
            "early": sent.filter(sent_at__lt=F("next_at")).count(),
            "twice": told_twice.count() + planned_twice.count(),
            "latest": round(latest.total_seconds(), 1) if latest else 0.0,
        }

    def survived(self, say, what: str, **more) -> dict:
        """Everything that is owed is done within a minute from now, and once; more: what else is to be told."""
        took = self.all_done()
        figures = self.figures()
        say(what, **figures, recovered_within=f"{took:.1f} s", **more)
        assert (figures["acted"], figures["early"], figures["twice"]) == (figures["due"], 0, 0)
        return figures

    def said(self, what: str) -> list[tuple[int, float]]:
        """(process, moment) of each line of that kind in the sweeps' log."""
        path = self.house.var_dir / "sweeps.log"
        lines = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
        return [(int(pid), float(at)) for kind, pid, at in lines if kind == what]

    def sweeps_at_once(self) -> int:
        """The most sweeps that were under way at the same moment. One that was killed has no end, and does not count."""
        ends = self.said("end")
        marks = []
        for pid, began in self.said("begin"):
            ended = min((at for of, at in ends if of == pid and at >= began), default=None)
            marks += [(began, 1), (ended, -1)] if ended else []
        return max(accumulate((step for _at, step in sorted(marks)), initial=0))

    @contextmanager
    def people(self, n: int = 2):
        people = People(self, n)
        try:
            yield people
        finally:
            people.stop()

    @contextmanager
    def meanwhile(self, doing: str, say):
        """One of DOING goes on meanwhile; at the end nothing of it is missing. Gives what is to be called before something breaks."""
        imports = Imports(self)
        with self.people(2 if doing == "under load" else 0) as people:
            yield {"idle": lambda: None, "under load": people.are_at_it, "during an import": imports.are_at_it}[doing]
        if doing == "under load":
            say("writes under load", acknowledged=len(people.acknowledged), lost=len(people.lost()), twice=people.twice())
            assert people.acknowledged and not people.lost() and not people.twice()
        if doing == "during an import":
            took, rows = imports.all_done(), imports.rows()
            say("imports meanwhile", imports=len(imports.runs), rows=ROWS * len(imports.runs), there=rows, ended_within=f"{took:.1f} s")
            assert rows == ROWS * len(imports.runs)


class People:
    """n people who open files for new customers, one after the other. What fails is sent again with the same form."""

    def __init__(self, stack: Stack, n: int):
        self.stack, self.going = stack, True
        self.acknowledged: list[str] = []
        self.answers: Counter[str] = Counter()
        cookies = stack.house.cookies(stack.house.person("caller"))
        self.threads = [threading.Thread(target=self._work, args=(i, cookies), daemon=True) for i in range(n)]
        for thread in self.threads:
            thread.start()

    def are_at_it(self) -> None:
        before = len(self.acknowledged)
        wait_for(lambda: len(self.acknowledged) > before, 60, lambda: f"nobody writes: {self.answers}")

    def _work(self, number: int, cookies: dict[str, str]) -> None:
        webs = [name for name in self.stack.ports if name.startswith("web")]
        done = 0
        while self.going:
            browser = Browser(self.stack.url(webs[number % len(webs)]), cookies)
            name = f"写{number}x{done}"
            form = self._try(lambda b=browser, name=name, phone=f"135{number:02d}{done:06d}": new_file(b, name, phone))
            if not form:
                continue
            body = browser.encoded(form)
            while self.going:
                answer = self._try(lambda b=browser, sent=body: b.ask("POST", NEW, *sent))
                if answer and answer.status == 302 and "/login" not in answer.location:
                    self.acknowledged.append(name)
                    done += 1
                    break

    def _try(self, ask):
        try:
            answer = ask()
        except (OSError, http.client.HTTPException):
            self.answers["none"] += 1
            time.sleep(0.1)
            return None
        self.answers[str(getattr(answer, "status", "page" if answer else "no page"))] += 1
        if not answer or getattr(answer, "status", 200) >= 500:
            time.sleep(0.1)
        return answer

    def stop(self) -> None:
        self.going = False
        for thread in self.threads:
            thread.join(70)

    def lost(self) -> list[str]:
        """Acknowledged, and not there exactly once."""
        kept = Counter(Customer.objects.filter(name__startswith="写").values_list("name", flat=True))
        return [name for name in self.acknowledged if kept[name] != 1]

    def twice(self) -> int:
        return sum(n > 1 for n in Counter(Customer.objects.filter(name__startswith="写").values_list("name", flat=True)).values())


def new_file(browser: Browser, name: str, phone: str) -> dict[str, list[str]]:
    """The filled-in form for a new customer; empty if the page was not to be had."""
    form = form_to(browser.get(NEW).body, NEW, NEW, {}, {})
    return form and {**form, "customer-name": [name], "customer-phones": [phone]}


class Imports:
    """Files of orders of their own, given one after the other, as many as are needed for one to be under way whenever something breaks."""

    def __init__(self, stack: Stack):
        self.stack, self.runs = stack, []

    def are_at_it(self) -> None:
        """One of them has got further since this was asked, and is not at its end."""
        at = None

        def getting_further() -> bool:
            nonlocal at
            if not self.runs or self.now().is_over:
                at = None
                self.give()
            run = self.now()
            at = run.position if at is None else at
            return run.status == "running" and run.position > at

        wait_for(lambda: quietly(getting_further), 90, lambda: f"no import gets on: {self.told()}")

    def give(self) -> None:
        number = len(self.runs)
        rows = (f"I{number}N{n},导入{number}的{n},渝{'CDEFGHJKLM'[number]}{n:05d},2025-10-05 10:00" for n in range(ROWS))
        data = "\n".join([HEADER, *rows]).encode()
        run = runs.add(store=self.stack.house.store, kind="service_orders", filename=f"orders{number}.csv", data=data, status="waiting")
        self.runs.append(run.pk)

    def now(self) -> ImportRun:
        return ImportRun.objects.defer("data").get(pk=self.runs[-1])

    def told(self) -> list[tuple]:
        """(state, position, rows created, what was wrong) of each."""
        return list(ImportRun.objects.filter(pk__in=self.runs).values_list("status", "position", "created", "problem").order_by("pk"))

    def all_done(self) -> float:
        """Waits for the end of each: all its rows are in, of each it was the run that brought it. How long it took."""
        began = time.monotonic()
        mine = ImportRun.objects.filter(pk__in=self.runs)
        ended = mine.exclude(status__in=["waiting", "running"])
        wait_for(lambda: quietly(lambda: ended.count() == len(self.runs)), 120, lambda: f"imports do not end: {self.told()}")
        assert self.runs and self.told() == [("done", ROWS, ROWS, "")] * len(self.runs)
        return time.monotonic() - began

    def rows(self) -> int:
        return ServiceOrder.objects.filter(origin=ServiceOrder.Origin.IMPORTED, number__regex="^I[0-9]+N").count()


def handed_over():
    """The cars that owe a call. Imported history owes none."""
    return ServiceOrder.objects.delivered().exclude(origin=ServiceOrder.Origin.IMPORTED)


def parents() -> dict[int, int]:
    """Of each process the one that started it."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    return {int(pid): int(of) for pid, of in map(str.split, listed.splitlines())}


def answers(port: int) -> bool:
    with suppress(OSError, http.client.HTTPException), closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as asked:
        asked.request("GET", "/healthz")
        return asked.getresponse().status == 200
    return False


def quietly(ask) -> bool:
    """False also when the database does not answer just now."""
    from django.db import Error

    try:
        return ask()
    except Error:
        connection.close()
        return False


def wait_for(what, seconds: float, otherwise="it did not happen in time") -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if what():
            return
        time.sleep(0.2)
    raise AssertionError(otherwise() if callable(otherwise) else otherwise)
