"""From the draw on the 1st to the 8th: who is asked, who replaces whom, what ends it (S0; domain §7)."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from core import sweep
from core.appendonly import AppendOnlyError
from csi.actions import OwnOrder
from csi.models import Response
from customers.actions import set_do_not_call
from followups import calls, queue
from followups.actions import override_plan
from followups.models import FollowUp
from lounge import drawing, sampling
from lounge.models import Sample, SampleMonth, SampleRank
from lounge.tests.conftest import at, open_calls, ranks

OCTOBER = date(2026, 10, 1)
pytestmark = pytest.mark.django_db


def test_on_the_first_five_of_each_advisors_customers_are_to_be_asked_and_three_of_a_consultants(
    store, october, make_delivery, person, advisor, drawn, clock_at
):
    consultant = person("sales")
    october(9)
    for n in range(4):
        make_delivery(at("10-20 10:00") + timedelta(hours=n), consultant=consultant)
    clock_at.move_to(at("10-31 23:00"))
    sweep.run(until_done=True)
    assert not Sample.objects.filter(month=OCTOBER).exists() and open_calls() == []
    drawn("11-01 00:01")
    assert [row.order.advisor for row in open_calls(advisor)] == [advisor] * 5
    assert [row.delivery.consultant for row in open_calls(consultant)] == [consultant] * 3
    assert {row.questionnaire for row in open_calls(advisor)} == {"implementation-service"}
    assert {row.questionnaire for row in open_calls(consultant)} == {"implementation-sales"}
    assert all(row.due_at == at("11-08 19:30") for row in open_calls())
    sweep.run(until_done=True)
    assert len(open_calls()) == 8 and SampleMonth.objects.filter(month=OCTOBER).count() == 1


def test_the_draw_stands_with_its_seed_and_reason_and_comes_out_the_same_again(store, october, advisor, drawn):
    orders = october(9)
    drawn()
    sample = Sample.objects.get(person=advisor)
    again = drawing.draw(
        [drawing.Visit(order.pk, order.customer_id, order.delivered_at) for order in orders],
        store=store.code, month=OCTOBER, audience="service", person=advisor.pk,
    )  # fmt: skip
    assert sample.seed == again.seed and [row.order_id for row in ranks(advisor)] == [one.pk for one in again.ranked]
    assert [row.followup_id is not None for row in ranks(advisor)] == [True] * 5 + [False] * 4
    assert sample.reason == {"visits": 9, "customers": 9, "left_out": {}}


def test_neither_the_draw_nor_its_order_can_be_changed(october, advisor, drawn):
    october(3)
    drawn()
    sample, first = Sample.objects.get(person=advisor), ranks(advisor)[0]
    with pytest.raises(AppendOnlyError):
        Sample.objects.update(seed=1)
    with pytest.raises(AppendOnlyError):
        first.delete()
    for statement in (f"UPDATE lounge_sample SET seed = 1 WHERE id = {sample.pk}", f"UPDATE lounge_samplerank SET rank = 9 WHERE id = {first.pk}",
                      f"DELETE FROM lounge_samplerank WHERE id = {first.pk}"):  # fmt: skip
        from django.db import connection

        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_who_must_not_or_cannot_be_called_is_left_out_of_the_draw(store, october, make_order, advisor, drawn):
    first, second, *rest = october(6)
    set_do_not_call(customer=first.customer, by=None)
    second.customer.phones.update(validity="invalid", reason="空号")
    drawn()
    assert Sample.objects.get(person=advisor).reason["left_out"] == {"do_not_call": 1, "no_number": 1}
    assert {row.customer_id for row in ranks(advisor)} == {order.customer_id for order in rest}


def test_a_customer_of_two_advisors_is_asked_once_a_month(store, october, make_order, person, advisor, drawn):
    other = person("advisor")
    for order in october(5):
        make_order(at("10-20 10:00"), customer=order.customer, advisor=other)
    drawn()
    asked = [row.customer_id for row in open_calls()]
    assert len(asked) == len(set(asked)) == 5
    assert {row.result for row in ranks(other)} == {"asked"}


def test_somebody_without_hand_overs_has_an_empty_sample(person, drawn, clock_at):
    idle = person("advisor")
    drawn()
    sample = Sample.objects.get(person=idle)
    assert sample.reason["customers"] == 0 and ranks(idle) == [] and open_calls() == []


@pytest.mark.parametrize(("outcome", "result"), [("refused", "refused"), ("interviewed", "too_few")])
def test_who_is_not_interviewed_is_replaced_by_the_next_on_the_list(october, advisor, drawn, answer, clock_at, outcome, result):
    october(8)
    first = drawn()[0]
    clock_at.move_to(at("11-02 10:00"))
    answer(first, yes=4, no=0, outcome=outcome)
    sweep.run(until_done=True)
    listed = ranks(advisor)
    assert [row.result for row in listed] == [result, *[""] * 7]
    assert [row.followup_id is not None for row in listed] == [True] * 6 + [False] * 2
    assert listed[5].followup.due_at == at("11-08 19:30")


def test_who_cannot_be_reached_is_replaced_too(october, advisor, drawn, clock_at):
    october(8)
    first = drawn()[0]
    FollowUp.objects.filter(pk=first.pk).update(status="unreachable", closed_at=at("11-03 10:00"), next_at=None)
    sweep.run(until_done=True)
    assert ranks(advisor)[0].result == "unreachable" and len(open_calls(advisor)) == 5


def test_with_five_interviews_nobody_else_is_asked(october, advisor, drawn, answer, clock_at):
    october(8)
    drawn()
    clock_at.move_to(at("11-02 10:00"))
    for followup in open_calls():
        answer(followup)
    sweep.run(until_done=True)
    assert [row.result for row in ranks(advisor)] == ["counted"] * 5 + [""] * 3 and open_calls() == []


def test_when_the_list_is_at_its_end_it_stays_at_what_there_is(october, advisor, drawn, answer, clock_at):
    october(3)
    drawn()
    clock_at.move_to(at("11-02 10:00"))
    answer(open_calls()[0], outcome="refused")
    sweep.run(until_done=True)
    assert len(open_calls()) == 2


def test_who_has_asked_not_to_be_called_since_the_draw_is_passed_over(october, advisor, drawn, answer, clock_at):
    october(8)
    drawn()
    sixth = ranks(advisor)[5]
    set_do_not_call(customer=sixth.customer, by=None)
    clock_at.move_to(at("11-02 10:00"))
    answer(open_calls()[0], outcome="refused")
    sweep.run(until_done=True)
    listed = ranks(advisor)
    assert listed[5].result == "do_not_call" and listed[6].followup_id


def test_after_the_eighth_what_is_open_is_cancelled_and_it_says_why(october, advisor, drawn, answer, clock_at):
    october(8)
    drawn()
    clock_at.move_to(at("11-08 19:00"))
    answer(open_calls()[0])
    clock_at.move_to(at("11-08 23:59"))
    sweep.run(until_done=True)
    assert len(open_calls()) == 4
    clock_at.move_to(at("11-09 00:01"))
    sweep.run(until_done=True)
    assert open_calls() == []
    assert [row.result for row in ranks(advisor)] == ["counted"] + ["too_late"] * 4 + [""] * 3
    assert set(FollowUp.objects.filter(plan="implementation").values_list("status", flat=True)) == {"done", "cancelled"}


def test_nobody_is_planned_when_there_is_no_more_time_to_call(october, advisor, drawn, answer, clock_at):
    october(8)
    drawn()
    clock_at.move_to(at("11-08 19:29"))
    answer(open_calls()[0], outcome="refused")
    clock_at.move_to(at("11-08 20:00"))
    sweep.run(until_done=True)
    assert ranks(advisor)[0].result == "refused" and len(open_calls()) == 4


def test_nobody_records_the_answers_about_their_own_work(october, advisor, drawn, answer, store, clock_at):
    october(5)
    first = drawn()[0]
    clock_at.move_to(at("11-02 10:00"))
    assert calls.asks_about(advisor, [first])
    with pytest.raises(OwnOrder):
        answer(first, by=advisor)
    sheets = queue.callers_sheets(store)
    assert sheets.filter(pk=first.sheet_id).exists() and not queue.callable_by(sheets, advisor).filter(pk=first.sheet_id).exists()


def test_a_service_call_and_an_implementation_call_of_one_customer_get_each_their_own_answers(store, make_order, caller, drawn, clock_at):
    """One call serves all that is owed; there are two questionnaires in it, and two responses afterwards."""
    from followups import leases

    order = make_order(at("10-31 18:00"))
    drawn("11-01 10:00")
    sheet = order.customer.call_sheets.get()
    owed = {row.plan: row for row in calls.owed(sheet, at("11-01 10:00"))}
    assert set(owed) == {"service", "implementation"}
    leases.take(sheet.pk, caller)
    sheet.refresh_from_db()
    said = {owed["service"].pk: calls.Said(answers={"overall": 5}), owed["implementation"].pk: calls.Said(answers={"done_greeted": 1})}
    calls.save_call(
        sheet=sheet, claim=sheet.claims, token="both", outcome="interviewed", phone=order.customer.phones.first(), said=said, by=caller
    )
    found = {row.version.questionnaire.code: row for row in Response.objects.filter(customer=order.customer)}
    assert found["service-callback"].overall == 5 and found["implementation-service"].overall is None
    assert [answer.question.code for answer in found["implementation-service"].answers.all()] == ["done_greeted"]
    assert not found["implementation-service"].is_unhappy


def test_a_store_that_does_not_use_it_draws_nothing(store, october, drawn):
    october(5)
    override_plan(store=store, plan="implementation", opens_minutes=None, due_minutes=None, is_enabled=False, by=None)
    assert drawn() == [] and not Sample.objects.exists()
    assert SampleMonth.objects.get(month=OCTOBER).drawn_at is None


def test_of_a_month_whose_first_week_nobody_swept_nothing_is_made_up_for(store, october, drawn):
    october(5)
    assert drawn("11-09 10:00") == [] and not Sample.objects.exists()
    assert SampleMonth.objects.get(month=OCTOBER).judged_at


def test_the_month_is_over_by_the_stores_own_date(store, october, drawn):
    store.time_zone = "Pacific/Honolulu"
    store.save()
    october(5)
    assert drawn("11-01 17:59") == []
    assert len(drawn("11-01 18:01")) == 5


def test_one_store_twenty_people_plans_in_a_bounded_number_of_statements(store, october, person, clock_at, django_assert_max_num_queries):
    for _n in range(6):
        october(6, advisor=person("advisor"))
    clock_at.move_to(at("11-01 10:00"))
    with django_assert_max_num_queries(90):
        assert sampling.draw(store=store, month=OCTOBER, now=at("11-01 10:00")) == 30
    assert SampleRank.objects.filter(followup__isnull=False).count() == 30
