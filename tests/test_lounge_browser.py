# ruff: noqa: F811 (the clock's fixture is shared with the test of the day by import)
"""The lounge in a real browser: the desk by keyboard alone, and its television, which looks again by itself and says when it is old."""

from datetime import timedelta

import pytest

from core import clock
from core.models import OutboxMessage
from lounge.models import Duty, Prospect, Question, Request, Waiting
from staff import screens
from tests.test_day import a_known_car, at_ten, is_accessible, press, settle  # noqa: F401
from tests.test_feedback_browser import is_as_wide_as_the_phone
from visits.actions import open_order
from visits.models import ServiceOrder

pytestmark = pytest.mark.browser


def waits(store, advisor, name: str, plate: str, *, step: str = "repair", minutes: int = 40) -> ServiceOrder:
    """A car that came half an hour ago and is promised in so many minutes; its customer waits."""
    car = a_known_car(store, name, f"1381234{plate[-4:]}", plate)
    owner = car.ownerships.get().customer
    order = open_order(
        store=store, vehicle=car, customer=owner, advisor=advisor, by=advisor, waits_in_lounge=True,
        received_at=clock.now() - timedelta(minutes=30), promised_at=clock.now() + timedelta(minutes=minutes),
    )  # fmt: skip
    ServiceOrder.objects.filter(pk=order.pk).update(step=step)
    return order


def television(page_as, order, width: int = 1920, height: int = 1080, **options):
    """(the screen's page, its row)."""
    screen = screens.make(store=order.store, name="休息室", by=order.advisor)
    page = page_as(None, width=width, height=height, **options)
    page.goto(f"/lounge/board/{screens.key_of(screen)}/")
    return page, screen


def test_the_duty_person_works_the_desk_without_a_mouse(house, at_ten, page_as):
    store = house.store
    advisor, duty, leader = house.person("advisor", name="陈静"), house.person("sales", name="韦博永"), house.person("sales_supervisor")
    Duty.objects.create(store=store, person=duty, starts_on=store.today(), ends_on=store.today() + timedelta(days=9))
    first = waits(store, advisor, "苏明涵", "渝A36818", minutes=-5)
    second = waits(store, advisor, "钱思", "渝A85901")

    page = page_as(duty)
    page.goto("/")
    page.locator("a", has_text="今天您在休息室值班").focus()
    press(page, "Enter")
    page.wait_for_url("**/lounge/desk/")
    settle(page)
    is_accessible(page)
    assert [line.get_attribute("id") for line in page.locator(".w-line").all()] == [f"o{first.pk}", f"o{second.pk}"], "late first"

    def taps(*keys: str) -> None:
        with page.expect_navigation():
            press(page, *keys)
        settle(page)

    taps("1")  # tea for the first, who is chosen by itself
    assert Waiting.objects.get(order=first).drink == "hot tea"
    assert page.evaluate("document.activeElement.id") == f"o{first.pk}", "the hands stay where they are"
    press(page, "j", "r")
    page.keyboard.type("想要充电器")
    taps("Enter")
    assert Request.objects.get().waiting.order == second
    is_accessible(page)
    taps("x")
    assert Request.objects.get().done_by == duty
    press(page, "k")
    taps("a")
    assert OutboxMessage.objects.get(topic="lounge_asks").user == advisor
    assert "已通知陈静" in page.locator("#messages").inner_text()
    press(page, "u")
    page.keyboard.type("多久换机油")
    press(page, "Tab")
    page.keyboard.type("一万公里或一年")
    press(page, "Tab", "Tab")
    taps("Enter")
    assert Question.objects.get().by == duty and Question.objects.get().waiting.order == first, "asked by whose row it was"
    press(page, "p", "Tab")  # nobody's row has the focus: somebody without a file
    page.keyboard.type("周先生")
    press(page, "Tab", "Tab", "Tab")
    page.keyboard.type("想给家里换七座")
    press(page, "Tab", "Tab")
    taps("Enter")
    assert Prospect.objects.get().name == "周先生" and OutboxMessage.objects.get(topic="lounge_prospect").user == leader
    press(page, "n", "Escape", "j", "k", "?")
    assert "上饮品：热茶" in page.locator("#keys").inner_text()
    press(page, "Escape", "j")
    taps("l")
    assert page.locator(".w-line").count() == 1
    page.goto("/lounge/notes/")
    is_accessible(page)


