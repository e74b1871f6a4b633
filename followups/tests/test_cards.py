"""Questionnaires on paper: one for each visit, entered by somebody else, an unhappy one followed up."""

from datetime import date, timedelta

import pytest
from django.urls import reverse

from core import clock
from core.models import AuditEvent
from csi.models import Response
from followups.models import FollowUp
from staff.models import Membership
from tests.samples import World


@pytest.fixture
def world(store, person):
    return World(store, person("advisor"))


def address(world, code="service-index", record="order"):
    return reverse("followups:card", args=[record, getattr(world, "delivered_order" if record == "order" else "delivery").pk, code])


def answers(overall=9, **more):
    return {"q-index_overall": str(overall), "q-index_quality_1": "9"} | more


def test_a_card_is_kept_as_an_answer_that_nobody_asked_for(world, signed_in):
    client = signed_in("caller")
    assert client.post(address(world), answers()).status_code == 302
    response = Response.objects.get()
    assert (response.channel, response.surveyor, response.advisor, response.order) == ("form", None, world.owner, world.delivered_order)
    assert {answer.question.code: answer.score for answer in response.answers.all()} == {"index_overall": 9, "index_quality_1": 9}
    assert AuditEvent.objects.filter(verb="response.recorded", by=client.user).count() == 1


def test_the_page_opens_with_every_question_by_factor(world, signed_in):
    page = signed_in("caller").get(address(world))
    labels = [label for label, _asks in page.context["form"].groups]
    assert len(labels) == 6 and labels[-1] == ""
    assert page.content.decode().count('value="10" data-digit="10"') == 17


def test_one_card_for_each_visit_and_questionnaire(world, signed_in):
    client = signed_in("caller")
    client.post(address(world), answers())
    assert client.post(address(world), answers(3)).status_code == 302
    assert Response.objects.get().overall == 9
    assert "data-card" not in client.get(address(world)).content.decode()
    assert client.post(address(world, "oem-service"), {"q-oem_hours": "8"}).status_code == 302
    assert Response.objects.count() == 2


def test_whoever_served_the_customer_never_enters_the_card(world, client):
    Membership.objects.create(user=world.owner, store=world.store, role="supervisor")
    client.force_login(world.owner, backend="django.contrib.auth.backends.ModelBackend")
    assert "data-card" not in client.get(address(world)).content.decode()
    assert client.post(address(world), answers()).status_code == 403
    assert not Response.objects.exists()


def test_an_unhappy_card_owes_a_call_back_as_an_unhappy_call_does(world, signed_in):
    signed_in("caller").post(address(world), answers(7))
    recovery = FollowUp.objects.get(plan="recovery")
    assert recovery.response == Response.objects.get() and recovery.order == world.delivered_order


def test_of_a_card_of_days_ago_the_call_back_is_owed_from_now(world, signed_in):
    order = world.delivered_order
    days_ago = clock.now() - timedelta(days=9)
    type(order).objects.filter(pk=order.pk).update(
        received_at=days_ago,
        received_on=world.store.local_date(days_ago),
        delivered_at=days_ago,
        delivered_on=world.store.local_date(days_ago),
    )
    day = world.store.today() - timedelta(days=5)
    signed_in("caller").post(address(world), answers(4) | {"filled_on": day.isoformat()})
    assert Response.objects.get().answered_on == day
    assert FollowUp.objects.get(plan="recovery").due_at > clock.now()


def test_a_happy_card_owes_nothing(world, signed_in):
    signed_in("caller").post(address(world), answers(8))
    assert not FollowUp.objects.filter(plan="recovery").exists()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"words": "很好"},
        {"q-index_overall": "11"},
        answers() | {"filled_on": "2011-01-01"},
        answers() | {"filled_on": "gestern"},
        answers() | {"filled_on": date(2099, 1, 1).isoformat()},
    ],
)
def test_what_cannot_be_saved_says_why_and_keeps_what_was_typed(world, signed_in, data):
    page = signed_in("caller").post(address(world), data | {"q-index_advisor_1": "x"})
    assert page.status_code == 422
    html = page.content.decode()
    assert "note-error" in html or "field-error" in html
    assert data.get("words", "") in html
    assert not Response.objects.exists()


def test_what_stands_on_paper_needs_no_more_words_than_the_customer_wrote(world, signed_in):
    """On the phone somebody who gives 2 is asked what was wrong; nobody can ask a piece of paper."""
    assert signed_in("caller").post(address(world), answers(2)).status_code == 302


def test_a_delivery_has_the_manufacturers_card_and_nothing_else(world, signed_in):
    client = signed_in("care_manager")
    assert client.post(address(world, "oem-sales", "delivery"), {"q-oem_on_time": "9", "q-oem_music": "1"}).status_code == 302
    assert Response.objects.get().delivery == world.delivery
    for code, record in (("service-index", "delivery"), ("oem-sales", "order"), ("service-callback", "order")):
        assert client.get(address(world, code, record)).status_code == 404


def test_cards_are_found_by_customer_by_car_and_by_the_last_days(world, signed_in):
    client = signed_in("caller")
    url = reverse("followups:cards")
    for query in ({}, {"customer": world.delivered_order.customer_id}, {"vehicle": world.delivered_order.vehicle_id}):
        assert [line.visit for line in client.get(url, query).context["lines"]] == [world.delivered_order]
    client.post(address(world), answers())
    ((_code, _name, is_there, _url), _other) = client.get(url).context["lines"][0].cards
    assert is_there
    assert client.get(url, {"customer": "x"}).status_code == 404


def test_the_list_keeps_its_query_budget(world, signed_in, django_assert_max_num_queries):
    client = signed_in("caller")
    assert world.delivered_order and world.delivery
    client.get(reverse("followups:cards"))
    with django_assert_max_num_queries(9):
        client.get(reverse("followups:cards"))
