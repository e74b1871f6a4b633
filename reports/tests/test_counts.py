"""What is kept equals what a count gives: after any change, at any moment."""

from copy import deepcopy
from datetime import date, timedelta

import pytest
import time_machine as time_travel
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import F
from django.urls import reverse

from complaints.models import Clock
from core import clock, sweep
from customers.models import Vehicle
from followups.models import FollowUp
from reports import counts, watching
from reports.models import Changed, Counted, OutsideNumbers
from reports.periods import WEEK, containing, parse
from reports.tests.history import History
from staff.actions import create_store
from visits.models import NewCarDelivery, ServiceOrder

OCTOBER = parse("2026-10")
PERIODS = [*OCTOBER.back(2), containing(date(2026, 10, 14), WEEK)]


@pytest.fixture(scope="module")
def counted(django_db_setup, django_db_blocker):
    """A history of which everything is counted and nothing stale: made once, because counting is slow."""
    with time_travel.travel("2026-11-13T04:00:00Z", tick=False), pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        patch.setattr(counts, "KEPT_MONTHS", 3)  # enough to be seen, and soon counted
        patch.setattr(counts, "WEEKS_KEPT_MONTHS", 1)
        with transaction.atomic():
            made = History(create_store(code="S1", name="测试店")).wander(date(2026, 9, 12), 48, orders=24)
            sweep.run(until_done=True)
            yield made
            transaction.set_rollback(True)


@pytest.fixture
def kept(counted):
    """That history; what the test does to it is taken back. (`db` would close the connection that it lives in.)"""
    assert Counted.objects.exists() and not Counted.objects.filter(is_stale=True).exists() and not Changed.objects.exists()
    with transaction.atomic():
        yield deepcopy(counted)
        transaction.set_rollback(True)


@pytest.fixture
def store(kept):
    return kept.store


def live(store, period):
    return counts.as_kept(counts.count(store, period))


def shown(store, periods=PERIODS):
    return {period: counts.as_kept(found) for period, found in counts.of_periods(store, periods, with_people=True).items()}


def test_kept_counts_equal_counts_made_now(kept, store, django_assert_num_queries):
    with django_assert_num_queries(3):
        found = shown(store)
    assert found == {period: live(store, period) for period in PERIODS}
    assert list(counts.differing(Counted.objects.all())) == []


def test_midnight_changes_nothing_that_is_kept_and_counts_another_day(kept, store, time_machine, django_assert_num_queries):
    november = parse("2026-11")
    kept.order(kept.vehicles[0], None, received_on=date(2026, 11, 12))
    sweep.run(until_done=True)
    for day in (13, 14, 30):
        time_machine.move_to(f"2026-11-{day}T12:00+08:00", tick=False)
        with django_assert_num_queries(3):
            found = counts.of_periods(store, [november])[november].figures["cars_received_a_day"]
        assert found == counts.count(store, november).figures["cars_received_a_day"] and found.denominator == day
        assert list(counts.differing(Counted.objects.all())) == []


def test_before_anything_happened_there_is_nothing_to_count(kept, store, django_assert_num_queries):
    august = parse("2026-08")
    with django_assert_num_queries(3):
        found = counts.of_periods(store, [august], with_people=True)[august]
    assert counts.as_kept(found) == live(store, august)


def test_a_week_in_which_nothing_happened_is_kept_with_the_next_change(kept, store, time_machine):
    time_machine.move_to("2026-12-16T04:00:00Z", tick=False)
    kept.order(kept.vehicles[0], store.today())
    sweep.run(until_done=True)
    kept_weeks = Counted.objects.filter(kind=WEEK, first__gte=date(2026, 11, 16)).order_by("first").values_list("first", flat=True)
    assert list(kept_weeks) == [date(2026, 11, 16) + timedelta(weeks=n) for n in range(5)]


