"""Every address that takes a POST, sent ten times at the same moment over real HTTP: one effect, and nobody sees an error page.

What "one effect" is needs no list: the same is done once in one store and ten times in another, and afterwards as many rows, audit
rows and counts have been added in the one as in the other. tests/posts.py says what is sent; an address it does not know fails.
"""

from collections import Counter
from itertools import count

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.urls import reverse

from core.once import FIELD
from staff.actions import create_user
from staff.calendars import fill_hours
from staff.models import Membership, Store
from staff.roles import SIGN_IN
from tests.browsing import Answer, Browser, at_once, form_to
from tests.posts import POSTS, Post, typed_by
from tests.samples import ARGUMENTS, World
from tests.test_permissions import ADDRESSES, ON_THE_COUNTER

TIMES = 10
ROLES = [role for role in SIGN_IN if role != "regional"]
SUMS = [("customers_customer", "version"), ("customers_vehicle", "version"), ("visits_serviceorder", "version"),
        ("followups_callsheet", "claims"), ("followups_followup", "dials"), ("customers_phone", "position"),
        ("complaints_complaint", "version"), ("complaints_numberseries", "last"), ("lounge_waiting", "served")]  # fmt: skip
FILLED = [
    ("core_outboxmessage", "sent_at"),
    ("core_outboxmessage", "read_at"),
    ("followups_callsheet", "claimed_by_id"),
    ("complaints_clock", "met_at"),
    ("complaints_clock", "paused_at"),
    ("complaints_clock", "dropped_at"),
    ("complaints_feedbackclock", "met_at"),
    ("csi_counterscreen", "paired_at"),
    ("csi_counterscreen", "shown_id"),
    ("csi_counterscreen", "removed_at"),
    ("csi_invitation", "withdrawn_at"),
    ("lounge_waiting", "left_at"),
    ("lounge_request", "done_at"),
    ("lounge_prospect", "seen_to_at"),
    ("staff_screen", "withdrawn_at"),
    ("reports_improvementplan", "ended_at"),
]
UNCOUNTED = {"django_session", "core_sentform"}  # who is signed in; what the guard itself remembers
numbers = count(1)


def counts() -> Counter:
    """How many rows stand in each table, how often each verb in the audit, and what counters have come to: one query."""
    tables = sorted({model._meta.db_table for model in apps.get_models(include_auto_created=True)} - UNCOUNTED)
    asked = [f"SELECT '{table}', COUNT(*) FROM {table}" for table in tables]
    asked += [f"SELECT '{table}.{column}', COALESCE(SUM({column}), 0) FROM {table}" for table, column in SUMS]
    asked += [f"SELECT '{table}.{column} filled', COUNT({column}) FROM {table}" for table, column in FILLED]
    asked.append("SELECT 'import ' || status, COUNT(*) FROM desk_importrun GROUP BY status")
    asked.append("SELECT verb, COUNT(*) FROM core_auditevent GROUP BY verb")
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked))
        return Counter(dict(cursor.fetchall()))


class Desk:
    """Somebody with every role in a store of its own, at the page from which `post` is sent."""

    @transaction.atomic
    def __init__(self, house, name: str, post: Post):
        self.name, self.post, number = name, post, next(numbers)
        store = Store.objects.create(code=f"D{number}", name=f"第{number}店", brand="长安", hotline="023-6000 0000")
        fill_hours(store)  # without the holidays of three years: nobody asks for them here
        self.world = World(store, create_user(username=f"owner{number}", name="李四", store=store, role="advisor"))
        self.house, self.user = house, self.somebody("王五")
        arguments = ARGUMENTS.get(name, {})
        arguments = arguments(self.world, self.user) if callable(arguments) else arguments
        arguments = post.before(self.world, self.user) or arguments
        self.url = reverse(name, kwargs=arguments)
        page = post.page(self.world, self.user) if callable(post.page) else post.page
        self.page = page if page.startswith("/") else reverse(page, kwargs=_page_arguments(page, arguments)) if page else self.url

    def somebody(self, name: str):
        user = create_user(username=f"u{next(numbers)}", name=name, store=self.world.store, role=ROLES[0], password="pass-word-1")
        Membership.objects.bulk_create(Membership(user=user, store=self.world.store, role=role) for role in ROLES[1:])
        return user

    def browser(self, user=None) -> Browser:
        nobody = self.name == "staff:login"
        if self.name in ON_THE_COUNTER:
            return Browser(self.house.base_url, {"counter": self.world.counter_cookie})
        return Browser(self.house.base_url, {} if nobody else self.house.cookies(user or self.user))

    def form(self, browser: Browser, typed) -> dict[str, list[str]]:
        filled = {name: [value] for name, value in typed_by(typed, self.world, self.user).items()}
        if self.post.bare:
            return {FIELD: [f"bare{next(numbers)}"], **filled}
        shown = browser.get(self.page)
        form = form_to(shown.body, self.url, self.page, self.post.having, filled)
        assert form is not None, f"{self.name}: no form to {self.url} on {self.page} ({shown.status})"
        return {**form, **filled}

    def send(self, times: int) -> list[Answer]:
        """The same form, so many times at once."""
        return self._send([self.form(self.browser(), self.post.typed)] * times)

    def send_many(self, all_typed: list) -> list[Answer]:
        """A form of one's own for each, opened before the first is sent."""
        return self._send([self.form(self.browser(), typed) for typed in all_typed])

    def _send(self, forms: list[dict[str, list[str]]]) -> list[Answer]:
        browser = self.browser()
        ready = [(browser.connection(), browser.encoded(form, self.post.file)) for form in forms]
        return at_once([lambda on=on, body=body: browser.ask("POST", self.url, *body, on=on) for on, body in ready])


