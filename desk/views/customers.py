"""The customers' files: the list, a customer, editing, phones."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Prefetch
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core.once import once, to_edit
from customers import actions, completeness
from customers.forms import CustomerForm, MarkPhoneForm, NewCustomerForm, PhoneForm, VehicleForm
from customers.models import Customer, Ownership, Phone, Tier, Vehicle
from desk.views.filing import picked, warn_of_phones, warn_of_vin, with_this_phone
from desk.views.timeline import timeline_of
from followups.models import Suppression
from staff.access import requires

PAGE = 50


@requires("archive.view")
@require_safe
def customers(request):
    """The newest files first; filters in the address (they name nobody)."""
    chosen = {
        "tier": request.GET.get("tier", "") if request.GET.get("tier") in Tier.values else "",
        "confirm": "1" if request.GET.get("confirm") else "",
        "incomplete": "1" if request.GET.get("incomplete") else "",
    }
    rows = _filtered(Customer.objects.visible_to(request.access), chosen).newest_first()
    after = request.GET.get("after", "")
    if after.isdecimal() and (last := Customer.objects.visible_to(request.access).filter(pk=after).only("opened_at").first()):
        rows = rows.filter(opened_at__lte=last.opened_at).exclude(opened_at=last.opened_at, pk__gte=last.pk)
    cars = Prefetch("ownerships", Ownership.objects.filter(until=None).select_related("vehicle"), to_attr="open_ownerships")
    found = list(rows.prefetch_related(cars, "phones")[: PAGE + 1])
    query = QueryDict(mutable=True)
    query.update({key: value for key, value in chosen.items() if value})
    first_url = f"?{query.urlencode()}" if after else ""
    next_url = ""
    if len(found) > PAGE:
        query["after"] = found[PAGE - 1].pk
        next_url = f"?{query.urlencode()}"
    context = {"customers": found[:PAGE], "chosen": chosen, "tiers": Tier.choices, "next_url": next_url, "first_url": first_url}
    return render(request, "desk/customers.html", context)


def _filtered(rows, chosen: dict):
    if chosen["tier"]:
        rows = rows.filter(tier=chosen["tier"])
    if chosen["confirm"]:
        rows = rows.filter(confirm_number=True)
    return rows.incomplete() if chosen["incomplete"] else rows


@never_cache
@requires("archive.view")
@require_safe
def customer(request, pk: int):
    return _page(request, get_object_or_404(Customer.objects.visible_to(request.access), pk=pk))


def _page(request, customer: Customer, revealed: dict[int, str] | None = None, phone_form=None, mark_form=None, mark_error: str = ""):
    """The customer's page. revealed: numbers (by phone pk) that were asked for, shown in this answer only."""
    phones = list(customer.phones.all())
    owned = list(customer.ownerships.select_related("vehicle"))
    context = {
        "customer": customer,
        "phones": [_line(phone, revealed, mark_form) for phone in phones],
        "cars": [{"vehicle": o.vehicle, "since": o.since, "file": completeness.of_vehicle(o.vehicle)} for o in owned if o.until is None],
        "former": [ownership for ownership in owned if ownership.until],
        "file": completeness.of_customer(customer, [phone.validity for phone in phones]),
        "suppressed": list(Suppression.objects.filter(customer=customer).order_by("-pk")[:5]),
        "entries": timeline_of(customer, request.access),
        "phone_form": phone_form or PhoneForm(),
        "mark_error": mark_error,
    }
    return render(request, "desk/customers_one.html", context, status=422 if mark_error or (phone_form and phone_form.errors) else 200)


def _line(phone: Phone, revealed: dict[int, str] | None, mark_form: MarkPhoneForm | None) -> dict:
    mine = mark_form is not None and mark_form.record.pk == phone.pk
    return {"phone": phone, "number": (revealed or {}).get(phone.pk, ""), "mark": mark_form if mine else MarkPhoneForm(phone=phone)}


@requires("archive.edit")
@once
def customer_new(request):
    """A customer and their car in one form; without plate and VIN only the customer. ?for=appointment: then the booking goes on."""
    booking = reverse("desk:new_appointment") if request.GET.get("for") == "appointment" else ""
    person = NewCustomerForm(request.POST or None, prefix="customer")
    car = VehicleForm(request.POST or None, prefix="vehicle", store=request.store)
    valid = person.is_valid() & car.is_valid()
    matches = with_this_phone(person, request)
    if valid and not matches and (made := _create(request, person, car)):
        known, vehicle = made
        if booking:
            return redirect(f"{booking}?vehicle={vehicle.pk}" if vehicle else f"{booking}?customer={known.pk}")
        return redirect("desk:customer", known.pk)
    context = {"form": person, "car_form": car, "sections": sections(car), "matches": matches, "back": booking or reverse("desk:customers")}
    return render(request, "desk/customers_new.html", context, status=_status(request))


