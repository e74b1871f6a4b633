"""Fixtures of the tests that concern the whole house: a served application, and a browser to look at it with."""

import fcntl
import os
import shutil
from contextlib import contextmanager

import pytest

from tests.house import House, orm_on, with_name

DATABASE_URL = os.environ.get("DATABASE_URL", "")
REDIS_URL = os.environ.get("REDIS_URL", "")
VENDOR = "postgresql" if DATABASE_URL else "sqlite"
# Each xdist process has a Valkey database of its own, so that no worker takes another's ticks.
NUMBER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) + 1


@contextmanager
def _as_administrator():
    import psycopg2

    connection = psycopg2.connect(DATABASE_URL)
    connection.autocommit = True
    try:
        yield connection.cursor()
    finally:
        connection.close()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory, worker_id):
    """A migrated, empty database to copy, and the collected static files; made once for all xdist processes. Gives (folder, name)."""
    base = tmp_path_factory.getbasetemp()
    base = base if worker_id == "master" else base.parent
    folder, name = base / "migrated", f"house_{base.name.replace('-', '_')}"
    with open(base / "migrated.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "done").exists():
            url = f"sqlite:///{folder / 'house.sqlite3'}"
            if DATABASE_URL:
                with _as_administrator() as cursor:
                    cursor.execute(f"DROP DATABASE IF EXISTS {name}")
                    cursor.execute(f"CREATE DATABASE {name}")
                url = with_name(DATABASE_URL, name)
            house = House(folder=folder, database_url=url)
            for command in (["migrate", "-v0"], ["collectstatic", "--no-input", "-v0"]):
                made = house.manage(*command)
                assert made.returncode == 0, made.stderr
            (folder / "done").touch()
    return folder, name


@pytest.fixture
def house(migrated, tmp_path, django_db_blocker):
    """The real application on a fresh database (tests/house.py); nothing runs before house.open()."""
    folder, template = migrated
    if DATABASE_URL:
        name = f"{template}_{NUMBER}"
        with _as_administrator() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        url = with_name(DATABASE_URL, name)
    else:
        url = f"sqlite:///{tmp_path / 'house.sqlite3'}"
        shutil.copy(folder / "house.sqlite3", tmp_path / "house.sqlite3")
    house = House(folder=tmp_path, database_url=url, redis_url=_own_redis())
    (house.var_dir / "static").symlink_to(folder / "var" / "static")
    with django_db_blocker.unblock(), orm_on(url):
        try:
            yield house
        finally:
            house.close()
    if DATABASE_URL:
        with _as_administrator() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _own_redis() -> str:
    if not REDIS_URL:
        return ""
    import redis

    url = with_name(REDIS_URL, str(NUMBER))
    with redis.Redis.from_url(url) as server:
        server.flushdb()
    return url


@pytest.fixture
def empty_database(migrated, bare, tmp_path):
    """empty_database("postgresql") -> the address of a database without tables; form="bare": with empty tables, "migrated": as
    migrate leaves it. SQLite on any pass."""
    folder, template = migrated
    made: list[str] = []

    def make(vendor: str = VENDOR, *, form: str = "") -> str:
        name = f"{template}_{NUMBER}_empty{len(made)}"
        made.append(name)
        if vendor == "sqlite":
            path = tmp_path / f"{name}.sqlite3"
            if form:
                shutil.copy(bare(vendor) if form == "bare" else folder / "house.sqlite3", path)
            return f"sqlite:///{path}"
        return _new_postgresql(name, template=form and (bare(vendor) if form == "bare" else template))

    yield make
    if DATABASE_URL:
        with _as_administrator() as cursor:
            for name in made:
                cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _new_postgresql(name: str, *, template: str = "") -> str:
    with _as_administrator() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
    return with_name(DATABASE_URL, name)


@pytest.fixture(scope="session")
def bare(migrated, tmp_path_factory, django_db_blocker):
    """bare("sqlite") -> a database (file or name) to copy, with the tables of today and no row in any; made once for each process."""
    from core.backup import records, restoring

    made: dict[str, object] = {}

    def make(vendor: str):
        if vendor not in made:
            path, name = tmp_path_factory.mktemp("bare") / "bare.sqlite3", f"{migrated[1]}_{NUMBER}_bare"
            with django_db_blocker.unblock(), orm_on(f"sqlite:///{path}" if vendor == "sqlite" else _new_postgresql(name)):
                migrations = list(records.loader().graph.nodes)
                restoring.make_tables(migrations, [])
            made[vendor] = path if vendor == "sqlite" else name
        return made[vendor]

    return make


@pytest.fixture
def page_as(browser, house):
    """page_as(user, width=390) -> a page of a browser in which `user` has signed in (None: nobody), addresses relative to the open
    house. At the end it fails if a page logged an error, such as a script that the content security policy refused."""
    problems: list[str] = []
    contexts = []

    def make(user=None, *, width: int = 1440, height: int = 900, **options):
        context = browser.new_context(base_url=house.base_url, viewport={"width": width, "height": height}, locale="zh-CN", **options)
        contexts.append(context)
        if user:
            context.add_cookies([{"name": name, "value": value, "url": house.base_url} for name, value in house.cookies(user).items()])
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        return page

    make.problems = problems
    yield make
    for context in contexts:
        context.close()
    assert problems == []


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    # Two processes each begin with one half of the list: those that start servers, which take long, come first in either, so that
    # neither process is left with one of them when the other has ended.
    long = [item for item in items if "house" in getattr(item, "fixturenames", ())]
    quick = [item for item in items if item not in set(long)]
    half = len(quick) // 2
    items[:] = long[::2] + quick[:half] + long[1::2] + quick[half:]
