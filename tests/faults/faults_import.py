"""An import that is killed again and again ends as if nobody had touched it (issue: resumable). Slow: `make test-faults`."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from django.db import connection

from desk.imports import archive, runs
from desk.models import ImportRun
from staff.actions import create_store
from tests.importing import facts, write_workbook

pytestmark = pytest.mark.django_db(transaction=True)

ROWS, KILLS, CHUNK = 50_000, 200, 250


class Killed(BaseException):
    """As by kill -9: nobody catches it, and what was not committed is gone."""


@contextmanager
def killed_after(statements: int):
    """Dies at the n-th statement from now."""
    left = statements

    def wrapper(execute, sql, params, many, context):
        nonlocal left
        left -= 1
        if left < 0:
            raise Killed
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield


def test_50_000_rows_killed_at_200_random_points_equal_an_uninterrupted_run(tmp_path, monkeypatch):
    rng = random.Random(11)
    monkeypatch.setattr(archive, "chunk_size", lambda: CHUNK)
    write_workbook(tmp_path / "orders.xlsx", ROWS)
    data = (tmp_path / "orders.xlsx").read_bytes()
    whole, torn = create_store(code="WHOLE", name="一", by=None), create_store(code="TORN", name="二", by=None)
    runs.add(store=whole, kind="service_orders", filename="orders.xlsx", data=data, status="waiting")
    first = runs.work(whole)
    run = runs.add(store=torn, kind="service_orders", filename="orders.xlsx", data=data, status="waiting")
    reading = runs.read(run)
    monkeypatch.setattr(runs, "read", lambda run: reading)  # 200 readings of one file prove nothing more
    monkeypatch.setattr(runs, "_is_gone", lambda holder: True)  # the dead process is this one here
    monkeypatch.setattr(runs, "ATTEMPTS", KILLS)  # a chunk may be killed often here before it comes through
    for _kill in range(KILLS):
        with pytest.raises(Killed), killed_after(rng.randrange(1, 25)):
            runs.work(torn)
        assert ImportRun.objects.get(pk=run.pk).status != ImportRun.Status.DONE
    last = runs.work(torn)
    counts = [(done.status, done.created, done.updated, done.unchanged, done.rejected, done.position) for done in (first, last)]
    assert counts[0] == counts[1] == ("done", ROWS, 0, 0, 0, ROWS)
    assert facts(whole) == facts(torn)
    remarks = [
        list(done.remarks.order_by("what", "sheet", "row", "column", "value").values_list("what", "row", "column", "value"))
        for done in (first, last)
    ]
    assert remarks[0] == remarks[1]


def test_the_command_killed_for_real_and_given_again_equals_an_uninterrupted_run(tmp_path):
    """On a database of its own: a file, or the one that the tests' server begins with."""
    rng = random.Random(3)
    write_workbook(tmp_path / "orders.xlsx", 20_000)
    url = os.environ.get("DATABASE_URL") or f"sqlite:///{tmp_path}/faults.sqlite3"
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "dealercrm.settings", "VAR_DIR": str(tmp_path)}

    def manage(*words: str) -> subprocess.Popen:
        return subprocess.Popen([sys.executable, "manage.py", *words], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def done(process: subprocess.Popen) -> bytes:
        out, error = process.communicate()
        assert process.returncode == 0, error.decode()
        return out

    def bring_in(code: str) -> subprocess.Popen:
        return manage("import_records", "service_orders", str(tmp_path / "orders.xlsx"), "--store", code)

    done(manage("migrate", "-v0"))
    for code in ("WHOLE", "TORN"):
        done(manage("store", "create", code, code))
    began = time.monotonic()
    done(bring_in("WHOLE"))
    took = time.monotonic() - began
    killed = 0
    for _try in range(12):
        process = bring_in("TORN")
        try:
            process.wait(timeout=took * rng.uniform(0.2, 1.0))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.communicate()
    assert killed > 3
    done(bring_in("TORN"))
    told = "from tests.importing import facts; from staff.models import Store; print(facts(Store.objects.get(code='%s')))"
    whole, torn = (done(manage("shell", "-v0", "-c", told % code)) for code in ("WHOLE", "TORN"))
    assert len(whole) > 1_000_000
    assert whole == torn