@pytest.mark.parametrize("width", [390, 1024])
def test_the_desk_fits_a_phone_and_a_tablet(house, at_ten, page_as, width):
    order = waits(house.store, house.person("advisor", name="陈静"), "苏明涵", "渝A36818")
    page = page_as(order.advisor, width=width, height=844, has_touch=True)
    page.goto("/lounge/desk/")
    is_accessible(page)
    assert is_as_wide_as_the_phone(page)
    small = [button for button in page.locator(".w-line button, .w-line summary").all() if button.bounding_box()["height"] < 43.5]
    assert small == [], "44 px on touch"
    with page.expect_navigation():
        page.locator(".w-drink", has_text="咖啡").tap()
    assert Waiting.objects.get().drink == "coffee"


def test_lines_come_in_by_themselves_but_never_under_somebodys_hands(house, at_ten, page_as):
    advisor = house.person("advisor", name="陈静")
    waits(house.store, advisor, "苏明涵", "渝A36818")
    page = page_as(advisor)
    page.goto("/lounge/desk/")
    settle(page)
    ask = "htmx.ajax('GET', '/lounge/desk/?part=lines', {source: '#waiting', target: '#waiting'})"
    press(page, "r")
    page.keyboard.type("想要")
    waits(house.store, advisor, "钱思", "渝A85901")
    page.evaluate(ask)
    page.wait_for_timeout(300)
    assert page.locator(".w-line").count() == 1 and page.locator("[name=text]").first.input_value() == "想要"
    press(page, "Escape")
    page.evaluate(ask)
    page.locator(".w-line").nth(1).wait_for()
    press(page, "j")
    assert page.evaluate("document.activeElement.matches('.w-line')")


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1280, 720), (1440, 900), (390, 844)])
def test_the_screen_fits_and_axe_finds_nothing(house, at_ten, page_as, width, height):
    advisor = house.person("advisor", name="陈静")
    for n in range(11):
        order = waits(house.store, advisor, f"苏{n}", f"渝A3{n:02}18", step="ready" if n == 3 else "repair", minutes=n * 10 - 20)
    page, _screen = television(page_as, order, width, height)
    is_accessible(page)
    assert is_as_wide_as_the_phone(page)
    if width >= 1280:
        assert page.evaluate("document.documentElement.scrollHeight <= window.innerHeight"), "ten cars fit without scrolling"


def test_the_screen_looks_again_by_itself_says_when_it_is_old_and_recovers(house, at_ten, page_as):
    advisor = house.person("advisor", name="陈静")
    order = waits(house.store, advisor, "苏明涵", "渝A36818")
    page, screen = television(page_as, order)
    old = page.locator("[data-old]")
    assert "维修" in page.locator("[aria-current]").inner_text() and not old.is_visible()
    page.evaluate("Object.assign(document.body.dataset, {every: 0.3, oldAfter: 2})")
    page.evaluate("document.body.dataset.kept = 'the page was not loaded anew'")
    ServiceOrder.objects.filter(pk=order.pk).update(step="ready")
    page.wait_for_selector(".is-ready", timeout=20_000)  # the first look comes after the page's own 15 seconds
    assert page.evaluate("document.body.dataset.kept") and not old.is_visible()

    house.kill("web")
    old.wait_for(state="visible", timeout=10_000)
    is_accessible(page)
    assert "画面内容已过时" in old.inner_text() and page.locator(".tv-car").count() == 1, "what was known stays"
    assert [one for one in page_as.problems if "ERR_CONNECTION" not in one] == []
    page_as.problems.clear()

    house.start("web")
    old.wait_for(state="hidden", timeout=30_000)
    page_as.problems[:] = [one for one in page_as.problems if "ERR_CONNECTION" not in one]
    screens.withdraw(screen=screen, by=advisor)
    page.wait_for_selector("text=本屏已停用", timeout=10_000)
    is_accessible(page)
    page_as.problems[:] = [one for one in page_as.problems if "404" not in one]


def test_without_a_script_the_screen_asks_the_browser_to_look_again(house, at_ten, page_as):
    order = waits(house.store, house.person("advisor", name="陈静"), "苏明涵", "渝A36818")
    page, _screen = television(page_as, order, java_script_enabled=False)
    refresh = page.locator("meta[http-equiv=refresh]").get_attribute("content")
    assert refresh.startswith("15;url=/lounge/board/") and refresh.endswith("?page=1")
    assert "苏先生/女士" in page.locator(".tv-car").inner_text() and "渝A36818" not in page.content()
