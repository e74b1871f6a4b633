"""Numbers that no record says: entered month by month, written down with what stood before, and no data where nobody entered any."""

from datetime import date, timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from core.models import AuditEvent
from reports.compute import store_figures
from reports.figures import FIGURES
from reports.models import OutsideNumbers
from reports.periods import WEEK, add_months, containing, parse
from reports.records import months_before
from reports.report import as_json, build
from reports.tests.history import History
from reports.workbook import workbook

OCTOBER = parse("2026-10")
URL = "reports:outside"


@pytest.fixture
def three_cars(store):
    history = History(store)
    cars = [history.vehicle() for _n in range(3)]
    for car in [*cars, cars[0]]:
        history.order(car, date(2026, 10, 5))
    return history


@pytest.fixture
def manager(signed_in):
    return signed_in("care_manager")


def enter(manager, **typed):
    return manager.post(reverse(URL) + "?period=2026-10", typed)


def test_what_is_entered_becomes_the_months_figures(three_cars, manager, store):
    assert enter(manager, local_vehicles="1,200 台", profit_share="54.25%").status_code == 302
    figures = as_json(build(store, OCTOBER))["figures"]
    share = figures["market_share"]
    assert (share["value"], share["numerator"], share["denominator"], share["n"]) == (3 / 1200, 3, 1200, 1200)
    assert share["low"] < share["value"] < share["high"]
    profit = figures["service_profit_share"]
    assert (profit["value"], profit["target"], profit["low"], profit["n"]) == (0.5425, 0.55, None, None)


def test_a_month_without_a_number_and_a_week_have_no_data(three_cars, manager, store):
    enter(manager, local_vehicles="1200", profit_share="54")
    for period in (parse("2026-09"), parse("2026-11"), parse("2026-W41")):
        figures = store_figures(store, period)
        assert (figures["market_share"].value, figures["service_profit_share"].value) == (None, None)


def test_each_number_may_be_left_out_or_taken_back(three_cars, manager, store):
    enter(manager, local_vehicles="1200", profit_share="")
    assert store_figures(store, OCTOBER)["service_profit_share"].value is None
    enter(manager, local_vehicles="", profit_share="0")
    figures = store_figures(store, OCTOBER)
    assert (figures["market_share"].value, figures["service_profit_share"].value) == (None, 0)


def test_who_entered_what_in_place_of_what_is_kept(manager):
    enter(manager, local_vehicles="1200", profit_share="54")
    enter(manager, local_vehicles="1300", profit_share="54")
    enter(manager, local_vehicles="1300", profit_share="54")  # nothing differs: nothing is written
    first, second = AuditEvent.objects.filter(verb="outside.entered").order_by("pk")
    assert first.details["before"] == {"local_vehicles": None, "profit_share": None}
    assert second.details["before"]["local_vehicles"] == 1200 and second.details["after"] == {"local_vehicles": 1300, "profit_share": 5400}
    html = manager.get(reverse(URL), {"period": "2026-10"}).content.decode()
    assert "1,200 → 1,300" in html and manager.user.name in html


@pytest.mark.parametrize(
    "typed",
    [
        {"local_vehicles": "2"},  # three different cars were handed over
        {"local_vehicles": "0"},
        {"local_vehicles": "viele"},
        {"profit_share": "101"},
        {"profit_share": "-3"},
        {"profit_share": "55.123"},
    ],
)
def test_what_cannot_be_is_refused_and_kept_in_the_form(three_cars, manager, typed):
    page = enter(manager, **typed)
    assert page.status_code == 422 and "invalid-feedback" in page.content.decode()
    assert f'value="{next(iter(typed.values()))}"' in page.content.decode()
    assert not OutsideNumbers.objects.filter(local_vehicles__isnull=False).exists()


def test_more_cars_than_there_are_is_no_share(three_cars, store):
    """Orders came in after the number was entered: it cannot be right, and a share above one is none."""
    OutsideNumbers.objects.create(store=store, month=OCTOBER.first, local_vehicles=2)
    value = store_figures(store, OCTOBER)["market_share"]
    assert (value.value, value.numerator, value.denominator) == (None, 0, 0)


def test_behind_the_market_share_stand_the_cars_that_were_handed_over(three_cars, manager):
    enter(manager, local_vehicles="1200")
    context = manager.get(reverse("reports:rows", args=["market_share"]), {"period": "2026-10"}).context
    assert context["total"] == 3 and context["is_of_vehicles"]


