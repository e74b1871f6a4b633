# ruff: noqa: F811 (the clock's fixture is shared with the test of the day by import)
"""The roster in a real browser: on a phone and on a desk, with the keyboard, on paper; and one's own page."""

from datetime import timedelta

import pytest

from core import clock, months
from lounge.halves import half_of
from lounge.models import Duty, DutyChange, Sample, SampleMonth, Verdict
from staff.models import Absence
from tests.test_day import at_ten, is_accessible, settle  # noqa: F401

pytestmark = pytest.mark.browser
FITS = "document.documentElement.scrollWidth <= window.innerWidth"


@pytest.fixture
def roster(house, at_ten):
    """Three advisors who were not passed last month: two serve in the next half, one in that after; one is away for two days of it."""
    store, today = house.store, house.store.today()
    month = months.add(today, -1)
    row, _made = SampleMonth.objects.get_or_create(store=store, month=month)
    moment = clock.now()
    SampleMonth.objects.filter(pk=row.pk).update(drawn_at=moment, closed_at=moment, judged_at=moment)
    half, duties = half_of(today).next, []
    for n, name in enumerate(["宋凯涛", "钟梦美", "欧阳英琳"]):
        person = house.person("advisor", name=name)
        sample = Sample.objects.create(
            store=store,
            month=month,
            audience="service",
            person=person,
            wanted=5,
            seed=n,
            reason={"visits": 9, "customers": 9, "left_out": {}},
        )
        verdict = Verdict.objects.create(
            store=store, sample=sample, month=month, audience="service", person=person, outcome="not_passed", place=n + 1, seed=1,
            interviews=[[1, 1, 8, 4]] * 3, decided_on=today,
        )  # fmt: skip
        its = half if n < 2 else half.next
        duties.append(Duty.objects.create(store=store, person=person, starts_on=its.starts_on, ends_on=its.ends_on, verdict=verdict))
    away = half.starts_on + timedelta(days=2)
    Absence.objects.create(user=duties[0].person, store=store, kind="leave", starts_on=away, ends_on=away + timedelta(days=1))
    return duties


def test_the_roster_is_read_and_changed_without_a_mouse(house, page_as, roster):
    manager = house.person("service_manager")
    first, _second, third = roster
    for width in (390, 1440):
        page = page_as(manager, width=width, height=900)
        page.goto("/lounge/")
        settle(page)
        assert page.evaluate(FITS), width
        is_accessible(page)
        assert page.locator(".roster-away").count() == 1
        assert page.locator(".roster td").filter(has_text="宋凯涛").locator(".roster-name").all_inner_texts() == ["宋凯涛", "钟梦美"]
    link = page.get_by_role("link", name="对调 宋凯涛")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/swap/")
    is_accessible(page)
    page.get_by_label("与谁对调").select_option(str(third.pk))
    page.get_by_label("对调原因").fill("请假两天")
    page.get_by_label("对调原因").press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/lounge/?month=*")
    settle(page)
    assert page.locator(".duty-changes li").count() == 2
    assert DutyChange.objects.filter(kind="swapped", reason="请假两天").count() == 2
    assert Duty.objects.get(person=first.person).starts_on == third.starts_on
    page.emulate_media(media="print")
    assert page.locator(".roster").is_visible() and not page.locator(".btn-group").first.is_visible()


def test_one_s_own_page_fits_a_phone_and_reads_well(house, page_as, roster):
    page = page_as(roster[0].person, width=390, height=844)
    page.goto("/lounge/mine/")
    settle(page)
    assert page.evaluate(FITS)
    is_accessible(page)
    assert "且有客户仅 66.66%" in page.inner_text("main")
