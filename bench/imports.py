"""How fast service orders come in: `python -m bench.imports [ROWS]`.

20,000 orders × 25 columns with all checks, into an empty database: a copy of the one that DATABASE_URL names, else a temporary SQLite file.
Beside it, in turns and in the same run: pandas with openpyxl merely reading the same file; and an update_or_create loop over what a row
holds. Prints rows a second, ratios (medians of the rounds), and the peak memory of the import's process tree. Judges nothing.
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

ROWS, LOOPED, ROUNDS = 20_000, 1_000, 5

READ = """
import sys, time
import pandas
began = time.perf_counter()
pandas.read_excel(sys.argv[1], engine="openpyxl")
print(time.perf_counter() - began)
"""
IMPORT = """
import sys, time
from pathlib import Path
import django
django.setup()
from core import names
from desk.imports import runs
from staff.models import Store
names.pinyin("王")  # a worker has its dictionaries loaded
began = time.perf_counter()
store = Store.objects.get(code="BENCH")
runs.add(store=store, kind="service_orders", filename="o.xlsx", data=Path(sys.argv[1]).read_bytes(), status="waiting")
run = runs.work(store)
print(time.perf_counter() - began, run.created, run.unchanged, run.rejected)
"""
LOOP = """
import sys, time
import django
django.setup()
from bench.imports import loop
from staff.models import Store
print(loop(Store.objects.get(code="LOOP"), int(sys.argv[1])))
"""


def loop(store, rows: int) -> float:
    """The plain way: one update_or_create for each thing that a row tells of, as it comes, without any check. Seconds."""
    from customers.actions import set_name_keys, set_vehicle_keys
    from customers.models import Customer, Ownership, Phone, Vehicle
    from tests.importing import COLUMNS, orders
    from visits.models import ServiceOrder

    began = time.perf_counter()
    for values in orders(rows):
        row = dict(zip(COLUMNS, values, strict=True))
        at, day = row["进店日期"].astimezone(store.tz), row["进店日期"].date()
        number = "+86" + row["客户电话"]
        phone = Phone.objects.filter(store=store, number=number, customer__name=row["客户姓名"]).first()
        customer = phone.customer if phone else Customer(store=store, name=row["客户姓名"])
        set_name_keys(customer)
        customer.save()
        Phone.objects.update_or_create(customer=customer, number=number, defaults={"store": store, "tail": number[:0:-1]})
        car = Vehicle(plate=row["车牌号"], vin=row["车架号VIN"])
        set_vehicle_keys(car)
        Vehicle.objects.filter(store=store, plate=car.plate).exclude(vin=car.vin).update(plate="")
        facts = {"plate": car.plate, "plate_tail": car.plate_tail, "vin_tail": car.vin_tail, "model": row["车型"], "mileage": row["里程"]}
        vehicle, _made = Vehicle.objects.update_or_create(store=store, vin=car.vin, defaults=facts)
        Ownership.objects.update_or_create(
            vehicle=vehicle, until=None, defaults={"customer": customer}, create_defaults={"customer": customer, "since": day}
        )
        facts = {
            "vehicle": vehicle, "customer": customer, "received_at": at, "delivered_at": at, "received_on": day, "delivered_on": day, "step": "delivered",
            "mileage": row["里程"], "total_fen": row["结算金额"] * 100, "next_maintenance_on": row["下次保养日期"],
        }  # fmt: skip
        ServiceOrder.objects.update_or_create(store=store, number=row["工单号"], defaults=facts)
    return time.perf_counter() - began


def tree_kb(pid: int) -> int:
    """Resident memory of a process and its children, in kB."""
    total = 0
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        total += int(next((line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")), "0"))
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            total += tree_kb(int(child))
    except OSError:
        pass
    return total


def measured(code: str, *arguments: str, environment: dict) -> tuple[list[float], int]:
    """(the numbers that the code prints, peak of its process tree in MB, looked at every 20 ms)"""
    process = subprocess.Popen([sys.executable, "-c", code, *arguments], env=environment, stdout=subprocess.PIPE, text=True)
    peak, is_over = 0, threading.Event()

    def watch():
        nonlocal peak
        while not is_over.wait(0.02):
            peak = max(peak, tree_kb(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    out, _none = process.communicate()
    is_over.set()
    watcher.join()
    if process.returncode:
        raise SystemExit(process.returncode)
    return [float(number) for number in out.split()], peak // 1024


@contextmanager
def copied(url: str, environment: dict) -> Iterator[dict]:
    """The environment with a copy of that database, to which nobody may be connected."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        copy = Path(f"{parts.path}.copy")
        shutil.copyfile(parts.path, copy)
        yield environment | {"DATABASE_URL": f"sqlite:///{copy}"}
        for path in copy.parent.glob(f"{copy.name}*"):
            path.unlink()
        return
    import psycopg2

    name = parts.path.lstrip("/")
    connection = psycopg2.connect(parts._replace(path="/postgres").geturl())
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}_copy" TEMPLATE "{name}"')
        yield environment | {"DATABASE_URL": parts._replace(path=f"/{name}_copy").geturl()}
        cursor.execute(f'DROP DATABASE "{name}_copy" WITH (FORCE)')
    connection.close()


