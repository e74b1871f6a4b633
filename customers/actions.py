"""Everything that writes to the archive: atomic, audited, keyword-only."""

from collections.abc import Iterable
from contextlib import contextmanager
from datetime import date

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core import audit, keys, names
from customers import identifiers
from customers.models import Customer, Ownership, Phone, Vehicle

# Set by their own actions or by the sweep: an edit form that was opened earlier must not write them back.
KEYS = ["name_hex", "name_pinyin", "name_initials"]
NOT_EDITED = {"id", "store", "opened_at", "opened_by", "tier", "tier_check_on", "do_not_call", "status", "version", "by_hand"}


# What the machine derives: a person who saves a form has not entered it.
DERIVED = {*KEYS, "plate_tail", "vin_tail"}


class EditConflict(Exception):
    """Somebody else saved the record since it was opened; nothing was written."""


def set_name_keys(customer: Customer) -> None:
    customer.name = identifiers.clean_name(customer.name)
    customer.name_hex, customer.name_pinyin, customer.name_initials = name_keys(customer.name)


def name_keys(name: str) -> tuple[str, str, str]:
    """What a customer is searched by, in the order of KEYS."""
    return names.hexed(identifiers.plain(name))[:320], names.pinyin(name)[:240], names.initials(name)[:80]


def set_vehicle_keys(vehicle: Vehicle) -> None:
    vehicle.plate = identifiers.clean_plate(vehicle.plate)
    vehicle.vin = identifiers.clean_vin(vehicle.vin)
    set_vehicle_tails(vehicle)


def set_vehicle_tails(vehicle: Vehicle) -> None:
    """What a car whose plate and VIN are clean is searched by."""
    vehicle.plate_tail = identifiers.plate_key(vehicle.plate)
    vehicle.vin_tail = keys.tail(vehicle.vin)


def phone_facts(text: str) -> dict[str, str]:
    """What a phone as written says: what cannot be one is kept, marked invalid (contracts: accepted with a warning)."""
    parsed = identifiers.parse_phone(text)
    return {
        "number": parsed.number,
        "tail": keys.tail(parsed.number),
        "validity": (Phone.Validity.UNKNOWN if parsed.is_valid else Phone.Validity.INVALID).value,
        "reason": "" if parsed.is_valid else gettext_noop("not a phone number"),  # shown in the reader's language
    }


def build_phone(*, customer: Customer, text: str, label: str = "", position: int = 0) -> Phone:
    """An unsaved phone."""
    return Phone(customer=customer, store_id=customer.store_id, label=label, position=position, **phone_facts(text))


@transaction.atomic
def create_customer(*, store, name: str, phones: list[str] = (), by, **fields) -> Customer:
    """A customer with their phones. Raises ValidationError."""
    customer = Customer(store=store, name=name, opened_by=by, **fields)
    set_name_keys(customer)
    customer.full_clean(exclude=KEYS)
    remember_by_hand(customer)
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
    try:
        with transaction.atomic():
            phone.save()
    except IntegrityError:  # at another desk in the same second
        return customer.phones.get(number=phone.number)
    audit.record("phone.added", by=by, store=customer.store, subject=phone, customer=customer.pk)
    return phone


@transaction.atomic
def dial_first(*, phone: Phone, by) -> None:
    """This number is tried before the customer's others, which keep their order behind it."""
    phone.customer.phones.exclude(pk=phone.pk).update(position=F("position") + 1)
    phone.position = 0
    phone.save(update_fields=["position"])
    audit.record("phone.put_first", by=by, store=phone.store, subject=phone, customer=phone.customer_id)


@transaction.atomic
def mark_phone(*, phone: Phone, validity: str, reason: str = "", on: date | None = None, by) -> None:
    """Sets a phone's validity; `on` is the date on which somebody was reached there. Raises ValidationError: invalid needs a reason."""
    reason = reason.strip()
    if validity == Phone.Validity.INVALID and not reason:
        raise ValidationError({"reason": _("Say why the number does not work, such as “out of service”.")})
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
    remember_by_hand(vehicle)
    with _checked_again(vehicle):
        vehicle.save()
    if owner:
        Ownership.objects.create(vehicle=vehicle, customer=owner, since=since or store.today())
    audit.record("vehicle.created", by=by, store=store, subject=vehicle)
    return vehicle


