"""Numbers changed shortly before a survey (S0: advisors who enter a friend's number)."""

import re
from datetime import timedelta

import pytest

from core import clock
from customers.actions import add_phone, dial_first
from customers.models import Customer, Phone
from followups import numbers
from followups.calls import Said
from followups.tests.conftest import TUESDAY, at

HANDED, ASKED = at("11-23 16:00"), TUESDAY
LONG_AGO = at("01-05 10:00")


@pytest.mark.parametrize(("changed", "opened", "is_flagged"), [
    (HANDED - timedelta(days=7), LONG_AGO, True),
    (HANDED - timedelta(days=7, seconds=1), LONG_AGO, False),
    (HANDED, LONG_AGO, True),
    (ASKED, LONG_AGO, True),
    (ASKED + timedelta(seconds=1), LONG_AGO, False),
    (HANDED, HANDED, False),  # of a new file
    (HANDED + timedelta(minutes=6), HANDED, True),
])  # fmt: skip
def test_when_a_change_is_shortly_before(changed, opened, is_flagged):
    found = numbers.is_shortly_before(changed, handed_over_at=HANDED, asked_at=ASKED, file_opened_at=opened)
    assert found is is_flagged


@pytest.fixture
def changed(owed_call, clock_at):
    """A call whose customer, long known, got another number from the rated advisor after the hand-over."""
    sheet, followup = owed_call()
    clock_at.shift(timedelta(minutes=10))
    phone = add_phone(customer=sheet.customer, text="13700001111", by=followup.order.advisor)
    dial_first(phone=phone, by=followup.order.advisor)
    clock_at.shift(timedelta(minutes=10))
    return sheet, followup


@pytest.mark.django_db
@pytest.mark.page
def test_the_call_the_answer_and_the_month_show_who_changed_it(changed, signed_in, dial, happy):
    sheet, followup = changed
    desk = signed_in("care_manager")
    page = desk.get(f"/calls/{sheet.pk}/").content.decode()
    assert "回访前不久改动过号码" in page and "王强" in page and "被评价人" in page
    dial(sheet, "interviewed", said={followup.pk: Said(answers=happy)})
    ((response, changes),) = numbers.interviews(followup.store, *[clock.now().date()] * 2)
    assert [(change.by, change.is_rated) for change in changes] == [(followup.order.advisor, True)] * 2
    assert "此前不久改动过号码" in desk.get(f"/csi/responses/{response.pk}/").content.decode()
    month = desk.get("/csi/contacts/?period=2026-11").content.decode()
    assert f"/csi/responses/{response.pk}/" in month and "被评价人" in month and not re.search(r"137[0*]", month)
    assert desk.get("/csi/contacts/?period=2026-10").context["interviews"] == []


@pytest.mark.django_db
@pytest.mark.page
def test_without_a_change_nobody_is_warned(owed_call, signed_in):
    sheet, _followup = owed_call()
    desk = signed_in("care_manager")
    assert "改动过号码" not in desk.get(f"/calls/{sheet.pk}/").content.decode()


@pytest.mark.django_db
def test_the_months_list_asks_as_often_for_many_as_for_one(owed_call, clock_at, dial, happy, django_assert_num_queries):
    def interviewed():
        sheet, followup = owed_call()
        Customer.objects.update(opened_at=LONG_AGO)
        add_phone(customer=sheet.customer, text="13700001111", by=None)
        dial(sheet, "interviewed", said={followup.pk: Said(answers=happy)}, phone=Phone.objects.filter(customer=sheet.customer).first())
        return followup.store

    store = interviewed()
    today = store.today()
    for n in (1, 3):
        with django_assert_num_queries(4):
            assert len(numbers.interviews(store, today, today)) == n
        interviewed()
        interviewed()
