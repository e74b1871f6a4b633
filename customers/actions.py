"""Everything that writes to the archive: atomic, audited, keyword-only."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from core import audit, keys, names
from customers import identifiers
from customers.models import Customer, Ownership, Phone, Vehicle


class EditConflict(Exception):
    """Somebody else saved the record since it was opened; nothing was written."""


def set_name_keys(customer: Customer) -> None:
    customer.name = customer.name.strip()
    customer.name_hex = names.hexed(customer.name)[:320]
    customer.name_pinyin = names.pinyin(customer.name)[:240]
    customer.name_initials = names.initials(customer.name)[:80]


def set_vehicle_keys(vehicle: Vehicle) -> None:
    vehicle.plate = identifiers.clean_plate(vehicle.plate)
    vehicle.vin = identifiers.clean_vin(vehicle.vin)
    vehicle.plate_tail = keys.tail(vehicle.plate)
    vehicle.vin_tail = keys.tail(vehicle.vin)


def build_phone(*, customer: Customer, text: str, label: str = "", position: int = 0) -> Phone:
    """An unsaved phone; what cannot be a phone is kept, marked invalid (contracts: accepted with a warning)."""
    parsed = identifiers.parse_phone(text)
    return Phone(
        customer=customer,
        store_id=customer.store_id,
        number=parsed.number,
        tail=keys.tail(parsed.number),
        label=label,
        position=position,
        validity=Phone.Validity.UNKNOWN if parsed.is_valid else Phone.Validity.INVALID,
        reason="" if parsed.is_valid else "not a phone number",
    )


@transaction.atomic
def create_customer(*, store, name: str, phones: list[str] = (), by, **fields) -> Customer:
    """A customer with their phones. Raises ValidationError."""
    customer = Customer(store=store, name=name, opened_by=by, **fields)
    set_name_keys(customer)
    customer.full_clean()
    customer.save()
    for position, text in enumerate(phones):
        add_phone(customer=customer, text=text, position=position, by=by)
    audit.record("customer.created", by=by, store=store, subject=customer)
    return customer


@transaction.atomic
def add_phone(*, customer: Customer, text: str, label: str = "", position: int | None = None, by) -> Phone:
    """Adds a phone, or returns the one that the customer already has. Raises ValidationError on text without digits."""
    phone = build_phone(customer=customer, text=text, label=label)
    if not phone.number:
        raise ValidationError(_("“%(text)s” has no digits; write a phone number such as 138 1234 5678.") % {"text": text})
    known = customer.phones.filter(number=phone.number).first()
    if known:
        return known
    if position is None:
        position = (customer.phones.aggregate(last=Max("position"))["last"] or 0) + 1
    phone.position = position
    phone.save()
    audit.record("phone.added", by=by, store=customer.store, subject=phone, customer=customer.pk)
    return phone


@transaction.atomic
def mark_phone(*, phone: Phone, validity: str, reason: str = "", on: date | None = None, by) -> None:
    """Sets a phone's validity with its reason; `on` is the date on which somebody was reached there."""
    phone.validity, phone.reason = validity, reason
    if on:
        phone.confirmed_on = on
    phone.save(update_fields=["validity", "reason", "confirmed_on"])
    audit.record("phone.marked", by=by, store=phone.store, subject=phone, validity=validity)


@transaction.atomic
def reveal_phone(*, phone: Phone, by) -> str:
    """The whole number, for reading and dialling; who looked is kept."""
    audit.record("phone.revealed", by=by, store=phone.store, subject=phone, customer=phone.customer_id)
    return phone.number


@transaction.atomic
def create_vehicle(*, store, owner: Customer | None, since: date | None = None, by, **fields) -> Vehicle:
    """A vehicle with its open ownership. Raises ValidationError (a second file for one VIN or one active plate among others)."""
    vehicle = Vehicle(store=store, opened_by=by, **fields)
    set_vehicle_keys(vehicle)
    check_vehicle(vehicle)
    vehicle.save()
    if owner:
        Ownership.objects.create(vehicle=vehicle, customer=owner, since=since or store.today())
    audit.record("vehicle.created", by=by, store=store, subject=vehicle)
    return vehicle


def check_vehicle(vehicle: Vehicle) -> None:
    """Raises ValidationError that names the field, what is wrong and how to mend it."""
    errors = {}
    if vehicle.vin and not identifiers.is_vin(vehicle.vin):
        errors["vin"] = _("A VIN has 17 letters and digits, without I, O and Q; this one has %(n)d.") % {"n": len(vehicle.vin)}
    if vehicle.plate and not identifiers.is_plate(vehicle.plate):
        errors["plate"] = _("“%(plate)s” is no plate: write one such as 渝A12345 or, for new energy, 渝AD12345.") % {"plate": vehicle.plate}
    if not vehicle.vin and not vehicle.plate:
        errors["plate"] = _("Give the plate or the VIN.")
    others = Vehicle.objects.filter(store=vehicle.store).exclude(pk=vehicle.pk)
    if vehicle.vin and others.filter(vin=vehicle.vin).exists():
        errors["vin"] = _("This VIN already has a file; open that one instead.")
    if vehicle.plate and vehicle.status == Vehicle.Status.ACTIVE and others.active().filter(plate=vehicle.plate).exists():
        errors["plate"] = _("This plate already has an active file; open that one, or mark it as transferred first.")
    if errors:
        raise ValidationError(errors)
    vehicle.full_clean(exclude=["plate_tail", "vin_tail"], validate_constraints=False)


@transaction.atomic
def transfer_vehicle(*, vehicle: Vehicle, to: Customer, on: date, by) -> Ownership:
    """Closes the open ownership on a day and opens the next; history is kept. Raises ValidationError."""
    current = vehicle.ownerships.filter(until=None).first()
    if current and current.customer_id == to.pk:
        return current
    if current and on < current.since:
        raise ValidationError(_("The car belongs to the present owner since %(day)s; the transfer cannot be before.") % {"day": current.since})
    if current:
        Ownership.objects.filter(pk=current.pk, until=None).update(until=on)
    ownership = Ownership.objects.create(vehicle=vehicle, customer=to, since=on)
    audit.record("vehicle.transferred", by=by, store=vehicle.store, subject=vehicle, to=to.pk)
    return ownership


@transaction.atomic
def save_customer(*, customer: Customer, expected_version: int, by) -> None:
    """Saves an edited customer. Raises ValidationError, EditConflict (somebody else was quicker)."""
    set_name_keys(customer)
    customer.full_clean()
    _bump_version(customer, expected_version)
    customer.save()
    audit.record("customer.edited", by=by, store=customer.store, subject=customer)


@transaction.atomic
def save_vehicle(*, vehicle: Vehicle, expected_version: int, by) -> None:
    """Saves an edited vehicle. Raises ValidationError, EditConflict."""
    set_vehicle_keys(vehicle)
    check_vehicle(vehicle)
    _bump_version(vehicle, expected_version)
    vehicle.save()
    audit.record("vehicle.edited", by=by, store=vehicle.store, subject=vehicle)


def _bump_version(record, expected_version: int) -> None:
    changed = type(record).objects.filter(pk=record.pk, version=expected_version).update(version=F("version") + 1)
    if not changed:
        raise EditConflict
    record.version = expected_version + 1


@transaction.atomic
def set_do_not_call(*, customer: Customer, by) -> None:
    Customer.objects.filter(pk=customer.pk).update(do_not_call=True, version=F("version") + 1)
    audit.record("customer.do_not_call", by=by, store=customer.store, subject=customer)
