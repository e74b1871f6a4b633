"""What a page costs, and what it costs with a hundred times the rows: `python -m bench.pages [SMALL LARGE] [ROUNDS]`.

Two stores (bench.population), each in a database of its own on the same server, each looked at by a process of its own; the two take
turns, every scenario once a round, and medians are printed: milliseconds, statements, the ratio to a page that is as simple as a page
can be, and large against small. With DATABASE_URL on PostgreSQL, else on SQLite. Judges nothing.

Beside the application's pages stand two of the benchmark's own (bench/urls.py): `empty`, a signed-in view that does nothing, and
`thin`, the frame of a page around the queue's 50 lines from one raw statement.
"""

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime

from django.db import transaction

SMALL, LARGE, ROUNDS = 10_000, 1_000_000, 25
DELIVERIES = 10_000
Timed = Callable[[], AbstractContextManager[None]]
# Scenario -> (what it is compared with, the goal; '' for none). In this order in every round.
SCENARIOS = {
    "empty": ("", None),
    "thin": ("", None),
    "queue, first page": ("thin", 1.6),
    "queue, 80 % deep": ("thin", 1.6),
    "search, hit": ("empty", 3),
    "search, miss": ("empty", 3),
    "customer": ("thin", 1.3),
    "vehicle": ("thin", 1.3),
    "save a call": ("empty", 4),
    "month": ("thin", 1.5),
    "month, made anew": ("thin", None),  # as after a change: nothing kept (docs/adr/0022)
    "sweep, nothing due": ("empty", None),
    # A month's answers from the rows themselves, as the sweep counts them; the statement gives the same numbers.
    "answers, one statement": ("", None),
    "answers, recounted": ("answers, one statement", 1.3),
}
ANSWERS = """
    SELECT r.audience, a.question_id, a.score, COUNT(*) FROM csi_response r JOIN csi_answer a ON a.response_id = r.id
    WHERE r.store_id = %s AND r.answered_on BETWEEN %s AND %s AND a.score IS NOT NULL GROUP BY 1, 2, 3
"""


