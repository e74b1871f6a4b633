"""The queue, the call screen and their neighbours over HTTP."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock
from core.models import AuditEvent, OutboxMessage
from csi.models import Response
from customers.models import Phone
from followups import actions, leases
from followups.models import Attempt, CallSheet, FollowUp, PlanOverride
from followups.tests.conftest import TUESDAY, at, swept
from staff.models import HoursKind, Membership, WeekdayHours


@pytest.fixture
def desk(signed_in, clock_at):
    """A client of a caller."""
    client = signed_in("caller", name="李小兰")
    client.cookies["django_language"] = "en"
    return client


def claim(client, sheet):
    return client.post(reverse("followups:claim", args=[sheet.pk]))


def form_of(sheet, **fields):
    sheet.refresh_from_db()
    return {"claim": sheet.claims, "token": "t1", "phone": sheet.customer.phones.first().pk} | fields


def answers(followup, overall="5", **rest):
    return {f"f{followup.pk}-overall": overall} | {f"f{followup.pk}-{name}": value for name, value in rest.items()}


def url(name, sheet, *more):
    return reverse(f"followups:{name}", args=[sheet.pk, *more])


# --- queue -----------------------------------------------------------------------------------------------------------------------


def test_the_queue_has_one_line_a_customer_and_hides_the_number(desk, make_order):
    order = make_order()
    actions.plan_for_order(order=order)
    actions.plan_for_order(order=make_order(customer=order.customer, delivered_at=at("11-23 09:00")))
    page = desk.get(reverse("followups:queue")).content.decode()
    assert page.count('class="q-line') == 1 and page.count("service call</span>") == 2
    assert "138****5678" in page and "13812345678" not in page


def test_the_queue_takes_the_same_few_statements_however_long_it_is(desk, owed_call):
    def statements(n):
        for _n in range(n):
            owed_call()
        swept()
        with CaptureQueriesContext(connection) as captured:
            desk.get(reverse("followups:queue"))
        return len(captured)

    few = statements(2)
    assert few <= 12 and statements(30) == few  # five of its own, the rest is the house: session, person, stores, roles, sweep


def test_a_customer_whose_last_call_is_saved_while_the_queue_is_being_read_is_left_out(desk, owed_call):
    owed_call()
    sheet, _followup = owed_call()
    FollowUp.objects.filter(sheet=sheet).update(status="done", closed_at=TUESDAY, next_at=None)  # the sheet was found a moment before
    page = desk.get(reverse("followups:queue"))
    assert page.status_code == 200
    assert page.content.decode().count('class="q-line') == 1


def test_promises_are_still_shown_after_a_store_has_given_up_calling(desk, owed_call, store):
    sheet, followup = owed_call()
    claim(desk, sheet)
    WeekdayHours.objects.filter(store=store, kind=HoursKind.CALLING).delete()
    assert "by the rules in force when it was planned" in desk.get(url("call", sheet)).content.decode()
    assert desk.get(reverse("desk:visit", args=[followup.order_id])).status_code == 200


def test_the_tabs_part_the_queue(desk, owed_call, dial):
    late, _call = owed_call(delivered_at=at("11-20 10:00"))
    hour, _call = owed_call(delivered_at=at("11-21 10:40"))
    today, _call = owed_call(delivered_at=at("11-21 17:00"))
    retry, _call = owed_call()
    dial(retry, "busy")
    later, _call = owed_call(delivered_at=at("11-24 09:50"))
    for tab, sheet in {"late": late, "hour": hour, "today": today, "retry": retry, "later": later}.items():
        response = desk.get(reverse("followups:queue"), {"due": tab})
        assert [line["sheet"] for line in response.context["lines"]] == [sheet], tab
    counts = {tab["tab"]: tab["count"] for tab in response.context["tabs"]}
    assert counts == {"ready": 3, "late": 1, "hour": 1, "today": 1, "retry": 1, "later": 1}
    part = desk.get(reverse("followups:queue"), {"part": "counts"})
    assert "q-line" not in part.content.decode() and 'class="tabs"' in part.content.decode()


def test_filters_stand_in_the_address_and_nonsense_is_ignored(desk, owed_call, make_delivery, advisor):
    sheet, _call = owed_call()
    care = actions.plan_for_delivery(delivery=make_delivery())[0]
    for query, expected in (
        ({"plan": "service"}, [sheet]),
        ({"plan": "sale_care"}, [care.sheet]),
        ({"advisor": advisor.pk}, [sheet]),
        ({"tier": "A"}, []),
        ({"mine": "1"}, []),
        ({"plan": "x", "tier": "Z", "advisor": "q", "due": "?", "after": "x_y_z"}, [care.sheet, sheet]),
    ):
        response = desk.get(reverse("followups:queue"), query)
        assert [line["sheet"] for line in response.context["lines"]] == expected, query


def test_a_customer_who_agreed_on_a_time_and_is_offered_earlier_is_marked(desk, make_order, dial):
    order = make_order()
    (first,) = actions.plan_for_order(order=order)
    dial(first.sheet, "rescheduled", agreed_at=at("11-25 10:00"))
    assert "agreed for" in desk.get(reverse("followups:queue"), {"due": "retry"}).content.decode()
    actions.plan_for_order(order=make_order(customer=order.customer))
    for page in (reverse("followups:queue"), url("call", first.sheet)):
        text = desk.get(page).content.decode()
        assert "agreed" in text and "11-25 10:00" in text
    desk.cookies["django_language"] = "zh-hans"
    assert "约定 <time" in desk.get(reverse("followups:queue")).content.decode()


def test_an_agreed_time_that_has_come_is_not_marked_any_more(desk, owed_call, dial, clock_at):
    sheet, _followup = owed_call()
    dial(sheet, "rescheduled", agreed_at=at("11-25 10:00"))
    clock_at.move_to(at("11-25 10:00"))
    assert "agreed for" not in desk.get(reverse("followups:queue")).content.decode()
    assert "A time was agreed" not in desk.get(url("call", sheet)).content.decode()


def test_paging_by_key_shows_everybody_once(desk, owed_call):
    for _n in range(53):
        owed_call()
    first = desk.get(reverse("followups:queue"))
    second = desk.get(first.context["next_url"])
    seen = [line["sheet"].pk for page in (first, second) for line in page.context["lines"]]
    assert len(first.context["lines"]) == 50 and sorted(seen) == sorted(CallSheet.objects.values_list("pk", flat=True))


def test_somebody_elses_claim_is_seen_with_the_name(desk, owed_call, person):
    sheet, _call = owed_call()
    leases.take(sheet.pk, person("caller", name="赵敏"))
    page = desk.get(reverse("followups:queue")).content.decode()
    assert "赵敏 is calling" in page and reverse("followups:claim", args=[sheet.pk]) not in page


def test_next_claims_the_first_free_customer_of_the_filter(desk, owed_call, make_delivery):
    owed_call()
    care = actions.plan_for_delivery(delivery=make_delivery())[0]
    response = desk.post(reverse("followups:next") + "?plan=sale_care")
    assert response.url == url("call", care.sheet) + "?plan=sale_care"
    assert CallSheet.objects.get(claimed_by=desk.user) == care.sheet
    assert desk.get(reverse("followups:next")).status_code == 405


# --- call ------------------------------------------------------------------------------------------------------------------------


def test_looking_at_a_call_claims_nothing(desk, owed_call):
    sheet, _call = owed_call()
    page = desk.get(url("call", sheet)).content.decode()
    sheet.refresh_from_db()
    assert sheet.claimed_by is None and url("claim", sheet) in page and 'name="outcome"' not in page


def test_an_ordinary_satisfied_call_goes_straight_to_the_next(desk, owed_call):
    sheet, call = owed_call()
    other, _call = owed_call()
    claim(desk, sheet)
    page = desk.get(url("call", sheet)).content.decode()
    assert "您好！" in page and "真的吗" in page and "李小兰" in page
    response = desk.post(url("call", sheet), form_of(sheet, outcome="interviewed", **answers(call, service="3", nps="10")))
    assert response.url == url("call", other)
    call.refresh_from_db()
    other.refresh_from_db()
    assert call.status == "done" and other.claimed_by == desk.user
    assert Response.objects.get().surveyor == desk.user


@pytest.mark.parametrize("n", [1, 8])
def test_the_call_page_takes_the_same_statements_however_long_the_history(desk, make_order, dial, happy, django_assert_max_num_queries, n):
    order = make_order()
    for _n in range(n):
        make_order(customer=order.customer, delivered_at=at("11-01 10:00"))
    (call,) = actions.plan_for_order(order=order)
    claim(desk, call.sheet)
    with django_assert_max_num_queries(24):
        desk.get(url("call", call.sheet))


def test_of_an_owner_of_two_cars_each_question_names_its_car_and_the_last_visit_is_that_of_the_car_shown(desk, make_order):
    first = make_order(clock.now() - timedelta(hours=60))
    second = make_order(clock.now() - timedelta(hours=50), customer=first.customer)
    (call,) = actions.plan_for_order(order=first)
    actions.plan_for_order(order=second)
    desk.post(reverse("followups:claim", args=[call.sheet_id]))
    page = desk.get(reverse("followups:call", args=[call.sheet_id])).content.decode()
    card = page.partition("call-who")[2].partition("</aside>")[0]
    assert str(first.vehicle) in card and first.number in card and second.number not in card
    heads = [head.partition("</header>")[0] for head in page.split('<header class="section-head">')[1:]]
    assert [str(order.vehicle) in head for order, head in zip((first, second), heads, strict=True)] == [True, True]


def test_a_dissatisfied_answer_needs_the_customers_words(desk, owed_call):
    sheet, call = owed_call()
    claim(desk, sheet)
    form = form_of(sheet, outcome="interviewed", **answers(call, overall="2", service="1"))
    refused = desk.post(url("call", sheet), form)
    assert refused.status_code == 422 and "Write down the customer" in refused.content.decode()
    assert not Attempt.objects.exists()
    words = {f"f{call.pk}-d-service-words": "等了两个小时", f"f{call.pk}-d-service-standard": "listening"}
    desk.post(url("call", sheet), form | words)
    row = Response.objects.get().dissatisfactions.get()
    assert (row.words, row.standard) == ("等了两个小时", "listening")
    assert FollowUp.objects.filter(plan="recovery").exists()


def test_a_draft_survives_a_reload_and_another_machine(desk, owed_call, client):
    sheet, call = owed_call()
    claim(desk, sheet)
    typed = answers(call, overall="4") | {f"f{call.pk}-words": "希望周末也能保养"}
    assert desk.post(url("draft", sheet), form_of(sheet, **typed)).status_code == 204
    page = desk.get(url("call", sheet)).content.decode()
    assert "希望周末也能保养" in page and f'name="f{call.pk}-overall" value="4" data-digit="4" checked' in page


def test_a_late_draft_of_a_saved_call_does_not_fill_in_the_next_one_to_the_same_customer(desk, owed_call):
    sheet, call = owed_call()
    desk.post(url("claim", sheet))
    before = form_of(sheet, **answers(call))
    desk.post(url("call", sheet), before | {"outcome": "wrong_person"})  # there is a second number: the same customer again
    sheet.refresh_from_db()
    assert sheet.claimed_by is not None
    assert desk.post(url("draft", sheet), before).status_code == 409
    sheet.refresh_from_db()
    assert sheet.draft == {}


def test_a_draft_of_somebody_who_lost_the_claim_is_refused(desk, owed_call, person):
    sheet, call = owed_call()
    leases.take(sheet.pk, person("caller"))
    assert desk.post(url("draft", sheet), form_of(sheet, **answers(call))).status_code == 409
    assert desk.post(url("beat", sheet)).status_code == 409
    sheet.refresh_from_db()
    assert sheet.draft == {}


def test_a_reload_keeps_the_claim_and_leaving_frees_it_in_seconds(desk, owed_call, person, clock_at):
    sheet, _call = owed_call()
    claim(desk, sheet)
    desk.post(url("leave", sheet))
    assert desk.post(url("beat", sheet)).status_code == 204
    clock_at.shift(60)
    other = person("caller")
    assert not leases.take(sheet.pk, other)
    desk.post(url("leave", sheet))
    clock_at.shift(21)
    assert leases.take(sheet.pk, other)


def test_releasing_frees_the_customer_at_once(desk, owed_call):
    sheet, _call = owed_call()
    claim(desk, sheet)
    assert desk.post(url("release", sheet)).url == reverse("followups:queue")
    sheet.refresh_from_db()
    assert sheet.claimed_by is None


def test_a_save_after_somebody_took_over_says_so_and_loses_nothing(desk, owed_call, person, clock_at):
    sheet, call = owed_call()
    claim(desk, sheet)
    form = form_of(sheet, outcome="interviewed", **answers(call), **{f"f{call.pk}-words": "很满意，谢谢"})
    clock_at.shift(301)
    other = person("caller", name="赵敏")
    leases.take(sheet.pk, other)
    lost = desk.post(url("call", sheet), form)
    assert lost.status_code == 409 and "很满意，谢谢" in lost.content.decode() and "赵敏" in lost.content.decode()
    assert not Attempt.objects.exists()
    leases.release(sheet.pk, other)
    claim(desk, sheet)
    assert "很满意，谢谢" in desk.get(url("call", sheet)).content.decode()


def test_a_quick_pick_agrees_a_time_with_one_button(desk, owed_call):
    sheet, call = owed_call()
    claim(desk, sheet)
    desk.post(url("call", sheet), form_of(sheet, pick="2026-11-25T15:00"))
    call.refresh_from_db()
    assert call.outcome == "rescheduled" and call.next_at == at("11-25 15:00")


def test_a_number_is_revealed_on_purpose_and_audited(desk, owed_call):
    sheet, _call = owed_call()
    phone = Phone.objects.first()
    partial = desk.post(url("reveal", sheet, phone.pk), HTTP_HX_REQUEST="true").content.decode()
    assert 'href="tel:+8613812345678"' in partial and "<html" not in partial
    whole = desk.post(url("reveal", sheet, phone.pk)).content.decode()
    assert 'href="tel:+8613812345678"' in whole and "<html" in whole
    assert AuditEvent.objects.filter(verb="phone.revealed", by=desk.user).count() == 2
    assert desk.get(url("reveal", sheet, phone.pk)).status_code == 405


def test_the_number_of_whoever_brought_the_car_can_be_added(desk, owed_call):
    sheet, call = owed_call(contact_name="赵先生", contact_phone="13612340000")
    page = desk.get(url("call", sheet)).content.decode()
    assert "136****0000" in page
    assert desk.post(url("add_contact", sheet), {"order": "x"}).status_code == 404
    desk.post(url("add_contact", sheet), {"order": call.order_id})
    assert Phone.objects.filter(customer=sheet.customer, number="+8613612340000", label="赵先生").exists()


def test_nobody_asks_about_their_own_work(desk, make_order, store):
    Membership.objects.create(user=desk.user, store=store, role="advisor")
    (call,) = actions.plan_for_order(order=make_order(advisor=desk.user))
    claim(desk, call.sheet)
    call.sheet.refresh_from_db()
    assert call.sheet.claimed_by is None
    assert "your own work" in desk.get(url("call", call.sheet)).content.decode()
    assert desk.post(reverse("followups:next")).url == reverse("followups:queue")
    leases.take(call.sheet.pk, desk.user)
    response = desk.post(url("call", call.sheet), form_of(call.sheet, outcome="interviewed", **answers(call)))
    assert response.status_code == 403 and not Response.objects.exists()


def test_a_recovery_is_its_assignees_or_a_leaders(signed_in, owed_call, dial, unhappy, advisor, client, person):
    from followups.calls import Said

    sheet, call = owed_call()
    bad = {"link": "service", "words": "太慢", "person": None}
    dial(sheet, "interviewed", said={call.pk: Said(answers=unhappy, dissatisfactions=[bad])})
    recovery = FollowUp.objects.get(plan="recovery")

    def opens(user):
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return client.get(url("call", recovery.sheet)).status_code, client.post(url("claim", recovery.sheet)).status_code

    assert opens(person("advisor")) == (404, 404)
    assert opens(person("caller")) == (200, 403)
    assert opens(advisor) == (200, 302)
    leases.release(recovery.sheet_id, advisor)
    assert opens(person("supervisor")) == (200, 302)
    client.force_login(advisor, backend="django.contrib.auth.backends.ModelBackend")
    assert [line["sheet"] for line in client.get(reverse("followups:recoveries")).context["lines"]] == [recovery.sheet]
    assert client.get(url("call", sheet)).status_code == 404


def test_an_advisor_recovers_over_the_page(owed_call, dial, unhappy, advisor, client):
    from followups.calls import Said

    sheet, call = owed_call()
    bad = {"link": "service", "words": "太慢", "person": None}
    dial(sheet, "interviewed", said={call.pk: Said(answers=unhappy, dissatisfactions=[bad])})
    recovery = FollowUp.objects.get(plan="recovery")
    row = recovery.response.dissatisfactions.get()
    client.force_login(advisor, backend="django.contrib.auth.backends.ModelBackend")
    claim(client, recovery.sheet)
    assert "太慢" in client.get(url("call", recovery.sheet)).content.decode()
    prefix = f"f{recovery.pk}-h{row.pk}-"
    form = form_of(recovery.sheet, outcome="interviewed", **{f"{prefix}cause": "人手不够"})
    assert client.post(url("call", recovery.sheet), form).status_code == 422
    form |= {f"{prefix}measure": "道歉", f"{prefix}done": "1", f"{prefix}opinion": "satisfied"}
    assert client.post(url("call", recovery.sheet), form).url == reverse("followups:recoveries")
    row.refresh_from_db()
    assert (row.cause, row.is_carried_out, row.opinion) == ("人手不够", True, "satisfied")


@pytest.mark.parametrize(
    ("role", "queue", "recoveries", "letters", "plans"),
    [
        ("caller", 200, 403, 200, 403),
        ("care_manager", 200, 403, 200, 200),
        ("advisor", 403, 200, 403, 403),
        ("supervisor", 200, 200, 403, 403),
        ("sales", 403, 200, 403, 403),
        ("general_manager", 200, 403, 403, 200),
        ("regional", 403, 403, 403, 403),
    ],
)
def test_who_sees_which_page(signed_in, clock_at, role, queue, recoveries, letters, plans):
    client = signed_in(role)
    found = [client.get(reverse(f"followups:{name}")).status_code for name in ("queue", "recoveries", "letters", "plans")]
    assert found == [queue, recoveries, letters, plans]


def test_another_stores_calls_are_not_there(desk, owed_call, client):
    from django.test import Client

    from staff.actions import create_store, create_user

    sheet, _call = owed_call()
    elsewhere = create_store(code="S2", name="别处")
    stranger = create_user(username="stranger", name="外人", store=elsewhere, role="care_manager", password="pass-word-1")
    other = Client()
    other.force_login(stranger, backend="django.contrib.auth.backends.ModelBackend")
    phone = Phone.objects.first()
    assert other.get(url("call", sheet)).status_code == 404
    assert [other.post(url(name, sheet)).status_code for name in ("claim", "release", "leave", "beat", "draft")] == [404] * 5
    assert other.post(url("reveal", sheet, phone.pk)).status_code == 404


# --- letters and plans -----------------------------------------------------------------------------------------------------------


def test_letters_owed_are_marked_as_sent_once(desk, owed_call, dial, clock_at):
    sheet, _call = owed_call(phones=("13812345678",))
    dial(sheet, "no_such_number")
    assert "service call" in desk.get(reverse("followups:letters")).content.decode()
    letter = OutboxMessage.objects.get(channel="letter")
    desk.post(reverse("followups:letter_sent", args=[letter.pk]))
    letter.refresh_from_db()
    assert (letter.status, letter.sent_by) == ("sent", desk.user)
    assert desk.get(reverse("followups:letters")).context["owed"] == []


def test_plans_are_shown_with_their_sources_and_can_be_overridden(signed_in, clock_at):
    client = signed_in("care_manager")
    client.cookies["django_language"] = "en"
    page = client.get(reverse("followups:plans")).content.decode()
    assert "S4 3.5" in page and "20 minutes" in page and "09:00–12:00" in page
    client.post(reverse("followups:plans"), {"plan": "service", "opens_hours": "1", "due_hours": "24", "is_enabled": "on"})
    row = PlanOverride.objects.get()
    assert (row.opens_minutes, row.due_minutes, row.is_enabled) == (60, 1440, True)
    bad = client.post(reverse("followups:plans"), {"plan": "service", "opens_hours": "30", "due_hours": "24", "is_enabled": "on"})
    assert bad.status_code == 422 and "later than the opening" in bad.content.decode()


def test_a_limit_never_moves_whatever_happens(owed_call, dial, clock_at):
    sheet, call = owed_call()
    due_at = call.due_at
    for step, outcome in enumerate(["busy", "no_answer", "rescheduled", "rejected"]):
        clock_at.move_to(TUESDAY + timedelta(hours=step))
        dial(sheet, outcome, agreed_at=TUESDAY + timedelta(days=2) if outcome == "rescheduled" else None)
        call.refresh_from_db()
        assert call.due_at == due_at


def test_the_plans_name_their_sources_by_the_manuals_documents(signed_in):
    html = signed_in("care_manager").get(reverse("followups:plans")).content.decode()
    assert "S4 3.5" in html and "domain" not in html
