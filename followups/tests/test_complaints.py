"""Complaints in the queue: the revisit of a solution, and registering one from what was said in a call."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from complaints import actions as complaints
from complaints.models import Complaint
from core import clock
from csi.models import Response
from followups import calls, leases
from followups.calls import ClaimLost, Refused, Said
from followups.models import CallSheet, FollowUp
from followups.tests.conftest import at, open_of, swept

HOW = {"cause": "冷媒泄漏", "solution": "更换管路", "result": "已制冷", "measure": "交车前复检", "method": "phone", "told": "已修好"}


@pytest.fixture
def resolved(make_order, advisor, caller, store):
    """A resolved complaint whose revisit the sweep has put into the queue: (complaint, sheet, follow-up)."""
    order = make_order(clock.now() - timedelta(days=60))
    complaint = complaints.open_complaint(
        store=store, channel="phone", link="quality", words="空调不凉", customer=order.customer, vehicle=order.vehicle, by=caller
    )
    complaints.resolve(complaint=complaint, by=advisor, **HOW)
    swept()
    followup = FollowUp.objects.get(complaint=complaint)
    return complaint, followup.sheet, followup


def test_a_resolved_complaint_owes_a_revisit_by_its_own_clock(resolved, clock_at):
    complaint, sheet, followup = resolved
    assert (followup.plan, followup.occasion) == ("complaint", f"complaint {complaint.pk} resolution 1")
    assert followup.due_at == complaint.clocks.get(kind="revisit").due_at == at("11-25 10:00")
    assert (sheet.audience, sheet.next_at) == ("caller", clock.now())
    swept()
    assert FollowUp.objects.count() == 1


def test_a_satisfied_customer_closes_the_complaint(resolved, dial):
    complaint, sheet, followup = resolved
    with pytest.raises(Refused):
        dial(sheet, "interviewed", said={followup.pk: Said()})  # the question has to be asked
    dial(sheet, "interviewed", said={followup.pk: Said(revisit="satisfied", words="很满意")})
    complaint.refresh_from_db()
    followup.refresh_from_db()
    assert (complaint.status, complaint.closing, followup.status) == ("closed", "satisfied", "done")


def test_what_is_missing_is_said_at_the_question(resolved, caller, client):
    """The words stand below it, behind the bar of outcomes."""
    _complaint, sheet, followup = resolved
    client.force_login(caller, backend="django.contrib.auth.backends.ModelBackend")
    url = reverse("followups:call", args=[sheet.pk])
    leases.take(sheet.pk, caller)
    typed = {
        "claim": client.get(url).context["sheet"].claims,
        "token": "one",
        "phone": sheet.customer.phones.first().pk,
        "outcome": "interviewed",
    }
    page = client.post(url, typed)
    ask, _words, rest = re.split(r'class="words-field"|</textarea>', page.content.decode().split('class="ask"')[1], maxsplit=2)
    assert page.status_code == 422 and "请询问客户现在是否满意。" in ask and "field-error" not in rest
    typed |= {f"f{followup.pk}-revisit": "dissatisfied", "claim": page.context["sheet"].claims}
    page = client.post(url, typed)
    ask, _words, rest = re.split(r'class="words-field"|</textarea>', page.content.decode().split('class="ask"')[1], maxsplit=2)
    assert page.status_code == 422 and "field-error" not in ask and "field-error" in rest


def test_a_dissatisfied_customer_reopens_it_and_the_next_solution_is_asked_about_again(resolved, dial, advisor, person):
    complaint, sheet, followup = resolved
    supervisor = person("supervisor")
    dial(sheet, "interviewed", said={followup.pk: Said(revisit="dissatisfied", words="又不凉了")})
    complaint.refresh_from_db()
    assert (complaint.status, complaint.handler) == ("reopened", supervisor)
    assert open_of(complaint.customer) == []
    complaints.resolve(complaint=complaint, by=supervisor, **HOW)
    swept()
    (again,) = open_of(complaint.customer)
    assert again.occasion == f"complaint {complaint.pk} resolution 2"


def test_three_tries_in_three_half_days_close_it_as_unreachable(resolved, dial, clock_at):
    complaint, sheet, _followup = resolved
    for moment in ("11-24 10:30", "11-24 15:00", "11-25 09:30"):
        complaint.refresh_from_db()
        assert complaint.status == "resolved"
        clock_at.move_to(at(moment))
        dial(sheet, "no_answer")
    complaint.refresh_from_db()
    assert (complaint.status, complaint.closing) == ("closed", "unreachable")


def test_a_customer_who_wants_no_call_closes_it_as_such(resolved, dial):
    complaint, sheet, _followup = resolved
    dial(sheet, "refused")
    complaint.refresh_from_db()
    assert (complaint.status, complaint.closing) == ("closed", "refused")


def test_a_revisit_on_the_complaints_own_page_takes_the_call_out_of_the_queue(resolved, caller, dial):
    complaint, sheet, followup = resolved
    complaints.record_revisit(complaint=complaint, answer="satisfied", method="in_person", by=caller)
    with pytest.raises(ClaimLost):  # a caller who had it open already is told
        dial(sheet, "interviewed", said={followup.pk: Said(revisit="satisfied")})
    swept()
    followup.refresh_from_db()
    assert followup.status == "cancelled"
    assert CallSheet.objects.get(pk=sheet.pk).next_at is None


def test_the_handler_does_not_ask_about_the_own_solution(resolved, person, caller):
    complaint, _sheet, followup = resolved
    followup = calls.owed(followup.sheet, clock.now())[0]
    assert calls.asks_about(complaint.handler, [followup]) and not calls.asks_about(caller, [followup])


def test_a_complaint_takes_the_place_of_the_call_back_and_carries_everything_over(owed_call, dial, unhappy, advisor, caller):
    sheet, followup = owed_call()
    wrong = [{"link": "service", "standard": "attitude", "words": "态度不好", "person": advisor}]
    said = Said(answers=unhappy, words="不会再来", dissatisfactions=wrong, is_complaint=True, demands="道歉")
    saved = dial(sheet, "interviewed", said={followup.pk: said})
    complaint = Complaint.objects.get()
    assert saved.complaints == (complaint,)
    assert (complaint.channel, complaint.link, complaint.standard, complaint.words) == (
        "callback",
        "service",
        "attitude",
        "态度不好\n不会再来",
    )
    assert (complaint.against, complaint.demands, complaint.order, complaint.customer) == (advisor, "道歉", followup.order, sheet.customer)
    assert complaint.response == Response.objects.get() and complaint.registered_by == caller
    assert complaint.handler != advisor
    swept()
    assert not FollowUp.objects.filter(plan="recovery").exists()


def test_without_a_complaint_the_call_back_stays(owed_call, dial, unhappy):
    sheet, followup = owed_call()
    said = Said(answers=unhappy, dissatisfactions=[{"link": "service", "words": "态度不好"}])
    dial(sheet, "interviewed", said={followup.pk: said})
    assert FollowUp.objects.filter(plan="recovery").exists() and not Complaint.objects.exists()


def test_a_complaint_without_words_is_refused_and_nothing_is_saved(owed_call, dial, happy):
    sheet, followup = owed_call()
    with pytest.raises(Refused) as refused:
        dial(sheet, "interviewed", said={followup.pk: Said(answers=happy, is_complaint=True)})
    assert "words" in refused.value.error_dict
    assert not Complaint.objects.exists() and not Response.objects.exists()


def test_what_is_still_wrong_at_a_recheck_becomes_a_complaint(owed_call, dial, unhappy, advisor, person, clock_at):
    sheet, followup = owed_call()
    dial(sheet, "interviewed", said={followup.pk: Said(answers=unhappy, dissatisfactions=[{"link": "service", "words": "态度不好"}])})
    recovery = FollowUp.objects.get(plan="recovery")
    clock_at.move_to(at("11-24 14:30"))
    swept()
    recheck = FollowUp.objects.get(plan="recheck")
    clock_at.move_to(recheck.opens_at)
    handled = [calls.Handled(row, opinion="dissatisfied") for row in recheck.response.dissatisfactions.all()]
    dial(recheck.sheet, "interviewed", said={recheck.pk: Said(handled=handled, words="没人给我打过电话", is_complaint=True)})
    complaint = Complaint.objects.get()
    assert (complaint.link, complaint.words, complaint.response) == ("service", "态度不好\n没人给我打过电话", recovery.response)
