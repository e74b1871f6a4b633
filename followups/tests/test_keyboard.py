"""The call screen in a real browser, by keyboard only."""

import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Error

from core import clock
from core.models import SweepState
from csi.models import Answer, Response
from followups import actions
from followups.models import Attempt, CallSheet, FollowUp

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def make_order(store, person):
    """Orders handed over a day ago, by the real clock: the browser has no other."""
    from customers.actions import create_customer, create_vehicle
    from visits.models import ServiceOrder

    advisor = person("advisor", name="王强")

    def make(n):
        at = clock.now() - timedelta(hours=20 + n)
        customer = create_customer(store=store, name=f"张小{n}", phones=["13812345678"], by=None)
        vehicle = create_vehicle(store=store, owner=customer, plate=f"渝A{n:05d}", by=None)
        order = ServiceOrder.objects.create(
            store=store,
            number=f"W{n}",
            vehicle=vehicle,
            customer=customer,
            advisor=advisor,
            step="delivered",
            received_at=at,
            received_on=store.local_date(at),
            delivered_at=at,
            delivered_on=store.local_date(at),
        )
        (call,) = actions.plan_for_order(order=order)
        # Whatever the hour at which the tests run: callable now.
        FollowUp.objects.filter(pk=call.pk).update(next_at=call.opens_at)
        CallSheet.objects.filter(pk=call.sheet_id).update(next_at=call.opens_at)
        return call

    return make


@pytest.fixture
def page(live_server, person, browser):
    SweepState.objects.update_or_create(name="sweep", defaults={"finished_at": clock.now()})
    client = Client()
    client.force_login(person("caller"), backend="django.contrib.auth.backends.ModelBackend")
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.goto(live_server.url + reverse("followups:queue"))
    yield page
    # A page that is left says so to the server, whose answer must be over before the test's database is.
    page.goto("about:blank")
    page.wait_for_timeout(100)
    context.close()
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(5)
    assert page.errors == []


def focused(page) -> str:
    return page.evaluate("document.activeElement.name || ''")


