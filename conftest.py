"""Shared fixtures. Each is a small, real-looking piece of a store."""

import os
import shutil

import hypothesis
import pytest
from django.db import connection
from django.db.backends.sqlite3.base import DatabaseOperations

from core import sweep
from reports import counts
from staff.actions import create_store, create_user
from staff.roles import Role

# On a busy machine an example may take its time; only a wrong answer fails.
hypothesis.settings.register_profile("house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("house")

_flush = DatabaseOperations.sql_flush


def _flush_guarded(self, style, tables, **kwargs):
    """Emptying a SQLite test database deletes rows, which append-only tables refuse: their triggers step aside for it."""
    with connection.cursor() as cursor:
        triggers = cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    drop = [f"DROP TRIGGER {name}" for name, _sql in triggers]
    return drop + _flush(self, style, tables, **kwargs) + [sql for _name, sql in triggers]


DatabaseOperations.sql_flush = _flush_guarded


@pytest.fixture(autouse=True)
def uncounted(request, monkeypatch):
    """Below the reports nobody asks what the sweep has counted, which takes it longer than all that it does for complaints and calls."""
    if request.path.parent.parent.name in ("complaints", "followups", "lounge"):
        monkeypatch.setattr(sweep, "_steps", [step for step in sweep._steps if step.act is not counts.keep_counts])


@pytest.fixture
def store(db):
    return create_store(code="S1", name="测试店", brand="长安", hotline="023-6000 0000")


@pytest.fixture
def person(store):
    """person('caller') -> a member of the store with that role, who can sign in with the password 'pass-word-1'."""

    def make(role: str, name: str | None = None, at=store):
        n = person.count = getattr(person, "count", 0) + 1
        return create_user(username=f"{role}{n}", name=name or f"{Role(role).value}{n}", store=at, role=role, password="pass-word-1")

    return make


@pytest.fixture
def signed_in(client, person):
    """signed_in('caller') -> a test client of that role; its `user` is the person."""

    def make(role: str, **kwargs):
        user = person(role, **kwargs)
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        client.user = user
        return client

    return make


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Whatever asks for a browser is a browser test: said before `-m` chooses among them."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where the system's Chromium is. Without one the browser tests are skipped, but fail where CI asks for them."""
    found = next(filter(None, map(shutil.which, ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"])), None)
    if found is None and os.environ.get("CI"):
        pytest.fail("CI is set and there is no Chromium: run `make browser` first")
    if found is None:
        pytest.skip("no Chromium found (make browser installs one): the browser tests did not run")
    return found


@pytest.fixture(scope="session")
def browser(chromium):
    from playwright.sync_api import sync_playwright

    # Playwright keeps an event loop in this thread, which Django would take for a view that blocks it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()
