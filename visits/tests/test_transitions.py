from itertools import product

import pytest
from django.core.exceptions import ValidationError

from visits import checklists, transitions
from visits.actions import StepConflict, cancel, deliver, move_step
from visits.models import ServiceOrder, Step, StepTaken

PATH = ["reception", "diagnosis", "job_order", "repair", "inspection", "ready"]


@pytest.mark.pure
def test_the_table_says_what_the_trade_says():
    assert transitions.taps("reception") == ["diagnosis", "job_order"]
    assert transitions.taps("inspection") == ["ready", "repair"]
    assert transitions.taps("ready") == []
    assert transitions.taps("delivered") == transitions.taps("cancelled") == []
    assert not transitions.may("delivered", "repair")
    assert not transitions.may("repair", "reception")


@pytest.mark.pure
def test_the_big_button_asks_for_the_signature_before_the_workshop_and_for_the_start_in_it():
    act = transitions.next_act
    assert act(step="job_order", is_signed=False, is_started=False) == "sign"
    assert act(step="job_order", is_signed=True, is_started=False) == "move"
    assert act(step="repair", is_signed=True, is_started=False) == "start"
    assert act(step="ready", is_signed=True, is_started=True) == "deliver"
    assert act(step="delivered", is_signed=True, is_started=True) == ""


@pytest.mark.pure
def test_every_step_of_a_visit_has_a_checklist_and_no_code_stands_twice():
    assert set(checklists.CHECKLISTS) == set(PATH)
    codes = [point.code for points in checklists.CHECKLISTS.values() for point in points]
    assert len(codes) == len(set(codes))
    assert checklists.known("ready", ["seen_off", "papers_ready", "invented"]) == ["papers_ready", "seen_off"]


@pytest.mark.parametrize(("from_step", "to_step"), list(product(PATH + ["cancelled"], Step.values)))
def test_the_action_allows_exactly_what_the_buttons_offer(visit, advisor, from_step, to_step):
    order = visit()
    ServiceOrder.objects.filter(pk=order.pk).update(step=from_step)
    order.refresh_from_db()
    done = True
    try:
        if to_step == Step.DELIVERED:
            deliver(order=order, expected_version=order.version, by=advisor)
        elif to_step == Step.CANCELLED:
            cancel(order=order, from_step=from_step, reason="客户改期", by=advisor)
        else:
            move_step(order=order, from_step=from_step, to_step=to_step, by=advisor)
    except (ValidationError, StepConflict):
        done = False
    assert done is transitions.may(from_step, to_step)
    order.refresh_from_db()
    assert order.step == (to_step if done else from_step)
    if to_step not in transitions.ENDS:
        assert (to_step in transitions.taps(from_step)) is done
    assert StepTaken.objects.filter(order=order).count() == 1 + done


def test_a_tap_on_an_old_page_does_not_move_the_car_twice(visit, advisor):
    order = visit()
    move_step(order=order, from_step="reception", to_step="diagnosis", by=advisor, checklist=["greeted"])
    with pytest.raises(StepConflict):
        move_step(order=order, from_step="reception", to_step="diagnosis", by=advisor)
    order.refresh_from_db()
    assert order.step == "diagnosis"
    assert list(order.steps_taken.values_list("step", "by", "checklist")) == [
        ("reception", advisor.pk, []), ("diagnosis", advisor.pk, ["greeted"]),
    ]  # fmt: skip
