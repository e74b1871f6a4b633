"""Appointments (预约): everything that writes about them. Each change is a compare-and-set on 'still booked'."""

from datetime import date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from core import audit, clock
from customers.actions import EditConflict
from customers.models import Vehicle
from visits.models import Appointment, ServiceOrder

LATE_AFTER = timedelta(minutes=15)  # S2 step 1: a customer who has not come is called within 15 minutes
FARTHEST = timedelta(days=365)  # ◆ of an appointment or a promise: a mistyped year would lose the customer without anybody noticing


def day_bounds(store, day: date) -> tuple[datetime, datetime]:
    """A local day as moments: its first, and the next day's first."""
    return datetime.combine(day, time(), store.tz), datetime.combine(day + timedelta(days=1), time(), store.tz)


def start_of_today(store) -> datetime:
    return day_bounds(store, store.today())[0]


def _still(rows, appointment: Appointment, **changes) -> None:
    """Raises EditConflict when it is no longer one of the rows (or no longer at the time that the page showed)."""
    if not rows.filter(pk=appointment.pk, at=appointment.at).update(**changes):
        raise EditConflict
    appointment.refresh_from_db()


def _still_booked(appointment: Appointment, **changes) -> None:
    """Raises EditConflict."""
    _still(Appointment.objects.booked(), appointment, **changes)


def _check_time(at: datetime) -> None:
    now = clock.now()
    if at < now:
        raise ValidationError({"at": _("This time has passed; choose a later one.")})
    if at > now + FARTHEST:
        raise ValidationError({"at": _("That is more than a year ahead: please check the date.")})


def _not_twice_a_day(appointment: Appointment, at: datetime) -> None:
    if appointment.vehicle_id is None:
        return
    Vehicle.objects.filter(pk=appointment.vehicle_id).update(version=F("version"))  # whoever books second waits here for the first
    store = appointment.store
    others = Appointment.objects.booked().filter(store=store, vehicle=appointment.vehicle_id).exclude(pk=appointment.pk)
    if others.between(*day_bounds(store, store.local_date(at))).exists():
        raise ValidationError(_("This car is booked on that day already; move that appointment instead."))


@transaction.atomic
def book(*, store, customer, at: datetime, by, vehicle=None, advisor=None, kind: str, note: str = "") -> Appointment:
    """Raises ValidationError (a time that has passed or lies more than a year ahead, or the same car booked twice on that day)."""
    _check_time(at)
    appointment = Appointment(store=store, customer=customer, vehicle=vehicle, advisor=advisor, at=at, kind=kind, note=note, created_by=by)
    _not_twice_a_day(appointment, at)
    appointment.full_clean()
    appointment.save()
    audit.record("appointment.booked", by=by, store=store, subject=appointment, customer=customer.pk)
    return appointment


@transaction.atomic
def move(*, appointment: Appointment, at: datetime, by) -> None:
    """Another time; whoever was called for being late is expected anew. Raises ValidationError (as for booking), EditConflict."""
    _check_time(at)
    _not_twice_a_day(appointment, at)
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
def restore(*, appointment: Appointment, by) -> None:
    """Given up by a slip: it stands as before. Raises ValidationError (its day is over, or the car is booked on it anew), EditConflict."""
    if appointment.at < start_of_today(appointment.store):
        raise ValidationError(_("The day of this appointment is over; book a new one."))
    _not_twice_a_day(appointment, appointment.at)
    _still(Appointment.objects.given_up(), appointment, status=Appointment.Status.BOOKED)
    audit.record("appointment.restored", by=by, store=appointment.store, subject=appointment)


@transaction.atomic
def arrived(*, appointment: Appointment, order: ServiceOrder, by) -> None:
    """The customer is here: the visit that was opened answers the appointment. Raises EditConflict."""
    awaited = Appointment.objects.awaited(start_of_today(appointment.store))
    _still(awaited, appointment, status=Appointment.Status.ARRIVED, order=order)
    audit.record("appointment.arrived", by=by, store=appointment.store, subject=appointment, order=order.pk)
