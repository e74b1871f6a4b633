from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from core.models import AuditEvent
from customers.actions import EditConflict
from visits import appointments as actions
from visits.models import Appointment


@pytest.fixture
def booked(store, owner, car, advisor, noon):
    return actions.book(store=store, customer=owner, vehicle=car, at=noon() + timedelta(hours=3), kind="maintenance", by=advisor)


def test_a_time_that_has_passed_cannot_be_booked(store, owner, noon, advisor):
    with pytest.raises(ValidationError):
        actions.book(store=store, customer=owner, at=noon() - timedelta(minutes=1), kind="repair", by=advisor)


def test_a_car_is_booked_once_a_day(booked, store, owner, car, noon, advisor):
    with pytest.raises(ValidationError):
        actions.book(store=store, customer=owner, vehicle=car, at=noon() + timedelta(hours=5), kind="repair", by=advisor)


def test_a_car_is_not_moved_onto_a_day_on_which_it_is_booked_already(booked, store, owner, car, noon, advisor):
    other = actions.book(store=store, customer=owner, vehicle=car, at=noon() + timedelta(days=1), kind="repair", by=advisor)
    with pytest.raises(ValidationError):
        actions.move(appointment=booked, at=noon() + timedelta(days=1, hours=3), by=advisor)
    booked.refresh_from_db()
    assert booked.at == noon() + timedelta(hours=3)
    actions.move(appointment=booked, at=noon() + timedelta(hours=5), by=advisor)  # on its own day
    actions.cancel_appointment(appointment=other, by=advisor)
    actions.move(appointment=booked, at=noon() + timedelta(days=1, hours=3), by=advisor)
    assert booked.at == noon() + timedelta(days=1, hours=3)


def test_moving_expects_the_customer_anew(booked, advisor, noon):
    noon.later(hours=3, minutes=20)
    actions.record_late_call(appointment=booked, by=advisor)
    assert booked.called_at == noon()
    actions.move(appointment=booked, at=noon() + timedelta(days=1), by=advisor)
    assert booked.called_at is None


def test_an_arrived_customer_is_no_longer_moved_or_cancelled(booked, visit, advisor, noon):
    twin = Appointment.objects.get(pk=booked.pk)
    actions.arrived(appointment=booked, order=visit(), by=advisor)
    assert booked.status == "arrived"
    for act in (actions.cancel_appointment, actions.record_late_call):
        with pytest.raises(EditConflict):
            act(appointment=twin, by=advisor)
    with pytest.raises(EditConflict):
        actions.move(appointment=twin, at=noon() + timedelta(days=2), by=advisor)


def test_nobody_has_missed_an_appointment_before_its_time(booked, advisor, noon):
    with pytest.raises(ValidationError):
        actions.did_not_come(appointment=booked, by=advisor)
    noon.later(hours=4)
    actions.did_not_come(appointment=booked, by=advisor)
    assert booked.status == "no_show"


def test_arrived_without_a_visit_is_a_half_fact(booked):
    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.filter(pk=booked.pk).update(status="arrived")


def test_given_up_by_a_slip_it_stands_again_until_its_day_is_over(booked, advisor, noon):
    actions.cancel_appointment(appointment=booked, by=advisor)
    actions.restore(appointment=booked, by=advisor)
    assert booked.status == "booked" and AuditEvent.objects.filter(verb="appointment.restored").count() == 1
    with pytest.raises(EditConflict):
        actions.restore(appointment=booked, by=advisor)
    actions.cancel_appointment(appointment=booked, by=advisor)
    noon.later(days=1)
    with pytest.raises(ValidationError):
        actions.restore(appointment=booked, by=advisor)


def test_what_was_booked_anew_is_not_restored_as_well(booked, store, owner, car, advisor, noon):
    actions.cancel_appointment(appointment=booked, by=advisor)
    actions.book(store=store, customer=owner, vehicle=car, at=noon() + timedelta(hours=5), kind="repair", by=advisor)
    with pytest.raises(ValidationError):
        actions.restore(appointment=booked, by=advisor)


def test_who_was_given_up_today_may_come_late_and_not_tomorrow(booked, visit, advisor, noon):
    noon.later(hours=4)
    actions.did_not_come(appointment=booked, by=advisor)
    noon.later(days=1)
    with pytest.raises(EditConflict):
        actions.arrived(appointment=booked, order=visit(), by=advisor)
    noon.later(days=-1, hours=1)
    actions.arrived(appointment=booked, order=visit(), by=advisor)
    assert booked.status == "arrived"
