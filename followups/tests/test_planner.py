"""What a hand-over owes: one planner for the browser, an import, and the sweep after an outage."""

from datetime import timedelta

import pytest
from django.db import IntegrityError

from core import clock, sweep
from core.models import OutboxMessage
from customers.actions import set_do_not_call
from followups import actions, explain, planner, steps
from followups.models import CallSheet, FollowUp, PlanOverride
from followups.tests.conftest import TUESDAY, at, open_of, swept
from staff.actions import record_absence


def test_a_service_order_owes_one_call_within_three_days(make_order):
    order = make_order(at("11-23 13:00"))
    (call,) = actions.plan_for_order(order=order)
    assert (call.plan, call.occasion) == ("service", f"order {order.pk}")
    assert (call.opens_at, call.aim_at, call.due_at) == (at("11-23 15:00"), at("11-24 12:00"), at("11-26 12:00"))
    assert (call.sheet.next_at, call.sheet.due_at, call.sheet.tier) == (call.next_at, call.due_at, order.customer.tier)


def test_a_new_car_owes_four_calls(make_delivery):
    delivery = make_delivery(at("11-24 09:30"))
    found = [(call.plan, call.opens_at, call.due_at) for call in actions.plan_for_delivery(delivery=delivery)]
    assert found == [
        ("sale_care", at("11-24 10:30"), at("11-24 11:30")),
        ("sale_first", at("11-25 09:30"), at("11-27 09:30")),
        ("sale_week", at("11-30 09:30"), at("12-01 09:30")),
        ("run_in", at("12-08 09:30"), at("12-15 09:30")),
    ]
    assert CallSheet.objects.count() == 1


def test_a_time_the_customer_named_sets_opening_and_limit(make_order):
    (call,) = actions.plan_for_order(order=make_order(callback_at=at("11-25 20:00")))
    assert call.is_agreed and (call.opens_at, call.due_at) == (at("11-25 20:00"), at("11-25 21:00"))


def test_planning_twice_changes_nothing(make_order, make_delivery):
    order, delivery = make_order(), make_delivery()
    first = [f.pk for f in actions.plan_for_order(order=order) + actions.plan_for_delivery(delivery=delivery)]
    assert [f.pk for f in actions.plan_for_order(order=order) + actions.plan_for_delivery(delivery=delivery)] == first
    assert FollowUp.objects.count() == 5


def test_a_store_may_have_its_own_offsets_or_not_use_a_plan(make_order, store, caller):
    actions.override_plan(store=store, plan="service", opens_minutes=60, due_minutes=24 * 60, is_enabled=True, by=caller)
    (call,) = actions.plan_for_order(order=make_order(at("11-24 09:30")))
    assert (call.opens_at, call.due_at) == (at("11-24 10:30"), at("11-25 09:30"))
    actions.override_plan(store=store, plan="service", opens_minutes=None, due_minutes=None, is_enabled=False, by=caller)
    assert actions.plan_for_order(order=make_order()) == []


def test_a_plan_back_in_use_calls_nobody_for_the_time_without_it(make_order, store, caller, clock_at):
    default = {"store": store, "plan": "service", "opens_minutes": None, "due_minutes": None, "by": caller}
    meanwhile = make_order(clock.now() - timedelta(hours=1))
    actions.override_plan(**default, is_enabled=False)
    actions.override_plan(**default, is_enabled=True)
    swept()
    assert not FollowUp.objects.filter(order=meanwhile).exists()
    clock_at.shift(timedelta(hours=1))
    (call,) = actions.plan_for_order(order=make_order(clock.now()))
    assert call.status == "open"


def test_offsets_given_back_are_the_default_again(store, caller):
    default = {"store": store, "plan": "service", "due_minutes": None, "is_enabled": True, "by": caller}
    actions.override_plan(**default, opens_minutes=60)
    actions.override_plan(**default, opens_minutes=None)
    assert not PlanOverride.objects.exists()


def test_who_asked_never_to_be_called_is_owed_no_call(make_order, caller):
    order = make_order()
    set_do_not_call(customer=order.customer, by=caller)
    order.customer.refresh_from_db()
    assert actions.plan_for_order(order=order) == []
    assert swept()["planned"] == 0


def test_who_asks_never_to_be_called_elsewhere_is_closed_as_refused_by_the_sweep(owed_call, caller):
    sheet, call = owed_call()
    set_do_not_call(customer=sheet.customer, by=caller)
    swept()
    call.refresh_from_db()
    sheet.refresh_from_db()
    assert (call.status, sheet.next_at) == ("refused", None)


