# ruff: noqa: F811 (fixtures are shared with the floor below by import)
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.actions import create_vehicle
from staff.models import CalendarDay
from visits import appointments as actions
from visits.models import Appointment, ServiceOrder
from visits.tests.conftest import car, noon, owner  # noqa: F401


@pytest.fixture
def advisor(signed_in):
    return signed_in("advisor")


@pytest.fixture
def booked(advisor, store, owner, car, noon):
    return actions.book(
        store=store,
        customer=owner,
        vehicle=car,
        at=noon() + timedelta(hours=1),
        kind="repair",
        note="异响",
        by=advisor.user,
        advisor=advisor.user,
    )


def test_an_appointment_is_booked_for_a_picked_car(advisor, car, owner, noon):
    url = reverse("desk:new_appointment")
    assert "渝A12345" in advisor.get(url, {"vehicle": car.pk}).content.decode()
    answer = advisor.post(url, {"vehicle": car.pk, "at": "2026-11-24T09:00", "kind": "maintenance", "note": "首保"})
    assert answer.url.endswith("?day=2026-11-24")
    row = Appointment.objects.get()
    assert (row.customer, row.vehicle, row.note) == (owner, car, "首保")
    assert "09:00" in advisor.get(answer.url).content.decode()


def test_the_advisor_who_books_is_picked_already_and_a_manager_is_not(advisor, signed_in, car, noon):
    url = reverse("desk:new_appointment")
    assert advisor.get(url, {"vehicle": car.pk}).context["form"]["advisor"].value() == advisor.user.pk
    assert signed_in("service_manager").get(url, {"vehicle": car.pk}).context["form"]["advisor"].value() is None


def test_a_past_time_is_refused_and_what_was_typed_stays(advisor, car, noon):
    answer = advisor.post(reverse("desk:new_appointment"), {"vehicle": car.pk, "at": "2026-11-22T09:00", "kind": "repair", "note": "首保"})
    assert answer.status_code == 422
    assert "首保" in answer.content.decode()


def test_fifteen_minutes_late_the_board_says_call(advisor, booked, noon):
    board = reverse("desk:visits")
    noon.later(hours=1, minutes=14)
    assert advisor.get(board).context["to_call"] == []
    noon.later(minutes=1)
    assert advisor.get(board).context["to_call"] == [booked]
    advisor.post(reverse("desk:appointment_change", args=[booked.pk]), {"act": "called", "next": "visits"})
    page = advisor.get(board)
    assert (page.context["to_call"], page.context["expected"]) == ([], [booked])


def test_an_arrived_customer_opens_the_visit_that_was_booked(advisor, booked, car, noon):
    url = reverse("desk:new_visit")
    page = advisor.get(url, {"vehicle": car.pk, "appointment": booked.pk})
    assert "异响" in page.content.decode()
    advisor.post(url, {"vehicle": car.pk, "appointment": booked.pk, "kind": "repair", "source": "appointment", "seen": ""})
    booked.refresh_from_db()
    assert booked.status == "arrived"
    assert booked.order == ServiceOrder.objects.get()
    assert booked.order.source == "appointment"


def test_moving_missing_and_cancelling(advisor, booked, noon):
    url = reverse("desk:appointment_change", args=[booked.pk])
    refused = advisor.post(url, {"act": "move", f"a{booked.pk}-at": "2026-11-20T10:00"})
    assert refused.status_code == 422
    advisor.post(url, {"act": "move", f"a{booked.pk}-at": "2026-11-23T16:00"})
    booked.refresh_from_db()
    assert booked.at.hour == 8
    noon.later(hours=6)
    advisor.post(url, {"act": "missed"})
    booked.refresh_from_db()
    assert booked.status == "no_show"
    advisor.post(url, {"act": "cancel"})
    booked.refresh_from_db()
    assert booked.status == "no_show"


