"""What the desk writes: who waits, what they drink and wish for, whom they ask for; one effect when two do it at once."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from core.appendonly import AppendOnlyError
from core.models import AuditEvent, OutboxMessage
from lounge import actions_waiting as actions
from lounge import lines
from lounge.models import LoungeSettings, Prospect, Question, Request, Waiting
from staff.access import accesses
from staff.actions import record_absence
from staff.models import User
from visits.actions import deliver
from visits.models import ServiceOrder

pytestmark = pytest.mark.django_db


def access(store, user):
    return accesses(user)[store]


def names(store, user, now) -> list[str]:
    return [line.who for line in lines.here(access(store, user), now)[0]]


def told(topic: str) -> list[User]:
    return [message.user for message in OutboxMessage.objects.filter(topic=topic).order_by("pk")]


def test_whoever_says_at_reception_that_they_wait_stands_there_by_themselves_until_the_car_is_handed_over(store, arrive, person, noon):
    advisor = person("advisor")
    order = arrive(name="张三丰")
    arrive(name="李四", waits=False)
    assert names(store, advisor, noon()) == ["张先生"]
    deliver(order=order, expected_version=order.version, by=advisor)
    assert names(store, advisor, noon()) == []


def test_another_stores_customers_are_not_there(store, arrive, person, noon):
    from staff.actions import create_store

    other = create_store(code="S2", name="别家店")
    arrive()
    assert names(other, person("advisor", at=other), noon()) == []


def test_late_cars_stand_first_then_whoever_has_been_without_attention_longest(store, arrive, person, noon):
    advisor, start = person("advisor"), noon()
    first = arrive(name="赵一")
    noon.later(minutes=10)
    arrive(name="钱二")
    noon.later(minutes=10)
    actions.look_after(waiting=actions.seat(order=first, by=advisor), by=advisor)
    noon.later(minutes=1)
    arrive(name="孙三", promised_at=start + timedelta(minutes=25))
    assert names(store, advisor, noon()) == ["钱先生", "赵先生", "孙先生"]
    noon.later(minutes=10)
    assert names(store, advisor, noon()) == ["孙先生", "钱先生", "赵先生"]


def test_a_car_that_stays_over_night_takes_no_chair_the_next_day_until_the_desk_says_so(store, arrive, person, noon):
    advisor, order = person("advisor"), arrive()
    noon.later(days=1)
    assert names(store, advisor, noon()) == []
    actions.add_order(order=order, by=advisor)
    assert names(store, advisor, noon()) == ["张先生"]
    with pytest.raises(actions.Changed):
        actions.add_order(order=order, by=advisor)


def test_whoever_brought_the_car_is_addressed_not_its_owner(arrive, person):
    assert lines.addressed(arrive(contact_name="欧阳娜娜")) == "欧阳先生/女士"
    company = arrive(name="重庆长安物流有限公司")
    company.customer.kind = "company"
    assert "长安" not in lines.addressed(company)


def test_of_two_who_serve_at_once_one_is_told(seated):
    waiting, _order, advisor = seated()
    actions.serve(waiting=waiting, drink="hot tea", seen=0, by=advisor)
    with pytest.raises(actions.Changed):
        actions.serve(waiting=waiting, drink="coffee", seen=0, by=advisor)
    waiting.refresh_from_db()
    assert (waiting.drink, waiting.served, waiting.served_at, waiting.attended_at) == ("hot tea", 1, waiting.served_at, waiting.served_at)
    actions.serve(waiting=waiting, drink="coffee", seen=1, by=advisor)
    assert Waiting.objects.get().served == 2


def test_only_what_the_store_offers_is_served(store, seated, person):
    waiting, _order, advisor = seated()
    actions.save_settings(store=store, drinks="豆浆", by=person("care_manager"))
    with pytest.raises(ValidationError):
        actions.serve(waiting=waiting, drink="hot tea", seen=0, by=advisor)
    actions.serve(waiting=waiting, drink="豆浆", seen=0, by=advisor)


def test_a_request_is_done_once_and_never_changed(seated, person):
    waiting, _order, advisor = seated()
    request = actions.note_request(waiting=waiting, text=" 想要充电器 ", by=advisor)
    assert actions.do_request(request=request, by=advisor)
    assert not actions.do_request(request=request, by=person("advisor"))
    request.refresh_from_db()
    assert (request.text, request.done_by) == ("想要充电器", advisor)
    with pytest.raises(AppendOnlyError):
        Request.objects.update(at=request.at)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE lounge_request SET for_advisor = %s", [True])
    with pytest.raises(ValidationError):
        actions.note_request(waiting=waiting, text="  ", by=advisor)


def test_the_advisor_is_told_once_until_somebody_has_been_there(seated, person):
    waiting, order, advisor = seated()
    duty = person("sales")
    assert actions.ask_advisor(waiting=waiting, by=duty) == [advisor]
    with pytest.raises(actions.Changed):
        actions.ask_advisor(waiting=waiting, by=advisor)
    message = OutboxMessage.objects.get(topic="lounge_asks")
    assert message.user == advisor and message.path == f"/visits/{order.pk}/"
    assert message.params == {"who": "张先生", "plate": f"…{order.vehicle.plate[-3:]}"}
    actions.do_request(request=Request.objects.get(), by=advisor)
    actions.ask_advisor(waiting=waiting, by=duty)
    assert told("lounge_asks") == [advisor, advisor]


def test_where_the_advisor_is_away_or_nobody_whoever_leads_is_told(store, seated, arrive, person, noon):
    supervisor = person("supervisor")
    waiting, _order, advisor = seated()
    record_absence(user=advisor, store=store, kind="day_off", starts_on=store.today(), by=supervisor)
    assert actions.ask_advisor(waiting=waiting, by=supervisor) == [supervisor]
    record_absence(user=supervisor, store=store, kind="day_off", starts_on=store.today(), by=supervisor)
    nobody = actions.seat(order=arrive(name="钱二"), by=supervisor)
    assert actions.ask_advisor(waiting=nobody, by=supervisor) == []
    assert Request.objects.filter(waiting=nobody, for_advisor=True).exists(), "noted all the same"


def test_who_has_left_is_gone_once_and_comes_back_after_a_slip(store, seated, person, noon):
    waiting, order, advisor = seated()
    assert actions.leave(waiting=waiting, by=advisor)
    assert not actions.leave(waiting=waiting, by=advisor)
    order.refresh_from_db()
    assert not order.waits_in_lounge, "the order says so as well"
    assert names(store, advisor, noon()) == []
    assert [line.who for line in lines.left_today(access(store, advisor), noon())] == ["张先生"]
    waiting.refresh_from_db()
    assert actions.come_back(waiting=waiting, by=advisor)
    waiting.refresh_from_db()
    assert not actions.come_back(waiting=waiting, by=advisor)
    assert names(store, advisor, noon()) == ["张先生"]
    assert AuditEvent.objects.filter(verb="waiting.left").count() == AuditEvent.objects.filter(verb="waiting.came_back").count() == 1


def test_somebody_without_a_car_waits_by_name(store, person, noon):
    advisor = person("advisor")
    waiting = actions.add_waiting(store=store, name="刘女士", why="companion", by=advisor)
    assert names(store, advisor, noon()) == ["刘女士"]
    with pytest.raises(ValidationError):
        actions.ask_advisor(waiting=waiting, by=advisor)
    assert actions.leave(waiting=waiting, by=advisor) and names(store, advisor, noon()) == []
    with pytest.raises(ValidationError):
        actions.add_waiting(store=store, name=" ", why="companion", by=advisor)


def test_a_question_counts_for_whoever_answered_it_and_stays_as_it_was(store, seated):
    waiting, _order, advisor = seated()
    row = actions.answer_question(store=store, question="多久换机油", answer="一万公里", waiting=waiting, by=advisor)
    assert (row.by, row.on) == (advisor, store.today())
    waiting.refresh_from_db()
    assert waiting.attended_at == row.at
    with pytest.raises(AppendOnlyError):
        Question.objects.update(by=None)
    with pytest.raises(ValidationError):
        actions.answer_question(store=store, question="多久换机油", answer=" ", by=advisor)


def test_sales_is_told_of_a_prospect_without_a_name_in_the_message(store, seated, person):
    waiting, order, advisor = seated()
    consultant, supervisor = person("sales"), person("sales_supervisor")
    row = actions.notice_prospect(
        store=store, words="想换七座", model="CS75", contact="139 0000 1111", waiting=waiting, person=consultant, by=advisor
    )
    assert row.customer == order.customer
    assert set(told("lounge_prospect")) == {consultant, supervisor}
    assert OutboxMessage.objects.filter(topic="lounge_prospect").first().params == {}
    assert actions.see_to_prospect(prospect=row, by=consultant)
    assert not actions.see_to_prospect(prospect=row, by=supervisor)
    assert Prospect.objects.get().seen_to_by == consultant
    with pytest.raises(ValidationError):
        actions.notice_prospect(store=store, words="想换七座", by=advisor)


def test_the_database_refuses_half_facts(store, arrive):
    order = arrive()
    facts = {"store": store, "arrived_at": order.received_at}
    for wrong in (
        {"why": "car"}, {"why": "companion", "name": ""}, {"order": order, "why": "companion"}, {"order": order, "served": 1},
        {"order": order, "drink": "hot tea"}, {"name": "刘女士", "why": "cinema"},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            Waiting.objects.create(**facts, **wrong)


def test_the_stores_own_list_holds_at_most_nine_short_names(store):
    from lounge.forms_waiting import SettingsForm

    def form(text: str) -> SettingsForm:
        return SettingsForm({"drinks": text}, instance=LoungeSettings(store=store))

    good = form(" 热茶\n\n热茶\n咖啡 ")
    assert good.is_valid() and good.cleaned_data["drinks"] == "热茶\n咖啡"
    assert not form("\n".join("一二三四五六七八九十")).is_valid()
    assert not form("很" * 21).is_valid()


def test_a_tap_on_an_order_that_waits_already_changes_nothing(arrive, person):
    from visits.actions import set_waits_in_lounge

    order, advisor = arrive(), person("advisor")
    assert not set_waits_in_lounge(order=order, waits=True, by=advisor)
    assert ServiceOrder.objects.get().version == order.version
    assert set_waits_in_lounge(order=order, waits=False, by=advisor) and not ServiceOrder.objects.get().waits_in_lounge
