"""How often somebody is contacted without having asked for it, and that every contact left out is a row with its reason (domain §4)."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from hypothesis import given
from hypothesis import strategies as st

from core import clock, sweep
from core.appendonly import AppendOnlyError
from customers.actions import set_do_not_call
from followups import actions, caps
from followups.models import Attempt, FollowUp, Served, Suppression
from followups.planning import Plan
from followups.tests.conftest import at

pytestmark = pytest.mark.django_db


@given(st.sampled_from(list(Plan)), st.booleans(), st.integers(0, 5))
def test_the_verdict(plan, do_not_call, often):
    why = caps.verdict(plan=plan, do_not_call=do_not_call, often=often)
    if do_not_call:
        assert why == "do_not_call"
    elif plan in ("service", "sale_first", "recovery", "recheck", "complaint"):
        assert why == ""  # asked for by an event, however often
    else:
        assert why == ("contacts" if often >= 2 else "")


def reached(followup: FollowUp, by, ago: timedelta, outcome: str = "interviewed") -> Attempt:
    now = clock.now()
    n = Attempt.objects.count()
    attempt = Attempt.objects.create(
        store=followup.store, sheet=followup.sheet, customer=followup.customer, outcome=outcome, by=by, at=now - ago,
        on=followup.store.local_date(now - ago), half_day="am", token=f"cap {n}",
    )  # fmt: skip
    Served.objects.create(attempt=attempt, followup=followup)
    return attempt


@pytest.mark.parametrize(("ago", "outcome", "counts"), [
    (timedelta(days=1), "interviewed", True), (timedelta(days=1), "refused", True), (timedelta(days=7), "interviewed", False),
    (timedelta(days=7) - timedelta(seconds=1), "interviewed", True), (timedelta(days=1), "no_answer", False),
])  # fmt: skip
def test_what_counts_as_a_contact(make_delivery, caller, ago, outcome, counts):
    rows = {row.plan: row for row in actions.plan_for_delivery(delivery=make_delivery())}
    reached(rows["sale_care"], caller, ago, outcome)
    reached(rows["sale_first"], caller, ago, outcome)  # exempt
    customer = rows["sale_care"].customer
    assert caps.contacts({customer.pk}, clock.now())[customer.pk] == counts


def test_the_third_unrequested_contact_in_seven_days_is_left_out_and_kept(make_delivery, caller, clock_at):
    rows = {row.plan: row for row in actions.plan_for_delivery(delivery=make_delivery())}
    clock_at.move_to(at("11-30 10:00"))
    reached(rows["sale_care"], caller, timedelta(days=3))
    reached(rows["run_in"], caller, timedelta(days=1))
    sweep.run(until_done=True)
    week = FollowUp.objects.get(plan="sale_week")
    assert (week.status, week.next_at) == ("cancelled", None)
    row = Suppression.objects.get(plan="sale_week")
    assert (row.plan, row.occasion, row.reason, row.on) == ("sale_week", week.occasion, "contacts", week.store.local_date(clock.now()))
    assert FollowUp.objects.get(plan="sale_first").status == "open"  # of the purchase: exempt
    assert not FollowUp.objects.counted().filter(plan="sale_week").exists()


def test_two_contacts_are_not_too_many(make_delivery, caller, clock_at):
    rows = {row.plan: row for row in actions.plan_for_delivery(delivery=make_delivery())}
    clock_at.move_to(at("11-30 10:00"))
    reached(rows["sale_care"], caller, timedelta(days=3))
    sweep.run(until_done=True)
    assert FollowUp.objects.get(plan="sale_week").status == "open" and not Suppression.objects.exists()


def test_a_call_that_is_not_planned_because_of_do_not_call_is_kept_once(make_order, caller):
    order = make_order()
    set_do_not_call(customer=order.customer, by=caller)
    order.refresh_from_db()
    for _n in range(2):
        assert actions.plan_for_order(order=order) == []
    row = Suppression.objects.get()
    assert (row.customer, row.plan, row.occasion, row.reason) == (order.customer, "service", f"order {order.pk}", "do_not_call")


def test_what_was_owed_when_the_customer_asked_never_to_be_called_is_kept(owed_call, caller, dial):
    (first, _call), (second, _other) = owed_call(), owed_call()
    set_do_not_call(customer=first.customer, by=caller)
    sweep.run(until_done=True)
    dial(second, "never_call")
    assert set(Suppression.objects.values_list("reason", flat=True)) == {"do_not_call"}
    assert Suppression.objects.filter(customer=first.customer).count() == 1


def test_a_suppression_is_never_changed(make_order, caller):
    order = make_order()
    set_do_not_call(customer=order.customer, by=caller)
    order.refresh_from_db()
    actions.plan_for_order(order=order)
    with pytest.raises(AppendOnlyError):
        Suppression.objects.update(reason="contacts")
    with pytest.raises(DatabaseError), transaction.atomic():
        Suppression.objects.all()._raw_delete("default")


@pytest.mark.page
def test_the_customers_page_and_the_managers_page_show_them(make_order, caller, signed_in):
    order = make_order()
    set_do_not_call(customer=order.customer, by=caller)
    order.refresh_from_db()
    actions.plan_for_order(order=order)
    manager = signed_in("care_manager")
    assert "未联系记录" in manager.get(f"/customers/{order.customer_id}/").content.decode()
    page = manager.get("/csi/contacts/")
    assert [(str(plan), n) for plan, _why, n in page.context["counted"]] == [(str(Plan.SERVICE.label), 1)]
    assert signed_in("caller").get("/csi/contacts/").status_code == 403
