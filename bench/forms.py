"""How fast form 4 leaves the house: `python -m bench.forms [ROWS]`.

Makes a month of callbacks (20,000 rows unless told otherwise) in an empty database: the one that DATABASE_URL names, else a temporary
SQLite file. Prints the rows a second of the export with everything, database included, beside plain openpyxl (append and save) of the
same values in the same run, and the peak memory of `manage.py export_form`. Judges nothing.
"""

import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

ROWS, CHUNK = 20_000, 2_000
FIRST = date(2026, 10, 1)
WORDS = ["发动机有异响，下次请仔细检查", "等了两个多小时", "价格比外面贵", "休息区很干净，师傅很专业", "建议周末多开一个工位"]

# The peak of the process's own memory, in kB: what getrusage tells of a child begins with its parent's.
MEASURED = """
import sys
from django.core.management import execute_from_command_line
execute_from_command_line(sys.argv[1:])
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def fill(store, count: int) -> None:
    """count rows: nine of ten interviewed, each with six answers; one of ten of those dissatisfied."""
    from csi.models import Answer, Dissatisfaction, QuestionnaireVersion, Response
    from customers.models import Customer, Phone, Vehicle
    from followups.models import CallSheet, FollowUp
    from visits.models import ServiceOrder

    version = QuestionnaireVersion.objects.get(questionnaire__code="service-callback")
    questions = [question for question in version.questions.all() if question.scale == "three"]
    for begin in range(0, count, CHUNK):
        numbers = range(begin, min(begin + CHUNK, count))
        days = [FIRST + timedelta(days=n % 31) for n in numbers]
        times = [datetime(day.year, day.month, day.day, 2, tzinfo=UTC) for day in days]
        customers = Customer.objects.bulk_create(Customer(store=store, name=f"客户{n}") for n in numbers)
        Phone.objects.bulk_create(
            Phone(store=store, customer=c, number=f"+86138{n:08}", tail=f"{n:08}"[::-1]) for n, c in zip(numbers, customers, strict=True)
        )
        vehicles = Vehicle.objects.bulk_create(
            Vehicle(store=store, vin=f"LS4XWSYG7{n:08}", model="CS75PLUS 2.0T", mileage=n, next_maintenance_on=date(2027, 4, 1))
            for n in numbers
        )
        sheets = CallSheet.objects.bulk_create(CallSheet(store=store, customer=customer) for customer in customers)
        rows = list(zip(numbers, days, times, customers, vehicles, sheets, strict=True))
        orders = ServiceOrder.objects.bulk_create(
            ServiceOrder(
                store=store, number=f"RO{n}", vehicle=vehicle, customer=customer, mileage=n, step="delivered", received_at=at, received_on=day,
                delivered_at=at, delivered_on=day, next_maintenance_on=day + timedelta(days=180),
            )
            for n, day, at, customer, vehicle, _sheet in rows
        )  # fmt: skip
        missed = [(row, order) for row, order in zip(rows, orders, strict=True) if row[0] % 10 == 9]
        FollowUp.objects.bulk_create(
            FollowUp(
                store=store, plan="service", occasion=f"order {order.pk}", sheet=sheet, customer=customer, vehicle=vehicle, order=order, started_at=at,
                opens_at=at, due_at=at + timedelta(days=3), due_on=day, status="unreachable", outcome="no_answer", closed_at=at, first_dialled_at=at,
                dials=3,
            )
            for (_n, day, at, customer, vehicle, sheet), order in missed
        )  # fmt: skip
        met = [(row, order) for row, order in zip(rows, orders, strict=True) if row[0] % 10 != 9]
        responses = Response.objects.bulk_create(
            Response(
                store=store, version=version, audience="service", occasion=f"order {order.pk}", customer=customer, vehicle=vehicle, order=order,
                answered_at=at, answered_on=day, overall=5 - n % 3, is_satisfied=n % 3 < 2, is_very_satisfied=n % 3 == 0, is_unhappy=n % 3 == 2,
                words=WORDS[n % 5] if n % 2 else "",
            )
            for (n, day, at, customer, vehicle, _sheet), order in met
        )  # fmt: skip
        Answer.objects.bulk_create(
            [
                Answer(response=response, question=question, score=3 - (response.pk + place) % 3)
                for response in responses
                for place, question in enumerate(questions)
            ],
            batch_size=CHUNK,
        )
        Dissatisfaction.objects.bulk_create(
            Dissatisfaction(store=store, response=response, answered_on=response.answered_on, link="quality", words=WORDS[0])
            for response in responses
            if response.pk % 10 == 0
        )


def plain_openpyxl(table: list[list], out: Path) -> float:
    """Seconds for the same values, without any look."""
    from openpyxl import Workbook

    begin = time.perf_counter()
    book = Workbook()
    for values in table:
        book.active.append(values)
    book.save(out)
    return time.perf_counter() - begin


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        if not os.environ.get("DATABASE_URL"):
            os.environ["DATABASE_URL"] = f"sqlite:///{folder}/bench.sqlite3"
        os.environ |= {"VAR_DIR": folder, "DEBUG": ""}
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dealercrm.settings")
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        from csi import shipped
        from reports.forms_callback import FORMS, CallbackSheet
        from reports.forms_workbook import cells, write
        from reports.periods import parse
        from staff.actions import create_store
        from staff.models import Store

        call_command("migrate", verbosity=0)
        if Store.objects.exists():
            sys.exit("bench.forms wants an empty database: this one has a store")
        shipped.ensure()
        store = create_store(code="BENCH", name="测速店")
        fill(store, count)
        form, period = FORMS[4], parse("2026-10")
        ours, theirs = [], []
        table = [cells(form, row) for row in CallbackSheet(form, store, period).rows()]
        for _turn in range(3):
            begin = time.perf_counter()
            with open(f"{folder}/form.xlsx", "wb") as out:
                rows = write(CallbackSheet(form, store, period), out, made_by="", made_on=FIRST)
            ours.append(time.perf_counter() - begin)
            theirs.append(plain_openpyxl(table, Path(folder, "plain.xlsx")))
        begin = time.perf_counter()
        arguments = ["manage.py", "export_form", "4", "2026-10", "--store", "BENCH", f"{folder}/out.xlsx"]
        done = subprocess.run([sys.executable, "-c", MEASURED, *arguments], check=True, capture_output=True, text=True)
        whole = time.perf_counter() - begin
        peak = int(done.stdout.split()[-1])
    print(f"form 4, {rows} rows, {connection.vendor}, the best of three")
    print(f"export with the database  {rows / min(ours):>8,.0f} rows/s  {min(ours):.2f} s")
    print(f"plain openpyxl            {rows / min(theirs):>8,.0f} rows/s  {min(theirs):.2f} s")
    print(f"ratio                     {min(theirs) / min(ours):>8.2f}")
    print(f"manage.py export_form     {peak / 1024:>8.0f} MB at its peak, {whole:.2f} s with its start")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
