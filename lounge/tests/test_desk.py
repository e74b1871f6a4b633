"""The desk's pages: what stands there, what one tap does, who may, and what they cost."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.models import OutboxMessage
from lounge import actions_waiting as actions
from lounge import notes
from lounge.models import Duty, Prospect, Question, Request, Waiting
from staff.actions import create_user
from visits.models import ServiceOrder

pytestmark = [pytest.mark.django_db, pytest.mark.page]
DESK = "lounge:desk"


def tap(client, order, act: str, **data):
    return client.post(reverse("lounge:act", args=[f"o{order.pk}", act]), data)


def text_of(client, address: str = "") -> str:
    return client.get(address or reverse(DESK)).content.decode()


@pytest.fixture
def desk(signed_in, noon):
    return signed_in("advisor", name="江洋")


def test_a_line_says_who_waits_for_what_since_when_and_with_which_advisor(desk, arrive, noon):
    order = arrive(name="张三丰", step="repair", promised_at=noon() - timedelta(minutes=12), advisor=desk.user)
    page = text_of(desk)
    for words in ("张先生", order.vehicle.plate, "维修", "江洋", "逾期12分钟", "还没有人招呼过"):
        assert words in page, words
    assert "张三丰" not in page, "the desk stands in the room as well"


def test_a_tap_on_a_drink_serves_it_and_the_second_of_two_is_told(desk, arrive):
    order = arrive()
    answer = tap(desk, order, "drink", drink="hot tea", seen="0")
    assert answer.url == f"{reverse(DESK)}#o{order.pk}"
    assert Waiting.objects.get().drink == "hot tea"
    tap(desk, order, "drink", drink="coffee", seen="0")
    assert "已有同事先处理了" in text_of(desk)
    assert Waiting.objects.get().served == 1


def test_what_was_served_is_the_same_drink_in_both_languages(desk, arrive):
    order = arrive()
    tap(desk, order, "drink", drink="hot tea", seen="0")
    for language, words in (("zh-hans", "热茶"), ("en", "hot tea")):
        desk.cookies["django_language"] = language
        served = text_of(desk).split("is-served")[1]
        assert words in served[:300], language


def test_what_is_refused_leaves_no_row_behind(desk, arrive):
    tap(desk, arrive(), "drink", drink="茅台", seen="0")
    assert "饮品清单" in text_of(desk)
    assert not Waiting.objects.exists()


def test_a_request_too_long_keeps_what_was_typed(desk, arrive):
    answer = tap(desk, arrive(), "request", text="很" * 121)
    assert answer.status_code == 422 and "很" * 121 in answer.content.decode()
    assert not Request.objects.exists() and not Waiting.objects.exists()


def test_a_request_may_go_to_the_advisor_in_the_same_tap(desk, arrive, person):
    advisor = person("advisor", name="陈静")
    order = arrive(advisor=advisor)
    tap(desk, order, "request", text="问几点好", tell="1")
    assert OutboxMessage.objects.get(topic="lounge_asks").user == advisor
    page = text_of(desk)
    assert "已通知陈静" in page and "问几点好" in page and "已告诉顾问" in page
    tap(desk, order, "done", request=str(Request.objects.get().pk))
    assert "问几点好" not in text_of(desk)


def test_a_tap_on_somebody_who_is_gone_meanwhile_does_nothing_and_says_so(desk, arrive):
    order = arrive()
    tap(desk, order, "left")
    tap(desk, order, "drink", drink="hot tea", seen="0")
    assert "情况刚有变化" in text_of(desk)
    assert Waiting.objects.get().served == 0
    tap(desk, order, "back")
    assert "张先生" in text_of(desk)


def test_another_stores_line_and_a_made_up_act_are_not_there(desk, arrive):
    order = arrive()
    from staff.actions import create_store

    other = create_store(code="S2", name="别家店")
    somebody = create_user(username="other", name="别人", store=other, role="advisor")
    desk.force_login(somebody, backend="django.contrib.auth.backends.ModelBackend")
    assert tap(desk, order, "left").status_code == 404
    desk.force_login(desk.user, backend="django.contrib.auth.backends.ModelBackend")
    for line, act in ((f"o{order.pk}", "dance"), ("o0", "left"), ("x1", "left"), ("w9", "left"), ("o" + "9" * 30, "left")):
        assert desk.post(reverse("lounge:act", args=[line, act])).status_code == 404, line


def test_a_caller_has_no_business_at_the_desk(signed_in, noon):
    assert signed_in("caller").get(reverse(DESK)).status_code == 403


def test_a_consultant_on_duty_sees_no_link_to_a_page_that_is_closed_to_them(signed_in, arrive):
    order = arrive()
    page = text_of(signed_in("sales"))
    assert order.vehicle.plate in page and reverse("desk:visit", args=[order.pk]) not in page


def test_reception_forgot_that_a_customer_waits_and_the_desk_says_so(desk, arrive):
    order = arrive(waits=False)
    desk.post(reverse("lounge:add"), {"order": str(order.pk)})
    assert ServiceOrder.objects.get().waits_in_lounge and "张先生" in text_of(desk)
    again = desk.post(reverse("lounge:add"), {"order": str(order.pk)})
    assert again.status_code == 422, "is on the list already: no choice any more"
    nobody = desk.post(reverse("lounge:add"), {"why": "sales"})
    assert nobody.status_code == 422 and "请选择车辆，或填写称呼" in nobody.content.decode()


def test_a_question_and_a_prospect_are_noted_for_the_one_who_asked(desk, arrive, person):
    supervisor = person("sales_supervisor")
    order = arrive()
    desk.post(reverse("lounge:question"), {"question": "多久换机油", "answer": "一万公里", "about": f"o{order.pk}"})
    desk.post(reverse("lounge:prospect"), {"words": "想换七座", "contact": "13900001111", "about": f"o{order.pk}"})
    assert Question.objects.get().waiting.order == Prospect.objects.get().waiting.order == order
    assert OutboxMessage.objects.get(topic="lounge_prospect").user == supervisor
    refused = desk.post(reverse("lounge:question"), {"question": "胎压多少", "answer": "", "about": ""})
    assert refused.status_code == 422 and "胎压多少" in refused.content.decode()


def test_who_is_on_duty_and_until_when(desk, store, person, noon):
    today = store.today()
    Duty.objects.create(store=store, person=desk.user, starts_on=today.replace(day=16), ends_on=today.replace(day=30))
    attendant = person("lounge", name="小周")
    page = text_of(desk)
    assert "江洋" in page and "11-30" in page and attendant.name in page
    assert "今天您在休息室值班" in text_of(desk, "/")
    Duty.objects.update(starts_on=date(2026, 11, 1), ends_on=date(2026, 11, 15))
    assert "今天您在休息室值班" not in text_of(desk, "/")


def test_the_visits_page_shows_drink_and_open_requests(desk, arrive):
    order = arrive()
    address = reverse("desk:visit", args=[order.pk])
    assert "还没有" in text_of(desk, address)
    waiting = actions.seat(order=order, by=desk.user)
    actions.serve(waiting=waiting, drink="hot tea", seen=0, by=desk.user)
    done = actions.note_request(waiting=waiting, text="借雨伞", by=desk.user)
    actions.note_request(waiting=waiting, text="想要充电器", by=desk.user)
    actions.do_request(request=done, by=desk.user)
    page = text_of(desk, address)
    assert "热茶" in page and "想要充电器" in page and "借雨伞" not in page and f"{reverse(DESK)}#o{order.pk}" in page


def test_only_the_lines_are_fetched_again(desk, arrive):
    arrive()
    page = text_of(desk, f"{reverse(DESK)}?part=lines")
    assert "张先生" in page and "<html" not in page


def test_nobody_waits_is_said_kindly(desk, noon):
    assert "休息室没有等候的客户" in text_of(desk)


def test_a_full_lounge_costs_no_more_queries(desk, arrive, django_assert_num_queries):
    def fill(n: int):
        order = arrive(name=f"张{n}", advisor=desk.user)
        waiting = actions.seat(order=order, by=desk.user)
        actions.note_request(waiting=waiting, text="充电器", by=desk.user)
        gone = actions.add_waiting(store=order.store, name="刘女士", why="sales", by=desk.user)
        actions.leave(waiting=gone, by=desk.user)
        arrive(name=f"李{n}", waits=False)

    fill(0)
    text_of(desk)
    for address, budget in ((reverse(DESK), 22), (f"{reverse(DESK)}?part=lines", 9)):
        with CaptureQueriesContext(connection) as one:
            text_of(desk, address)
        assert len(one) <= budget, (address, len(one))
    with CaptureQueriesContext(connection) as one:
        text_of(desk)
    for n in range(1, 9):
        fill(n)
    with django_assert_num_queries(len(one)):
        text_of(desk)


# What was noted


def test_leaders_see_counts_by_person_and_half_month_others_their_own(desk, signed_in, store, person, noon):
    other = person("advisor", name="陈静")
    for by, question in ((desk.user, "多久换机油"), (other, "胎压多少"), (other, "防冻液")):
        actions.answer_question(store=store, question=question, answer="是", by=by)
    mine = text_of(desk, reverse("lounge:notes"))
    assert "多久换机油" in mine and "胎压多少" not in mine and "谁解答" not in mine
    manager = signed_in("service_manager")
    context = manager.get(reverse("lounge:notes")).context
    assert [(row["name"], row["questions"]) for row in context["people"]] == [("陈静", 2), ("江洋", 1)]
    assert manager.get(reverse("lounge:notes"), {"half": "2026-11-01"}).context["people"] == []


def test_the_number_of_a_prospect_is_for_those_who_call(desk, signed_in, store, noon):
    row = actions.notice_prospect(store=store, name="周先生", contact="13900001111", words="想换电车", by=desk.user)
    mine = text_of(desk, reverse("lounge:notes"))
    assert "139****1111" in mine and "13900001111" not in mine
    sales = signed_in("sales")
    assert "13900001111" in text_of(sales, reverse("lounge:notes"))
    assert sales.post(reverse("lounge:prospect_seen_to", args=[row.pk])).url.endswith(f"?half=2026-11-16#prospect-{row.pk}")
    assert Prospect.objects.get().seen_to_by == sales.user


def test_an_advisor_sees_only_the_prospects_they_noticed(desk, store, person):
    actions.notice_prospect(store=store, name="周先生", words="想换电车", by=person("advisor"))
    assert "周先生" not in text_of(desk, reverse("lounge:notes"))
    assert desk.post(reverse("lounge:prospect_seen_to", args=[Prospect.objects.get().pk])).status_code == 404


def test_a_prospect_that_nobody_called_stays_in_sight_in_the_next_half(desk, store, noon):
    actions.notice_prospect(store=store, name="周先生", words="想换电车", by=desk.user)
    noon.later(days=20)
    assert "周先生" in text_of(desk, reverse("lounge:notes"))


@pytest.mark.pure
@pytest.mark.parametrize(
    ("day", "first", "last"),
    [("2026-02-28", "2026-02-16", "2026-02-28"), ("2026-03-15", "2026-03-01", "2026-03-15"), ("2028-02-16", "2028-02-16", "2028-02-29")],
)
def test_a_half_month_ends_on_the_fifteenth_or_with_the_month(day, first, last):
    half = notes.Half.of(date.fromisoformat(day))
    assert (half.first.isoformat(), half.last.isoformat()) == (first, last)


@pytest.mark.pure
def test_an_address_names_no_half_month_to_come():
    today = date(2026, 11, 20)
    assert notes.Half.read("2027-01-01", today) == notes.Half.read("nonsense", today) == notes.Half(date(2026, 11, 16))
    assert [half.code for half in notes.halves(today)][:3] == ["2026-11-16", "2026-11-01", "2026-10-16"]
