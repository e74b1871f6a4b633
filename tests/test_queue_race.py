"""Many callers at one queue, over real HTTP: nobody is called twice, nobody sees an error (design, rule 4)."""

import re
import threading
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection

from core import clock
from customers.actions import create_customer
from followups.models import Attempt, CallSheet, FollowUp
from followups.planning import Plan

CUSTOMERS = 32


class Caller:
    """A person at a browser: keeps the session's cookie, follows redirects, counts what went wrong."""

    def __init__(self, base_url: str, cookies: dict[str, str]):
        self.base_url = base_url
        self.csrf = uuid.uuid4().hex
        self.cookies = {**cookies, settings.CSRF_COOKIE_NAME: self.csrf}
        self.opener = urllib.request.build_opener()
        self.errors: list[str] = []

    def send(self, path: str, **form: str) -> tuple[str, str]:
        """POST with form fields, else GET; returns (final path, body)."""
        data = urllib.parse.urlencode({**form, "csrfmiddlewaretoken": self.csrf}).encode() if form else None
        request = urllib.request.Request(urllib.parse.urljoin(self.base_url, path), data=data)
        request.add_header("Cookie", "; ".join(f"{name}={value}" for name, value in self.cookies.items()))
        try:
            with self.opener.open(request, timeout=60) as response:
                return urllib.parse.urlsplit(response.url).path, response.read().decode()
        except urllib.error.HTTPError as problem:
            self.errors.append(f"{problem.code} {path}")
            return path, problem.read().decode()

    def work(self) -> int:
        """Calls whoever the queue gives, nobody answers, until the queue is empty; returns how many were called."""
        path, body = self.send("/queue/next/", go="1")
        called = 0
        while path.startswith("/calls/") and called < CUSTOMERS:
            fields = {name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', body) for name in ("token", "claim")}
            phone = re.search(r'name="phone"[^>]*value="(\d+)"', body)
            if not all(fields.values()) or not phone:
                self.errors.append(f"no form on {path}")
                return called
            path, body = self.send(path, outcome="no_answer", phone=phone[1], **{name: found[1] for name, found in fields.items()})
            called += 1
        return called


def queue_of(store, n: int) -> None:
    """n customers, each owed one service call that is due soon."""
    now = clock.now()
    for i in range(n):
        customer = create_customer(store=store, name=f"客户{i}", phones=[f"1380000{i:04d}"], by=None)
        due = now + timedelta(hours=3, minutes=i)
        sheet = CallSheet.objects.create(store=store, customer=customer, next_at=now - timedelta(hours=1), due_at=due)
        FollowUp.objects.create(
            store=store, plan=Plan.RUN_IN, occasion=f"race {i}", sheet=sheet, customer=customer, started_at=now - timedelta(days=14),
            opens_at=now - timedelta(hours=1), due_at=due, due_on=store.local_date(due), next_at=now - timedelta(hours=1),
        )  # fmt: skip


def many_callers(house, n: int) -> tuple[Counter, list[str]]:
    """How often each sheet was dialled, and every error that a caller saw."""
    queue_of(house.store, CUSTOMERS)
    callers = [Caller(house.base_url, house.cookies(house.person("caller"))) for _ in range(n)]
    barrier = threading.Barrier(n)

    def start(caller):
        barrier.wait()
        return caller.work()

    with ThreadPoolExecutor(n) as pool:
        list(pool.map(start, callers))
    dials = Counter(Attempt.objects.values_list("sheet_id", flat=True))
    return dials, [error for caller in callers for error in caller.errors]


def crowd() -> int:
    return 32 if connection.vendor == "postgresql" else 8


@pytest.mark.broker
@pytest.mark.crowd
def test_callers_at_one_queue_call_everybody_exactly_once_and_see_no_error(house):
    house.open(settings_module="tests.crowded")
    dials, errors = many_callers(house, crowd())
    assert errors == []
    assert set(dials.values()) == {1}
    assert len(dials) == CUSTOMERS


@pytest.mark.broker
@pytest.mark.crowd
def test_without_the_claim_two_callers_get_the_same_customer(house):
    """The twin of the test above, with the guard taken out: it must go wrong, or the test above proves nothing."""
    house.open(settings_module="tests.crowded", GUARD="out")
    dials, errors = many_callers(house, crowd())
    assert errors != [] or set(dials.values()) != {1}
