# ruff: noqa: F811 (the clock's fixture is shared with the test of the day by import)
"""A manager brings out the next service callback by keyboard only, and the next call asks it; all in a real browser."""

from datetime import timedelta

import pytest

from core import clock
from csi import questionnaires
from csi.models import Response
from followups import actions
from tests.test_day import a_known_car, at_ten, is_accessible, settle  # noqa: F401
from visits.models import ServiceOrder

pytestmark = pytest.mark.browser
CODE = "service-callback"
QUESTION = "哪一项收费不清楚：工时费吗？"


def is_as_wide_as_the_screen(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def looks_well(page) -> None:
    settle(page)
    is_accessible(page)
    assert is_as_wide_as_the_screen(page)


def tab_to(page, selector: str) -> None:
    """By Tab alone, as somebody without a mouse would."""
    for _n in range(120):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by Tab")


def presses(page, selector: str) -> None:
    tab_to(page, selector)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    settle(page)


def chooses(page, name: str, value: str) -> None:
    """In a select: its letters and arrows differ from system to system, so the value is set as the browser would."""
    tab_to(page, f"[name={name}]")
    options = page.locator(f"[name={name}] option").evaluate_all("all => all.map(one => one.value)")
    here = page.locator(f"[name={name}]").input_value()
    key = "ArrowDown" if options.index(value) > options.index(here) else "ArrowUp"
    for _n in range(abs(options.index(value) - options.index(here))):
        page.keyboard.press(key)
    assert page.locator(f"[name={name}]").input_value() == value


def handed_over(house, advisor) -> None:
    car = a_known_car(house.store, "张三", "13812345678", "渝A12345")
    at = clock.now() - timedelta(hours=20)
    order = ServiceOrder.objects.create(
        store=house.store, number="W1", vehicle=car, customer=car.ownerships.get().customer, advisor=advisor, step="delivered", received_at=at,
        received_on=house.store.local_date(at), delivered_at=at, delivered_on=house.store.local_date(at),
    )  # fmt: skip
    actions.plan_for_order(order=order)


def test_a_new_version_with_a_conditional_question_is_written_published_and_asked_by_keyboard(house, page_as, at_ten):
    manager, caller = house.person("care_manager", name="林经理"), house.person("caller", name="李小兰")
    handed_over(house, house.person("advisor", name="王强"))
    page = page_as(manager)
    page.goto("/settings/")
    presses(page, "a[href='/settings/questionnaires/']")
    looks_well(page)
    presses(page, "section:first-of-type form button")
    looks_well(page)
    draft = page.url

    with page.expect_navigation():
        page.keyboard.press("n")
    looks_well(page)
    tab_to(page, "[name=text_zh]")
    page.keyboard.type(QUESTION)
    chooses(page, "scale", "yes_no")
    chooses(page, "asked_if", "price")
    chooses(page, "asked_when", "not_satisfied")
    presses(page, "button.btn-primary")
    assert page.locator("#q-q1 .field-error").inner_text() == "缺英文题目。" and not page.locator("[action$='/publish/']").count()
    looks_well(page)
    presses(page, "#q-q1 a")
    tab_to(page, "[name=text_en]")
    page.keyboard.type("Was the labour charge unclear?")
    presses(page, "button.btn-primary")
    presses(page, "#down-q1")
    assert page.evaluate("document.activeElement.id") == "down-q1", "the button keeps the focus"
    with page.expect_navigation():
        page.keyboard.press("Enter")
    settle(page)
    presses(page, "#up-q1")
    assert page.locator(".qe-list li .qe-code").all_inner_texts()[3:6] == ["price", "timeliness", "q1"]

    for name in ("as/call", "screens/phone", "screens/counter"):
        page.goto(f"{draft}{name}/")
        looks_well(page)
        waiting = page.locator("[data-decided-by]")
        assert not waiting.is_visible()
        page.locator(f"[name='{waiting.get_attribute('data-decided-by')}'][value='1']").focus()
        page.keyboard.press("Space")
        assert waiting.is_visible() and QUESTION in waiting.inner_text()
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowLeft")
        assert not waiting.is_visible()
    page.goto(draft)
    presses(page, "[action$='/publish/'] button")
    looks_well(page)
    version = questionnaires.current(CODE)
    assert version.number == 2

    phone = page_as(manager, width=390, height=844, has_touch=True)
    base = draft.split("/versions/")[0]
    for path in (f"{base}/", draft, f"{draft}as/call/", f"{draft}screens/phone/", f"{draft}screens/counter/"):
        phone.goto(path)
        looks_well(phone)
        if (waiting := phone.locator("[data-decided-by]")).count():
            phone.locator(f"[name='{waiting.get_attribute('data-decided-by')}'][value='1']").focus()
            phone.keyboard.press("Space")
            assert waiting.is_visible() and is_as_wide_as_the_screen(phone)
            assert all(box.bounding_box()["height"] >= 44 for box in waiting.locator("label span:not([aria-hidden])").all())

    page = page_as(caller)
    page.goto("/queue/")
    settle(page)
    page.keyboard.press("c")
    page.wait_for_url("**/calls/**")
    settle(page)
    waiting = page.locator("[data-decided-by]")
    assert not waiting.is_visible()
    for key in ("5", "3", "3", "2", "3"):  # overall, service, quality; the price only so-so; timeliness
        page.keyboard.press(key)
    assert waiting.is_visible() and page.evaluate("document.activeElement.name").endswith("-q1")
    looks_well(page)
    for key in ("1", "a", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url("**/queue/**")
    response = Response.objects.get()
    scores = {answer.question.code: answer.score for answer in response.answers.all()}
    assert response.version == version and scores == {
        "overall": 5, "service": 3, "quality": 3, "price": 2, "timeliness": 3, "environment": 3, "other": 3, "q1": 1,
    }  # fmt: skip