def test_a_day_on_which_the_car_is_booked_already_is_said_on_its_line_and_what_was_typed_stays(advisor, booked, store, owner, car, noon):
    actions.book(store=store, customer=owner, vehicle=car, at=noon() + timedelta(days=1), kind="repair", by=advisor.user)
    url = reverse("desk:appointment_change", args=[booked.pk])
    refused = advisor.post(url, {"act": "move", f"a{booked.pk}-at": "2026-11-24T16:00"})
    assert refused.status_code == 422 and "该车" in refused.content.decode() and "2026-11-24T16:00" in refused.content.decode()
    booked.refresh_from_db()
    assert booked.at == noon() + timedelta(hours=1)


def test_the_days_list_costs_the_same_however_many(advisor, booked, store, owner, noon):
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert advisor.get(reverse("desk:appointments")).status_code == 200
        return len(seen)

    few = queries()
    for n in range(6):
        actions.book(store=store, customer=owner, at=noon() + timedelta(hours=2, minutes=n), kind="repair", by=advisor.user)
    assert queries() == few


def test_a_caller_sees_appointments_and_changes_none(signed_in, booked):
    caller = signed_in("caller")
    assert caller.get(reverse("desk:appointments")).status_code == 200
    assert caller.post(reverse("desk:appointment_change", args=[booked.pk]), {"act": "cancel"}).status_code == 403
    booked.refresh_from_db()
    assert booked.status == "booked"


def received(advisor, **typed):
    """Reception's form of what is asked for, sent as it was shown."""
    url = reverse("desk:new_visit")
    page = advisor.get(url, typed)
    found = page.context["appointment"]
    form = {"kind": page.context["form"]["kind"].value(), "source": page.context["form"]["source"].value(), "seen": ""}
    answer = advisor.post(url, typed | form | ({"appointment": found.pk} if found else {}))
    assert answer.status_code == 302
    return page.content.decode()


def test_a_booked_car_that_is_found_by_the_search_box_answers_todays_appointment(advisor, booked, car, noon):
    page = received(advisor, vehicle=car.pk)
    assert "对应预约" in page and "异响" in page
    booked.refresh_from_db()
    assert booked.status == "arrived" and booked.order.source == "appointment"


def test_an_appointment_of_another_day_or_another_car_is_not_answered(advisor, store, owner, car, noon):
    other = create_vehicle(store=store, owner=owner, plate="渝A54321", by=None)
    for vehicle, at in ((car, noon() + timedelta(days=1)), (other, noon() + timedelta(hours=1))):
        actions.book(store=store, customer=owner, vehicle=vehicle, at=at, kind="repair", by=advisor.user)
    assert "对应预约" not in received(advisor, vehicle=car.pk)
    assert Appointment.objects.booked().count() == 2 and ServiceOrder.objects.get().source == "walk_in"


def test_a_customer_who_was_booked_without_a_car_is_expected_with_a_new_one(advisor, store, owner, noon):
    row = actions.book(store=store, customer=owner, at=noon() + timedelta(hours=1), kind="repair", by=advisor.user)
    page = advisor.get(reverse("desk:new_visit"), {"customer": owner.pk})
    assert page.context["appointment"] == row and "对应预约" in page.content.decode()


def test_an_appointment_that_a_colleague_has_answered_meanwhile_does_not_bar_the_door(advisor, booked, car, noon):
    received(advisor, vehicle=car.pk)
    late = {"vehicle": car.pk, "appointment": booked.pk, "kind": "repair", "source": "appointment", "seen": ""}
    shown = advisor.post(reverse("desk:new_visit"), late)
    assert shown.status_code == 422 and shown.context["problem"]
    again = late | {"seen": f"{ServiceOrder.objects.get().pk},"}
    assert advisor.post(reverse("desk:new_visit"), again).status_code == 302
    assert ServiceOrder.objects.count() == 2


def test_a_slip_is_said_and_leads_back(advisor, booked, noon):
    url, days = reverse("desk:appointment_change", args=[booked.pk]), reverse("desk:appointments")
    advisor.cookies["django_language"] = "en"
    assert 'value="restore"' not in advisor.get(days).content.decode()
    for act, hours in (("cancel", 0), ("missed", 2)):
        noon.later(hours=hours)
        page = advisor.post(url, {"act": act}, follow=True).content.decode()
        assert "A slip? Restore it" in page and 'value="restore"' in page
        advisor.post(url, {"act": "restore"})
        booked.refresh_from_db()
        assert booked.status == "booked"


