"""Appointments (预约): everything that writes about them. Each change is a compare-and-set on 'still booked'."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from core import audit, clock
from customers.actions import EditConflict
from customers.models import Vehicle
from visits.models import Appointment, ServiceOrder

LATE_AFTER = timedelta(minutes=15)  # S2 step 1: a customer who has not come is called within 15 minutes


def _still_booked(appointment: Appointment, **changes) -> None:
    """Raises EditConflict when it is no longer booked (or no longer at the time that the page showed)."""
    mine = Appointment.objects.filter(pk=appointment.pk, status=Appointment.Status.BOOKED, at=appointment.at)
    if not mine.update(**changes):
        raise EditConflict
    appointment.refresh_from_db()


def _not_past(at: datetime) -> None:
    if at < clock.now():
        raise ValidationError({"at": _("This time has passed; choose a later one.")})


@transaction.atomic
def book(*, store, customer, at: datetime, by, vehicle=None, advisor=None, kind: str, note: str = "") -> Appointment:
    """Raises ValidationError (a time that has passed, or the same car booked twice on that day)."""
    _not_past(at)
    if vehicle:
        Vehicle.objects.filter(pk=vehicle.pk).update(version=F("version"))  # whoever books second waits here for the first
    same_day = Appointment.objects.filter(
        store=store, vehicle=vehicle, status=Appointment.Status.BOOKED, at__range=(at - timedelta(hours=12), at + timedelta(hours=12))
    )
    if vehicle and any(store.local_date(other.at) == store.local_date(at) for other in same_day):
        raise ValidationError(_("This car is booked on that day already; move that appointment instead."))
    appointment = Appointment(store=store, customer=customer, vehicle=vehicle, advisor=advisor, at=at, kind=kind, note=note, created_by=by)
    appointment.full_clean()
    appointment.save()
    audit.record("appointment.booked", by=by, store=store, subject=appointment, customer=customer.pk)
    return appointment


@transaction.atomic
def move(*, appointment: Appointment, at: datetime, by) -> None:
    """Another time; whoever was called for being late is expected anew. Raises ValidationError, EditConflict."""
    _not_past(at)
    _still_booked(appointment, at=at, called_at=None)
    audit.record("appointment.moved", by=by, store=appointment.store, subject=appointment)


@transaction.atomic
def record_late_call(*, appointment: Appointment, by) -> None:
    """The late customer was called (S2 step 1) and is still expected. Raises EditConflict."""
    _still_booked(appointment, called_at=clock.now())
    audit.record("appointment.late_called", by=by, store=appointment.store, subject=appointment)


@transaction.atomic
def did_not_come(*, appointment: Appointment, by) -> None:
    """Raises ValidationError before the time, EditConflict."""
    if appointment.at > clock.now():
        raise ValidationError(_("The appointment's time has not come yet."))
    _still_booked(appointment, status=Appointment.Status.NO_SHOW)
    audit.record("appointment.no_show", by=by, store=appointment.store, subject=appointment)


@transaction.atomic
def cancel_appointment(*, appointment: Appointment, by) -> None:
    """Raises EditConflict."""
    _still_booked(appointment, status=Appointment.Status.CANCELLED)
    audit.record("appointment.cancelled", by=by, store=appointment.store, subject=appointment)


@transaction.atomic
def arrived(*, appointment: Appointment, order: ServiceOrder, by) -> None:
    """The customer is here: the visit that was opened answers the appointment. Raises EditConflict."""
    _still_booked(appointment, status=Appointment.Status.ARRIVED, order=order)
    audit.record("appointment.arrived", by=by, store=appointment.store, subject=appointment, order=order.pk)
