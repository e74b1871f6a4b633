"""The whole demonstration store, as `make run` makes it: is it one that a dealer would take for real?"""

import io
import re
from collections import Counter
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db.models import Count, F, Q
from django.urls import get_resolver, reverse

from complaints.models import Clock, Complaint, Feedback
from core import clock
from core.models import OutboxMessage
from csi import mot
from csi.models import Answer, Dissatisfaction, Response
from csi.statistics import Rate
from customers.models import Customer, Ownership, Phone, Vehicle
from followups import queue
from followups.models import Attempt, CallSheet, Drawing, FollowUp, Verified
from lounge import pay, roster
from lounge.models import Excuse, SampleMonth, Verdict
from reports import counts
from reports import report as reports
from reports.figures import KNOWN
from reports.monthly import HEADLINES
from reports.periods import parse
from staff import calendars
from staff.models import CalendarDay, HoursKind, Store, User
from staff.roles import SIGN_IN
from visits.models import Appointment, Kind, NewCarDelivery, OrderItem, ServiceOrder

NOW = datetime(2026, 11, 23, 10, 40, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(params=[()], ids=["whole"])
def store(request, db, settings, tmp_path, monkeypatch):
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(clock, "now", lambda: NOW)
    call_command("demo", *request.param, stdout=io.StringIO())
    return Store.objects.get(code="DEMO")


def test_the_whole_store(store):
    """One store, looked at from all sides: making it takes longer than looking."""
    assert_size_and_seasons(store)
    assert_archive(store)
    assert_workshop(store)
    assert_promises(store)
    assert_people_differ(store)
    assert_complaints(store)
    assert_lounge(store)
    assert_words()
    assert_figures(store)


def assert_lounge(store) -> None:
    """Months of verdicts, somebody on duty today, an excuse, somebody not passed twice running; nobody serves beyond the rules."""
    assert SampleMonth.objects.filter(judged_at__isnull=False).count() == 4
    assert {"passed", "not_passed"} <= set(Verdict.objects.values_list("outcome", flat=True))
    assert 1 <= len(roster.on_duty(store, store.today())) <= 2 and Excuse.objects.count() == 1
    sheet = pay.sheet(store, date(2026, 10, 1))
    assert any(row.deduction for row in sheet.rows) and any(row.reward for row in sheet.rows)


def assert_size_and_seasons(store) -> None:
    assert Customer.objects.count() == 1500
    months = Counter(f"{day:%Y-%m}" for day in ServiceOrder.objects.values_list("received_on", flat=True))
    assert len(months) == 14 and min(months) == "2025-10", "thirteen whole months and the running one"
    whole = [months[month] for month in sorted(months)[:-1]]
    assert 620 <= sum(whole) / 13 <= 680 and min(whole) >= 450 and max(whole) <= 850
    days = Counter(ServiceOrder.objects.values_list("received_on", flat=True))
    festival = sorted(CalendarDay.objects.filter(store=store, name="春节", date__year=2026).values_list("date", flat=True))

    def a_day(first: date, last: date) -> float:
        return sum(days[first + timedelta(days=n)] for n in range((last - first).days + 1)) / ((last - first).days + 1)

    usual = a_day(date(2026, 3, 16), date(2026, 4, 2))
    assert sum(days[day] for day in festival) == 0
    assert a_day(festival[0] - timedelta(days=10), festival[0] - timedelta(days=1)) > 1.25 * usual
    assert a_day(festival[-1] + timedelta(days=1), festival[-1] + timedelta(days=14)) < 0.8 * usual


def assert_archive(store) -> None:
    assert set(Customer.objects.values_list("tier", flat=True)) == set("ABCD")
    assert Customer.objects.filter(is_vip=True).count() > 20 and Customer.objects.filter(kind="company").count() > 50
    assert Customer.objects.annotate(n=Count("phones")).filter(n__gte=2).count() > 200
    assert Phone.objects.filter(validity="invalid").count() > 50
    assert any(len(plate) == 8 for plate in Vehicle.objects.values_list("plate", flat=True)), "new energy"
    assert Vehicle.objects.exclude(status="active").count() > 10
    again = Ownership.objects.filter(until__isnull=False, vehicle__status="active")
    assert again.count() > 10 and all(row.vehicle.ownerships.filter(since=row.until, until=None).exists() for row in again)
    silent = Customer.objects.filter(do_not_call=True)
    assert silent.count() >= 3 and not FollowUp.objects.open().filter(customer__in=silent).exists()
    # An order is that of whoever owned the car on its day.
    orders = ServiceOrder.objects.delivered().values_list("vehicle", "customer", "received_on")
    owners = {}
    for row in Ownership.objects.all():
        owners.setdefault((row.vehicle_id, row.customer_id), []).append(row)
    assert all(any(own.since <= day <= (own.until or day) for own in owners[car, customer]) for car, customer, day in orders)


def assert_workshop(store) -> None:
    orders = ServiceOrder.objects.delivered()
    assert set(orders.values_list("kind", flat=True)) == set(Kind)
    reworks = orders.filter(kind="rework")
    assert 0.005 < reworks.count() / orders.count() < 0.02
    assert not reworks.exclude(redoes__vehicle=F("vehicle"), redoes__delivered_at__lt=F("received_at")).exists()
    assert OrderItem.objects.filter(result="declined").count() > 500
    assert 0.6 < orders.filter(delivered_at__lte=F("promised_at")).count() / orders.count() < 0.95
    firsts = orders.filter(kind="first_maintenance").values_list("vehicle", flat=True)
    assert len(firsts) == len(set(firsts)) > 100 and set(firsts) <= set(NewCarDelivery.objects.values_list("vehicle", flat=True))
    today = Appointment.objects.between(NOW - timedelta(hours=11), NOW + timedelta(hours=13))
    assert {"booked", "arrived", "no_show"} <= set(today.values_list("status", flat=True))
    opening = calendars.hours(store, HoursKind.OPENING)
    assert all(opening.contains(at) for at in ServiceOrder.objects.values_list("received_at", flat=True))
    mileages: dict[int, int] = {}
    for car, mileage in ServiceOrder.objects.order_by("received_at").values_list("vehicle", "mileage"):
        assert mileage >= mileages.get(car, 0), "no car drives backwards"
        mileages[car] = mileage


def assert_promises(store) -> None:
    calling = calendars.hours(store, HoursKind.CALLING)
    assert [at for at in Attempt.objects.values_list("at", flat=True) if not calling.contains(at)] == []
    assert not Response.objects.filter(surveyor=F("advisor")).exists()
    user = User.objects.get(username="caller")
    tabs = queue.counts(queue.callable_by(queue.callers_sheets(store), user), store, NOW)
    assert min(tabs[tab] for tab in ("late", "hour", "today", "retry")) > 0, tabs
    assert tabs["ready"] < 150, "a day's work for four people"
    unreachable = FollowUp.objects.filter(status="unreachable").count()
    assert unreachable == OutboxMessage.objects.filter(channel="letter", topic="unreachable").count() > 50
    assert set(Response.objects.filter(surveyor=None).exclude(channel="form").values_list("channel", flat=True)) == {
        "link",
        "qr",
        "counter",
    }
    for plan in ("recovery", "recheck"):
        assert FollowUp.objects.filter(plan=plan, status="done").count() > 100


def assert_people_differ(store) -> None:
    report = reports.build(store, parse("2026-10"))
    value = report.figures["satisfaction_rate"].value
    beside = Counter(p.figures["satisfaction_rate"].rate.beside(value) for p in report.advisors if p.figures["satisfaction_rate"].n)
    assert beside["below"] == 1 and beside["same"] >= 5
    year = (
        Response.objects.of_callbacks()
        .filter(audience="service", answered_on__gte=date(2025, 12, 1))
        .values_list("advisor")
        .annotate(n=Count("pk"), satisfied=Count("pk", Q(is_satisfied=True)))
    )
    over_the_year = Counter(Rate(satisfied, n).beside(value) for _advisor, n, satisfied in year)
    assert over_the_year["above"] >= 1 and over_the_year["below"] >= 1 and over_the_year["same"] >= 2
    said = Response.objects.of_callbacks().filter(audience="service", surveyor__isnull=False).values("surveyor")
    said = said.annotate(n=Count("pk"), unhappy=Count("pk", Q(is_unhappy=True)))
    silent = min(said.filter(n__gt=500), key=lambda row: row["unhappy"])
    others = [row for row in said if row["surveyor"] != silent["surveyor"]]
    assert silent["unhappy"] == 0 and all(row["unhappy"] / row["n"] > 0.03 for row in others)
    assert list(Drawing.objects.values_list("caller", flat=True)) == [silent["surveyor"]], "found by itself, and nobody else"
    assert Verified.objects.filter(followup__response__surveyor=silent["surveyor"]).count() == 5
    # The same customers do not recommend the store: it is the caller who hears no anger.
    nps = Answer.objects.filter(question__code="nps")
    asked = nps.values_list("response__surveyor").annotate(n=Count("pk"), against=Count("pk", Q(score__lte=6)))
    detractors = {surveyor: against / n for surveyor, n, against in asked}
    theirs = detractors.pop(silent["surveyor"])
    assert theirs > 0.7 * sum(detractors.values()) / len(detractors)
    dials = sorted(Attempt.objects.filter(by__memberships__role="caller").values("by").annotate(n=Count("pk")).values_list("n", flat=True))
    assert len(dials) == 4 and dials[0] < 0.1 * sum(dials)


def assert_complaints(store) -> None:
    feedback = Feedback.objects.filter(store=store)
    assert {True, False} <= set(feedback.values_list("is_adopted", flat=True)) and feedback.values("person").distinct().count() > 4
    complaints = Complaint.objects.filter(store=store)
    events = ServiceOrder.objects.delivered().count() + NewCarDelivery.objects.count()
    assert 0.01 < complaints.count() / events < 0.02
    assert complaints.values("channel").distinct().count() >= 6 and complaints.values("link").distinct().count() >= 5
    numbers = list(complaints.filter(received_on__year=2026).order_by("received_at", "pk").values_list("number", flat=True))
    assert numbers == [f"DEMO-2026-{n:04d}" for n in range(1, len(numbers) + 1)]
    first = Clock.objects.filter(kind="first_reply", met_at__isnull=False)
    kept = first.filter(met_at__lte=F("due_at")).count() / first.count()
    assert 0.7 < kept < 0.95
    assert Clock.objects.filter(kind="instruction", met_at__isnull=False).exists()
    assert complaints.filter(resolutions__gt=1, status="closed").exists()


def assert_words() -> None:
    for row in Dissatisfaction.objects.all():
        assert re.search(r"[\u4e00-\u9fff]{4}", row.words)
        assert row.standard in {"", *(code for code, _zh, _en in mot.STANDARDS[row.link])}
        assert (row.person_id is not None) == (row.standard == "attitude")
        assert row.answered_on == row.response.answered_on


def assert_figures(store) -> None:
    report = reports.build(store, parse("2026-10"))
    assert [code for code in KNOWN if report.figures[code].value is None] == []
    history = counts.series(store, parse("2026-10").back(13), HEADLINES)
    assert len(history) == 13
    assert [(str(period), code) for period, values in history.items() for code in HEADLINES if not values[code].n] == []
    assert report.strong and report.weak


FORMS_TO_FILL_IN = re.compile(r"/(new|add)/$|^/(search|login|gallery|password)/")


def pages() -> list[str]:
    """Every address without arguments, but for forms to fill in; and the car, customer, visit and call that are on them."""
    found = []
    for namespace, (_prefix, resolver) in get_resolver().namespace_dict.items():
        for name in {key for key in resolver.reverse_dict if isinstance(key, str)}:
            if any(not parameters for pattern in resolver.reverse_dict.getlist(name) for _text, parameters in pattern[0]):
                found.append(reverse(f"{namespace}:{name}"))
    found += [f"/reports/forms/{number}/?period=2026-10" for number in (3, 4)]
    order, sheet = ServiceOrder.objects.delivered().latest("delivered_at"), CallSheet.objects.ready(NOW).first()
    delivery = NewCarDelivery.objects.latest("delivered_at")
    found += [f"/vehicles/{order.vehicle_id}/", f"/customers/{order.customer_id}/", f"/visits/{order.pk}/", f"/deliveries/{delivery.pk}/"]
    return sorted(address for address in [*found, f"/calls/{sheet.pk}/"] if not FORMS_TO_FILL_IN.search(address))


@pytest.mark.page
@pytest.mark.page
@pytest.mark.parametrize("store", [("--customers", "150", "--months", "3")], indirect=True, ids=["small"])
def test_every_page_of_every_role_has_something_to_show(store, client):
    read, bare = 0, set()
    for role in SIGN_IN:
        client.force_login(User.objects.get(username=role), backend="django.contrib.auth.backends.ModelBackend")
        for address in pages():
            answer = client.get(address)
            if answer.status_code == 200 and answer.get("Content-Type", "").startswith("text/html"):
                read += 1
                if 'class="empty"' in answer.content.decode():
                    bare.add((role.value, address))
    assert bare == set()
    assert read > 100  # otherwise this reads nothing
