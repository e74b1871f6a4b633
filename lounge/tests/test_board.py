"""The lounge's screen: what everybody in the room may see, and nothing else; its address."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.identifiers import hide_plate
from customers.models import Customer, Phone, Vehicle
from lounge import actions_waiting as actions
from lounge import board
from lounge.models import Duty
from staff import screens
from staff.models import Screen
from tests.canaries import Canaries, found_in
from visits.models import ServiceOrder

pytestmark = [pytest.mark.django_db, pytest.mark.page]
BOARD = "lounge:board"


@pytest.fixture
def screen(store, person):
    return screens.make(store=store, name="休息室", by=person("service_manager"))


@pytest.fixture
def television(screen):
    """television() -> what a browser in which nobody is signed in gets at the screen's address."""
    client = Client()

    def show(address: str = "", **query):
        return client.get(address or reverse("lounge:on_screen", args=[screens.key_of(screen)]), query)

    return show


@pytest.mark.pure
@pytest.mark.parametrize(
    ("plate", "shown"),
    [
        ("渝A12345", "渝A·**345"), ("渝AD12345", "渝A·***345"), ("使014578", "****578"), ("粤Z1234港", "粤Z·**34港"), ("AB12CD", "***2CD"),
        ("1234", "***4"), ("", ""),
    ],
)  # fmt: skip
def test_a_hidden_plate_is_known_to_its_owner_and_can_be_looked_up_by_nobody(plate, shown):
    assert hide_plate(plate) == shown


def test_the_screen_shows_surname_hidden_plate_step_and_promised_time(television, arrive, noon):
    arrive(name="张三丰", step="repair", promised_at=noon() + timedelta(minutes=40))
    page = television().content.decode()
    for words in ("张先生", "渝A·**346", 'aria-current="step">维修', "12:40", "更新于"):
        assert words in page, words


def test_nothing_personal_beyond_the_surname_stands_in_its_html(television, arrive, person, noon):
    c, advisor = Canaries(), person("advisor", name="江洋")
    order = arrive(name="张三丰", step="repair", words=c.word(), note=c.word(), contact_phone=c.phone(), advisor=advisor)
    Customer.objects.update(note=c.word(), wishes=c.word(), address=c.word(), birthday=c.date())
    Phone.objects.update(number=f"+86{c.phone()}", label=c.word())
    Vehicle.objects.update(vin=c.vin(), recall=c.word(), model=c.word())
    waiting = actions.seat(order=order, by=advisor)
    actions.note_request(waiting=waiting, text=c.word(), by=advisor)
    actions.answer_question(store=order.store, question=c.word(), answer=c.word(), waiting=waiting, by=advisor)
    actions.notice_prospect(store=order.store, name=c.word()[:20], words=c.word(), contact=c.phone(), by=advisor)
    actions.add_waiting(store=order.store, name=c.word(), why="companion", by=advisor)
    # Without its own address, whose random key may hold any three digits.
    page = re.sub(r"/lounge/board/[^/]+/", "", television().content.decode())
    assert "张先生" in page and found_in(page) == []
    for secret in ("三丰", order.vehicle.plate, order.vehicle.plate[2:], order.number, "138"):
        assert secret not in page, secret


def test_a_company_and_a_contact_are_not_named(television, arrive):
    arrive(name="重庆长安物流有限公司")
    Customer.objects.update(kind="company")
    arrive(name="王小明", contact_name="欧阳娜娜")
    page = television().content.decode()
    assert "物流" not in page and "单位客户" in page and "欧阳先生/女士" in page and "娜娜" not in page


def test_a_ready_car_stands_first_and_is_never_late(television, arrive, noon):
    arrive(name="赵一", step="repair", promised_at=noon() - timedelta(minutes=5))
    arrive(name="钱二", step="ready", promised_at=noon() - timedelta(minutes=50))
    page = television().content.decode()
    assert page.index("钱先生") < page.index("赵先生")
    assert page.count("比预计稍晚") == 1 and "已完工，可以取车" in page


@pytest.mark.pure
def test_of_the_eight_steps_those_behind_are_past_and_no_appointment_is_no_step():
    told = [state for _label, state in board.states("job_order", "walk_in")]
    assert told == ["none", "past", "past", "here", "ahead", "ahead", "ahead", "ahead"]
    assert board.states("ready", "appointment")[0][1] == "past" and board.states("ready", "appointment")[6][1] == "here"