def _page_arguments(page: str, arguments: dict) -> dict:
    return {"pk": arguments["pk"]} if page in {"desk:import_run"} else {}


def effect(desk: Desk, times: int) -> tuple[Counter, list[Answer]]:
    before = counts()
    answers = desk.send(times)
    after = counts()
    return Counter({what: after[what] - before[what] for what in after.keys() | before.keys() if after[what] != before[what]}), answers


def wrong(once: Counter, ten: Counter, answers: list[Answer], post: Post) -> str:
    """What is not as it should be; '' when all is well."""
    statuses = Counter(answer.status for answer in answers)
    if any(answer.status >= 500 or answer.status in (403, 404, 405) for answer in answers):
        return f"answers {dict(statuses)}"
    expected = Counter({what: n * TIMES for what, n in once.items()}) if post.kind == "look" else once
    if ten != expected:
        return f"once {dict(once)}, ten times {dict(ten)}"
    if post.kind in ("act", "edit", "look") and not once and not post.bare:
        return "no effect at all: the test sends nothing real"
    return ""


def double_submits(house, names=None) -> dict[str, str]:
    """Address -> what went wrong when it was sent ten times at once."""
    problems = {}
    for name, posts in POSTS.items():
        for n, post in enumerate(posts if names is None or name in names else []):
            once, _answers = effect(Desk(house, name, post), 1)
            ten, answers = effect(Desk(house, name, post), TIMES)
            if problem := wrong(once, ten, answers, post):
                problems[f"{name} {n}"] = problem
    return problems


def crowded(house, **environment: str) -> None:
    """On PostgreSQL each row is inserted slowly, so that the ten meet; SQLite lets one write at a time anyway."""
    slow = {"SLOW_INSERTS": "0.02"} if connection.vendor == "postgresql" else {}
    house.open(settings_module="tests.crowded", **slow, **environment)


@pytest.mark.django_db
@pytest.mark.page
def test_every_address_that_takes_a_post_is_known(client, store):
    user = create_user(username="all", name="王五", store=store, role=ROLES[0])
    Membership.objects.bulk_create(Membership(user=user, store=store, role=role) for role in ROLES[1:])
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    world = World(store, user)
    takes = set()
    for name in ADDRESSES:
        arguments = ARGUMENTS.get(name, {})
        answer = client.options(reverse(name, kwargs=arguments(world, user) if callable(arguments) else arguments))
        if not (answer.status_code == 405 and "POST" not in answer["Allow"]):
            takes.add(name)
    assert takes == set(POSTS)


@pytest.mark.broker
@pytest.mark.crowd
def test_ten_times_at_once_is_once_and_nobody_sees_an_error(house):
    crowded(house)
    assert double_submits(house) == {}


def saved_together(house, names=None) -> dict[str, str]:
    """Address -> how many of ten people, each with the page open, got their save of one record through at the same moment, if not one."""
    problems = {}
    for name, post in [(name, post) for name, posts in POSTS.items() for post in posts if post.kind == "edit"]:
        if names is not None and name not in names:
            continue
        statuses = Counter(answer.status for answer in Desk(house, name, post).send_many([post.typed, post.other] * (TIMES // 2)))
        if statuses[302] != 1 or statuses[200] + statuses[422] != TIMES - 1:
            problems[name] = str(dict(statuses))
    return problems


@pytest.mark.broker
@pytest.mark.crowd
def test_of_ten_people_who_save_one_record_at_once_one_is_first_and_nine_are_told(house):
    crowded(house)
    assert saved_together(house) == {}


@pytest.mark.broker
@pytest.mark.crowd
def test_without_the_version_and_what_was_shown_several_overwrite_each_other(house):
    """The twin, both guards out."""
    crowded(house, GUARD="shown")
    assert set(saved_together(house, {"desk:customer_edit", "staff:store"})) == {"desk:customer_edit", "staff:store"}


@pytest.mark.broker
@pytest.mark.crowd
def test_with_the_guard_taken_out_ten_times_is_ten(house):
    """The twin: what makes something without a key of its own is made again and again."""
    crowded(house, GUARD="once")
    found = double_submits(house, {"desk:customer_new", "desk:visit_part_add", "desk:new_appointment", "desk:imports", "staff:absences"})
    assert {name.split()[0] for name in found} == {
        "desk:customer_new", "desk:visit_part_add", "desk:new_appointment", "desk:imports", "staff:absences",
    }  # fmt: skip
