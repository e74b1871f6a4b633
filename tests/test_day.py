"""The store's day in a real browser, by keyboard: an advisor hands a car back, callers call, the advisor makes good, the manager reads.

No step of it uses the mouse, and axe finds nothing serious on any page that the roles open.
"""

import re
from datetime import datetime, time, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings

from core import clock
from csi.models import Dissatisfaction, Response
from customers.actions import create_customer, create_vehicle
from followups.models import Attempt, FollowUp
from visits.models import ServiceOrder

TOMORROW_AT_TEN = time(10)


@pytest.fixture
def at_ten(house):
    """The house's clock stands at ten in the morning of tomorrow, whatever the machine's says; moves on by `later(hours)`."""
    store = house.store
    ten = datetime.combine(store.today() + timedelta(days=1), TOMORROW_AT_TEN, store.tz)
    offset = (ten - clock.now()).total_seconds()
    before = settings.CLOCK_OFFSET

    def later(hours: float = 0) -> None:
        settings.CLOCK_OFFSET = offset + hours * 3600
        if house.processes:
            house.kill("web")
            house.move()
        house.open(CLOCK_OFFSET=str(settings.CLOCK_OFFSET))

    later()
    yield later
    settings.CLOCK_OFFSET = before


def settle(page):
    page.wait_for_load_state("load")


def press(page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


looked_at: set[tuple[str, str]] = set()


def is_accessible(page) -> None:
    """axe finds nothing serious; a page of one kind and heading is looked at once."""
    kind = re.sub(r"\d+", "0", page.url.split("?")[0]), page.locator("h2").all_inner_texts().__str__()
    if kind in looked_at:
        return
    looked_at.add(kind)
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    serious = [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found if one["impact"] in ("serious", "critical")]
    assert serious == [], f"{page.url}: {serious}"


def a_known_car(store, name: str, phone: str, plate: str):
    customer = create_customer(store=store, name=name, phones=[phone], by=None)
    return create_vehicle(store=store, owner=customer, plate=plate, model="逸动", since=store.today(), by=None)


def receives_and_hands_over(page, plate_tail: str) -> ServiceOrder:
    """The advisor's part, from the board back to the hand-over's page."""
    page.goto("/visits/")
    settle(page)
    press(page, "n")
    page.wait_for_url("**/visits/new/")
    settle(page)
    page.keyboard.type(plate_tail, delay=30)
    page.wait_for_selector("a[data-hit]")
    press(page, "Enter")
    page.wait_for_url("**vehicle=*")
    settle(page)
    is_accessible(page)
    page.keyboard.type("5200")  # the mileage has the focus
    page.focus("[name=promise][value='60']")
    page.keyboard.press("Space")
    page.focus("[name=mileage]")
    with page.expect_navigation():
        press(page, "Enter")
    for _tap in range(11):
        settle(page)
        if "hand-over" in page.url:
            break
        is_accessible(page)
        if "/edit/" in page.url:  # what is signed has a price
            assert page.evaluate("document.activeElement.name") == "estimate_fen"
            page.keyboard.type("1,300")
        with page.expect_navigation():
            press(page, "Enter" if "/edit/" in page.url else "g")
    settle(page)
    assert "hand-over" in page.url
    is_accessible(page)
    page.focus("[name=labour_fen]")
    page.keyboard.type("1,200.50")
    with page.expect_navigation():
        press(page, "Enter")
    settle(page)
    is_accessible(page)
    return ServiceOrder.objects.latest("pk")


def test_the_day_of_an_advisor_a_caller_and_a_manager_by_keyboard(house, at_ten, page_as):
    store = house.store
    advisor, caller, manager = house.person("advisor", "陈静"), house.person("caller", "李小兰"), house.person("care_manager", "林经理")
    a_known_car(store, "苏明涵", "18660766805", "渝A36818")
    a_known_car(store, "钱思", "17710252917", "渝A85901")

    # The advisor receives two cars and hands them back; the calls that this owes stand on the page at once.
    page = page_as(advisor)
    for tail in ("36818", "85901"):
        order = receives_and_hands_over(page, tail)
        assert order.step == "delivered"
        assert order.total_fen == 1_200_50
        call = FollowUp.objects.get(order=order)
        assert page.locator("body").inner_text().count(order.number)
        assert call.due_at - order.delivered_at <= timedelta(hours=72)

    # Three hours later the caller takes the first call: an unhappy customer, whose own words are asked for.
    at_ten(3 + 1.5)
    page = page_as(caller)
    page.goto("/")
    settle(page)
    is_accessible(page)
    press(page, "c")
    page.wait_for_url("**/calls/**")
    settle(page)
    is_accessible(page)
    press(page, "2", "1")  # overall not satisfied; service not satisfied: the words are asked for
    page.keyboard.type("等了很久没人理我")
    page.reload()
    settle(page)
    typed = [area.input_value() for area in page.locator("textarea:visible").all()]
    assert "等了很久没人理我" in typed, "a half-filled call survives a reload, whatever the server has had the time to keep"
    is_accessible(page)
    press(page, "a")
    first = page.url
    press(page, "Enter")
    page.wait_for_url(lambda url: url != first)
    settle(page)
    # The next call is there already: an ordinary satisfied one, five keys, nothing typed.
    press(page, "5", "a", "Enter")
    page.wait_for_url("**/queue/**")
    assert Response.objects.count() == 2
    assert sorted(Response.objects.values_list("is_satisfied", flat=True)) == [False, True]
    assert Dissatisfaction.objects.get().words == "等了很久没人理我"
    assert Attempt.objects.count() == 2
    is_accessible(page)

    # The advisor calls the unhappy customer back within the hour and writes down cause and measure.
    page = page_as(advisor)
    page.goto("/recoveries/")
    settle(page)
    is_accessible(page)
    recovery = FollowUp.objects.get(plan="recovery")
    assert recovery.assignee == advisor
    with page.expect_navigation():
        press(page, "c")
    settle(page)
    is_accessible(page)
    page.locator("textarea[name*=cause]").focus()
    page.keyboard.type("接待高峰人手不足")
    press(page, "Tab")
    page.keyboard.type("当面道歉,赠送洗车券")
    press(page, "Control+Enter")
    page.wait_for_url("**/recoveries/**")
    recovery.refresh_from_db()
    assert recovery.status == "done"
    assert FollowUp.objects.get(plan="recheck").recovers == recovery

    # The manager reads the month: two answers, one of them satisfied, and the figure opens its rows.
    page = page_as(manager)
    period = f"{clock.now().astimezone(store.tz):%Y-%m}"
    for path in (
        f"/csi/monthly/?period={period}",
        "/csi/weekly/",
        "/csi/",
        "/reports/",
        f"/reports/rows/satisfaction_rate/?period={period}",
    ):
        page.goto(path)
        settle(page)
        is_accessible(page)
    page.goto(f"/csi/monthly/?period={period}")
    body = page.locator("main").inner_text()
    assert "50.0%" in body and "等了很久没人理我" in body
