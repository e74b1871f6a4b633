"""Recording a response: what is refused, what is frozen, what is judged."""

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command

from core.appendonly import AppendOnlyError
from csi import questionnaires, shipped
from csi.actions import AlreadyAnswered, OwnOrder, handle_dissatisfaction, record_opinion, record_response
from csi.models import Questionnaire, QuestionnaireVersion, Response
from customers.actions import create_customer

AT = datetime(2026, 11, 24, 17, 30, tzinfo=UTC)  # the 25th in China


@pytest.fixture
def record(store, person):
    customer = create_customer(store=store, name="张三", by=None)
    caller, advisor = person("caller"), person("advisor")

    def make(answers, code="service-callback", **fields):
        n = make.count = getattr(make, "count", 0) + 1
        values = {"occasion": f"followup {n}", "advisor": advisor, "surveyor": caller, "by": caller, "at": AT} | fields
        return record_response(store=store, version=questionnaires.current(code), customer=customer, answers=answers, **values)

    make.advisor, make.caller = advisor, caller
    return make


def words(link="service", **fields):
    return {"link": link, "standard": "", "words": "等了两个小时没人理", "person": None} | fields


def test_the_shipped_questionnaires_have_the_codes_that_reports_promise(db):
    service = [q.code for q in questionnaires.current("service-callback").questions.all()]
    assert service == ["overall", "service", "quality", "price", "timeliness", "environment", "other", "nps", "words"]
    sales = [q.code for q in questionnaires.current("sales-callback").questions.all()]
    assert sales == [*(f"sales_{n}" for n in range(1, 8)), "overall", "words"]


def test_shipping_twice_changes_nothing(db):
    before = QuestionnaireVersion.objects.count()
    shipped.ensure()
    assert QuestionnaireVersion.objects.count() == before == 7


@pytest.mark.django_db(transaction=True)
def test_the_shipped_questionnaires_come_back_after_a_flush():
    call_command("flush", interactive=False, verbosity=0)
    assert questionnaires.current("service-callback").questions.count() == 9


def test_asking_for_the_current_version_takes_two_statements(db, django_assert_num_queries):
    with django_assert_num_queries(2):
        list(questionnaires.current("service-callback").questions.all())


@pytest.mark.parametrize(
    ("answers", "satisfied", "very", "unhappy"),
    [
        ({"overall": 5}, True, True, False),
        ({"overall": 4}, True, False, False),
        ({"overall": 3}, False, False, True),
        ({"overall": 5, "price": 2}, True, True, False),
    ],
)
def test_a_response_is_judged_once(record, answers, satisfied, very, unhappy):
    response = record(answers)
    assert (response.is_satisfied, response.is_very_satisfied, response.is_unhappy) == (satisfied, very, unhappy)
    assert response.answered_on.isoformat() == "2026-11-25"


def test_a_dissatisfied_link_makes_an_unhappy_answer(record):
    assert record({"overall": 5, "service": 1}, dissatisfactions=[words()]).is_unhappy


@pytest.mark.parametrize(
    ("answers", "dissatisfactions", "field"),
    [
        ({}, [], "overall"),
        ({"overall": 6}, [], "overall"),
        ({"overall": 5, "price": 4}, [], "price"),
        ({"overall": 5, "nps": 11}, [], "nps"),
        ({"overall": 5, "unheard_of": 1}, [], "unheard_of"),
        ({"overall": 4, "service": 1}, [], "service"),
        ({"overall": 4, "service": 1}, [words(words="  ")], "service"),
        ({"overall": 4, "service": 1}, [words("quality")], "service"),
        ({"overall": 4, "service": 1}, [words(standard="unheard_of")], "service"),
        ({"overall": 4, "other": 2}, [], "other"),
        ({"overall": 1}, [], "words"),
    ],
)
def test_what_cannot_be_is_refused_by_name(record, answers, dissatisfactions, field):
    with pytest.raises(ValidationError) as refused:
        record(answers, dissatisfactions=dissatisfactions)
    assert field in refused.value.message_dict
    assert not Response.objects.exists()


def test_the_rated_advisor_never_records_the_answers_to_their_own_order(record):
    with pytest.raises(OwnOrder):
        record({"overall": 5}, surveyor=record.advisor)
    with pytest.raises(OwnOrder):
        record({"overall": 5}, by=record.advisor)


def test_an_invitation_is_answered_once(record):
    record({"overall": 5}, occasion="followup 99")
    with pytest.raises(AlreadyAnswered):
        record({"overall": 1}, occasion="followup 99", words="差")


def test_a_response_is_frozen_but_its_words_can_be_erased(record):
    response = record({"overall": 5}, words="很好")
    response.overall = 1
    with pytest.raises(AppendOnlyError):
        response.save()
    with pytest.raises(AppendOnlyError):
        Response.objects.update(overall=1)
    assert Response.objects.update(words="") == 1


def test_a_dissatisfaction_is_handled_and_its_opinion_recorded(record):
    row = record({"overall": 2, "service": 1}, dissatisfactions=[words(standard="attitude", person=record.advisor)]).dissatisfactions.get()
    with pytest.raises(ValidationError):
        handle_dissatisfaction(dissatisfaction=row, cause="", measure="道歉", is_carried_out=True, by=record.caller)
    handle_dissatisfaction(dissatisfaction=row, cause="高峰期人手不够", measure="道歉", is_carried_out=True, by=record.caller)
    record_opinion(dissatisfaction=row, opinion="satisfied", by=record.caller)
    row.refresh_from_db()
    assert (row.cause, row.is_carried_out, row.opinion, row.handled_by) == ("高峰期人手不够", True, "satisfied", record.caller)


def test_a_dissatisfaction_counts_on_the_local_day_of_its_answer_whenever_it_is_written_down(record):
    """Half past midnight of the 1st in Chongqing is still the month before in UTC."""
    at = datetime(2026, 9, 30, 16, 30, tzinfo=UTC)
    response = record({"overall": 2, "service": 1}, dissatisfactions=[words()], at=at)
    assert response.answered_on == date(2026, 10, 1) == response.dissatisfactions.get().answered_on


def test_publishing_a_new_version_retires_the_old_one_and_keeps_its_answers(record, person):
    old = record({"overall": 5}).version
    manager = person("care_manager")
    draft = questionnaires.draft_version(
        questionnaire=Questionnaire.objects.get(code="service-callback"), questions=shipped.SERVICE_QUESTIONS, by=manager
    )
    questionnaires.publish_version(version=draft, by=manager)
    old.refresh_from_db()
    assert old.status == "retired"
    assert questionnaires.current("service-callback") == draft
    assert old.responses.count() == 1 and old.questions.count() == 9
    with pytest.raises(ValidationError):
        questionnaires.publish_version(version=draft, by=manager)


def test_a_question_that_has_been_written_never_changes(db):
    question = questionnaires.current("service-callback").questions.first()
    question.text_zh = "别的"
    with pytest.raises(AppendOnlyError):
        question.save()