def test_imported_history_is_planned_only_while_its_window_is_open(make_order):
    old, recent = make_order(at("11-20 10:00"), origin="imported"), make_order(at("11-22 10:00"), origin="imported")
    assert swept()["planned"] == 1
    assert open_of(old.customer) == [] and len(open_of(recent.customer)) == 1


def test_typed_orders_are_planned_however_late_the_sweep_is(make_order):
    order = make_order(at("11-10 10:00"))
    assert swept()["planned"] == 1
    (call,) = open_of(order.customer)
    assert call.due_at < clock.now() and call.breached_at == clock.now()


def test_an_import_is_planned_in_pages_with_a_bounded_number_of_statements(make_order, django_assert_max_num_queries, monkeypatch):
    for _n in range(12):
        make_order()
    monkeypatch.setattr("followups.steps.BATCH", 5)
    assert swept()["planned"] == 12
    for _n in range(40):
        make_order()
    monkeypatch.setattr("followups.steps.BATCH", 500)
    with django_assert_max_num_queries(14):
        assert steps.plan_orders(clock.now()) == 40


def test_a_sweep_plans_at_most_one_batch_of_calls_in_a_transaction(make_delivery, monkeypatch):
    for _n in range(3):
        make_delivery()
    monkeypatch.setattr("followups.steps.BATCH", 8)
    assert [steps.plan_deliveries(clock.now()) for _round in range(3)] == [8, 4, 0]


def test_orders_that_lead_to_no_call_do_not_stand_in_the_way_of_others(make_order, store, caller, monkeypatch):
    for _n in range(6):
        make_order(at("11-18 10:00"), origin="imported")
    order = make_order()
    monkeypatch.setattr("followups.steps.BATCH", 3)
    assert swept()["planned"] == 1
    assert len(open_of(order.customer)) == 1


def test_an_idle_sweep_is_a_few_statements(owed_call, django_assert_max_num_queries):
    for _n in range(5):
        owed_call()
    swept()
    with django_assert_max_num_queries(12):
        now = clock.now()
        for step in (
            steps.plan_orders,
            steps.plan_deliveries,
            steps.plan_recoveries,
            steps.plan_rechecks,
            steps.close_unwanted,
            steps.open_due,
            steps.mark_breached,
        ):
            assert step(now) == 0


def test_a_row_that_the_database_refuses_is_noticed(make_order, monkeypatch):
    real = planner.window

    def broken(*args, **kwargs):
        span = real(*args, **kwargs)
        return type(span)(span.due_at, span.due_at, span.due_at)

    monkeypatch.setattr("followups.planner.window", broken)
    with pytest.raises((planner.PlanningError, IntegrityError)):  # SQLite swallows it, PostgreSQL does not
        actions.plan_for_order(order=make_order())


def test_a_recovery_goes_to_the_orders_advisor_and_is_told_in_the_same_sweep(owed_call, dial, unhappy, advisor, caller):
    sheet, _call = owed_call()
    bad = {"link": "service", "standard": "listening", "words": "没人听我说", "person": None}
    dial(sheet, "interviewed", said=_said(sheet, unhappy, bad))
    recovery = FollowUp.objects.get(plan="recovery")
    assert (recovery.assignee, recovery.sheet.audience, recovery.sheet.assignee) == (advisor, "advisor", advisor)
    assert (recovery.opens_at, recovery.due_at) == (TUESDAY, TUESDAY + timedelta(hours=1))
    swept()
    message = OutboxMessage.objects.get(user=advisor)
    assert (message.topic, message.status, message.path) == ("recovery_owed", "sent", f"/calls/{recovery.sheet_id}/")


def _said(sheet, answers, *bad, words=""):
    from followups.calls import Said

    call = FollowUp.objects.open().get(sheet=sheet, plan="service")
    return {call.pk: Said(answers=answers, dissatisfactions=list(bad), words=words)}


def test_the_supervisor_recovers_when_the_advisor_is_named_or_away(owed_call, dial, unhappy, advisor, person, store, caller):
    supervisor = person("supervisor")
    sheet, _call = owed_call()
    dial(sheet, "interviewed", said=_said(sheet, unhappy, {"link": "service", "words": "态度差", "person": advisor}))
    assert FollowUp.objects.get(plan="recovery").assignee == supervisor
    record_absence(user=advisor, store=store, kind="leave", starts_on=store.today(), by=caller)
    sheet, _call = owed_call()
    dial(sheet, "interviewed", said=_said(sheet, unhappy, {"link": "service", "words": "太慢", "person": None}))
    assert FollowUp.objects.filter(plan="recovery").latest("pk").assignee == supervisor


