from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

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