def test_an_ordinary_satisfied_call_is_three_keys_and_leads_to_the_next(make_order, page):
    first, second = make_order(2), make_order(1)
    page.keyboard.press("c")
    page.wait_for_url(f"**/calls/{first.sheet_id}/")
    page.wait_for_function("document.activeElement.name.endsWith('-overall')")
    for key in ("5", "a", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url(f"**/calls/{second.sheet_id}/")
    first.refresh_from_db()
    assert first.status == "done"
    assert Attempt.objects.get().outcome == "interviewed"


def test_a_dissatisfied_answer_opens_the_words_and_a_reload_keeps_them(make_order, page):
    call = make_order(1)
    page.keyboard.press("c")
    page.wait_for_function("() => (document.activeElement.name || '').endsWith('-overall')")
    assert page.locator("[data-block]:visible").count() == 0
    page.keyboard.press("2")
    page.keyboard.press("1")
    assert focused(page) == f"f{call.pk}-d-service-words"
    page.keyboard.type("等了两个小时")
    page.reload()
    page.wait_for_selector("[data-block=service]:visible")
    assert page.locator(f"[name=f{call.pk}-d-service-words]").input_value() == "等了两个小时"
    assert page.locator("[data-save]").count() == 1
    page.wait_for_timeout(700)
    for key in ("a", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url("**/queue/")
    assert FollowUp.objects.filter(plan="recovery").count() == 1


def test_satisfied_with_everything_leads_to_the_next_visits_overall_question_before_any_recommendation(make_order, page):
    first = make_order(1)
    order = first.order
    order.pk, order.number = None, "W9"
    order.save()
    (second,) = actions.plan_for_order(order=order)
    FollowUp.objects.filter(sheet=first.sheet).update(next_at=first.opens_at, opens_at=first.opens_at)
    asked = sorted([first, second], key=lambda call: (call.due_at, call.pk))
    first_call(page)
    for key in ("5", "a"):
        page.keyboard.press(key)
    assert focused(page) == f"f{asked[1].pk}-overall"
    for key in ("5", "a", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url("**/queue/")
    assert list(Response.objects.values_list("overall", flat=True)) == [5, 5]
    assert not Answer.objects.filter(question__scale="nps").exists()


def first_call(page):
    page.keyboard.press("c")
    page.wait_for_function("() => (document.activeElement.name || '').endsWith('-overall')")


def test_enter_in_a_typed_time_agrees_on_it_and_is_not_an_interview(make_order, page):
    call = make_order(1)
    first_call(page)
    page.keyboard.press("t")
    page.locator("#agreed_at").fill("2062-11-26T10:00")
    page.keyboard.press("Enter")
    page.wait_for_selector(".note-error:visible")  # the year was mistyped; it can be mended where it stands
    page.locator("#agreed_at").fill((clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT10:00"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/queue/")
    call.refresh_from_db()
    assert (call.status, call.outcome) == ("open", "rescheduled")


def test_what_comes_back_with_something_wrong_is_mended_where_the_cursor_stands(make_order, page):
    """Saved by key with the overall question left out; then a dissatisfied answer without the customer's words."""
    call = make_order(1)
    first_call(page)
    page.keyboard.press("s")
    page.wait_for_selector(".field-error:visible")
    page.wait_for_function("() => (document.activeElement.name || '').endsWith('-overall')")
    page.keyboard.press("2")
    page.keyboard.press("1")
    page.keyboard.press("Escape")  # the words are left out
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("s")
    page.wait_for_function("() => (document.activeElement.name || '').endsWith('-words')")
    assert focused(page) == f"f{call.pk}-d-service-words"
    page.keyboard.type("没人理")
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("s")
    page.wait_for_url("**/queue/")
    assert Attempt.objects.get().outcome == "interviewed"


def test_a_letter_that_slips_does_not_throw_a_filled_in_interview_away(make_order, page):
    make_order(1)
    first_call(page)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.keyboard.press("5")
    page.keyboard.press("w")
    page.wait_for_timeout(500)
    assert asked == ["confirm"] and not Attempt.objects.exists()


def test_a_save_without_a_connection_keeps_the_page_and_can_be_tried_again(make_order, page):
    make_order(1)
    first_call(page)
    page.keyboard.press("5")
    page.keyboard.press("a")
    page.context.set_offline(True)
    page.keyboard.press("Enter")
    page.wait_for_selector(".note-failed")
    assert page.locator("input:checked").count() > 5 and not Attempt.objects.exists()
    page.context.set_offline(False)
    page.keyboard.press("s")
    page.wait_for_url("**/queue/")
    assert Attempt.objects.get().outcome == "interviewed"


def test_a_draft_that_its_own_call_overtakes_is_given_up(make_order, page):
    """It would be told that the customer is somebody else's now, and the page would say so while it is being left."""
    call = make_order(1)
    first_call(page)
    told, drafts = [], []
    page.on("console", lambda message: told.append(message.text))

    def save(route):
        if route.request.method != "POST":
            return route.continue_()
        saved = route.fetch(max_redirects=0)
        for draft in drafts:
            with suppress(Error):  # the page has given it up
                draft.continue_()
        page.wait_for_timeout(500)
        route.fulfill(response=saved)

    page.route("**/draft/", lambda route: drafts.append(route))
    page.route(f"**/calls/{call.sheet_id}/", save)
    for key in ("5", "a", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url("**/queue/")
    assert drafts and Attempt.objects.get().outcome == "interviewed"
    assert told == []


def test_a_card_on_paper_is_a_key_an_answer_and_nothing_is_passed_over(make_order, page, live_server):
    order = make_order(1).order
    page.goto(live_server.url + reverse("followups:card", args=["order", order.pk, "service-index"]))
    page.wait_for_function("document.activeElement.name === 'q-index_initiation_1'")
    page.keyboard.press("0")  # the customer wrote nothing
    page.keyboard.press("1")
    page.keyboard.press("0")  # at once: ten
    page.keyboard.press("9")
    page.keyboard.press("Enter")  # not saved: thirteen questions are neither answered nor left out
    assert focused(page) == "q-index_advisor_1"
    for _question in range(13):
        page.keyboard.press("8")
    assert page.locator("[data-unhappy]:visible").count() == 0
    page.keyboard.press("4")
    assert page.locator("[data-unhappy]:visible").count() == 1
    page.keyboard.press("Enter")
    page.wait_for_url("**/csi/cards/")
    scores = dict(Answer.objects.values_list("question__code", "score"))
    assert len(scores) == 16 and "index_initiation_1" not in scores
    assert (scores["index_initiation_2"], scores["index_initiation_3"], scores["index_overall"]) == (10, 9, 4)
    assert FollowUp.objects.filter(plan="recovery").count() == 1
