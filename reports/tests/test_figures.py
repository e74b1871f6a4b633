from datetime import date

import pytest

from reports.compute import by_advisor, by_caller, rows_behind, store_figures
from reports.counts import series
from reports.figures import ALL, FIGURES, KNOWN
from reports.periods import parse
from reports.tests.agreement import assert_advisors_sum_to_the_store, assert_agrees_with_a_slow_recount, assert_rows_lie_behind
from reports.tests.history import History
from staff.actions import create_store
from visits.models import ServiceOrder

PERIODS = ["2026-09", "2026-10", "2026-W41", "2026-W44"]


@pytest.fixture
def october():
    return parse("2026-10")


@pytest.fixture
def history(store):
    return History(store)


@pytest.mark.parametrize("seed", range(6))
def test_every_figure_agrees_with_a_slow_recount_of_whole_tables(store, seed):
    History(store, seed).wander(date(2025, 9, 20), 400, orders=90, cars=45)
    History(create_store(code="S2", name="别的店"), seed + 50).wander(date(2026, 9, 1), 60, orders=10)
    for code in PERIODS:
        assert_agrees_with_a_slow_recount(store, parse(code))


@pytest.mark.parametrize("seed", [1, 2])
def test_behind_every_figure_lie_as_many_rows_as_it_counts(store, seed):
    History(store, seed).wander(date(2026, 3, 1), 245, orders=80)
    for code in PERIODS:
        assert_rows_lie_behind(store, parse(code))


def test_behind_an_advisors_figure_lie_that_advisors_rows(store, october):
    History(store, 3).wander(date(2026, 8, 1), 92, orders=80)
    for user, values in by_advisor(store, october).items():
        for name, value in values.items():
            who = user or "none"
            assert rows_behind(ALL[name], store, october, advisor=who).count() == value.n, name
            if value.rate is not None:
                assert rows_behind(ALL[name], store, october, part="numerator", advisor=who).count() == value.numerator, name
    for user, values in by_caller(store, october).items():
        for name, value in values.items():
            assert rows_behind(ALL[name], store, october, caller=user).count() == value.n, name


@pytest.mark.parametrize("seed", [4, 5])
def test_advisors_additive_figures_sum_to_the_stores(store, october, seed):
    History(store, seed).wander(date(2026, 8, 1), 92, orders=80)
    assert_advisors_sum_to_the_store(store, october, store_figures(store, october))


@pytest.mark.parametrize("code", ["2026-10", "2026-W44"])
def test_thirteen_periods_counted_at_once_equal_each_counted_alone(store, code):
    History(store, 6).wander(date(2026, 5, 1), 184, orders=90)
    periods = parse(code).back(13)
    for period, values in series(store, periods, KNOWN).items():
        assert values == store_figures(store, period)


def test_no_record_in_the_period_is_no_data_and_not_zero_per_cent(store, october):
    for code, value in store_figures(store, october).items():
        if code in ("cars_received", "base_customers"):
            assert value.value == 0
        else:
            assert (value.value, value.low, value.high) == (None, None, None), code


def test_figures_without_records_are_in_the_table_with_their_target():
    assert [code for code, figure in FIGURES.items() if not figure.records] == [
        "service_profit_share", "win_back_rate", "referral_rate", "call_share", "file_rate", "closing_rate",
    ]  # fmt: skip
    assert FIGURES["first_reply_kept"].target == 1.0


def test_a_car_that_came_twice_is_one_user(history, store, october):
    car, other = history.vehicle(), history.vehicle()
    first, _second = history.order(car, date(2026, 10, 5)), history.order(car, date(2026, 10, 20))
    history.order(other, date(2026, 10, 21))
    history.response(first, date(2026, 10, 6), overall=5)
    figures = store_figures(store, october)
    assert (figures["delight_rate"].numerator, figures["delight_rate"].denominator) == (1, 2)
    assert (figures["repurchase_rate"].numerator, figures["repurchase_rate"].denominator) == (1, 2)
    assert figures["cars_received"].value == 3


def test_an_answer_after_the_month_counts_for_delight_in_the_month_of_the_hand_over(history, store, october):
    order = history.order(history.vehicle(), date(2026, 10, 31))
    history.response(order, date(2026, 11, 2), overall=5)
    figures = store_figures(store, october)
    assert figures["delight_rate"].value == 1
    assert figures["satisfaction_rate"].value is None
    assert store_figures(store, october.next)["satisfaction_rate"].value == 1


def test_satisfied_is_not_delighted(history, store, october):
    order = history.order(history.vehicle(), date(2026, 10, 1))
    history.response(order, date(2026, 10, 2), overall=4)
    figures = store_figures(store, october)
    assert (figures["satisfaction_rate"].value, figures["delight_rate"].value) == (1, 0)


def test_a_cancelled_follow_up_counts_in_no_rate(history, store, october):
    order = history.order(history.vehicle(), date(2026, 10, 5))
    history.followup(order, due_on=date(2026, 10, 8), status="cancelled")
    assert store_figures(store, october)["callback_rate"].value is None


def test_a_first_dial_at_the_very_limit_is_in_time(history, store, october):
    order = history.order(history.vehicle(), date(2026, 10, 5))
    history.followup(order, due_on=date(2026, 10, 8), dialled_at=history.at(date(2026, 10, 8), 18), status="done")
    figures = store_figures(store, october)
    assert (figures["timely_rate"].value, figures["callback_rate"].value, figures["contact_rate"].value) == (1, 1, 1)


def test_the_twelve_months_of_repurchase_end_with_the_period(history, store, october):
    inside, outside = history.vehicle(), history.vehicle()
    for car, earlier in ((inside, date(2025, 11, 1)), (outside, date(2025, 10, 31))):
        history.order(car, earlier)
        history.order(car, date(2026, 10, 10))
    figure = store_figures(store, october)["repurchase_rate"]
    assert (figure.numerator, figure.denominator) == (1, 2)


def test_a_car_seen_in_spring_and_not_since_is_churned(history, store, october):
    stayed, left = history.vehicle(), history.vehicle()
    for car in (stayed, left):
        history.order(car, date(2026, 4, 15))
    history.order(stayed, date(2026, 10, 2))
    figure = store_figures(store, october)["churn_rate"]
    assert (figure.numerator, figure.denominator) == (1, 2)


def test_money_is_yuan_with_two_decimals(history, store, october):
    car = history.vehicle()
    for fen in (10000, 10001, 10001):
        history.order(car, date(2026, 10, 5), total_fen=fen)
    figure = store_figures(store, october)["revenue_per_car"]
    assert (figure.value, figure.numerator, figure.denominator) == (100.01, 300.02, 3)


@pytest.mark.parametrize("code", ["return_rate", "churn_rate"])
def test_other_orders_are_looked_up_by_their_car_alone(store, code):
    """With the store beside the car, SQLite walks the store's orders of a year for every car: seconds at 1,700 orders, minutes at ten times."""
    hit = FIGURES[code].hit(store, date(2026, 10, 1), date(2026, 10, 31))
    assert "store_id" not in str(ServiceOrder.objects.filter(hit).values("pk").query)