def test_what_is_due_in_a_period_that_has_just_begun_is_counted(kept, store, time_machine):
    order = kept.order(kept.vehicle(), store.today())
    kept.followup(order, due_on=date(2026, 12, 2))
    sweep.run(until_done=True)
    time_machine.move_to("2026-12-01T04:00:00Z", tick=False)
    december = parse("2026-12")
    assert shown(store, [december]) == {december: live(store, december)}
    assert live(store, december)[0]["figures"]["callback_rate"][0] >= 1


def _moved(history):
    order = ServiceOrder.objects.delivered().filter(delivered_on__gte=date(2026, 10, 10)).first()
    order.delivered_on, order.delivered_at = order.delivered_on - timedelta(days=20), order.delivered_at - timedelta(days=20)
    order.received_on, order.received_at = order.received_on - timedelta(days=20), order.received_at - timedelta(days=20)
    order.save()


def _another_advisor(history):
    assert ServiceOrder.objects.filter(delivered_on__month=10).exclude(advisor=history.advisors[2]).update(advisor=history.advisors[2])


def _late_answer(history):
    order = history.order(history.vehicle(), date(2026, 9, 30), advisor=history.advisors[0])
    sweep.run(until_done=True)
    history.response(order, date(2026, 10, 2), overall=5, service=1)


def _late_complaint(history):
    order = history.order(history.vehicle(), date(2026, 9, 30), advisor=history.advisors[0])
    sweep.run(until_done=True)
    history.complaint(order, date(2026, 10, 2))


def _gone_order(history):
    history.order(history.vehicle(), date(2026, 10, 3))
    sweep.run(until_done=True)
    ServiceOrder.objects.latest("pk").delete()


