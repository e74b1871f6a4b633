"""Reception: a known car in twenty seconds, an unknown one in sixty (pages.md)."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core import clock
from core.once import once
from customers import actions as archive
from customers import identifiers
from customers.actions import EditConflict
from customers.models import Customer, Ownership, Phone, Vehicle
from desk.views.filing import picked, warn_of_vin, with_this_phone
from desk.views.visits_attention import gather
from staff.access import requires
from visits import appointments
from visits.actions import AlreadyHere, open_order
from visits.forms import CarForm, OwnerForm, VisitForm
from visits.models import Appointment, Kind, ServiceOrder, Source


@never_cache
@requires("visits.edit")
@require_http_methods(["GET", "POST"])
@once
def new_visit(request):
    """?vehicle: a known car. ?customer: a known customer's new car. ?new=1: both unknown. ?appointment: it answers one.
    None of them: the search box, which posts what was typed in vain (q) into the form for an unknown car."""
    asked = request.POST if request.method == "POST" else request.GET
    appointment = asked_for(Appointment.objects.visible_to(request.access), asked.get("appointment"))
    vehicle = asked_for(Vehicle.objects.visible_to(request.access).active(), asked.get("vehicle"))
    customer = asked_for(Customer.objects.visible_to(request.access), asked.get("customer"))
    if appointment and not vehicle:
        vehicle, customer = appointment.vehicle, appointment.customer
    appointment = _awaited(request, appointment, vehicle, customer)
    if vehicle:
        return _known_car(request, vehicle, appointment)
    if customer or asked.get("new"):
        return _unknown_car(request, customer, appointment)
    return render(request, "visits/new_search.html")


def asked_for(rows, pk):
    """The row of that number among those one may see, None when none was asked for; 404 for a stranger's."""
    if not pk:
        return None
    return get_object_or_404(rows, pk=pk if str(pk).isdecimal() else 0)


def _awaited(request, asked: Appointment | None, vehicle: Vehicle | None, customer: Customer | None) -> Appointment | None:
    """What this visit answers: the appointment that was asked for, if it still stands; else today's of the car, or of the customer who
    was booked without one. Who comes in through the search box is expected too."""
    start, end = appointments.day_bounds(request.store, request.store.today())
    rows = Appointment.objects.visible_to(request.access).awaited(start)
    if asked and (found := rows.filter(pk=asked.pk).first()):
        return found
    if not (vehicle or customer):
        return None
    whose = {"vehicle": vehicle} if vehicle else {"vehicle": None, "customer": customer}
    return rows.between(start, end).filter(**whose).order_by("status", "at", "pk").first()  # booked stands before no_show


def owner_of(vehicle: Vehicle) -> Customer | None:
    ownership = Ownership.objects.filter(vehicle=vehicle, until=None).select_related("customer").first()
    return ownership.customer if ownership else None


def _known_car(request, vehicle: Vehicle, appointment: Appointment | None):
    """A button `known` asks for this page with what was typed so far, and nothing is saved: under the owner on file, or a new one."""
    store, now = request.store, clock.now()
    asked = request.POST.get("known", "")
    data = None if asked else request.POST or None
    has_new_owner = asked == "new_owner" or not asked and "new_owner" in request.POST
    owner = None if has_new_owner else owner_of(vehicle)
    attention = gather(customer=owner, vehicle=vehicle, today=store.local_date(now), reader=request.user)
    form = VisitForm(
        data, store=store, now=now, orders=ServiceOrder.objects.delivered().of_vehicle(vehicle), known_km=vehicle.mileage,
        initial=_initial(request, vehicle, appointment, attention),
    )  # fmt: skip
    if asked:  # as typed; it is checked when it is saved
        form.initial |= {name: text for name, text in request.POST.items() if name in form.fields}
    typed_owner = {name: request.POST.get(f"owner-{name}", "") for name in ("name", "gender", "phone")}
    owner_form = None if owner else OwnerForm(data, prefix="owner", initial=typed_owner)
    problem = ""
    valid = all([form.is_valid(), owner_form is None or owner_form.is_valid()])
    matches = with_this_phone(owner_form, request) if owner_form else []
    if valid and not matches:
        try:
            with transaction.atomic():
                customer = owner or owner_from(owner_form, request)
                if owner is None:
                    archive.transfer_vehicle(vehicle=vehicle, to=customer, on=store.today(), by=request.user)
                _confirm_phone(form, customer, request)
                if form.lowers_mileage:
                    archive.correct_mileage(vehicle=vehicle, km=form.cleaned_data["mileage"], by=request.user)
                order = open_order(
                    store=store, vehicle=vehicle, customer=customer, by=request.user, expected_open=_seen(request), **form.for_order()
                )
                if appointment:
                    appointments.arrived(appointment=appointment, order=order, by=request.user)
        except AlreadyHere:
            problem = _("Meanwhile somebody has opened a visit for this car: see it below. Save again only if there are to be two.")
            attention = gather(customer=owner, vehicle=vehicle, today=store.local_date(now), reader=request.user)
        except EditConflict:
            problem = _("Somebody has changed the appointment meanwhile; look at the appointments before you save again.")
        except ValidationError as refused:
            form.add_errors(refused)
        else:
            if has_new_owner:
                messages.success(request, _("The car has a new owner; the former one stays in its history."))
            return _opened(request, order)
    context = {
        "form": form, "owner_form": owner_form, "vehicle": vehicle, "customer": owner, "attention": attention, "appointment": appointment,
        "problem": problem, "matches": matches, "typed_owner": typed_owner, "has_new_owner": has_new_owner,
    }  # fmt: skip
    return render(request, "visits/new_known.html", context, status=_status(form))


