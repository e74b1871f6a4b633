"""A customer answers by link: on a phone, once, resumable, friendly to whoever comes too late; and what follows from it."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core import clock, sweep
from core.allowance import Rule
from core.models import OutboxMessage
from csi import invitations, links
from csi.actions import AlreadyAnswered
from csi.models import Dissatisfaction, Invitation, Response
from csi.views import survey
from customers.actions import set_do_not_call
from followups import actions, asking
from followups.calls import Said
from followups.models import FollowUp

pytestmark = [pytest.mark.django_db, pytest.mark.page]
HAPPY = {"q-overall": "5", "q-service": "3", "q-nps": "10", "words": "都挺好"}


@pytest.fixture
def invited(owed_call, caller):
    """invited() -> (follow-up, invitation)."""

    def make(**fields):
        _sheet, followup = owed_call(**fields)
        followup = FollowUp.objects.select_related(*asking.RELATED).get(pk=followup.pk)
        return followup, asking.invite(followup=followup, by=caller)

    return make


def once(page) -> dict[str, str]:
    return {"once": re.search(r'name="once" value="([^"]*)"', page.content.decode())[1]}


def sent(client, invitation, **typed):
    path = links.path(invitation)
    return client.post(path, {**once(client.get(path)), **typed})


# Answering


def test_an_answer_by_link_is_frozen_with_its_order_and_closes_the_call(client, invited):
    followup, invitation = invited()
    answer = sent(client, invitation, **HAPPY)
    assert answer.status_code == 302 and "每一条意见" in client.get(answer.url).content.decode()
    response = Response.objects.get()
    assert (response.channel, response.surveyor, response.advisor, response.order) == ("link", None, followup.order.advisor, followup.order)
    assert (response.overall, response.is_very_satisfied, response.words) == (5, True, "都挺好")
    sweep.run(until_done=True)
    followup.refresh_from_db()
    assert (followup.status, followup.outcome, followup.dials, followup.sheet.next_at) == ("done", "", 0, None)
    assert FollowUp.objects.counted().filter(pk=followup.pk).exists() is False  # callback figures are about calls that are owed


def test_a_scanned_code_is_told_apart(client, invited):
    _followup, invitation = invited()
    client.post(f"{links.path(invitation)}?qr=1", HAPPY)
    assert Response.objects.get().channel == "qr"


def test_an_unhappy_answer_is_called_back_as_after_a_call(client, invited):
    _followup, invitation = invited()
    answer = sent(client, invitation, **{"q-overall": "2", "q-quality": "1", "why-quality": "空调还是不凉"})
    assert "回电" in client.get(answer.url).content.decode()
    sweep.run(until_done=True)
    response = Response.objects.get()
    assert Dissatisfaction.objects.get().words == "空调还是不凉" and response.is_unhappy
    assert FollowUp.objects.get(plan="recovery").response == response


def test_whoever_is_not_satisfied_is_asked_once_for_words_and_may_leave_them_out(client, invited):
    _followup, invitation = invited()
    first = sent(client, invitation, **{"q-overall": "1", "q-quality": "1"})
    assert first.status_code == 422 and "哪里没做好" in first.content.decode() and not Response.objects.exists()
    assert 'name="nudged" value="1"' in first.content.decode() and 'value="1" checked' in first.content.decode()
    assert sent(client, invitation, **{"q-overall": "1", "q-quality": "1", "nudged": "1"}).status_code == 302
    assert Response.objects.get().is_unhappy and not Dissatisfaction.objects.exists()


def test_without_a_required_answer_the_page_comes_back_with_what_was_typed(client, invited):
    _followup, invitation = invited()
    answer = sent(client, invitation, words="等太久")
    page = answer.content.decode()
    assert answer.status_code == 422 and "请回答这一题" in page and "等太久" in page and not Response.objects.exists()


@pytest.mark.parametrize(
    "typed", [{"q-overall": "9"}, {"q-overall": "-1"}, {"q-overall": "x"}, {"q-overall": "9" * 400}, {"q-nps": "11", "q-overall": "5"}]
)
def test_what_the_scale_does_not_know_is_refused(client, invited, typed):
    _followup, invitation = invited()
    assert sent(client, invitation, **typed).status_code == 422 and not Response.objects.exists()


# Once


def test_the_second_device_is_thanked_and_loses_no_words(client, invited):
    _followup, invitation = invited()
    path = links.path(invitation)
    second = once(client.get(path))
    assert sent(client, invitation, **HAPPY).status_code == 302
    late = client.post(path, {**second, "q-overall": "1", "words": "其实不太满意"})
    page = late.content.decode()
    assert late.status_code == 410 and "已经作答，谢谢您" in page and "其实不太满意" in page
    assert Response.objects.get().overall == 5
    assert client.get(path).status_code == 410 and client.head(path).status_code == 410


def test_the_same_form_twice_is_one_answer_and_the_same_thanks(client, invited):
    _followup, invitation = invited()
    path = links.path(invitation)
    form = {**once(client.get(path)), **HAPPY}
    assert client.post(path, form).url == client.post(path, form).url and Response.objects.count() == 1


def test_whoever_has_answered_in_the_call_has_answered(client, invited, dial, happy):
    followup, invitation = invited()
    dial(followup.sheet, "interviewed", said={followup.pk: Said(answers=happy)})
    assert client.get(links.path(invitation)).status_code == 410
    with pytest.raises(AlreadyAnswered):
        invitations.answer(invitation=invitation, answers={"overall": 5}, channel="link")
    with pytest.raises(AlreadyAnswered):
        asking.invite(followup=followup)


def test_a_refused_answer_leaves_what_was_kept(invited):
    _followup, invitation = invited()
    invitations.keep_draft(invitation=invitation, typed={"q-overall": "4"})
    with pytest.raises(ValidationError):
        invitations.answer(invitation=invitation, answers={}, channel="link")
    assert Invitation.objects.get().draft == {"q-overall": "4"}


# Going on later


def test_what_is_kept_comes_back_on_any_device_and_is_gone_once_answered(client, invited):
    _followup, invitation = invited()
    path = links.path(invitation)
    kept = sent(client, invitation, **{"q-overall": "4", "words": "想想再说", "later": "1", "made-up": "x"})
    assert kept.status_code == 302 and "已保存" in client.get(kept.url).content.decode()
    again = client.get(path).content.decode()
    assert "想想再说" in again and 'value="4" checked' in again and not Response.objects.exists()
    assert set(Invitation.objects.get().draft) == {"q-overall", "words"}
    sent(client, invitation, **HAPPY)
    assert (Invitation.objects.get().draft, Invitation.objects.get().drafted_at) == ({}, None)


def test_the_page_keeps_what_is_filled_in_by_itself_until_it_is_answered(client, invited):
    _followup, invitation = invited()
    draft = f"{links.path(invitation)}draft/"
    assert client.post(draft, {"q-overall": "3"}).status_code == 204 and Invitation.objects.get().draft == {"q-overall": "3"}
    assert client.post(draft, {f"why-{n}": "长" * 4000 for n in range(9)}).status_code == 413
    sent(client, invitation, **HAPPY)
    assert client.post(draft, {"q-overall": "1"}).status_code == 410 and Invitation.objects.get().draft == {}
    assert client.post("/s/x/draft/", {"q-overall": "1"}).status_code == 404


def test_half_filled_answers_are_forgotten_when_nobody_can_send_them_any_more(invited, clock_at):
    _followup, invitation = invited()
    invitations.keep_draft(invitation=invitation, typed={"words": "半截"})
    clock_at.move_to(invitation.expires_at + timedelta(minutes=1))
    sweep.run(until_done=True)
    assert Invitation.objects.get().draft == {}


# Too late, wrong, too often


def test_a_link_that_has_run_out_or_was_withdrawn_says_so(client, invited, clock_at, caller):
    _followup, first = invited()
    _followup, second = invited()
    form = once(client.get(links.path(first)))
    invitations.withdraw(invitation=second, by=caller)
    clock_at.move_to(first.expires_at)
    for invitation in (first, second):
        answer = client.get(links.path(invitation))
        assert answer.status_code == 410 and "链接已过期" in answer.content.decode()
    late = client.post(links.path(first), {**form, **HAPPY})
    assert late.status_code == 410 and "都挺好" in late.content.decode() and not Response.objects.exists()


@pytest.mark.parametrize("what", ["withdrawn", "run out"])
def test_what_was_withdrawn_or_ran_out_while_the_page_was_read_is_not_taken(invited, clock_at, caller, what):
    """The page looks before; the answer looks once more, where it is written."""
    _followup, seen = invited()
    if what == "withdrawn":
        invitations.withdraw(invitation=Invitation.objects.get(pk=seen.pk), by=caller)
    else:
        clock_at.move_to(seen.expires_at)
    with pytest.raises(invitations.TooLate):
        invitations.answer(invitation=seen, answers={"overall": 5}, channel="link")
    assert not Response.objects.exists()


def test_who_has_no_right_link_learns_nothing_and_is_stopped(client, invited):
    _followup, invitation = invited()
    token = links.token(invitation)
    pages = {client.get(f"/s/{wrong}/").content.decode() for wrong in ("x", token[:-1], token[1:], f"{token}x")}
    assert len(pages) == 1 and "链接打不开" in next(iter(pages)) and invitation.store.name not in next(iter(pages))
    statuses = [client.get(f"/s/{n}/", REMOTE_ADDR="203.0.113.9").status_code for n in range(31)]
    assert statuses == [404] * 30 + [429]
    assert client.get(links.path(invitation), REMOTE_ADDR="203.0.113.9").status_code == 200  # the neighbour's right link is not stopped


def test_by_one_link_nothing_is_sent_without_end(client, invited, monkeypatch):
    _followup, invitation = invited()
    monkeypatch.setattr(survey, "PER_LINK", [Rule(3, timedelta(days=1))])
    path = links.path(invitation)
    assert [client.post(f"{path}draft/", {"q-overall": "5"}).status_code for _n in range(4)] == [204] * 3 + [429]
    assert client.post(path, HAPPY).status_code == 429 and client.get(path).status_code == 200
    assert not Response.objects.exists()


def test_a_store_does_not_take_in_more_than_it_can(client, invited, monkeypatch):
    monkeypatch.setattr(survey, "PER_STORE", [Rule(1, timedelta(days=1))])
    (_f, first), (_g, second) = invited(), invited()
    assert [client.post(links.path(one), HAPPY).status_code for one in (first, second)] == [302, 429]


def test_whoever_reads_english_says_so_on_the_page_itself(client, invited):
    _followup, invitation = invited()
    path = links.path(invitation)
    assert 'lang="en">' in client.get(path).content.decode(), "the way there"
    back = client.post("/language/", {"language": "en", "next": path})
    page = client.get(back["Location"]).content.decode()
    assert back["Location"] == path and "how was it?" in page and "Keep it and go on later" in page
    assert Client().get(path).content.decode().count("how was it?") == 0, "nobody else's phone"


def test_looking_is_noted_once_and_costs_few_queries(client, invited):
    _followup, invitation = invited()
    path = links.path(invitation)
    client.head(path)
    assert Invitation.objects.get().opened_at is None
    client.get(path)
    assert Invitation.objects.get().opened_at == clock.now()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        client.get(path)
    assert len(asked) <= 9


def test_the_page_names_nobody_but_by_surname_and_is_neither_kept_nor_indexed(client, invited):
    _followup, invitation = invited()
    answer = client.get(links.path(invitation))
    page = answer.content.decode()
    assert "张先生" in page and invitation.customer.name not in page and "13812345678" not in page and invitation.vehicle.plate not in page
    assert "no-store" in answer["Cache-Control"] and "noindex" in page


# Sending


def sends_link(store, by, is_on=True):
    actions.override_plan(store=store, plan="service", opens_minutes=None, due_minutes=None, is_enabled=True, sends_link=is_on, by=by)


def test_a_store_that_has_it_switched_on_owes_a_message_when_the_call_opens(store, owed_call, caller):
    owed_call()
    sweep.run(until_done=True)
    assert not Invitation.objects.exists()
    sends_link(store, caller)
    _sheet, followup = owed_call()
    sweep.run(until_done=True)
    invitation, letter = Invitation.objects.get(), OutboxMessage.objects.get(topic="survey_link")
    assert (invitation.occasion, invitation.advisor) == (asking.occasion(followup), followup.order.advisor)
    assert (letter.channel, letter.status, letter.params) == ("letter", "pending", {"invitation": invitation.pk, "plans": ["service"]})
    sweep.run(until_done=True)
    assert OutboxMessage.objects.filter(topic="survey_link").count() == 1


def test_the_letters_list_shows_what_to_send_but_not_to_the_rated_nor_when_it_is_too_late(
    client, store, owed_call, caller, advisor, signed_in
):
    sends_link(store, caller)
    _sheet, followup = owed_call()
    sweep.run(until_done=True)
    invitation, desk = Invitation.objects.get(), signed_in("care_manager")
    assert links.token(invitation) in desk.get("/letters/").content.decode()
    set_do_not_call(customer=followup.customer, by=caller)
    page = desk.get("/letters/").content.decode()
    assert links.token(invitation) not in page and "要求不再联系" in page
    set_do_not_call(customer=followup.customer, value=False, by=caller)
    Invitation.objects.update(advisor=desk.user)
    assert links.token(invitation) not in desk.get("/letters/").content.decode()
    invitations.answer(invitation=invitation, answers={"overall": 5}, channel="link")
    assert "已作答" in desk.get("/letters/").content.decode()


def test_who_asked_never_to_be_called_gets_no_message(owed_call, caller):
    _sheet, followup = owed_call()
    set_do_not_call(customer=followup.customer, by=caller)
    followup = FollowUp.objects.select_related(*asking.RELATED).get(pk=followup.pk)
    with pytest.raises(asking.NotWanted):
        asking.send(followup=followup, by=caller)
    assert not OutboxMessage.objects.filter(topic="survey_link").exists()


def test_the_rated_advisor_neither_makes_nor_sees_the_link(invited, signed_in):
    followup, invitation = invited()
    desk = signed_in("advisor")
    url = f"/csi/ask/{followup.pk}/"
    assert links.token(invitation) in desk.get(url).content.decode()
    followup.order.advisor = desk.user
    followup.order.save()
    page = desk.get(url).content.decode()
    assert links.token(invitation) not in page and "由同事" in page
    for act in ("link", "send", "withdraw", "show"):
        assert desk.post(f"{url}{act}/").status_code == 403
    bill = f"/visits/{followup.order_id}/print/bill/"
    assert "paper-code" not in desk.get(bill).content.decode()


def test_the_bill_carries_the_code_where_there_is_a_link(invited, signed_in):
    followup, _invitation = invited()
    desk = signed_in("supervisor")
    bill = f"/visits/{followup.order_id}/print/bill/"
    assert "paper-code" in desk.get(bill).content.decode()
    invitations.withdraw(invitation=Invitation.objects.get(), by=desk.user)
    assert "paper-code" not in desk.get(bill).content.decode()


def test_what_is_half_filled_in_is_on_no_page_of_the_staff(invited, signed_in):
    followup, invitation = invited()
    invitations.keep_draft(invitation=invitation, typed={"words": "半句话不给人看"})
    desk = signed_in("care_manager")
    for url in (
        f"/csi/ask/{followup.pk}/",
        "/letters/",
        f"/calls/{followup.sheet_id}/",
        f"/customers/{followup.customer_id}/",
        f"/visits/{followup.order_id}/",
    ):
        assert "半句话不给人看" not in desk.get(url).content.decode()