def test_an_entered_figure_leads_to_where_it_was_entered(three_cars, manager):
    enter(manager, profit_share="54")
    html = manager.get(reverse("reports:index"), {"period": "2026-10"}).content.decode()
    assert f'{reverse(URL)}?period=2026-10"' in html and "54.0%" in html


@pytest.mark.parametrize("role", ["service_manager", "regional", "sales_supervisor"])
def test_who_may_not_enter_it_reads_it_without_a_link(store, signed_in, role):
    OutsideNumbers.objects.create(store=store, month=OCTOBER.first, profit_share=5400)
    html = signed_in(role).get(reverse("reports:index"), {"period": "2026-10"}).content.decode()
    assert "54.0%" in html and reverse(URL) not in html


def test_the_workbook_has_them(three_cars, manager, store):
    enter(manager, local_vehicles="1200", profit_share="54")
    sheet = load_workbook(BytesIO(workbook(build(store, OCTOBER)))).worksheets[0]
    rows = {row[0]: row[1:] for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert rows[str(FIGURES["service_profit_share"].name)][0] == 0.54
    assert rows[str(FIGURES["market_share"].name)][:3] == (3 / 1200, 3, 1200)


@pytest.mark.parametrize("role", ["supervisor", "caller", "regional"])
def test_others_enter_nothing(signed_in, role):
    assert signed_in(role).get(reverse(URL)).status_code == 403


@pytest.mark.parametrize("period", ["2026-W41", "2099-01", "x"])
def test_a_month_that_is_none_or_has_not_begun_is_not_found(manager, period):
    assert manager.get(reverse(URL), {"period": period}).status_code == 404


def test_cars_a_day_are_those_of_the_period_by_its_days(three_cars, store):
    value = store_figures(store, OCTOBER)["cars_received_a_day"]
    assert (value.value, value.numerator, value.denominator) == (4 / 31, 4, 31)


def test_cars_a_day_of_a_month_that_runs_are_by_the_days_that_have_come(three_cars, store, manager, time_machine):
    time_machine.move_to("2026-10-09T23:30+08:00", tick=False)
    assert store_figures(store, OCTOBER)["cars_received_a_day"].value == 4 / 9
    time_machine.move_to("2026-10-10T00:30+08:00", tick=False)
    value = store_figures(store, OCTOBER)["cars_received_a_day"]
    assert (value.value, value.numerator, value.denominator) == (4 / 10, 4, 10)
    page = manager.get(reverse("reports:rows", args=["cars_received_a_day"]), {"period": "2026-10"})
    assert (page.context["total"], page.context["days"]) == (4, 10)


@pytest.mark.parametrize(
    ("cycle", "bought", "due_in"),
    [(None, date(2026, 4, 10), "2026-10"), (1, date(2026, 8, 31), "2026-09"), (12, date(2025, 10, 31), "2026-10")],
)
def test_a_first_maintenance_is_due_after_the_cars_own_cycle_or_six_months(store, cycle, bought, due_in):
    history = History(store)
    car = history.vehicle()
    type(car).objects.filter(pk=car.pk).update(maintenance_months=cycle)
    history.delivery(car, bought)
    period = parse(due_in)
    found = [store_figures(store, one)["first_maintenance_rate"].n for one in (period.previous, period, period.next)]
    assert found == [0, 1, 0]


def test_every_hand_over_is_due_in_one_week_and_no_more():
    """At the ends of months, too, where a month later is a day that does not exist."""
    for months in (1, 6):
        for n in range(400):
            bought = date(2026, 1, 1) + timedelta(days=n)
            week = containing(add_months(bought, months), WEEK)
            assert months_before(week.first, months) <= bought < months_before(week.next.first, months)


def test_a_first_maintenance_is_in_time_until_the_end_of_the_month_in_which_it_is_due(store):
    history = History(store)
    for done in (date(2026, 10, 31), date(2026, 11, 1), None):
        car = history.vehicle()
        history.delivery(car, date(2026, 4, 10))
        if done:
            history.order(car, done, kind="first_maintenance")
    value = store_figures(store, OCTOBER)["first_maintenance_rate"]
    assert (value.numerator, value.denominator) == (1, 3)
