"""A customer with a phone, and one at the counter, in a real browser."""

import pytest

from core import sweep
from csi import counter, links
from csi.models import Dissatisfaction, Invitation, Response
from followups import asking
from followups.models import FollowUp
from tests.surveying import a_call_owed
from tests.test_day import is_accessible, settle
from tests.test_feedback_browser import is_as_wide_as_the_phone

pytestmark = pytest.mark.browser


def chooses(page, question: str, value: str) -> None:
    page.locator(f"#q-{question} .qs-choice:has(input[value='{value}'])").click()


def test_a_customer_answers_on_a_phone_and_goes_on_another(house, page_as):
    house.person("advisor"), house.person("supervisor")
    house.open()
    invitation = asking.invite(followup=a_call_owed(house.store, house.person("advisor", name="王强")))
    address = links.path(invitation)

    phone = page_as(None, width=390, height=844, has_touch=True)
    phone.goto(address)
    settle(phone)
    assert "张先生" in phone.locator("h1").inner_text() and is_as_wide_as_the_phone(phone)
    is_accessible(phone)
    smallest = phone.evaluate(
        "Math.min(...[...document.querySelectorAll('.qs-choice, button')].map((e) => e.getBoundingClientRect().height))"
    )
    assert smallest >= 44
    assert not phone.locator("#q-quality .qs-why").is_visible()
    with phone.expect_response("**/draft/"):
        chooses(phone, "quality", "1")
    phone.locator("#q-quality textarea").fill("空调还是不凉")
    with phone.expect_response("**/draft/"):
        chooses(phone, "overall", "2")

    other = page_as(None, width=1440)
    other.goto(address)
    assert (
        other.locator("#q-quality textarea").input_value() == "空调还是不凉" and other.locator("#q-overall input[value='2']").is_checked()
    )
    other.locator("button.btn-primary").click()
    other.wait_for_url("**/thanks/")
    assert "回电" in other.locator("main").inner_text()
    is_accessible(other)

    phone.locator("[name=words]").fill("还有，等了很久")
    phone.locator("button.btn-primary").click()
    phone.wait_for_selector(".public-you")
    assert "已经作答" in phone.locator("h1").inner_text() and "还有，等了很久" in phone.locator("main").inner_text()
    is_accessible(phone)
    assert Response.objects.get().channel == "link" and Dissatisfaction.objects.get().words == "空调还是不凉"
    sweep.run(until_done=True)
    assert FollowUp.objects.filter(plan="recovery").count() == 1
    page_as.problems[:] = [problem for problem in page_as.problems if "410" not in problem]  # the browser logs every answer above 400


def test_without_a_script_the_page_is_answered_and_kept_all_the_same(house, page_as):
    house.open()
    invitation = asking.invite(followup=a_call_owed(house.store))
    phone = page_as(None, width=390, height=844, java_script_enabled=False)
    phone.goto(links.path(invitation))
    chooses(phone, "overall", "4")
    phone.locator("button[name=later]").click()
    assert "已保存" in phone.locator("main").inner_text() and phone.locator("#q-overall input[value='4']").is_checked()
    phone.locator("button.btn-primary").click()
    assert "每一条意见" in phone.locator("main").inner_text() and Response.objects.get().overall == 4


def test_a_customer_rates_at_the_counter_and_finds_no_way_on(house, page_as):
    house.open()
    caller, advisor = house.person("caller"), house.person("advisor", name="王强")
    screen = counter.add_screen(store=house.store, name="前台一号", by=None)
    followup = a_call_owed(house.store, advisor)
    tablet = page_as(None, width=1024, height=768, has_touch=True)
    tablet.goto(f"/counter/pair/{counter.pairing_token(screen)}/")
    is_accessible(tablet)
    tablet.locator("button").click()
    tablet.wait_for_url("**/counter/")
    is_accessible(tablet)
    assert "欢迎光临" in tablet.locator("h1").inner_text()

    desk = page_as(caller)
    desk.goto(f"/csi/ask/{followup.pk}/")
    is_accessible(desk)
    desk.locator("button[name=screen]").click()
    settle(desk)
    tablet.wait_for_selector(".qs-large")  # by itself, within seconds
    is_accessible(tablet)
    assert tablet.locator("a").count() == 0 and "张三" not in tablet.content() and "渝A" not in tablet.content()
    smallest = tablet.evaluate("Math.min(...[...document.querySelectorAll('.qs-choice')].map((e) => e.getBoundingClientRect().height))")
    assert smallest >= 64
    chooses(tablet, "overall", "5")
    tablet.locator(".counter-send").click()
    tablet.wait_for_url("**/thanks/")
    is_accessible(tablet)
    assert Response.objects.get().channel == "counter"
    tablet.goto("/queue/")
    assert "/login/" in tablet.url


def test_a_tablet_that_nobody_touches_rests_and_keeps_nothing(house, page_as):
    house.open()
    caller = house.person("caller")
    screen = counter.add_screen(store=house.store, name="前台一号", by=None)
    invitation = asking.invite(followup=a_call_owed(house.store))
    tablet = page_as(None, width=1024, height=768)
    tablet.goto(f"/counter/pair/{counter.pairing_token(screen)}/")
    tablet.locator("button").click()
    counter.show(screen=screen, invitation=invitation, by=caller)
    tablet.clock.install()
    tablet.goto("/counter/")
    chooses(tablet, "overall", "1")
    tablet.clock.fast_forward(59_000)
    assert tablet.locator(".qs-large").count() == 1
    tablet.clock.fast_forward(2_000)
    tablet.wait_for_selector(".counter-rest")
    assert not Response.objects.exists() and Invitation.objects.get().draft == {}
