# ruff: noqa: F811 (the clock's fixture is shared with the test of the day by import)
"""One complaint in a real browser across its people: registered, late, raised, instructed, resolved, asked about, open again."""

from datetime import timedelta

import pytest

from complaints.actions import open_complaint
from complaints.models import Complaint
from core import clock, sweep
from customers.models import Ownership
from tests.test_day import a_known_car, at_ten, is_accessible, settle  # noqa: F401
from visits.models import ServiceOrder

pytestmark = pytest.mark.browser


@pytest.fixture
def order(house, at_ten):
    """A car that was handed over long ago: no follow-up is owed for it."""
    advisor = house.person("advisor", name="王强")
    car = a_known_car(house.store, "张三", "13812345678", "渝A12345")
    done = clock.now() - timedelta(days=60)
    day = house.store.local_date(done)
    return ServiceOrder.objects.create(
        store=house.store, number="W1", vehicle=car, customer=Ownership.objects.get(vehicle=car).customer, advisor=advisor, step="delivered",
        received_at=done, received_on=day, delivered_at=done, delivered_on=day,
    )  # fmt: skip


def does(page, act: str, **typed: str) -> None:
    """Opens the act's form, fills it in, sends it."""
    form = page.locator(f"#act-{act}")
    form.locator("summary").click()
    for name, text in typed.items():
        form.locator(f"[name={name}]").fill(text)
    form.locator("form button.btn-primary").click()
    settle(page)


def test_a_complaint_from_registration_through_escalation_to_reopening(house, page_as, order, at_ten):
    caller, advisor, supervisor = house.person("caller", name="李小兰"), order.advisor, house.person("supervisor", name="赵主管")

    page = page_as(caller)
    page.goto(f"/complaints/new/?order={order.pk}")
    page.fill("[name=words]", "空调还是不凉")
    page.locator(".pill", has_text="质量").click()
    is_accessible(page)
    page.keyboard.press("Escape")
    page.locator("button[data-key=g]").click()
    page.wait_for_url("**/complaints/*/")
    complaint = Complaint.objects.get()
    assert (complaint.handler, complaint.registered_by) == (advisor, caller)
    rel = page.locator("[data-counting] time.due .rel").first
    before = rel.inner_text()
    assert before.startswith(("01:59:", "02:00:"))  # counting, by the server's clock
    page.wait_for_function("text => document.querySelector('[data-counting] time.due .rel').textContent !== text", arg=before)
    is_accessible(page)

    at_ten(hours=3)  # nobody has replied: late, and raised to the supervisor
    sweep.run(until_done=True)
    page = page_as(supervisor)
    page.goto("/complaints/?show=late")
    assert "超时" in page.locator("[data-counting] time.due .rel").first.inner_text()
    is_accessible(page)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/complaints/*/")
    assert "逐级上报" in page.locator(".timeline").inner_text()
    does(page, "instruct", words="今天上门检查")
    assert "今天上门检查" in page.locator(".timeline").inner_text()

    page = page_as(advisor)
    page.goto("/")
    page.locator(".c-name").first.click()
    page.wait_for_url("**/complaints/*/")
    page.keyboard.press("s")  # signs for receipt
    page.wait_for_selector(".timeline >> text=签收")
    does(page, "resolve", cause="冷媒泄漏", solution="更换管路", result="已制冷", measure="交车前复检", told="已修好，请放心")
    complaint.refresh_from_db()
    assert complaint.status == "resolved"

    at_ten(hours=5)  # after the midday pause of the calling hours
    sweep.run(until_done=True)  # the revisit stands in the callers' queue
    page = page_as(caller)
    page.goto("/queue/")
    page.keyboard.press("c")
    page.wait_for_url("**/calls/*/")
    settle(page)
    assert "更换管路" in page.locator(".section").inner_text()
    is_accessible(page)
    page.locator(".choice", has_text="不满意").click()
    page.locator(".words-field textarea").fill("又不凉了")
    page.locator("[data-save]").click()
    page.wait_for_url("**/queue/**")
    complaint.refresh_from_db()
    assert complaint.status == "reopened" and complaint.clocks.running().count() == 2
    page.goto(f"/complaints/{complaint.pk}/")
    assert "又不凉了" in page.locator(".timeline").inner_text()


def test_a_complaint_is_worked_on_by_keyboard_and_fits_a_phone(house, page_as, order):
    """The focus is where something is to be typed: on registering, and in an act that is opened."""
    caller = house.person("caller", name="李小兰")
    page = page_as(caller, width=390)
    page.goto(f"/complaints/new/?order={order.pk}")
    page.wait_for_selector("[name=words]:focus")

    made = open_complaint(
        store=house.store, channel="phone", link="quality", words="空调不凉", customer=order.customer, vehicle=order.vehicle, by=caller
    )
    page.goto(f"/complaints/{made.pk}/")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.locator("#act-note summary").press("Enter")
    page.wait_for_selector("#act-note [name=words]:focus")
    page = page_as(order.advisor, width=390)
    page.goto(f"/complaints/{made.pk}/")
    page.locator("#act-reply summary").press("Enter")
    page.wait_for_selector("#act-reply [name=method]:focus")
