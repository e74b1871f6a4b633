"""Wherever a file is opened: one person has one file, and what is kept although it looks wrong is said."""

from collections.abc import Iterable

from django.contrib import messages
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from customers import identifiers
from customers.forms import SamePersonMixin
from customers.models import Customer, Phone, Vehicle


def with_this_phone(form: SamePersonMixin, request) -> list[Customer]:
    """Known customers with a phone that was typed; nobody once it has been said who it is."""
    data = getattr(form, "cleaned_data", {})
    if data.get("same_as") or data.get("to"):
        return []
    parsed = [identifiers.parse_phone(text) for text in data.get("phones") or [data.get("phone", "")]]
    numbers = [phone.number for phone in parsed if phone.is_valid]
    return list(Customer.objects.visible_to(request.access).filter(phones__number__in=numbers).distinct()[:5])


def picked(form: SamePersonMixin, request) -> Customer | None:
    """The known customer that it is; None for a new one."""
    same_as = form.cleaned_data["same_as"]
    return get_object_or_404(Customer.objects.visible_to(request.access), pk=same_as) if same_as.isdecimal() else None


def warn_of_phones(request, phones: Iterable[Phone]) -> None:
    if any(phone.validity == Phone.Validity.INVALID for phone in phones):
        messages.warning(request, _("Kept, but this cannot be a phone number: look at it again."))


def vin_is_odd(vehicle: Vehicle) -> bool:
    return identifiers.is_vin(vehicle.vin) and not identifiers.vin_check_digit_fits(vehicle.vin)


def warn_of_vin(request, vehicle: Vehicle) -> None:
    if vin_is_odd(vehicle):
        messages.warning(request, _("Kept, but the VIN's check digit does not fit: compare it with the car (European imports have none)."))