def test_an_evening_recovery_goes_to_somebody_who_is_there_the_next_morning(
    owed_call, dial, unhappy, advisor, person, store, caller, clock_at
):
    supervisor = person("supervisor")
    clock_at.move_to(at("11-24 19:45"))  # nobody may be called any more today
    tomorrow = at("11-25 00:00").date()
    record_absence(user=advisor, store=store, kind="day_off", starts_on=tomorrow, ends_on=tomorrow, by=caller)
    sheet, _call = owed_call(delivered_at=at("11-24 10:00"))
    dial(sheet, "interviewed", said=_said(sheet, unhappy, {"link": "service", "words": "太慢", "person": None}))
    assert FollowUp.objects.get(plan="recovery").assignee == supervisor


def test_without_anybody_to_recover_the_callers_do(owed_call, dial, unhappy, advisor):
    sheet, _call = owed_call()
    dial(sheet, "interviewed", said=_said(sheet, unhappy, {"link": "service", "words": "态度差", "person": advisor}))
    recovery = FollowUp.objects.get(plan="recovery")
    assert recovery.assignee is None and recovery.sheet == sheet


def test_a_recheck_follows_a_recovery_or_its_passed_limit(owed_call, dial, unhappy, advisor, clock_at):
    from followups.calls import Said

    bad = {"link": "service", "words": "太慢", "person": None}
    first, _call = owed_call()
    dial(first, "interviewed", said=_said(first, unhappy, bad))
    second, _call = owed_call()
    dial(second, "interviewed", said=_said(second, unhappy, bad))
    done, missed = FollowUp.objects.filter(plan="recovery").order_by("pk")
    clock_at.move_to(TUESDAY + timedelta(minutes=30))
    handled = [_handled(done)]
    dial(done.sheet, "interviewed", by=advisor, said={done.pk: Said(handled=handled)})
    assert FollowUp.objects.get(plan="recheck", recovers=done).opens_at == TUESDAY + timedelta(hours=2, minutes=30)
    clock_at.move_to(TUESDAY + timedelta(hours=1))
    swept()
    recheck = FollowUp.objects.get(plan="recheck", recovers=missed)
    assert (recheck.opens_at, recheck.sheet) == (missed.due_at + timedelta(hours=2), second)
    assert swept()["planned"] == 0


def _handled(recovery, **fields):
    from followups.calls import Handled

    values = {"cause": "高峰期", "measure": "道歉并赠送洗车", "is_carried_out": True} | fields
    return Handled(recovery.response.dissatisfactions.get(), **values)


def test_after_an_outage_everything_is_caught_up_as_if_it_had_not_been(make_order, make_delivery, clock_at, person):
    manager = person("care_manager")
    make_order(at("11-24 09:00"))
    make_delivery(at("11-24 09:00"))
    clock_at.move_to(at("12-02 10:00"))
    counts = sweep.run(until_done=True)
    drawn = FollowUp.objects.filter(plan="implementation").count()  # November is over by then: two customers are in its samples
    assert counts["planned"] == 5 + drawn == 7
    rows = {row.plan: row for row in FollowUp.objects.exclude(plan="implementation")}
    assert rows["service"].due_at == at("11-27 09:00")
    assert counts["opened"] == 4 + drawn and rows["run_in"].opened_at is None
    late = {"service", "sale_care", "sale_first", "sale_week"}
    assert {plan for plan, row in rows.items() if row.breached_at} == late
    assert OutboxMessage.objects.filter(user=manager, topic="followup_late").count() == 4
    again = sweep.run(until_done=True)
    assert (again["planned"], again["opened"], again["breached"]) == (0, 0, 0)


def test_a_late_recovery_is_told_to_the_supervisor_once(owed_call, dial, unhappy, person, clock_at):
    supervisor = person("supervisor")
    sheet, _call = owed_call()
    dial(sheet, "interviewed", said=_said(sheet, unhappy, {"link": "service", "words": "太慢", "person": None}))
    clock_at.move_to(TUESDAY + timedelta(hours=1, minutes=1))
    swept(), swept()
    assert OutboxMessage.objects.filter(user=supervisor, topic="recovery_late").count() == 1


def test_the_oldest_row_to_act_on_is_known(owed_call, clock_at):
    _sheet, call = owed_call()
    assert sweep.oldest_due(clock.now()) == call.opens_at
    swept()
    assert sweep.oldest_due(clock.now()) is None


def test_why_this_deadline_shows_the_sum(make_order):
    (call,) = actions.plan_for_order(order=make_order(at("11-23 12:30")))
    text = " ".join(explain.why_due(call))
    assert "11-23 12:30" in text and "11-26 12:30" in text and "11-26 12:00" in text
