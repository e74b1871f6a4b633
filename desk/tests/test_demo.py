"""manage.py demo: a store in which every page has something to show, the same for the same arguments."""

import io
import stat
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import F, Q

from complaints import feedback_steps
from complaints import steps as complaint_steps
from complaints.models import Clock, Complaint, Entry, Feedback, FeedbackEntry
from core import clock, topics
from core.models import OutboxMessage
from csi.models import Dissatisfaction, Response
from customers import identifiers
from customers.models import Customer, Vehicle
from desk.demo import accounts
from desk.demo.build import build
from followups import steps
from followups.models import CallSheet, FollowUp
from reports import report as reports
from reports import steps as report_steps
from reports.periods import parse
from staff import calendars
from staff.models import HoursKind, Membership, Store, User
from staff.roles import SIGN_IN
from visits import tiering
from visits.models import Appointment, NewCarDelivery, ServiceOrder, Step

SHANGHAI = ZoneInfo("Asia/Shanghai")
# A working morning, before opening, the night of a long holiday, a Sunday evening.
MOMENTS = [datetime(2026, 3, 3, 10, 40), datetime(2026, 6, 10, 7, 5), datetime(2026, 10, 4, 3, 0), datetime(2026, 8, 30, 20, 15)]


@pytest.fixture(autouse=True)
def var(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return tmp_path


def demo(*options) -> str:
    out = io.StringIO()
    call_command("demo", "--customers", "60", "--months", "3", *options, stdout=out)
    return out.getvalue()


def rows(seed: int) -> list:
    """What a run writes, model by model, without keys, passwords and the times at which this test ran; undone afterwards."""
    found = []
    with transaction.atomic():
        build(customers=40, months=3, seed=seed, now=datetime(2026, 3, 3, 10, 40, tzinfo=SHANGHAI))
        for model in ("customer", "phone", "vehicle", "ownership", "serviceorder", "orderitem", "newcardelivery", "appointment", "followup",
                      "attempt", "response", "answer", "dissatisfaction", "callsheet", "user", "absence", "outboxmessage", "complaint", "clock", "entry"):  # fmt: skip
            it = next(m for m in apps.get_models() if m._meta.model_name == model)
            skipped = {"id", "password", "occasion", "path", "recipient", "token"}
            names = [f.name for f in it._meta.concrete_fields if not f.is_relation and f.name not in skipped]
            rows = list(it.objects.order_by("pk").values_list(*names))
            if model == "outboxmessage":  # a letter names its invitation by a number that no other database gives
                rows = [tuple(v | {"invitation": ""} if isinstance(v, dict) and "invitation" in v else v for v in row) for row in rows]
            found.append((model, rows))
        transaction.set_rollback(True)
    return found


def test_same_arguments_make_the_same_rows_and_another_seed_others(db):
    first = rows(seed=1)
    assert first == rows(seed=1)
    assert first != rows(seed=2)


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_whenever_it_is_made_there_is_work_to_do(db, monkeypatch, now):
    now = now.replace(tzinfo=SHANGHAI)
    monkeypatch.setattr(clock, "now", lambda: now)
    demo()
    store = Store.objects.get(code="DEMO")
    still_open = FollowUp.objects.open().filter(store=store)
    assert CallSheet.objects.filter(store=store, audience="caller", next_at__lte=now).count() >= 5
    assert still_open.filter(due_at__lt=now).exists(), "late"
    assert still_open.filter(plan="recovery", assignee__username="advisor", dials=0).count() >= 2
    here = ServiceOrder.objects.here().filter(store=store)
    assert set(here.values_list("step", flat=True)) == set(Step.values) - {"delivered", "cancelled"}
    assert here.filter(promised_at__lt=now).exists()
    assert Appointment.objects.booked().filter(store=store, at__gte=now - timedelta(hours=1)).count() >= 8
    opening = calendars.hours(store, HoursKind.OPENING)
    assert all(opening.contains(at) for at in Appointment.objects.values_list("at", flat=True))
    assert not ServiceOrder.objects.filter(Q(received_at__gt=now) | Q(delivered_at__gt=now)).exists()
    assert not FollowUp.objects.filter(Q(closed_at__gt=now) | Q(first_dialled_at__gt=now)).exists()


@pytest.fixture
def begun():
    return clock.now()


@pytest.fixture
def made(db, begun):
    demo()
    return Store.objects.get(code="DEMO")


def test_every_page_has_something_to_show(made):
    assert made.is_demo and made.region
    assert Customer.objects.filter(is_vip=True).exists() and Customer.objects.filter(kind="company").exists()
    assert NewCarDelivery.objects.exists()
    assert Response.objects.filter(audience="service", is_unhappy=True).exists()
    assert Response.objects.filter(audience="sales").exists()
    assert not Dissatisfaction.objects.filter(words="").exists()
    assert set(OutboxMessage.objects.undelivered(made).values_list("channel", flat=True)) == {"webhook", "email"}
    for role in SIGN_IN:
        assert OutboxMessage.objects.unread_by(User.objects.get(username=role)).exists(), role


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_full_month_has_unhappy_customers_and_weak_items(db, seed):
    """The manager's page of whatever month is looked at has something to discuss: three to six of a hundred, and what about."""
    store = build(customers=300, months=4, seed=seed, now=datetime(2026, 11, 23, 10, 40, tzinfo=SHANGHAI))
    for month in ("2026-08", "2026-09", "2026-10"):
        report = reports.build(store, parse(month))
        csat = report.figures["csat"]
        assert 0.02 <= 1 - csat.value <= 0.07, month
        assert report.weak and report.strong, month


def test_every_message_can_be_read(made):
    for message in OutboxMessage.objects.filter(channel="in_app"):
        said = topics.text(message.topic, message.params)
        assert "…" not in said.replace(message.params.get("plate", ""), "") and message.topic not in said


def test_the_sweep_finds_nothing_that_the_demonstration_forgot(made, begun):
    now = begun  # while it was made, which takes seconds, something may have become due that was not when it began
    assert steps.plan_orders(now) == steps.plan_deliveries(now) == steps.plan_recoveries(now) == 0
    assert steps.plan_revisits(now) == steps.cancel_revisits(now) == steps.open_due(now) == steps.mark_breached(now) == 0
    assert feedback_steps.warn_feedback(now) == feedback_steps.breach_feedback(now) == 0
    assert report_steps.tell_overdue_plans(now) == 0
    assert complaint_steps.warn(now) == complaint_steps.breach(now) == complaint_steps.escalate(now) == 0


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_complaints_of_every_kind_are_there_whenever_it_is_made(db, monkeypatch, now):
    now = now.replace(tzinfo=SHANGHAI)
    monkeypatch.setattr(clock, "now", lambda: now)
    demo()
    complaints = Complaint.objects.all()
    running = Clock.objects.running()
    assert running.filter(kind="first_reply", due_at__gt=now, breached_at=None, complaint__status="received").exists(), "two hours run"
    assert running.filter(breached_at__isnull=False, complaint__level__gt=2).exists() or running.filter(kind="instruction").exists()
    assert {"waiting", "resolved"} <= set(complaints.values_list("status", flat=True))
    assert complaints.open().filter(severity="major").exists()
    assert FollowUp.objects.open().filter(plan="complaint").exists()
    assert not complaints.filter(Q(received_at__gt=now) | Q(closed_at__gt=now) | Q(resolved_at__gt=now)).exists()
    assert not Entry.objects.filter(at__gt=now).exists()
    for complaint in complaints.prefetch_related("entries"):
        times = [entry.at for entry in complaint.entries.all()]
        assert times == sorted(times), complaint


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_suggestions_and_praise_are_there_and_some_wait_whenever_it_is_made(db, monkeypatch, now):
    now = now.replace(tzinfo=SHANGHAI)
    monkeypatch.setattr(clock, "now", lambda: now)
    demo()
    rows = Feedback.objects.all()
    assert rows.open().filter(kind="suggestion").exists() and rows.open().filter(kind="praise").exists()
    assert rows.filter(kind="praise", person__isnull=False, status="closed").exists()
    assert not rows.filter(Q(received_at__gt=now) | Q(closed_at__gt=now)).exists()
    assert not FeedbackEntry.objects.filter(at__gt=now).exists()
    for row in rows.prefetch_related("entries"):
        times = [entry.at for entry in row.entries.all()]
        assert times == sorted(times), row


def test_the_sheets_stand_where_their_open_followups_put_them(made):
    for sheet in CallSheet.objects.prefetch_related("followups"):
        still_open = [followup for followup in sheet.followups.all() if followup.status == "open"]
        assert sheet.next_at == min((followup.next_at for followup in still_open), default=None)
        assert sheet.due_at == min((followup.due_at for followup in still_open), default=None)
        assert sheet.is_retry == any(followup.dials for followup in still_open)


def test_tiers_are_those_of_the_rule(made):
    assert tiering.refresh(Customer.objects.values_list("pk", flat=True), made.today()) == 0


def test_dials_are_counted_and_served(made):
    for followup in FollowUp.objects.prefetch_related("served"):
        assert followup.dials == followup.served.count()
    assert not FollowUp.objects.filter(first_dialled_at__lt=F("opens_at")).exists()
    assert not Response.objects.filter(surveyor=F("advisor")).exists()


def test_plates_and_vins_are_real_in_form_and_nobodys_phone_is_without_digits(made):
    for vehicle in Vehicle.objects.all():
        assert identifiers.is_plate(vehicle.plate) and identifiers.vin_check_digit_fits(vehicle.vin)


def test_the_accounts_are_printed_one_a_role_with_one_password_that_only_the_owner_can_read(db, var):
    printed = demo().splitlines()
    password = (var / "demo_password").read_text().strip()
    assert printed == [f"  {role}  {password}" for role in SIGN_IN]
    assert stat.S_IMODE((var / "demo_password").stat().st_mode) == 0o600
    for role in SIGN_IN:
        assert User.objects.get(username=role).check_password(password)
    assert not any(user.has_usable_password() for user in User.objects.exclude(username__in=SIGN_IN))


def test_a_lost_password_is_replaced_and_the_new_one_is_printed(made, var):
    (var / "demo_password").unlink()
    line = accounts.account_lines()[0]
    assert User.objects.get(username="advisor").check_password(line.split()[1])


def test_a_person_of_another_store_keeps_their_password_even_with_a_roles_name(store, person, var):
    other = User.objects.create(username="caller", name="另一个人")
    other.set_password("mine-alone-1")
    other.save()
    Membership.objects.create(user=other, store=store, role="caller")
    accounts.set_password("stolen")
    other.refresh_from_db()
    assert other.check_password("mine-alone-1")
    assert accounts.account_lines() == []


def test_a_second_time_is_refused_in_one_line_unless_if_empty(made):
    before = Customer.objects.count()
    with pytest.raises(CommandError, match="exists already") as problem:
        demo()
    assert problem.value.returncode == 1
    assert demo("--if-empty").startswith("  advisor  ")
    assert Customer.objects.count() == before


def test_a_store_of_three_customers_can_be_made(db):
    call_command("demo", "--customers", "3", "--months", "1", stdout=io.StringIO())
    assert Customer.objects.count() == 3
