"""bench/population.py: what the benchmarks run on is a store as the application's own rules would have it, only larger."""

from collections import Counter, defaultdict

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client

from bench.population import CODE, PASSWORD, fill
from bench.population_rows import MODELS
from core import clock
from csi import mot
from csi.models import Answer, Dissatisfaction, Response
from customers import identifiers, search
from customers.actions import set_name_keys, set_vehicle_keys
from customers.models import Customer, Ownership, Phone, Vehicle
from followups.models import Attempt, CallSheet, FollowUp, Served
from followups.planning import window
from staff import calendars
from staff.models import HoursKind, User
from visits import tiering
from visits.models import ServiceOrder

N = 1000


def shape() -> dict:
    """Of each table, its indexes and constraints, whatever their order."""
    with connection.cursor() as cursor:
        return {model: connection.introspection.get_constraints(cursor, model._meta.db_table) for model in MODELS}


@pytest.fixture
def filled(house):
    before = shape()
    store = fill(N, clock.now())
    assert shape() == before
    return store


def test_the_population_is_what_the_rules_would_make_of_it(filled):
    assert_counts()
    assert_keys(filled)
    assert_promises(filled)
    assert_answers()
    assert_pages()


def assert_counts() -> None:
    assert [model.objects.count() for model in (Customer, Vehicle, Ownership, FollowUp, Response)] == [N] * 5
    assert (ServiceOrder.objects.count(), Answer.objects.count()) == (3 * N, 7 * N)
    assert FollowUp.objects.open().count() == N // 20
    orders = Counter(ServiceOrder.objects.values_list("vehicle", flat=True))
    assert max(orders.values()) >= 8 and len(orders) < N, "some cars come often, some not at all"
    assert ServiceOrder.objects.here().count() == 20


def assert_keys(store) -> None:
    for record, make, keys in [
        *((row, set_name_keys, ["name_hex", "name_pinyin", "name_initials"]) for row in Customer.objects.all()),
        *((row, set_vehicle_keys, ["plate", "vin", "plate_tail", "vin_tail"]) for row in Vehicle.objects.all()),
    ]:
        stored = [getattr(record, key) for key in keys]
        make(record)
        assert [getattr(record, key) for key in keys] == stored
    for vehicle in Vehicle.objects.all():
        assert identifiers.is_plate(vehicle.plate) and identifiers.is_vin(vehicle.vin) and identifiers.vin_check_digit_fits(vehicle.vin)
    for phone in Phone.objects.all():
        assert identifiers.parse_phone(phone.number).number == phone.number and phone.tail == phone.number[:0:-1]
    one = Ownership.objects.select_related("vehicle", "customer").get(customer=Phone.objects.last().customer)
    for text in (one.vehicle.plate, one.vehicle.vin[-8:], one.customer.name, one.customer.name_initials, Phone.objects.last().number[-8:]):
        assert any(hit.customer == one.customer for hit in search.find(store, text)[0]), "found by every key"


def assert_promises(store) -> None:
    calling, now = calendars.hours(store, HoursKind.CALLING), clock.now()
    for row in FollowUp.objects.select_related("order"):
        span = window(row.plan, row.order.delivered_at, calling, agreed_at=row.order.callback_at)
        assert (row.opens_at, row.due_at, row.aim_at, row.is_agreed) == (span.opens_at, span.due_at, span.aim_at, span.is_agreed)
        if row.status == "open" and not row.dials:
            assert row.next_at == span.next_at
    assert all(calling.contains(at) for at in Attempt.objects.values_list("at", flat=True))
    assert not Attempt.objects.filter(at__gt=now).exists() and not FollowUp.objects.filter(closed_at__gt=now).exists()
    dials = defaultdict(list)
    for followup, at in Served.objects.order_by("attempt__at").values_list("followup", "attempt__at"):
        dials[followup].append(at)
    for row in FollowUp.objects.all():
        made = dials[row.pk]
        assert len(made) == row.dials and made[:1] == [row.first_dialled_at][: row.dials]
        assert row.status == "open" or row.closed_at == made[-1]
    still_open = defaultdict(list)
    for row in FollowUp.objects.open():
        still_open[row.sheet_id].append(row)
    for sheet in CallSheet.objects.all():
        assert sheet.next_at == min((row.next_at for row in still_open[sheet.pk]), default=None)
        assert sheet.due_at == min((row.due_at for row in still_open[sheet.pk]), default=None)
        assert sheet.is_retry == any(row.dials for row in still_open[sheet.pk])
    tiers = Counter(Customer.objects.values_list("tier", flat=True))
    assert set(tiers) == set("ABCD")
    # Its tiers count in seconds where the rule counts in days.
    assert tiering.refresh(Customer.objects.values_list("pk", flat=True), store.today()) <= N // 50


def assert_answers() -> None:
    assert not Response.objects.filter(surveyor=F("advisor")).exists()
    assert 0.02 < Response.objects.filter(is_unhappy=True).count() / N < 0.1
    assert Response.objects.filter(channel="call").count() == FollowUp.objects.filter(status="done").count()
    for row in Dissatisfaction.objects.all():
        assert row.standard in {"", *(code for code, _zh, _en in mot.STANDARDS[row.link])}
        assert row.response.answers.get(question__code=row.link).score == 1
        assert row.answered_on == row.response.answered_on
    scores = Counter(Answer.objects.values_list("question__code", "question__scale", "score"))
    assert {score for code, _scale, score in scores if code == "nps"} <= set(range(11))
    assert {score for _code, scale, score in scores if scale == "three"} == {1, 2, 3}


def assert_pages() -> None:
    client = Client()
    assert client.post("/login/", {"username": "caller", "password": PASSWORD}).status_code == 302
    waiting = CallSheet.objects.filter(store__code=CODE).ready(clock.now()).in_order().select_related("customer").first()
    assert waiting.customer.name in client.get("/queue/").content.decode()
    client.force_login(User.objects.get(username="care_manager"), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/csi/monthly/").status_code == 200