def _create(request, person: NewCustomerForm, car: VehicleForm) -> tuple[Customer, Vehicle | None] | None:
    try:
        with transaction.atomic():
            form, known, vehicle = person, picked(person, request), None
            made = known or actions.create_customer(store=request.store, by=request.user, **person.facts())
            if any(car.facts().values()):
                form = car
                vehicle = actions.create_vehicle(store=request.store, owner=made, by=request.user, **car.facts())
    except ValidationError as error:
        take_errors(form, error)
        return None
    if known:
        messages.info(request, _("This customer has a file already; it is kept as it was. Add here what is new."))
    else:
        messages.success(request, _("The file is open."))
        warn_of_phones(request, made.phones.all())
    if vehicle:
        warn_of_vin(request, vehicle)
    return made, vehicle


def take_errors(form, error: ValidationError) -> None:
    """An action's objection beside the field that it is about; what the form has no field for goes to its head."""
    if not hasattr(error, "error_dict"):
        return form.add_error(next((name for name in ("phones", "phone") if name in form.fields), None), error)
    for field, errors in error.error_dict.items():
        form.add_error(field if field in form.fields else None, errors)


@requires("archive.edit")
@once
def customer_edit(request, pk: int):
    record = get_object_or_404(Customer.objects.visible_to(request.access), pk=pk)
    form = CustomerForm(request.POST or None, instance=record)
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_customer(customer=form.instance, expected_version=form.cleaned_data["version"], by=request.user)
            messages.success(request, _("Saved."))
            return redirect("desk:customer", pk)
        except ValidationError as error:
            take_errors(form, error)
        except actions.EditConflict as conflict:
            form.show_conflict(conflict)
    return render(request, "desk/customers_edit.html", {"form": form, "customer_pk": pk}, status=_status(request))


def _status(request) -> int:
    return 422 if request.method == "POST" else 200


def sections(car_form: VehicleForm) -> dict[str, list]:
    """The car's fields: those that everybody fills in, and the rest."""
    first = ["plate", "vin", "model", "mileage"]
    return {
        "first": [car_form[name] for name in first],
        "rest": [field for field in car_form.visible_fields() if field.name not in first],
    }


@requires("archive.edit")
@require_POST
@once
def phone_add(request, pk: int):
    record = get_object_or_404(Customer.objects.visible_to(request.access), pk=pk)
    form = PhoneForm(request.POST)
    if form.is_valid():
        try:
            phone = actions.add_phone(customer=record, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            form.add_error("text", error)
        else:
            warn_of_phones(request, [phone])
            return redirect("desk:customer", pk)
    return _page(request, record, phone_form=form)


@requires("archive.edit")
@require_POST
@once
def phone_mark(request, pk: int):
    phone = to_edit(request, Phone.objects.visible_to(request.access).select_related("customer"), pk=pk)
    form = MarkPhoneForm(request.POST, phone=phone)
    error = ""
    if form.is_valid():
        validity = form.cleaned_data["validity"]
        try:
            reached_on = request.store.today() if validity == Phone.Validity.VALID else None
            actions.mark_phone(phone=phone, on=reached_on, by=request.user, validity=validity, reason=form.cleaned_data["reason"])
            return redirect("desk:customer", phone.customer_id)
        except ValidationError as refused:
            error = refused.messages[0]
    error = error or " ".join(form.non_field_errors()) or _("Choose whether the number works.")
    return _page(request, phone.customer, mark_form=form, mark_error=error)


@never_cache
@requires("phone.reveal")
@require_POST
def phone_reveal(request, pk: int):
    """The whole number in this one answer, to read and to dial; who asked is kept."""
    phone = get_object_or_404(Phone.objects.visible_to(request.access).select_related("customer", "store"), pk=pk)
    number = actions.reveal_phone(phone=phone, by=request.user)
    if request.htmx:
        return render(request, "customers/number.html", {"phone": phone, "number": number})
    return _page(request, phone.customer, {phone.pk: number})


@requires("archive.edit")
@require_POST
@once
def do_not_call(request, pk: int):
    record = get_object_or_404(Customer.objects.visible_to(request.access), pk=pk)
    actions.set_do_not_call(customer=record, by=request.user, value=request.POST.get("value") == "1")
    return redirect("desk:customer", pk)
