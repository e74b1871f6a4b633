"""The month's page is kept while nothing of it changes; whatever changes, it says what a page made anew says."""

import re
from datetime import UTC, date, datetime
from functools import partial

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from core import kept
from csi.models import Dissatisfaction, OemSurvey
from customers.models import Customer, Phone, Vehicle
from followups.models import Drawing
from reports import counts
from reports.actions_plans import make_plan
from reports.models import Target
from reports.periods import parse
from reports.tests.history import History
from staff.actions import create_store
from staff.models import Membership, Store
from tests.canaries import Canaries, found_in

pytestmark = pytest.mark.django_db(transaction=True)
OCTOBER = "2026-10"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def history(store):
    kept.forget()
    history = History(store, 9).wander(date(2026, 10, 1), 31, orders=60)
    car = history.vehicles[0]
    history.response(history.order(car, date(2026, 10, 5), advisor=history.advisors[0]), date(2026, 10, 7), price=1, words="太贵")
    OemSurvey.objects.create(
        store=store, month=date(2026, 10, 1), audience="service", person=history.advisors[0], rate=9000, n=20, answers=[]
    )
    with time_machine.travel(NOON, tick=False):
        yield history
    kept.forget()


@pytest.fixture
def month(history, signed_in):
    return partial(seen, client=signed_in("care_manager"))


def seen(client: Client) -> str:
    """The page without what is another with every look: tokens."""
    response = client.get(reverse("reports:monthly"), {"period": OCTOBER})
    assert response.status_code == 200
    html = re.sub(r'name="(csrfmiddlewaretoken|once)" value="\w+"|name="csrf-token" content="\w+"', "", response.content.decode())
    return re.sub(r'nonce="[^"]+"', "", html)


def plan(history):
    facts = {
        "about": "item",
        "audience": "service",
        "code": "price",
        "period": parse(OCTOBER),
        "cause": "报价不清",
        "measure": "先报价后施工",
    }
    make_plan(store=history.store, **facts, person=history.advisors[0], due_on=date(2026, 11, 30), by=history.advisors[0])


CHANGES = {
    "a late answer": lambda h: h.response(h.order(h.vehicles[1], date(2026, 10, 20), advisor=h.advisors[1]), date(2026, 10, 21), overall=1),
    "a month of before": lambda h: h.response(h.order(h.vehicles[1], date(2026, 8, 20), advisor=h.advisors[1]), date(2026, 8, 21)),
    "a complaint": lambda h: h.complaint(h.order(h.vehicles[1], date(2026, 10, 20)), date(2026, 10, 22)),
    "what matter it was": lambda h: Dissatisfaction.objects.update(standard="attitude"),
    "a person's name": lambda h: type(h.advisors[0]).objects.filter(pk=h.advisors[0].pk).update(name="新名字"),
    "a customer's name": lambda h: Customer.objects.update(name="欧阳小明"),
    "a plate": lambda h: Vehicle.objects.filter(pk=h.vehicles[0].pk).update(plate="渝B99999"),
    "the store's name": lambda h: Store.objects.update(name="改名店"),
    "a position": lambda h: Membership.objects.filter(user=h.advisors[0]).update(role="sales"),
    "a target": lambda h: Target.objects.create(store=h.store, quarter=date(2026, 10, 1), figure="satisfaction_rate", value=9123),
    "the manufacturer's survey": lambda h: OemSurvey.objects.update(rate=7000),
    "a plan": plan,
    "a drawing": lambda h: Drawing.objects.create(store=h.store, month=date(2026, 10, 1), caller=h.callers[0], seed=1, reason={}),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_of_anything_that_it_shows_is_seen_at_the_next_look(month, history, change):
    if change == "a position":
        Target.objects.create(store=history.store, quarter=date(2026, 10, 1), figure="satisfaction_rate", role="advisor", value=9123)
    counts.take_changes(NOON)
    counts.keep_counts(NOON)
    before = month()
    assert month() == before
    CHANGES[change](history)
    after = month()
    kept.forget()
    assert after == month()
    assert after != before


def test_it_is_not_made_again_while_nothing_changes(month, monkeypatch):
    before = month()
    monkeypatch.setattr("reports.views.satisfaction.page", None)
    assert month() == before


def test_each_role_and_language_has_its_own(month, history, person):
    chinese = month()
    other = Client()
    other.force_login(person("supervisor"), backend="django.contrib.auth.backends.ModelBackend")
    assert 'form="plan-verification"' in chinese and 'form="plan-verification"' not in month(client=other)
    other.cookies["django_language"] = "en"
    assert "Strong items" in month(client=other) and "Strong items" not in chinese
    assert month() == chinese


def test_each_store_and_period_has_its_own(month, history, person):
    """The statements that are asked again are those of the store and month that were kept: a mixed-up key would show another's page for ever."""
    october = month()
    other = Client()
    other.force_login(
        person("care_manager", at=create_store(code="S2", name="二店", by=None)), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert "太贵" in october and "太贵" not in month(client=other)
    september = month.keywords["client"].get(reverse("reports:monthly"), {"period": "2026-09"}).content.decode()
    assert "太贵" not in september and month() == october


def test_the_day_counts_and_the_hour_does_not(history, person):
    """An open plan is overdue from midnight; nothing on the page looks at the clock more closely than that."""
    plan(history)
    manager = person("care_manager")

    def at(moment: str, *, anew: bool) -> str:
        if anew:
            kept.forget()
        with time_machine.travel(moment, tick=False):
            client = Client()
            client.force_login(manager, backend="django.contrib.auth.backends.ModelBackend")
            return seen(client)

    morning = at("2026-11-30T00:05+08:00", anew=True)
    assert at("2026-11-30T23:55+08:00", anew=False) == at("2026-11-30T23:55+08:00", anew=True) == morning
    assert at("2026-12-01T00:05+08:00", anew=False) == at("2026-12-01T00:05+08:00", anew=True) != morning


def test_no_token_and_no_phone_stands_in_what_is_kept(month, history):
    c = Canaries()
    Phone.objects.update(number=f"+86{c.phone()}")
    html = month()
    ((_answers, text),) = kept._parts.values()
    assert text in html and not re.search("csrf|nonce|once", text) and not found_in(text)
