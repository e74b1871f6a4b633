"""Saving a call: every outcome, one call for all that is owed, every dial kept."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from core.models import AuditEvent, OutboxMessage
from csi.actions import OwnOrder
from csi.models import Dissatisfaction, Response
from customers.models import Phone
from followups import actions, calls, leases, preview
from followups.calls import Handled, Said
from followups.models import Attempt, CallSheet, FollowUp, Served
from followups.outcomes import Outcome
from followups.planner import StoreSettings
from followups.tests.conftest import TUESDAY, at, open_of, swept


def test_an_interview_closes_everything_that_is_owed_with_one_dial(make_order, dial, happy, store):
    order = make_order(at("11-23 10:00"))
    second = make_order(at("11-23 15:00"), customer=order.customer)
    (one,), (two,) = actions.plan_for_order(order=order), actions.plan_for_order(order=second)
    saved = dial(one.sheet, "interviewed", said={one.pk: Said(answers=happy), two.pk: Said(answers=happy | {"nps": 10}, words="谢谢")})
    assert {row.status for row in FollowUp.objects.all()} == {"done"}
    assert Served.objects.filter(attempt=saved.attempt).count() == 2 and Response.objects.count() == 2
    sheet = CallSheet.objects.get()
    assert (sheet.next_at, sheet.due_at, sheet.claimed_by, sheet.draft) == (None, None, None, {})
    assert AuditEvent.objects.filter(verb="call.saved").count() == 1


def test_what_has_not_opened_yet_is_not_served(make_delivery, dial):
    care, *later = actions.plan_for_delivery(delivery=make_delivery())
    dial(care.sheet, "interviewed", said={})
    assert [row.status for row in FollowUp.objects.order_by("due_at")] == ["done", "open", "open", "open"]
    assert CallSheet.objects.get().next_at == later[0].next_at


@pytest.mark.parametrize("outcome", [o for o in Outcome if o not in (Outcome.INTERVIEWED, Outcome.RESCHEDULED)])
def test_every_outcome_keeps_the_dial_and_the_limit(owed_call, dial, outcome):
    sheet, call = owed_call()
    due_at = call.due_at
    saved = dial(sheet, outcome)
    call.refresh_from_db()
    assert (call.dials, call.first_dialled_at, call.due_at, call.outcome) == (1, TUESDAY, due_at, outcome)
    attempt = Attempt.objects.get()
    assert (attempt, attempt.number, attempt.half_day) == (saved.attempt, attempt.phone.number, "am")


def test_three_half_days_without_an_answer_close_owe_a_letter_and_flag_the_number(owed_call, dial, clock_at):
    sheet, call = owed_call()
    for moment in ("11-24 10:00", "11-24 11:00", "11-24 15:00"):
        clock_at.move_to(at(moment))
        dial(sheet, "no_answer")
        call.refresh_from_db()
        assert call.status == "open"
    assert call.next_at == at("11-25 10:00")
    clock_at.move_to(at("11-25 10:00"))
    dial(sheet, "switched_off")
    call.refresh_from_db()
    call.customer.refresh_from_db()
    assert (call.status, call.dials, call.customer.confirm_number) == ("unreachable", 4, True)
    letter = OutboxMessage.objects.get(channel="letter")
    assert (letter.recipient, letter.topic) == (f"customer {call.customer_id}", "unreachable")


def test_a_bad_number_is_struck_and_the_next_one_offered_then_nobody_is_reachable(owed_call, dial):
    sheet, call = owed_call()
    dial(sheet, "no_such_number")
    first, second = Phone.objects.order_by("position")
    assert (first.validity, first.reason, second.validity) == ("invalid", "no such number", "unknown")
    call.refresh_from_db()
    assert (call.status, call.next_at) == ("open", TUESDAY)
    dial(sheet, "wrong_person")
    call.refresh_from_db()
    assert call.status == "unreachable" and OutboxMessage.objects.filter(channel="letter").exists()


def test_whoever_answers_confirms_the_number(owed_call, dial):
    sheet, _call = owed_call()
    dial(sheet, "rescheduled", agreed_at=at("11-25 15:00"))
    phone = Phone.objects.order_by("position").first()
    assert (phone.validity, phone.confirmed_on) == ("valid", TUESDAY.date())


def test_another_time_moves_the_next_try_and_not_the_limit(owed_call, dial):
    sheet, call = owed_call()
    dial(sheet, "rescheduled", agreed_at=at("11-26 20:00"))
    after = FollowUp.objects.get()
    assert (after.next_at, after.due_at) == (at("11-26 20:00"), call.due_at)
    assert CallSheet.objects.get().next_at == at("11-26 20:00")


def test_another_time_needs_a_time_to_come(owed_call, dial):
    sheet, _call = owed_call()
    with pytest.raises(ValidationError):
        dial(sheet, "rescheduled", agreed_at=TUESDAY)
    assert not Attempt.objects.exists()


def test_never_call_closes_everything_everywhere_and_plans_no_more(make_order, make_delivery, dial, caller):
    order = make_order()
    (call,) = actions.plan_for_order(order=order)
    later = make_order(at("11-24 09:50"), customer=order.customer)
    actions.plan_for_order(order=later)
    dial(call.sheet, "never_call")
    assert open_of(order.customer) == [] and {row.status for row in FollowUp.objects.all()} == {"refused"}
    third = make_order(customer=order.customer)
    third.customer.refresh_from_db()
    assert actions.plan_for_order(order=third) == []


def test_a_refusal_leaves_later_calls_alone(make_order, dial):
    order = make_order()
    (call,) = actions.plan_for_order(order=order)
    dial(call.sheet, "refused")
    assert actions.plan_for_order(order=make_order(customer=order.customer))


def test_an_interview_that_is_not_finished_writes_nothing(owed_call, dial, caller):
    sheet, call = owed_call()
    with pytest.raises(calls.Refused) as refused:
        dial(sheet, "interviewed", said={call.pk: Said(answers={"service": 3})})
    assert refused.value.followup == call and "overall" in refused.value.message_dict
    assert not Attempt.objects.exists() and not Response.objects.exists()
    assert CallSheet.objects.get().claimed_by == caller


def test_an_advisor_never_records_the_answers_to_their_own_order(make_order, dial, advisor, happy):
    (call,) = actions.plan_for_order(order=make_order())
    with pytest.raises(OwnOrder):
        dial(call.sheet, "interviewed", by=advisor, said={call.pk: Said(answers=happy)})
    assert not Response.objects.exists() and FollowUp.objects.get().status == "open"


def test_the_same_form_twice_is_one_dial(owed_call, caller, happy):
    sheet, call = owed_call()
    leases.take(sheet.pk, caller)
    sheet.refresh_from_db()
    form = {"sheet": sheet, "claim": sheet.claims, "token": "abc", "outcome": "interviewed", "phone": None}
    form |= {"said": {call.pk: Said(answers=happy)}, "by": caller}
    assert not calls.save_call(**form).is_repeated
    assert calls.save_call(**form).is_repeated
    assert Attempt.objects.count() == 1 and Response.objects.count() == 1


def test_unhappy_recovered_rechecked(owed_call, dial, unhappy, advisor, clock_at, person):
    manager = person("care_manager")
    sheet, call = owed_call()
    bad = {"link": "service", "standard": "attitude", "words": "爱理不理", "person": None}
    dial(sheet, "interviewed", said={call.pk: Said(answers=unhappy, dissatisfactions=[bad])})
    recovery = FollowUp.objects.get(plan="recovery")
    row = Dissatisfaction.objects.get()
    with pytest.raises(calls.Refused):
        dial(recovery.sheet, "interviewed", by=advisor, said={recovery.pk: Said(handled=[Handled(row)])})
    handled = Handled(row, cause="忙", measure="道歉", is_carried_out=True, opinion="satisfied")
    dial(recovery.sheet, "interviewed", by=advisor, said={recovery.pk: Said(handled=[handled], words="客户接受道歉")})
    recheck = FollowUp.objects.get(plan="recheck")
    assert recheck.sheet == sheet and recheck.opens_at == TUESDAY + timedelta(hours=2)
    clock_at.move_to(recheck.next_at)
    dial(sheet, "interviewed", said={recheck.pk: Said(handled=[Handled(row, opinion="dissatisfied")])})
    row.refresh_from_db()
    assert (row.cause, row.is_carried_out, row.opinion) == ("忙", True, "dissatisfied")
    assert not FollowUp.objects.open().exists()
    swept()
    assert OutboxMessage.objects.filter(user=manager, topic="still_unhappy").count() == 1


def test_the_buttons_say_what_saving_then_does(owed_call, dial, store):
    sheet, call = owed_call()
    calling = StoreSettings().calling(store)
    facts = {"now": TUESDAY, "calling": calling, "tried": [set()], "limit": 3, "spare": ""}
    said = preview.text(Outcome.NO_ANSWER, **facts)
    dial(sheet, "no_answer")
    call.refresh_from_db()
    assert preview.day_and_time(call.next_at, TUESDAY, calling) in said


# --- leases ----------------------------------------------------------------------------------------------------------------------


def test_of_two_takers_one_wins(owed_call, caller, person):
    sheet, _call = owed_call()
    other = person("caller")
    assert leases.take(sheet.pk, caller) and not leases.take(sheet.pk, other)
    assert CallSheet.objects.get().claimed_by == caller


def test_without_the_guard_both_would_win(owed_call, caller, person, monkeypatch):
    """The twin of the test above: it is the condition in the UPDATE that keeps the second taker out."""
    from followups.querysets import SheetQuerySet

    monkeypatch.setattr(SheetQuerySet, "unclaimed", lambda self, now, user: self)
    sheet, _call = owed_call()
    assert leases.take(sheet.pk, caller) and leases.take(sheet.pk, person("caller"))


def test_a_lapsed_claim_is_free_and_a_heartbeat_keeps_it(owed_call, caller, person, clock_at):
    sheet, _call = owed_call()
    other = person("caller")
    leases.take(sheet.pk, caller)
    clock_at.shift(240)
    assert leases.extend(sheet.pk, caller)
    clock_at.shift(240)
    assert not leases.take(sheet.pk, other)
    clock_at.shift(61)
    assert leases.take(sheet.pk, other) and not leases.extend(sheet.pk, caller)


def test_a_late_save_counts_when_nobody_took_over(owed_call, caller, clock_at, happy):
    sheet, call = owed_call()
    leases.take(sheet.pk, caller)
    sheet.refresh_from_db()
    clock_at.shift(3600)
    calls.save_call(
        sheet=sheet, claim=sheet.claims, token="late", outcome="interviewed", phone=None, said={call.pk: Said(answers=happy)}, by=caller
    )
    assert FollowUp.objects.get().status == "done"


def test_a_late_save_is_refused_when_somebody_took_over(owed_call, caller, person, clock_at, happy):
    sheet, call = owed_call()
    other = person("caller")
    leases.take(sheet.pk, caller)
    sheet.refresh_from_db()
    clock_at.shift(301)
    leases.take(sheet.pk, other)
    leases.release(sheet.pk, other)
    with pytest.raises(calls.ClaimLost):
        calls.save_call(
            sheet=sheet, claim=sheet.claims, token="late", outcome="interviewed", phone=None, said={call.pk: Said(answers=happy)}, by=caller
        )
    assert not Attempt.objects.exists() and FollowUp.objects.get().status == "open"


def test_a_second_tab_goes_on_with_the_same_claim(owed_call, caller):
    sheet, _call = owed_call()
    leases.take(sheet.pk, caller)
    leases.take(sheet.pk, caller)
    assert CallSheet.objects.get().claims == 1


def test_the_next_free_customer_is_taken_in_order(owed_call, caller, person, make_order):
    late, _call = owed_call(delivered_at=at("11-21 10:00"))
    soon, _call = owed_call(delivered_at=at("11-22 10:00"))
    sheets = CallSheet.objects.all()
    assert leases.take_next(sheets, caller) == late.pk
    assert leases.take_next(sheets, person("caller")) == soon.pk
    assert leases.take_next(sheets, person("caller")) is None


def test_an_agreed_time_of_a_mistyped_year_is_refused_and_not_lost(owed_call, dial):
    sheet, call = owed_call()
    with pytest.raises(calls.Refused, match="60"):
        dial(sheet, "rescheduled", agreed_at=at("11-25 10:00").replace(year=2062))
    call.refresh_from_db()
    assert call.dials == 0 and not Attempt.objects.exists()