CHANGES = {
    "an order handed over": lambda h: h.order(h.vehicles[0], date(2026, 10, 14), total_fen=50_000),
    "a car received": lambda h: h.order(h.vehicles[0], None, received_on=date(2026, 10, 14)),
    "an order moved to another month": _moved,
    "an advisor changed by a bulk update": _another_advisor,
    "an amount corrected": lambda h: ServiceOrder.objects.filter(delivered_on__month=10).update(total_fen=1),
    "an order deleted": _gone_order,
    "a dial": lambda h: h.followup(h.order(h.vehicle(), date(2026, 9, 1)), due_on=date(2026, 10, 5), dialled_at=h.at(date(2026, 10, 5))),
    "a follow-up cancelled": lambda h: FollowUp.objects.filter(due_on__month=10, status="open").update(
        status="cancelled", closed_at=clock.now(), next_at=None
    ),
    "an answer to last month's visit": _late_answer,
    "a complaint about an order of last month": _late_complaint,
    "a clock met": lambda h: Clock.objects.running().filter(due_on__month=10).update(met_at=F("due_at"), breached_at=None, raised_at=None),
    "a new car": lambda h: h.delivery(h.vehicle(opened=date(2026, 11, 1)), date(2026, 10, 30)),
    "a consultant changed": lambda h: NewCarDelivery.objects.update(consultant=h.advisors[0]),
    "a car opened": lambda h: h.vehicle(opened=date(2026, 9, 5)),
    "a car whose warranty is longer": lambda h: Vehicle.objects.filter(warranty_until__isnull=True).update(warranty_until=date(2027, 1, 1)),
    "local vehicles entered": lambda h: OutsideNumbers.objects.create(store=h.store, month=date(2026, 10, 1), local_vehicles=5000),
    "a card of the service index": lambda h: h.card(h.order(h.vehicles[0], date(2026, 10, 14)), date(2026, 10, 14), index_facility_1=9),
    "a car scrapped": lambda h: Vehicle.objects.filter(status="active").update(status="scrapped"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_is_shown_at_once_and_kept_by_the_sweep(kept, store, change):
    before = shown(store)
    change(kept)
    after = shown(store)
    assert after == {period: live(store, period) for period in PERIODS}
    assert after != before  # or the change would prove nothing
    sweep.run(until_done=True)
    assert not Changed.objects.exists()
    assert shown(store) == {period: live(store, period) for period in PERIODS}  # and what the sweep itself has planned


def test_without_its_trigger_a_change_would_be_missed(kept, store):
    """The guard taken out: the test above would fail."""
    on = " ON visits_serviceorder" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER reports_note_visits_serviceorder_u{on}")
    ServiceOrder.objects.filter(delivered_on__month=10).update(total_fen=1)
    sweep.run(until_done=True)
    assert shown(store) != {period: live(store, period) for period in PERIODS}
    assert list(counts.differing(Counted.objects.all())) != []


def test_what_no_figure_looks_at_makes_nothing_stale(kept):
    ServiceOrder.objects.update(note="洗车", mileage=12, version=9)
    Vehicle.objects.update(mileage=12)
    FollowUp.objects.update(opened_at=clock.now())
    assert not Changed.objects.exists()


def test_a_change_today_leaves_the_months_before_as_they_are(kept, store):
    counted = dict(Counted.objects.values_list("pk", "counted_at"))
    kept.order(kept.vehicles[0], store.today())
    counts.take_changes(clock.now())
    assert {row.first for row in counts.stale()} == {date(2026, 11, 1), date(2026, 11, 9)}
    assert len(counted) == Counted.objects.count()


def test_a_change_while_a_period_is_being_counted_is_not_lost(kept, store, monkeypatch):
    kept.order(kept.vehicles[0], date(2026, 10, 14))
    counts.take_changes(clock.now())
    row = Counted.objects.get(kind="month", first=OCTOBER.first)
    counting = counts.count

    def disturbed(*args, **kwargs):
        found = counting(*args, **kwargs)
        kept.order(kept.vehicles[0], date(2026, 10, 15))
        counts.take_changes(clock.now())
        return found

    monkeypatch.setattr(counts, "count", disturbed)
    assert not counts.keep(row)
    monkeypatch.undo()
    assert Counted.objects.get(pk=row.pk).is_stale
    sweep.run(until_done=True)
    assert shown(store, [OCTOBER]) == {OCTOBER: live(store, OCTOBER)}


def test_periods_older_than_those_that_are_kept_are_counted_when_asked_for(kept, store):
    kept.order(kept.vehicles[0], date(2019, 5, 5))
    sweep.run(until_done=True)
    old = parse("2019-05")
    assert Counted.objects.earliest("first").first == date(2026, 8, 1)
    assert counts.of_periods(store, [old])[old].orders == 1


def test_stores_are_counted_apart(kept, store):
    other = create_store(code="S2", name="二店")
    History(other, seed=2).wander(date(2026, 10, 1), 20, orders=10)
    counts.take_changes(clock.now())
    assert {row.store_id for row in counts.stale()} == {other.pk}


def test_the_monthly_page_shows_a_new_answer_at_once(kept, signed_in):
    client = signed_in("care_manager")

    def satisfied():
        return client.get(reverse("reports:monthly"), {"period": "2026-10"}).context["report"].figures["satisfaction_rate"]

    before = satisfied()
    kept.response(kept.order(kept.vehicles[0], date(2026, 10, 14)), date(2026, 10, 15), overall=5)
    assert satisfied().n == before.n + 1


def test_recount_checks_and_mends(kept, capsys):
    call_command("recount", "--check")
    assert "0 differ" in capsys.readouterr().out
    row = Counted.objects.get(kind="month", first=OCTOBER.first)
    Counted.objects.filter(pk=row.pk).update(totals=row.totals | {"orders": 12345})
    with pytest.raises(SystemExit) as end:
        call_command("recount", "--check")
    assert end.value.code == 2
    call_command("recount", "--store", "S1")
    call_command("recount", "--check")


@pytest.mark.django_db
def test_every_watched_column_exists():
    for watched in watching.WATCHED:
        with connection.cursor() as cursor:
            columns = {column.name for column in connection.introspection.get_table_description(cursor, watched.table)}
        assert {*watched.columns, *watched.rare} <= columns
