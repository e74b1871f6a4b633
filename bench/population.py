"""A store as large as none is: `python -m bench.population [CUSTOMERS]`, or `fill(customers, now)` from another benchmark.

Fills an empty, migrated database: N customers, each with a car, its owner, phones, and search keys that are right; 3 N orders of 30
months by the seasons; N follow-ups, 5 % of them open, with call sheets and dials; N responses × 7 answers. The rows are made inside
the database, by INSERT … SELECT over numbers; the same arithmetic runs on PostgreSQL and on SQLite. Indexes and foreign keys come off
before and are put back afterwards, which checks every row; check constraints stay on. Ends with PostgreSQL's ANALYZE.

No part of the application: what people look at is `manage.py demo`.
"""

import os
import sys
import tempfile
import time
from datetime import UTC, datetime

CUSTOMERS = 10_000
CODE, PASSWORD = "BENCH", "bench-pass-1"  # the password of every account; the user names are the roles'
MONTHS = 30
# Who is named besides those who sign in, and how the work is shared among them, the one who signs in first.
ADVISORS, CONSULTANTS, CALLERS = (10, 16, 14, 12, 10, 9, 8, 7, 6, 5, 3), (40, 35, 25), (20, 25, 20, 15, 12, 8)


def fill(customers: int, now: datetime):
    """The store, filled; its roles sign in with PASSWORD. The database has been migrated and has no store."""
    from bench import population_rows as rows
    from bench.population_sql import Sql, bare, settle
    from staff.models import Store

    if Store.objects.exists():
        raise SystemExit("the population wants an empty database: this one has a store")
    now = now.replace(microsecond=0)
    store = make_store(now)
    sql = Sql.of(store, customers, now)
    with bare(rows.MODELS):
        for make in (rows.lookups, rows.plan, rows.workshop, rows.archive, rows.calls, rows.answers):
            make(sql)
    settle(rows.MODELS)
    return store


def make_store(now: datetime):
    """A store with its calendar, an account for each role that signs in, and people who are only named."""
    from django.contrib.auth.hashers import make_password

    from csi import shipped
    from staff import calendars
    from staff.actions import create_store, create_user
    from staff.models import User
    from staff.roles import SIGN_IN, Role

    shipped.ensure()
    store = create_store(code=CODE, name="百万长安4S店", brand="长安", hotline="023-6000 0000", by=None)
    for year in range(now.year - 3, now.year + 2):
        try:
            calendars.fill_year(store, year)
        except calendars.UnknownYear:
            continue
    for role in SIGN_IN:
        create_user(username=role.value, name=f"{role.value} 一号", store=store, role=role)
    for role, shares in ((Role.ADVISOR, ADVISORS), (Role.SALES, CONSULTANTS), (Role.CALLER, CALLERS), (Role.INSPECTOR, (1, 1, 1))):
        for n in range(2, len(shares) + 1):
            create_user(username=f"bench-{role.value}-{n}", name=f"{role.value} {n}号", store=store, role=role)
    User.objects.filter(username__in=SIGN_IN).update(password=make_password(PASSWORD))
    return store


def main(customers: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        if not os.environ.get("DATABASE_URL"):
            os.environ["DATABASE_URL"] = f"sqlite:///{folder}/bench.sqlite3"
        os.environ.setdefault("VAR_DIR", folder)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dealercrm.settings")
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        from bench import population_rows, population_sql

        call_command("migrate", verbosity=0)
        began = time.perf_counter()
        fill(customers, datetime.now(UTC))
        print(f"{customers} customers on {connection.vendor} in {time.perf_counter() - began:.1f} s, {population_sql.size() / 1e6:.0f} MB")
        for model in population_rows.MODELS:
            print(f"  {model._meta.label:32} {model.objects.count():>10,}")
        connection.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else CUSTOMERS)