def test_more_cars_than_a_page_holds_come_page_after_page(television, arrive, store, noon):
    for n in range(board.A_PAGE + 1):
        arrive(name=f"张{n}", promised_at=noon() + timedelta(minutes=n))
    first = television()
    assert len(first.context["page"].cars) == board.A_PAGE
    assert "第 1 / 2 页" in first.content.decode() and first.context["next_url"].endswith("?page=2")
    second = television(page="2")
    assert len(second.context["page"].cars) == 1 and second.context["next_url"].endswith("?page=1")
    for nonsense in ("3", "0", "-1", "x", "9" * 9):
        assert television(page=nonsense).context["page"].number == 1


def test_an_empty_lounge_welcomes(television, noon):
    assert "欢迎光临" in television().content.decode()


def test_without_a_script_the_browser_itself_looks_again(television, noon):
    page = television().content.decode()
    address = television().context["next_url"]
    assert f'<noscript><meta http-equiv="refresh" content="15;url={address}"></noscript>' in page


def test_who_is_on_duty_stands_there_by_name(television, store, person, noon):
    duty, attendant = person("advisor", name="江洋"), person("lounge", name="小周")
    Duty.objects.create(store=store, person=duty, starts_on=store.today(), ends_on=store.today() + timedelta(days=5))
    page = television().content.decode()
    assert duty.name in page and attendant.name in page


def test_no_proxy_keeps_it_and_nobody_is_signed_in_by_it(television, arrive):
    arrive()
    answer = television()
    assert "no-store" in answer["Cache-Control"] and not answer.cookies
    assert Client().get(reverse(BOARD)).status_code == 302


def test_a_forged_and_a_withdrawn_address_are_told_the_same(television, screen, store, arrive):
    arrive()
    key = screens.key_of(screen)
    screens.withdraw(screen=screen, by=screen.made_by)
    pages = []
    for wrong in (key, key[:-1] + ("A" if key[-1] != "A" else "B"), screen.word):
        answer = television(reverse("lounge:on_screen", args=[wrong]))
        assert answer.status_code == 404
        pages.append(answer.content.decode())
    assert len(set(pages)) == 1 and "本屏已停用" in pages[0]
    assert store.name not in pages[0] and "张先生" not in pages[0]


def test_the_screen_is_of_one_store_whoever_is_signed_in_there(screen, arrive, client, person):
    from staff.actions import create_store

    arrive(name="张三丰")
    other = create_store(code="S2", name="别家店")
    client.force_login(person("general_manager", at=other), backend="django.contrib.auth.backends.ModelBackend")
    assert "张先生" in client.get(reverse("lounge:on_screen", args=[screens.key_of(screen)])).content.decode()
    assert "张先生" not in client.get(reverse(BOARD)).content.decode()


def test_a_full_screen_costs_no_more_queries(television, arrive, person, store, django_assert_num_queries):
    advisor = person("advisor")
    Duty.objects.create(store=store, person=advisor, starts_on=store.today(), ends_on=store.today() + timedelta(days=5))
    arrive(advisor=advisor)
    television()
    with CaptureQueriesContext(connection) as one:
        television()
    assert len(one) <= 6, len(one)
    for n in range(9):
        arrive(name=f"李{n}", advisor=advisor)
    with django_assert_num_queries(len(one)):
        television()


# Its address


def test_a_manager_makes_an_address_shows_it_and_withdraws_it(signed_in, noon):
    manager = signed_in("service_manager")
    manager.post(reverse("lounge:screens"), {"name": "东墙"})
    screen = Screen.objects.get()
    address = f"http://testserver{reverse('lounge:on_screen', args=[screens.key_of(screen)])}"
    page = manager.get(reverse("lounge:screens")).content.decode()
    assert address in page and "<svg" in page
    assert Client().get(address).status_code == 200
    manager.post(reverse("lounge:screen_withdraw", args=[screen.pk]))
    assert Client().get(address).status_code == 404
    assert address not in manager.get(reverse("lounge:screens")).content.decode()
    assert manager.post(reverse("lounge:screens"), {"name": " "}).status_code == 422


def test_an_advisor_makes_no_screens(signed_in, noon):
    assert signed_in("advisor").get(reverse("lounge:screens")).status_code == 403


def test_nobody_can_reach_an_order_from_a_row_of_the_screen(arrive, store, noon):
    arrive()
    car = board.page(store, noon()).cars[0]
    assert not any(isinstance(value, ServiceOrder | Customer | Vehicle) for value in vars(car).values())