def test_a_customer_who_was_given_up_and_comes_late_is_received_on_the_appointment(advisor, booked, car, noon):
    noon.later(hours=2)
    page = advisor.post(reverse("desk:appointment_change", args=[booked.pk]), {"act": "missed"}, follow=True).content.decode()
    assert f"appointment={booked.pk}" in page
    noon.later(hours=1)
    received(advisor, vehicle=car.pk)
    booked.refresh_from_db()
    assert booked.status == "arrived"


def test_what_was_given_up_on_another_day_is_over(advisor, booked, noon):
    noon.later(days=1)
    url = reverse("desk:appointment_change", args=[booked.pk])
    page = advisor.post(url, {"act": "missed"}, follow=True).content.decode()
    assert 'value="restore"' not in page and f"appointment={booked.pk}" not in page
    advisor.post(url, {"act": "restore"})
    booked.refresh_from_db()
    assert booked.status == "no_show"


def test_more_than_a_year_ahead_is_a_mistyped_date(advisor, booked, car, noon):
    url = reverse("desk:new_appointment")
    refused = advisor.post(url, {"vehicle": car.pk, "at": "2099-12-05T10:00", "kind": "repair"})
    assert refused.status_code == 422 and refused.context["form"].errors["at"]
    moved = advisor.post(reverse("desk:appointment_change", args=[booked.pk]), {"act": "move", f"a{booked.pk}-at": "2027-11-24T10:00"})
    assert moved.status_code == 422
    assert advisor.post(url, {"vehicle": car.pk, "at": "2027-11-22T10:00", "kind": "repair"}).url.endswith("?day=2027-11-22")


def test_a_time_at_which_the_store_is_closed_is_said(advisor, booked, car, noon):
    def warned(url: str, **typed) -> int:
        return [message.level_tag for message in advisor.post(url, typed, follow=True).context["messages"]].count("warning")

    new = reverse("desk:new_appointment")
    move = {"url": reverse("desk:appointment_change", args=[booked.pk]), "act": "move"}
    assert warned(new, vehicle=car.pk, at="2026-11-28T03:15", kind="repair") == 1
    assert warned(new, vehicle=car.pk, at="2026-11-29T10:00", kind="repair") == 0
    assert warned(**move, **{f"a{booked.pk}-at": "2026-11-30T21:00"}) == 1
    CalendarDay.objects.create(store=booked.store, date="2026-12-01", name="盘点")
    assert warned(**move, **{f"a{booked.pk}-at": "2026-12-01T10:00"}) == 1
    assert warned(**move, **{f"a{booked.pk}-at": "2026-12-02T10:00"}) == 0


def test_one_lands_on_the_day_to_which_an_appointment_was_moved(advisor, booked, noon):
    page = advisor.post(
        reverse("desk:appointment_change", args=[booked.pk]), {"act": "move", f"a{booked.pk}-at": "2027-02-01T10:00"}, follow=True
    )
    assert page.redirect_chain[-1][0].endswith("?day=2027-02-01")
    assert [entry["row"] for entry in page.context["entries"]] == [booked]


def test_any_day_is_reached_by_its_date(advisor, booked, noon):
    url = reverse("desk:appointments")
    assert '<input class="form-control" type="date" name="day" value="2026-11-23"' in advisor.get(url).content.decode()
    Appointment.objects.update(at=noon() + timedelta(days=20_000))  # booked before there was a limit
    far = booked.store.local_date(noon() + timedelta(days=20_000))
    assert [entry["row"] for entry in advisor.get(url, {"day": far.isoformat()}).context["entries"]] == [booked]
    for nonsense in ("", "0001-01-01", "9999-12-31", "2026-13-01"):
        assert advisor.get(url, {"day": nonsense}).context["day"] == booked.store.today()
