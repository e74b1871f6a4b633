"""A vehicle's file: what it is, whose, its history; editing, a new owner, the end."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.once import once, to_edit
from customers import actions, completeness
from customers.forms import RetireForm, TransferForm, VehicleForm
from customers.models import Customer, Vehicle
from desk.views.customers import sections, take_errors
from desk.views.filing import picked, vin_is_odd, warn_of_phones, warn_of_vin, with_this_phone
from staff.access import requires
from visits.models import ServiceOrder

ORDERS = 50


@requires("archive.view")
@require_safe
def vehicle(request, pk: int):
    car = get_object_or_404(Vehicle.objects.visible_to(request.access).select_related("consultant"), pk=pk)
    ownerships = list(car.ownerships.select_related("customer"))
    orders = ServiceOrder.objects.visible_to(request.access).filter(vehicle=car).select_related("advisor", "customer")
    context = {
        "vehicle": car,
        "file": completeness.of_vehicle(car),
        "vin_is_odd": vin_is_odd(car),
        "ownerships": ownerships,
        "owner": next((row.customer for row in ownerships if row.until is None), None),
        "orders": orders.order_by("-received_at")[:ORDERS],
        "deliveries": car.deliveries.select_related("consultant", "customer").order_by("-delivered_at")[:ORDERS],
    }
    return render(request, "desk/vehicle.html", context)


@requires("archive.edit")
@once
def vehicle_new(request, pk: int):
    """One more car for a known customer."""
    owner = get_object_or_404(Customer.objects.visible_to(request.access), pk=pk)
    form = VehicleForm(request.POST or None, store=request.store)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create_vehicle(store=request.store, owner=owner, by=request.user, **form.facts())
            messages.success(request, _("The file is open."))
            warn_of_vin(request, made)
            return redirect("desk:vehicle", made.pk)
        except ValidationError as error:
            take_errors(form, error)
    return _form(request, form, owner=owner)


@requires("archive.edit")
@once
def vehicle_edit(request, pk: int):
    car = get_object_or_404(Vehicle.objects.visible_to(request.access), pk=pk)
    form = VehicleForm(request.POST or None, instance=car, store=request.store)
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_vehicle(vehicle=form.instance, expected_version=form.cleaned_data["version"], by=request.user)
            messages.success(request, _("Saved."))
            warn_of_vin(request, form.instance)
            return redirect("desk:vehicle", pk)
        except ValidationError as error:
            take_errors(form, error)
        except actions.EditConflict as conflict:
            form.show_conflict(conflict)
    return _form(request, form, vehicle_pk=pk)


def _form(request, form: VehicleForm, **context):
    context = {"owner": None, "vehicle_pk": None, "form": form, "sections": sections(form), **context}
    return render(request, "desk/vehicle_edit.html", context, status=422 if request.method == "POST" else 200)


@requires("archive.edit")
@once
def vehicle_transfer(request, pk: int):
    """To another customer from a day on: one who is found by the search, or a new one."""
    car = to_edit(request, Vehicle.objects.visible_to(request.access), pk=pk)
    form = TransferForm(request.POST or None, vehicle=car, initial={"on": request.store.today(), "to": request.GET.get("to", "")})
    valid = form.is_valid()
    matches = with_this_phone(form, request)
    if valid and not matches:
        try:
            _transfer(request, car, form)
            messages.success(request, _("The car has a new owner; the former one stays in its history."))
            return redirect("desk:vehicle", pk)
        except ValidationError as error:
            take_errors(form, error)
        except actions.EditConflict:
            form.add_error(None, _("Somebody else changed the owner meanwhile; look at the file first."))
    picked = form["to"].value() or ""
    chosen = Customer.objects.visible_to(request.access).filter(pk=picked).first() if str(picked).isdecimal() else None
    owner = car.ownerships.filter(until=None).select_related("customer").first()
    context = {
        "vehicle": car,
        "form": form,
        "retire_form": RetireForm(vehicle=car, initial={"on": request.store.today()}),
        "chosen": chosen,
        "matches": matches,
        "owner": owner,
    }
    return render(request, "desk/vehicle_transfer.html", context, status=422 if request.method == "POST" else 200)


@transaction.atomic
def _transfer(request, car: Vehicle, form: TransferForm) -> None:
    facts = form.cleaned_data
    if facts["to"]:
        to = get_object_or_404(Customer.objects.visible_to(request.access), pk=facts["to"])
    elif (to := picked(form, request)) is None:
        phones = [facts["phone"]] if facts["phone"] else []
        to = actions.create_customer(store=request.store, name=facts["name"], phones=phones, by=request.user)
        warn_of_phones(request, to.phones.all())
    actions.transfer_vehicle(vehicle=car, to=to, on=facts["on"], by=request.user)


@requires("archive.edit")
@require_POST
@once
def vehicle_retire(request, pk: int):
    """The car has left the store's customers: sold away or scrapped."""
    car = to_edit(request, Vehicle.objects.visible_to(request.access), pk=pk)
    form = RetireForm(request.POST, vehicle=car)
    try:
        if form.is_valid():
            actions.retire_vehicle(vehicle=car, by=request.user, **form.cleaned_data)
            messages.success(request, _("The file is kept, the car counts no longer."))
        else:
            messages.error(request, _("Nothing changed: give the day and what happened."))
    except ValidationError as error:
        messages.error(request, error.messages[0])
    except actions.EditConflict:
        messages.error(request, _("Somebody else changed this car meanwhile; look at the file first."))
    return redirect("desk:vehicle", pk)
