"""The real application on a fresh database, for tests that need more than Django's test client: browsers, many callers at once,
Celery. The processes are those of `manage.py serve`; the test's own ORM works on the same database.

    def test_something(house):
        advisor = house.person("advisor")
        house.open(worker=True)
        … house.base_url, house.cookies(advisor) …

The `house` fixture stands in tests/conftest.py. Do not combine it with `db`, `store` or `person`: it brings its own.
"""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connections
from django.db.utils import load_backend

from core.supervisor import die_with
from desk.management.commands.serve import children
from staff.actions import create_store, create_user
from staff.models import CalendarDay, Store, User, WeekdayHours
from staff.roles import Role
from tests.servers import free_port, stop

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "pass-word-1"
PATIENCE = 30.0


def always_open(store: Store, kind: str) -> None:
    """Whatever the hour of the run: the store calls, or is staffed, day and night."""
    CalendarDay.objects.filter(store=store).delete()
    WeekdayHours.objects.filter(store=store, kind=kind).delete()
    WeekdayHours.objects.bulk_create(WeekdayHours(store=store, kind=kind, weekday=day, start_minute=0, end_minute=1440) for day in range(7))


class House:
    """base_url: 'http://127.0.0.1:PORT', from open() on. var_dir: its VAR_DIR; what the processes wrote stands in `log`."""

    def __init__(self, *, folder: Path, database_url: str, redis_url: str = "", settings_module: str = "tests.served"):
        self.folder = folder
        self.var_dir = folder / "var"
        self.var_dir.mkdir(parents=True, exist_ok=True)
        self.log = folder / "house.log"
        self.database_url = database_url
        self.redis_url = redis_url
        self.settings_module = settings_module
        self.move()
        self.processes: dict[str, subprocess.Popen] = {}

    # Processes

    def open(self, *, worker: bool = False, settings_module: str | None = None, **environment: str) -> str:
        """Starts the web server, and with worker=True Celery's worker and beat; returns base_url once it answers.

        settings_module: other settings, such as a twin's from which a guard was taken out. environment: SWEEP_EVERY="1".
        """
        self.settings_module = settings_module or self.settings_module
        self.extra = environment
        for name in ["web", "worker", "beat"] if worker else ["web"]:
            self.start(name)
        self._wait_for_web()
        return self.base_url

    def start(self, name: str) -> subprocess.Popen:
        """Starts 'web', 'worker' or 'beat' as `manage.py serve` would."""
        program = next(child.argv for child in children("127.0.0.1", self.port) if child.name == name)
        with self.log.open("ab") as log:
            self.processes[name] = subprocess.Popen(
                program, cwd=ROOT, env=self.environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=die_with(os.getpid()),
            )  # fmt: skip
        return self.processes[name]

    def kill(self, name: str) -> None:
        """kill -9."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def move(self) -> None:
        """Another port: the next open() need not wait until a killed web server's workers have let go of this one."""
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        for name in {"worker", "beat"} & set(self.processes):
            self.kill(name)  # nothing is lost with them, and asking costs seconds
        for process in self.processes.values():
            stop(process, signal.SIGTERM)
        self.processes.clear()

    def manage(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        """Runs manage.py on this house."""
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(command, cwd=ROOT, env={**self.environment(), **environment}, capture_output=True, text=True, timeout=300)

    def environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": self.settings_module,
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "CELERY_BROKER_URL": "",
            "VAR_DIR": str(self.var_dir),
            "SECRET_KEY": settings.SECRET_KEY,
            "DEBUG": "",
            **getattr(self, "extra", {}),
        }

    def _wait_for_web(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self.processes["web"].poll() is not None:
                break
            try:
                urllib.request.urlopen(f"{self.base_url}/healthz", timeout=5).close()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"the house did not open: {self.log.read_text()[-3000:]}")

    # People

    @cached_property
    def store(self) -> Store:
        return create_store(code="S1", name="测试店", brand="长安", hotline="023-6000 0000")

    def person(self, role: str, name: str | None = None, at: Store | None = None) -> User:
        """A member of the store with the role; signs in with PASSWORD."""
        number = User.objects.count() + 1
        return create_user(
            username=f"{role}{number}", name=name or f"{Role(role).value}{number}", store=at or self.store, role=role, password=PASSWORD
        )

    def cookies(self, user: User) -> dict[str, str]:
        """The cookies of a browser in which this person has signed in."""
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        return {settings.SESSION_COOKIE_NAME: session.session_key}


@contextmanager
def orm_on(database_url: str) -> Iterator[None]:
    """In here Django's default connection of this thread is that database."""
    import environ

    before = connections["default"]
    config = {**connections.settings["default"], **environ.Env.db_url_config(database_url)}
    connections["default"] = load_backend(config["ENGINE"]).DatabaseWrapper(config, "default")
    try:
        yield
    finally:
        connections["default"].close()
        connections["default"] = before


def with_name(database_url: str, name: str) -> str:
    return urlunsplit(urlsplit(database_url)._replace(path=f"/{name}"))