def _status(form: VisitForm) -> int:
    """A form that comes back with something to mend is not a success."""
    return 422 if form.is_bound else 200


def _seen(request) -> set[int]:
    """The open visits of this car that the page showed."""
    return {int(pk) for pk in request.POST.get("seen", "").split(",") if pk.isdecimal()}


def _initial(request, vehicle, appointment, attention) -> dict:
    roles = request.access.roles & {"advisor", "supervisor", "service_manager"}
    initial = {"advisor": request.user.pk if roles else None}
    if vehicle and vehicle.recall:
        initial["kind"] = Kind.RECALL
    elif vehicle and vehicle.bought_here and attention.last_order is None:
        initial["kind"] = Kind.FIRST_MAINTENANCE
    if appointment:
        initial |= {"kind": appointment.kind, "source": Source.APPOINTMENT, "words": appointment.note}
        if appointment.advisor_id:
            initial["advisor"] = appointment.advisor_id
    return initial


def _confirm_phone(form: VisitForm, customer: Customer, request) -> None:
    """The number was confirmed at the counter, or a new one given: the mark on the file is taken off."""
    data = form.cleaned_data
    if not (data["phone_is_right"] or data["new_phone"]):
        return
    if data["new_phone"]:
        phone = archive.add_phone(customer=customer, text=data["new_phone"], by=request.user)
        archive.dial_first(phone=phone, by=request.user)
    else:  # the one that the page asked about (Attention.phone_to_confirm)
        phone = customer.phones.callable().first() or customer.phones.first()
    if phone:
        archive.mark_phone(phone=phone, validity=Phone.Validity.VALID, on=request.store.today(), by=request.user)
        Customer.objects.filter(pk=customer.pk).update(confirm_number=False)


def owner_from(form: OwnerForm, request) -> Customer:
    """The known customer that was picked, else a new one."""
    data = form.cleaned_data
    return picked(form, request) or archive.create_customer(
        store=request.store, name=data["name"], phones=[data["phone"]], gender=data["gender"], by=request.user
    )


def known_twin(form: CarForm, request) -> Vehicle | None:
    """The car that has the typed plate or VIN already."""
    data = getattr(form, "cleaned_data", {})
    cars = Vehicle.objects.visible_to(request.access)
    if data.get("vin") and (twin := cars.filter(vin=data["vin"]).first()):
        return twin
    return cars.active().filter(plate=data["plate"]).first() if data.get("plate") else None


def _unknown_car(request, customer: Customer | None, appointment: Appointment | None):
    store, now = request.store, clock.now()
    searched = request.POST.get("q")
    data = request.POST if request.POST and searched is None else None
    typed = identifiers.recognise(searched or "")
    form = VisitForm(data, store=store, now=now, orders=ServiceOrder.objects.none(), initial=_initial(request, None, appointment, None))
    owner_form = None if customer else OwnerForm(data, prefix="owner", initial=typed)
    car_form = CarForm(data, prefix="car", initial=typed)
    twin, matches = None, []
    if form.is_bound:
        valid = all([form.is_valid(), car_form.is_valid(), owner_form is None or owner_form.is_valid()])
        twin = known_twin(car_form, request)
        if twin and twin.status == Vehicle.Status.ACTIVE and request.POST.get("known"):
            return _known_car(request, twin, appointment)
        matches = with_this_phone(owner_form, request) if owner_form else []
        if valid and not twin and not matches:
            try:
                with transaction.atomic():
                    order = _open_for_new_car(request, customer, owner_form, car_form, form, appointment)
            except EditConflict:
                form.add_error(None, _("Somebody has changed the appointment meanwhile; look at the appointments before you save again."))
            except ValidationError as refused:
                (car_form if {"plate", "vin", "model"} & set(getattr(refused, "error_dict", {})) else form).add_errors(refused)
            else:
                return _opened(request, order)
    context = {
        "form": form, "owner_form": owner_form, "car_form": car_form, "customer": customer, "appointment": appointment, "twin": twin,
        "matches": matches, "problem": "",
    }  # fmt: skip
    return render(request, "visits/new_unknown.html", context, status=_status(form))


def _open_for_new_car(request, customer, owner_form, car_form, form, appointment) -> ServiceOrder:
    owner = customer or owner_from(owner_form, request)
    car = car_form.cleaned_data
    vehicle = archive.create_vehicle(
        store=request.store, owner=owner, by=request.user, plate=car["plate"], vin=car["vin"], model=car["model"],
        mileage=form.cleaned_data["mileage"],
    )  # fmt: skip
    order = open_order(store=request.store, vehicle=vehicle, customer=owner, by=request.user, **form.for_order())
    if appointment:
        appointments.arrived(appointment=appointment, order=order, by=request.user)
    warn_of_vin(request, vehicle)
    return order


def _opened(request, order: ServiceOrder):
    messages.success(request, _("Visit %(number)s is open.") % {"number": order.number})
    return redirect(reverse("desk:visit", args=[order.pk]))
