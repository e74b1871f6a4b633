# ruff: noqa: F811 (the clock's fixture is shared with the test of the day by import)
"""The monthly page in a real browser: on a phone, on a desk, on paper; and the call that verifies what was recorded."""

import re
from datetime import timedelta
from itertools import combinations

import pytest

from csi.models import OemSurvey
from followups.models import Verified
from reports.tests.history import History
from tests.test_day import at_ten, is_accessible, press, settle  # noqa: F401

pytestmark = pytest.mark.browser
FITS = "document.documentElement.scrollWidth <= window.innerWidth"


@pytest.fixture
def month(house, at_ten):
    """Last month: nine advisors of whom one is worse than chance explains, a caller who hears no anger, and the manufacturer's survey."""
    history = History(house.store, 5)
    first = (house.store.today().replace(day=1) - timedelta(days=1)).replace(day=1)
    names = ["宋凯涛", "钟梦美", "蔡子", "白明子", "严紫兰", "金海", "江洋宇", "孙兰娟", "欧阳英琳"]
    advisors = [house.person("advisor", name=name) for name in names]
    for n, advisor in enumerate(advisors):
        for k in range(6 + 3 * n):
            order = history.order(history.vehicle(), first + timedelta(days=3), advisor=advisor)
            bad = (k % 3 == 0) if n == 8 else k == 0
            history.response(
                order, first + timedelta(days=5), overall=2 if bad else 5, service=1 if bad else 3, surveyor=history.callers[0]
            )
        OemSurvey.objects.create(store=house.store, month=first, audience="service", person=advisor, n=12, rate=8000 + 150 * n)
    for _k in range(40):
        order = history.order(history.vehicle(), first + timedelta(days=3), advisor=advisors[0])
        history.response(order, first + timedelta(days=6), surveyor=history.callers[1])
    history.first = first
    return history


def test_the_page_is_read_on_a_phone_on_a_desk_and_on_paper(house, page_as, month):
    manager = house.person("care_manager")
    address = f"/csi/monthly/?period={month.first:%Y-%m}"
    for width in (390, 1440):
        page = page_as(manager, width=width, height=900)
        page.goto(address)
        settle(page)
        assert page.evaluate(FITS), width
        is_accessible(page)
        assert "欧阳英琳" in page.locator(".funnel-words strong").first.inner_text()
        names = page.locator(".funnel").first.locator(".funnel-point text")
        boxes = names.evaluate_all("all => all.map(one => one.getBBox()).map(({x, y, width, height}) => ({x, y, width, height}))")
        assert len(boxes) == 9
        for a, b in combinations(boxes, 2):  # a box is a little higher than its letters
            apart = a["x"] + a["width"] <= b["x"] + 1 or b["x"] + b["width"] <= a["x"] + 1 or abs(a["y"] - b["y"]) >= 0.7 * a["height"]
            assert apart, (a, b)
    page.emulate_media(media="print")
    assert [one.inner_text() for one in page.locator("button, .btn, .tabs, nav").all() if one.is_visible()] == []
    assert page.evaluate("getComputedStyle(document.querySelector('.people thead')).display") == "table-header-group"
    assert page.evaluate("getComputedStyle(document.querySelector('.people tfoot')).display") == "table-row-group"
    sheet = page.pdf(prefer_css_page_size=True)
    sizes = {tuple(map(float, found)) for found in re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", sheet)}
    assert sizes and all(abs(wide - 595) < 1 and abs(high - 842) < 1 for wide, high in sizes)
    assert b"/Font" in sheet  # text, not a picture of it


SEEN_WHOLE = """one => {
  const tab = one.getBoundingClientRect(), row = one.closest(".tabs").getBoundingClientRect();
  return tab.left >= row.left && tab.right <= row.right;
}"""


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_on_a_phone_the_forms_stand_in_one_line_that_shows_the_one_that_is_open_or_has_the_focus(house, page_as, month, motion):
    page = page_as(house.person("care_manager"), width=390, height=844)
    page.emulate_media(reduced_motion=motion)
    page.goto("/reports/forms/8/")
    settle(page)
    row, here = page.locator(".tabs"), page.locator(".tabs > [aria-current]")
    assert page.evaluate(FITS) and row.bounding_box()["height"] < 60
    page.wait_for_timeout(300)  # until nothing snaps any more
    assert here.evaluate(SEEN_WHOLE)
    row.evaluate("row => row.scrollLeft = 0")
    page.wait_for_timeout(300)
    assert row.evaluate("row => row.scrollLeft") == 0 and not here.evaluate(SEEN_WHOLE), "whoever pushes it is left alone"
    row.locator("a").first.focus()
    for key in ["Tab"] * 9 + ["Shift+Tab"] * 9:
        page.keyboard.press(key)
        page.wait_for_timeout(100)
        assert page.locator(":focus").evaluate(SEEN_WHOLE), key


def test_a_caller_who_hears_no_anger_is_asked_about_by_another_without_a_mouse(house, page_as, month):
    manager, asks = house.person("care_manager"), house.person("caller", name="李小兰")
    page = page_as(manager)
    page.goto(f"/csi/monthly/?period={month.first:%Y-%m}")
    settle(page)
    page.locator("tr", has_text=month.callers[1].name).get_by_role("button").press("Enter")
    page.wait_for_url("**/csi/monthly/**")
    page = page_as(asks)
    page.goto("/queue/")
    settle(page)
    assert month.callers[1].name not in page.locator("main").inner_text()
    press(page, "c")
    page.wait_for_url("**/calls/*/**")
    settle(page)
    is_accessible(page)
    first = page.url
    press(page, "1", "1", "0", "Enter")
    page.wait_for_url(lambda url: url != first)
    settle(page)
    verified = Verified.objects.get()
    assert (verified.took_place, verified.was_asked, verified.is_right, verified.by) == (True, True, False, asks)