class Looker:
    """In the process of one store: does a scenario once, timed."""

    def __init__(self) -> None:
        from django.test import Client

        from core import sweep
        from customers.models import Phone, Vehicle
        from followups import queue
        from reports import counts
        from reports.periods import containing
        from staff.models import Store, User

        counts.KEPT_MONTHS, counts.WEEKS_KEPT_MONTHS = 13, 0  # what the page looks at: the rest would be counted for as long again
        sweep.run(until_done=True)  # what the population left to do, and the counts that are kept
        self.store = Store.objects.get()
        self.caller, self.manager = Client(), Client()
        for client, role in ((self.caller, "caller"), (self.manager, "care_manager")):
            client.force_login(User.objects.get(username=role), backend="django.contrib.auth.backends.ModelBackend")
        ready = queue.callers_sheets(self.store).ready(datetime.now(UTC))
        waiting = ready.count()
        sheet = ready.in_order()[min(int(waiting * 0.8), waiting - queue.PAGE - 2)]  # a whole page follows, in a small store too
        cars = Vehicle.objects.filter(store=self.store).order_by("pk")
        car = cars[cars.count() // 2]
        owner = car.ownerships.get(until=None).customer_id
        tail = Phone.objects.filter(customer=owner).first().number[-8:]
        month = containing(self.store.today()).previous
        page = self.page
        self.scenarios = {
            "empty": page(self.caller, "/bench/empty/"),
            "thin": page(self.caller, "/bench/thin/"),
            "queue, first page": page(self.caller, "/queue/"),
            "queue, 80 % deep": page(self.caller, f"/queue/?after={sheet.due_at:%Y%m%dT%H%M%S.%f}_{sheet.tier}_{sheet.pk}"),
            # As it is used: live, the results below the box.
            "search, hit": page(self.caller, "/search/", q=tail),
            "search, miss": page(self.caller, "/search/", q="99999999"),
            "customer": page(self.caller, f"/customers/{owner}/"),
            "vehicle": page(self.caller, f"/vehicles/{car.pk}/"),
            "save a call": self.save_a_call,
            "month": page(self.manager, f"/csi/monthly/?period={month}"),
            "month, made anew": self.month_anew,
            "sweep, nothing due": self.sweep,
            "answers, one statement": self.one_statement,
            "answers, recounted": self.recounted,
        }
        self.month = month

    @staticmethod
    def page(client, path: str, **posted) -> Callable[[Timed], None]:
        def look(timed: Timed) -> None:
            with timed():
                response = client.post(path, posted, headers={"HX-Request": "true"}) if posted else client.get(path)
            assert response.status_code == 200, (path, response.status_code)

        return look

    def save_a_call(self, timed: Timed) -> None:
        """Nobody answers. The page that leads to it is not counted; the choice of the next customer is, as for a caller."""
        claimed = self.caller.post("/queue/next/", {"go": "1"})
        body = self.caller.get(claimed.url).content.decode()
        names = ("token", "claim", "phone")
        typed = {name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', body)[1] for name in names}
        with timed():
            response = self.caller.post(claimed.url, {**typed, "outcome": "no_answer"})
        assert response.status_code == 302, response.status_code
        self.caller.post(f"{response.url.partition('?')[0]}release/", {"go": "1"})

    def month_anew(self, timed: Timed) -> None:
        from core import kept

        kept.forget()
        self.page(self.manager, f"/csi/monthly/?period={self.month}")(timed)

    @staticmethod
    def sweep(timed: Timed) -> None:
        from core import sweep

        sweep.run(until_done=True)  # what has come due since the last round
        with timed():
            sweep.run()

    def one_statement(self, timed: Timed) -> None:
        from django.db import connection

        with timed(), connection.cursor() as cursor:
            cursor.execute(ANSWERS, [self.store.pk, self.month.first, self.month.last])
            rows = cursor.fetchall()
        self.answers = sum(n for *_key, n in rows)

    def recounted(self, timed: Timed) -> None:
        """Every question's answers, and the figures of satisfaction with them."""
        from reports.compute import store_figures
        from reports.figures import FIGURES
        from reports.questions import answer_counts

        with timed():
            found = answer_counts(self.store, self.month)
            figures = store_figures(
                self.store, self.month, [FIGURES[code] for code in ("satisfaction_rate", "satisfaction_rate_sales", "csat")]
            )
        assert figures["csat"].n and sum(one.count for one in found) <= self.answers

    def do(self, name: str) -> dict:
        """{"ms", "statements"}: timed first, then counted: counting costs time."""
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        took: list[float] = []

        @contextmanager
        def timed():
            began = time.perf_counter()
            yield
            took.append((time.perf_counter() - began) * 1000)

        @contextmanager
        def counted():
            with CaptureQueriesContext(connection) as asked:
                yield
            took.append(len(asked))

        self.scenarios[name](timed)
        self.scenarios[name](counted)
        return {"ms": took[0], "statements": int(took[1])}

    def plan_deliveries(self, n: int) -> dict:
        """New cars handed over today: four calls each, by the sweep."""
        from core import bulk, sweep
        from customers.models import Vehicle
        from visits.models import NewCarDelivery

        now = datetime.now(UTC)
        cars = Vehicle.objects.filter(store=self.store).order_by("pk").values_list("pk", "ownerships__customer")[:n]
        rows = [(self.store.pk, car, owner, now, self.store.local_date(now)) for car, owner in cars]
        with transaction.atomic():
            bulk.insert_values(NewCarDelivery, ["store_id", "vehicle_id", "customer_id", "delivered_at", "delivered_on"], rows)
        began = time.perf_counter()
        planned = sweep.run(until_done=True)["planned"]
        return {"ms": (time.perf_counter() - began) * 1000, "planned": planned}


def attend() -> None:
    """The process of one store: a line asks, a line answers."""
    looker = Looker()
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        name = json.loads(line)
        answer = looker.plan_deliveries(DELIVERIES) if name == "plan" else looker.do(name)
        print(json.dumps(answer), flush=True)


class Store:
    """A filled database and the process that looks at it."""

    def __init__(self, customers: int, url: str, folder: str):
        self.customers = customers
        self.environment = {
            **os.environ, "DATABASE_URL": url, "VAR_DIR": folder, "DJANGO_SETTINGS_MODULE": "bench.settings", "PYTHONPATH": ".", "LOG_LEVEL": "ERROR",
        }  # fmt: skip
        began = time.perf_counter()
        fill = "import django; django.setup(); from django.core.management import call_command as c; c('migrate', verbosity=0); c('collectstatic', interactive=False, verbosity=0);"
        fill += f"from datetime import *; from bench.population import fill; fill({customers}, datetime.now(UTC))"
        subprocess.run([sys.executable, "-c", fill], env=self.environment, check=True)
        filled = time.perf_counter()
        command = [sys.executable, "-c", "import django; django.setup(); from bench.pages import attend; attend()"]
        self.process = subprocess.Popen(command, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._answer()
        print(
            f"{customers:>9,} customers: filled in {filled - began:.0f} s, first sweep and counts {time.perf_counter() - filled:.0f} s",
            flush=True,
        )

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("the process that looks at the store has ended")
        return json.loads(line)

    def ask(self, name: str) -> dict:
        self.process.stdin.write(json.dumps(name) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def show(kind: str, stores: list[Store], found: dict[int, dict[str, list[dict]]]) -> None:
    def median(store: Store, name: str) -> float:
        return statistics.median(answer["ms"] for answer in found[store.customers][name])

    small, large = stores[0], stores[-1]
    heads = [f"{store.customers:,} ms" for store in stores] + ["statements", "against", "ratio", "goal", "large : small"]
    print(f"\n{kind}, {len(found[small.customers]['thin'])} rounds, medians")
    print(f"| {'':18} | " + " | ".join(heads) + " |")
    print("|" + "---|" * (len(heads) + 1))
    for name, (against, goal) in SCENARIOS.items():
        times = [f"{median(store, name):.1f}" for store in stores]
        statements = max(answer["statements"] for store in stores for answer in found[store.customers][name])
        ratio = f"{median(large, name) / median(large, against):.2f}" if against else ""
        growth = f"{median(large, name) / median(small, name):.2f}"
        print(f"| {name:18} | " + " | ".join([*times, str(statements), against, ratio, f"≤ {goal}" if goal else "", growth]) + " |")


def main(small: int, large: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        sizes = sorted({small, large})
        kind, urls = databases(sizes, folder)
        stores = [Store(size, urls[size], folder) for size in sizes]
        found: dict[int, dict[str, list[dict]]] = {size: {name: [] for name in SCENARIOS} for size in sizes}
        for n in range(rounds + 1):
            for name in SCENARIOS:
                for store in stores[:: -1 if n % 2 else 1]:
                    answer = store.ask(name)
                    if n:  # the first round warms up
                        found[store.customers][name].append(answer)
        show(kind, stores, found)
        for store in stores:
            planned = store.ask("plan")
            print(
                f"{store.customers:>9,} customers: {DELIVERIES:,} deliveries planned in {planned['ms'] / 1000:.1f} s ({planned['planned']:,} calls)"
            )
        for store in stores:
            store.close()


def databases(sizes: list[int], folder: str) -> tuple[str, dict[int, str]]:
    """A new database for each size."""
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        return "SQLite", {size: f"sqlite:///{folder}/bench-{size}.sqlite3" for size in sizes}
    import psycopg2

    server = psycopg2.connect(url)
    server.autocommit = True
    with server.cursor() as cursor:
        for size in sizes:
            cursor.execute(f"DROP DATABASE IF EXISTS bench_{size}")
            cursor.execute(f"CREATE DATABASE bench_{size}")
    server.close()
    return "PostgreSQL", {size: f"{url.rpartition('/')[0]}/bench_{size}" for size in sizes}


if __name__ == "__main__":
    asked = [int(text) for text in sys.argv[1:]]
    main(*(asked + [SMALL, LARGE, ROUNDS][len(asked) :]))
