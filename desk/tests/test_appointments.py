# ruff: noqa: F811 (fixtures are shared with the floor below by import)
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

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
