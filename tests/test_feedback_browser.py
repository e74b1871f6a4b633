# ruff: noqa: F811 (the clock's fixture is shared with the test of the day by import)
"""A customer with a phone in a real browser: from the printed code's address to the number on the thank-you page, and on to the staff."""

import re

import pytest

from complaints.models import Complaint, Evidence, Feedback
from complaints.public import QUICKEST
from core import sweep
from core.models import OutboxMessage
from tests.test_day import a_known_car, at_ten, is_accessible, settle  # noqa: F401

pytestmark = pytest.mark.browser
JPEG = b"\xff\xd8\xff\xe0" + b"0" * 200


def is_as_wide_as_the_phone(page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def writes(page, kind: str, words: str) -> None:
    page.locator(".field-kind .pill", has_text=kind).click()
    page.fill("[name=words]", words)


def sends(page) -> str:
    """The reference number."""
    page.wait_for_timeout(QUICKEST.total_seconds() * 1000)  # as quickly as a program no person writes
    page.locator("button.btn-primary").click()
    page.wait_for_url("**/thanks/**")
    assert is_as_wide_as_the_phone(page)
    is_accessible(page)
    return page.locator(".public-number strong").inner_text()


def test_a_complaint_and_praise_from_a_phone_reach_the_people_of_the_store(house, page_as, at_ten):
    caller, advisor, manager = house.person("caller", name="李小兰"), house.person("advisor", name="王强"), house.person("care_manager")
    a_known_car(house.store, "张三", "13812345678", "渝A12345")

    page = page_as(manager)
    page.goto("/suggestions/poster/")
    is_accessible(page)
    address = page.locator(".poster-address").inner_text()

    phone = page_as(None, width=390, height=844, has_touch=True)
    phone.goto(address)
    assert is_as_wide_as_the_phone(phone)
    assert not phone.locator(".public-link").is_visible() and phone.locator("[name=website]").bounding_box()["x"] < -1000
    writes(phone, "投诉", "空调还是不凉")
    phone.locator(".public-link .pill", has_text="质量").click()
    phone.fill("[name=phone]", "138 1234 5678")
    phone.fill("[name=plate]", "渝A12345")
    phone.set_input_files("[name=photos]", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": JPEG})
    is_accessible(phone)
    number = sends(phone)
    assert re.search(r"12:0\d", phone.locator(".public-next").inner_text()) and "张三" not in phone.content()
    complaint = Complaint.objects.get()
    assert complaint.number == number and complaint.customer.name == "张三" and Evidence.objects.get().complaint == complaint

    phone.locator("a", has_text="再反映一条").click()
    settle(phone)
    writes(phone, "表扬", "王强讲得很清楚，谢谢")
    phone.fill("[name=about]", "王强")
    sends(phone)
    praise = Feedback.objects.get()

    sweep.run(until_done=True)
    page = page_as(caller)
    page.goto("/complaints/")
    assert number in page.locator(".c-list").inner_text() and "张三" in page.locator(".c-list").inner_text()
    page.goto("/suggestions/")
    is_accessible(page)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/suggestions/{praise.pk}/")
    settle(page)
    is_accessible(page)
    page.keyboard.press("s")  # pass on; the person named is chosen
    form = page.locator("#act-pass_on form")
    assert form.locator("select option:checked").inner_text() == "王强"
    form.locator("button").click()
    settle(page)
    sweep.run(until_done=True)
    assert OutboxMessage.objects.filter(user=advisor, topic="feedback_praised", status="sent").count() == 1

    page = page_as(advisor, width=390, height=844)
    page.goto(f"/suggestions/{praise.pk}/")
    assert "王强讲得很清楚" in page.locator("blockquote").first.inner_text() and is_as_wide_as_the_phone(page)
    page.goto("/suggestions/")
    assert is_as_wide_as_the_phone(page)


def test_the_standards_are_those_of_the_chosen_link_without_any_script(house, page_as, at_ten):
    page = page_as(house.person("caller"), java_script_enabled=False)
    page.goto("/complaints/new/?stranger=1")
    shown = page.locator(".standards > .field:visible select")
    assert shown.count() == 0
    for name, link in (("收费", "price"), ("环境", "environment")):
        page.locator(".field-link .pill", has_text=name).click()
        assert [one.get_attribute("name") for one in shown.all()] == [f"standard_{link}"]
    page.locator(".field-link .pill", has_text="其它").click()
    assert shown.count() == 0