def main(rows: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = os.environ.get("DATABASE_URL") or f"sqlite:///{folder}/bench.sqlite3"
        environment = {
            **os.environ,
            "DATABASE_URL": url,
            "VAR_DIR": folder,
            "DJANGO_SETTINGS_MODULE": "dealercrm.settings",
            "PYTHONPATH": ".",
        }
        os.environ.update(environment)
        path = str(Path(folder, "orders.xlsx"))
        import django
        from django.core.management import call_command
        from django.db import connection

        django.setup()
        call_command("migrate", verbosity=0)
        from staff.actions import create_store
        from tests.importing import write_workbook

        for code in ("BENCH", "LOOP"):
            create_store(code=code, name=code, by=None)
        connection.close()
        write_workbook(Path(path), rows)
        reads, firsts, agains, peaks = [], [], [], []
        for _round in range(ROUNDS):
            (read,), _peak = measured(READ, path, environment=environment)
            reads.append(read)
            with copied(url, environment) as copy:
                (first, created, _unchanged, rejected), peak = measured(IMPORT, path, environment=copy)
                (again, _created, unchanged, _rejected), _peak = measured(IMPORT, path, environment=copy)
            firsts.append(first)
            agains.append(again)
            peaks.append(peak)
        read, first, again = map(statistics.median, (reads, firsts, agains))
        ratios = sorted(read / first for read, first in zip(reads, firsts, strict=True))
        (looped,), _peak = measured(LOOP, str(min(LOOPED, rows)), environment=environment)
        per_row = looped / min(LOOPED, rows)
        print(f"{rows} orders × 25 columns on {url.split(':')[0]}")
        print(f"import, all checks        {first:6.2f} s  {rows / first:7.0f} rows/s   created {created:.0f}, rejected {rejected:.0f}")
        print(f"the same file again       {again:6.2f} s  {rows / again:7.0f} rows/s   unchanged {unchanged:.0f}")
        print(
            f"pandas + openpyxl, reading {read:5.2f} s  {rows / read:7.0f} rows/s   the import is {statistics.median(ratios):.2f} × as fast "
            f"({ratios[0]:.2f} to {ratios[-1]:.2f} in {ROUNDS} rounds)"
        )
        print(
            f"update_or_create loop     {per_row * rows:6.0f} s  {1 / per_row:7.0f} rows/s   the import is {per_row * rows / first:.0f} × as fast (from {min(LOOPED, rows)} rows)"
        )
        print(f"peak of the process tree  {max(peaks):6d} MB, the highest of the rounds ({min(peaks)} in the lowest)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