@contextmanager
def _checked_again(vehicle: Vehicle):
    """Two people at two counters may open a file for one car in the same second: the database refuses the second, and here it is told why."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        check_vehicle(vehicle)
        raise


def wrong_vin(vin: str) -> str:
    """What is wrong with a cleaned VIN, and how to mend it; '' when nothing is."""
    if identifiers.is_placeholder_vin(vin):
        return _("One sign all over is no VIN: leave it empty until it is known.")
    if len(vin) == 17 and (letters := [letter for letter in "IOQ" if letter in vin]):
        return _("A VIN has no I, O or Q, and this one has %(letters)s: look whether it is a 1 or a 0.") % {"letters": ", ".join(letters)}
    if not identifiers.is_vin(vin):
        return _("A VIN has 17 letters and digits, without I, O and Q; this one has %(n)d characters.") % {"n": len(vin)}
    return ""


def check_vehicle(vehicle: Vehicle) -> None:
    """Raises ValidationError that names the field, what is wrong and how to mend it; code 'duplicate' carries params['vehicle_id']."""
    errors = {}
    if vehicle.vin and (problem := wrong_vin(vehicle.vin)):
        errors["vin"] = ValidationError(problem)
    if vehicle.plate and not identifiers.is_plate(vehicle.plate):
        errors["plate"] = ValidationError(
            _("“%(plate)s” is no plate: write one such as 渝A12345 or, for new energy, 渝AD12345.") % {"plate": vehicle.plate}
        )
    if not vehicle.vin and not vehicle.plate:
        errors["plate"] = ValidationError(
            _("Give the plate or the VIN; a temporary plate (临…) does not count: then it is the VIN that is needed.")
        )
    others = Vehicle.objects.filter(store=vehicle.store).exclude(pk=vehicle.pk)
    if vehicle.vin and "vin" not in errors and (other := others.filter(vin=vehicle.vin).first()):
        errors["vin"] = _duplicate(_("This VIN already has a file; open that one instead."), other)
    if vehicle.plate and vehicle.status == Vehicle.Status.ACTIVE and (other := others.active().filter(plate=vehicle.plate).first()):
        errors["plate"] = _duplicate(_("This plate already has an active file; open that one, or mark it as transferred first."), other)
    if errors:
        raise ValidationError(errors)
    vehicle.full_clean(exclude=["plate_tail", "vin_tail"], validate_constraints=False)


def _duplicate(message: str, other: Vehicle) -> ValidationError:
    return ValidationError(message, code="duplicate", params={"vehicle_id": other.pk})


def owner_shown(vehicle: Vehicle) -> str:
    """Whose the car is, for a form to name: who sends it back has decided knowing that."""
    current = vehicle.ownerships.filter(until=None).first()
    return f"{current.pk if current else ''}:{vehicle.status}"


@transaction.atomic
def transfer_vehicle(*, vehicle: Vehicle, to: Customer, on: date, by) -> Ownership:
    """Closes the open ownership on a day and opens the next; history is kept. A car that had left comes back with it.
    Raises ValidationError, EditConflict (somebody else transferred it meanwhile)."""
    current = vehicle.ownerships.filter(until=None).first()
    if current and current.customer_id == to.pk:
        return current
    _end_ownership(vehicle, on)
    ownership = Ownership.objects.create(vehicle=vehicle, customer=to, since=on)
    if vehicle.status != Vehicle.Status.ACTIVE:
        vehicle.status = Vehicle.Status.ACTIVE
        check_vehicle(vehicle)
        Vehicle.objects.filter(pk=vehicle.pk).update(status=vehicle.status, version=F("version") + 1)
    audit.record("vehicle.transferred", by=by, store=vehicle.store, subject=vehicle, to=to.pk)
    return ownership


@transaction.atomic
def retire_vehicle(*, vehicle: Vehicle, status: str, on: date, by) -> None:
    """The car leaves: sold to somebody who is no customer here (transferred), or scrapped. Raises ValidationError, EditConflict."""
    if status not in (Vehicle.Status.TRANSFERRED, Vehicle.Status.SCRAPPED):
        raise ValueError(status)
    _end_ownership(vehicle, on)
    changed = Vehicle.objects.filter(pk=vehicle.pk, status=vehicle.status).exclude(status=status)
    if not changed.update(status=status, version=F("version") + 1):
        raise EditConflict
    vehicle.status = status
    audit.record("vehicle.retired", by=by, store=vehicle.store, subject=vehicle, status=status)


def _end_ownership(vehicle: Vehicle, on: date) -> None:
    current = vehicle.ownerships.filter(until=None).first()
    if on > vehicle.store.today():
        raise ValidationError({"on": _("The day lies in the future; write the day on which the car changed hands.")})
    if current and on < current.since:
        raise ValidationError(
            {"on": _("The car belongs to the present owner since %(day)s; it cannot leave before.") % {"day": current.since}}
        )
    if current and not Ownership.objects.filter(pk=current.pk, until=None).update(until=on):
        raise EditConflict


@transaction.atomic
def save_customer(*, customer: Customer, expected_version: int, by) -> None:
    """Saves an edited customer. Raises ValidationError, EditConflict (somebody else was quicker)."""
    set_name_keys(customer)
    customer.full_clean(exclude=KEYS)
    _bump_version(customer, expected_version)
    remember_by_hand(customer)
    customer.save(update_fields=[*_edited(customer), "by_hand"])
    audit.record("customer.edited", by=by, store=customer.store, subject=customer)


@transaction.atomic
def save_vehicle(*, vehicle: Vehicle, expected_version: int, by) -> None:
    """Saves an edited vehicle. Raises ValidationError, EditConflict."""
    set_vehicle_keys(vehicle)
    check_vehicle(vehicle)
    _bump_version(vehicle, expected_version)
    remember_by_hand(vehicle)
    with _checked_again(vehicle):
        vehicle.save(update_fields=[*_edited(vehicle), "by_hand"])
    audit.record("vehicle.edited", by=by, store=vehicle.store, subject=vehicle)


@transaction.atomic
def correct_mileage(*, vehicle: Vehicle, km: int, by) -> None:
    """Somebody has read fewer kilometres than the file says, and means it. Of itself a mileage only rises."""
    vehicle.mileage = km
    remember_by_hand(vehicle, ["mileage"])
    Vehicle.objects.filter(pk=vehicle.pk).update(mileage=km, version=F("version") + 1, by_hand=vehicle.by_hand)
    audit.record("vehicle.mileage_corrected", by=by, store=vehicle.store, subject=vehicle)


def remember_by_hand(record, names: Iterable[str] | None = None) -> None:
    """Adds to `by_hand` the fields (attribute names) in which an unsaved record says something else than the stored one: a person
    has entered them, and no import overwrites them."""
    stored = type(record).objects.filter(pk=record.pk).first() if record.pk else None
    fields = [type(record)._meta.get_field(name) for name in (names or _edited(record)) if name not in DERIVED]
    known = stored or type(record)()
    changed = {field.attname for field in fields if getattr(record, field.attname) != getattr(known, field.attname)}
    record.by_hand = sorted({*(stored.by_hand if stored else []), *changed})


def _edited(record) -> list[str]:
    return [field.name for field in record._meta.concrete_fields if field.name not in NOT_EDITED]


def _bump_version(record, expected_version: int) -> None:
    changed = type(record).objects.filter(pk=record.pk, version=expected_version).update(version=F("version") + 1)
    if not changed:
        raise EditConflict
    record.version = expected_version + 1


@transaction.atomic
def set_do_not_call(*, customer: Customer, by, value: bool = True) -> None:
    """The customer asked never to be called, or took that back."""
    customer.do_not_call = value
    remember_by_hand(customer, ["do_not_call"])
    Customer.objects.filter(pk=customer.pk).update(do_not_call=value, version=F("version") + 1, by_hand=customer.by_hand)
    audit.record("customer.do_not_call" if value else "customer.may_be_called", by=by, store=customer.store, subject=customer)
