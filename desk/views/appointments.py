"""Appointments: the day's list, booking, moving, who did not come."""

from datetime import date, datetime, time, timedelta

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock
from core.once import once, to_edit
from customers.actions import EditConflict
from customers.models import Customer, Ownership, Vehicle
from staff import calendars, ranges
from staff.access import requires
from staff.models import HoursKind
from staff.roles import Role
from visits import appointments as actions
from visits.forms import AppointmentForm, MoveForm
from visits.models import Appointment, Kind


def _day_asked(request) -> date:
    """The day in the address, today when it is none or absurdly far away."""
    today = request.store.today()
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return today
    return day if 2000 <= day.year < 2200 else today


@never_cache
@requires("visits.view")
@require_safe
def appointments(request):
    return _page(request, _day_asked(request))


def _page(request, day: date, move_form: MoveForm | None = None, moving: int | None = None) -> HttpResponse:
    now, store = clock.now(), request.store
    rows = (
        Appointment.objects.visible_to(request.access)
        .between(*actions.day_bounds(store, day))
        .select_related("customer", "vehicle", "advisor", "order")
    )
    late, is_over = now - actions.LATE_AFTER, day < store.local_date(now)
    entries = [
        {
            "row": row,
            "to_call": row.status == "booked" and row.at <= late and row.called_at is None,
            "may_miss": row.status == "booked" and row.at <= now,
            "may_arrive": row.status == "booked" or (row.status == "no_show" and not is_over),
            "may_restore": row.status in ("no_show", "cancelled") and not is_over,
            "form": move_form if row.pk == moving else MoveForm(appointment=row),
        }
        for row in rows.order_by("at", "pk")
    ]
    today = store.local_date(now)
    context = {
        "entries": entries,
        "day": day,
        "today": today,
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "days": [today + timedelta(days=n) for n in range(7)],
        "n_booked": sum(1 for entry in entries if entry["row"].status == "booked"),
        "moving": moving,
    }
    return render(request, "visits/appointments.html", context, status=422 if moving else 200)


@never_cache
@requires("visits.edit")
@require_http_methods(["GET", "POST"])
@once
def new_appointment(request):
    """?vehicle: for a known car. ?customer: for a known customer, whatever the car. Neither: the search box."""
    asked = request.POST if request.method == "POST" else request.GET
    vehicle = customer = None
    if pk := asked.get("vehicle"):
        vehicle = get_object_or_404(Vehicle.objects.visible_to(request.access).active(), pk=pk if pk.isdecimal() else 0)
        ownership = Ownership.objects.filter(vehicle=vehicle, until=None).select_related("customer").first()
        customer = ownership.customer if ownership else None
    elif pk := asked.get("customer"):
        customer = get_object_or_404(Customer.objects.visible_to(request.access), pk=pk if pk.isdecimal() else 0)
    if customer is None:
        if vehicle:
            messages.warning(request, _("This car has no owner on file; enter the owner first."))
            return redirect("desk:vehicle", vehicle.pk)
        return render(request, "visits/appointment_search.html")
    initial = {"at": _next_morning(request.store), "kind": Kind.MAINTENANCE}
    if Role.ADVISOR in request.access.roles:
        initial["advisor"] = request.user.pk
    form = AppointmentForm(request.POST or None, store=request.store, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            row = actions.book(store=request.store, customer=customer, vehicle=vehicle, by=request.user, **form.cleaned_data)
        except ValidationError as refused:
            form.add_errors(refused)
        else:
            messages.success(request, _("The appointment is booked."))
            _say_when_closed(request, row.at)
            return redirect(f"{reverse('desk:appointments')}?day={request.store.local_date(row.at).isoformat()}")
    context = {"form": form, "vehicle": vehicle, "customer": customer}
    return render(request, "visits/appointment_new.html", context, status=422 if request.method == "POST" else 200)


def _say_when_closed(request, at: datetime) -> None:
    """◆ Not refused: somebody may have agreed to be there, and a holiday's duty stands in no calendar."""
    hours = calendars.hours(request.store, HoursKind.OPENING)
    if hours.contains(at):
        return
    open_on = ranges.written(hours.ranges(request.store.local_date(at)))
    if open_on:
        text = _("The store is open %(hours)s on that day, not at the time of this appointment; move it if that was a slip.") % {
            "hours": open_on
        }
    else:
        text = _("The store is closed on the day of this appointment; move it if that was a slip.")
    messages.warning(request, text)


def _next_morning(store) -> datetime:
    return datetime.combine(store.today() + timedelta(days=1), time(9), store.tz)


def _given_up(request, row: Appointment, done: str) -> None:
    """What was done is said, with the way back while there is one."""
    if row.at >= actions.start_of_today(request.store):
        done = _("%(done)s A slip? Restore it on its line in the list of appointments.") % {"done": done}
    messages.success(request, done)


@requires("visits.edit")
@require_POST
@once
def change_appointment(request, pk: int):
    """`act`: move, called, missed, cancel or restore. Whoever comes second is told, and nothing is overwritten."""
    row = to_edit(request, Appointment.objects.visible_to(request.access).select_related("store", "customer"), pk=pk)
    act, day, was = request.POST.get("act"), request.store.local_date(row.at), str(int(row.at.timestamp()))
    try:
        if request.POST.get("was", was) != was:
            raise EditConflict  # moved since the page was shown
        if act == "move":
            form = MoveForm(request.POST, appointment=row)
            if form.is_valid():
                try:
                    actions.move(appointment=row, at=form.cleaned_data["at"], by=request.user)
                except ValidationError as refused:
                    form.add_errors(refused)
            if form.errors:
                return _page(request, day, move_form=form, moving=pk)
            day = request.store.local_date(row.at)
            messages.success(request, _("The appointment is moved."))
            _say_when_closed(request, row.at)
        elif act == "called":
            actions.record_late_call(appointment=row, by=request.user)
        elif act == "missed":
            actions.did_not_come(appointment=row, by=request.user)
            _given_up(request, row, _("Noted: %(who)s is not coming.") % {"who": row.customer.name})
        elif act == "cancel":
            actions.cancel_appointment(appointment=row, by=request.user)
            _given_up(request, row, _("The appointment of %(who)s is cancelled.") % {"who": row.customer.name})
        elif act == "restore":
            actions.restore(appointment=row, by=request.user)
            messages.success(request, _("The appointment of %(who)s stands again.") % {"who": row.customer.name})
    except EditConflict:
        messages.warning(request, _("Somebody else was quicker: this is how the appointment stands now."))
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    if request.POST.get("next") == "visits":
        return redirect("desk:visits")
    return redirect(f"{reverse('desk:appointments')}?day={day.isoformat()}")
