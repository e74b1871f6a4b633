"""Everything that writes about service orders: keyword-only, atomic, audited. New cars and appointments have modules of their own.

A tap (step, signature, work start) is a compare-and-set on what it changes; a form is one on `version`.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from core import audit, clock
from customers.actions import EditConflict, remember_by_hand
from customers.models import Customer, Vehicle
from visits import tiering, transitions
from visits.models import Kind, OrderItem, OrderPart, ScopeChange, ServiceOrder, StepTaken
from visits.models import Step as S
from visits.querysets import GONE

TRIES = 50
FARTHEST_CALLBACK = timedelta(days=60)  # ◆ a mistyped year would lose the call without anybody noticing
SLACK = timedelta(minutes=5)  # a tablet's clock may run a little fast
EDITABLE = frozenset(
    {"advisor", "inspector", "kind", "source", "redoes", "promised_at", "waits_in_lounge", "mileage", "words", "note", "contact_name",
     "contact_phone", "labour_fen", "parts_fen", "package_fen", "total_fen", "estimate_fen", "next_maintenance_on", "next_maintenance_km"}
)  # fmt: skip


class StepConflict(EditConflict):
    """Somebody else has moved the visit on since the page was opened; nothing was written."""


class AlreadyHere(EditConflict):
    """Another visit of this car was opened since the page was shown; nothing was written."""


class ConsentNeeded(ValidationError):
    """After the signature scope, price and time change only with the customer's recorded consent (S2 step 5)."""


def next_number(store, day: date) -> str:
    """'V20261123-001': the day's next number in the store, of those made here. Whoever is slower tries the next one."""
    prefix = f"V{day:%Y%m%d}-"
    taken = ServiceOrder.objects.filter(store=store, received_on=day, number__startswith=prefix).values_list("number", flat=True)
    tails = [int(number.removeprefix(prefix)) for number in taken if number.removeprefix(prefix).isdecimal()]
    return f"{prefix}{max(tails, default=0) + 1:03d}"


def _insert(order: ServiceOrder) -> None:
    """Saves a new order; makes its number when it has none, trying again while another desk takes the same one."""
    given = order.number
    for _try in range(TRIES):
        order.number = given or next_number(order.store, order.received_on)
        try:
            with transaction.atomic():
                order.save(force_insert=True)
            return
        except IntegrityError:
            if not ServiceOrder.objects.filter(store=order.store, number=order.number).exists():
                raise
            if given:
                raise ValidationError({"number": _("The order number %(n)s is taken.") % {"n": given}}) from None
    raise ValidationError(_("No free order number was found; please try again."))


def _check_rework(order: ServiceOrder) -> None:
    if order.kind != Kind.REWORK:
        order.redoes = None
        return
    if order.redoes is None or order.redoes.vehicle_id != order.vehicle_id or order.redoes_id == order.pk:
        raise ValidationError({"redoes": _("A rework names the earlier order of this car that it redoes.")})


@transaction.atomic
def open_order(
    *,
    store,
    vehicle: Vehicle,
    customer: Customer,
    by,
    number: str = "",
    received_at: datetime | None = None,
    expected_open: set[int] | None = None,
    **fields,
) -> ServiceOrder:
    """A visit begins: the order at its first step. fields: those of EDITABLE. expected_open: the car's open visits that the person
    has seen (None: not asked). Raises ValidationError, AlreadyHere."""
    if expected_open is not None:
        Vehicle.objects.filter(pk=vehicle.pk).update(version=F("version"))  # whoever opens second waits here for the first
        if set(ServiceOrder.objects.here().filter(vehicle=vehicle).values_list("pk", flat=True)) - expected_open:
            raise AlreadyHere
    order = ServiceOrder(
        store=store, vehicle=vehicle, customer=customer, number=number, received_at=received_at or clock.now(), created_by=by, **fields
    )
    if order.received_at > clock.now() + SLACK:
        raise ValidationError({"received_at": _("A car cannot have been received in the future.")})
    order.received_on = store.local_date(order.received_at)
    _check_rework(order)
    _check_money(order)
    _insert(order)
    StepTaken.objects.create(order=order, step=S.RECEPTION, at=order.received_at, by=by)
    audit.record("order.opened", by=by, store=store, subject=order, vehicle=vehicle.pk, kind=order.kind)
    return order


@transaction.atomic
def move_step(*, order: ServiceOrder, from_step: str, to_step: str, by, checklist: list[str] = ()) -> None:
    """One tap forward (or back to the workshop). checklist: the codes of the ticked points. Raises ValidationError, StepConflict."""
    if not transitions.may(from_step, to_step) or to_step in transitions.ENDS:
        raise ValidationError(_("This step cannot follow that one."))
    _claim(order, from_step, step=to_step)
    StepTaken.objects.create(order=order, step=to_step, by=by, checklist=list(checklist))
    audit.record("order.moved", by=by, store=order.store, subject=order, step=to_step)


MOVED = ("step", "delivered_at", "delivered_on")  # where a car stands: one fact, whoever enters a part of it


def _by_hand(order: ServiceOrder, names: Iterable[str]) -> list[str]:
    return sorted({*ServiceOrder.objects.values_list("by_hand", flat=True).get(pk=order.pk), *names})


def _claim(order: ServiceOrder, from_step: str, **changes) -> None:
    """Compare-and-set on the step. Raises StepConflict."""
    changes["by_hand"] = _by_hand(order, MOVED)
    if not ServiceOrder.objects.filter(pk=order.pk, step=from_step).update(version=F("version") + 1, **changes):
        raise StepConflict
    order.refresh_from_db()


def _claim_version(order: ServiceOrder, expected_version: int, **changes) -> None:
    here = ServiceOrder.objects.filter(pk=order.pk, version=expected_version)
    if not here.update(version=F("version") + 1, **changes):
        raise EditConflict
    order.refresh_from_db()


@transaction.atomic
def sign(*, order: ServiceOrder, by) -> bool:
    """The customer has signed the job order, and so its price and time. False if it was signed already. Raises ValidationError."""
    now = clock.now()
    unsigned = ServiceOrder.objects.here().filter(pk=order.pk, signed_at=None)
    whole = unsigned.filter(estimate_fen__isnull=False, promised_at__isnull=False)
    done = whole.update(signed_at=now, version=F("version") + 1)
    order.refresh_from_db()
    if done:
        audit.record("order.signed", by=by, store=order.store, subject=order)
    elif unsigned.exists():
        raise ValidationError(
            _(
                "What is not on the job order is not agreed: give the estimate and the promised time under “Edit”, then let the customer sign."
            )
        )
    return bool(done)


@transaction.atomic
def start_work(*, order: ServiceOrder, by) -> bool:
    """The workshop begins; a car that is not there yet moves there. False if work had begun already."""
    now = clock.now()
    if not ServiceOrder.objects.here().filter(pk=order.pk, work_started_at=None).update(work_started_at=now, version=F("version") + 1):
        order.refresh_from_db()
        return False
    order.refresh_from_db()
    audit.record("order.work_started", by=by, store=order.store, subject=order)
    if transitions.FORWARD.get(order.step) == S.REPAIR:
        move_step(order=order, from_step=order.step, to_step=S.REPAIR, by=by)
    return True


@transaction.atomic
def set_waits_in_lounge(*, order: ServiceOrder, waits: bool, by) -> bool:
    """The customer sits down in the lounge, or has left it. False if that was known already, or the car is gone."""
    here = ServiceOrder.objects.here().filter(pk=order.pk, waits_in_lounge=not waits)
    if not here.update(waits_in_lounge=waits, version=F("version") + 1):
        return False
    order.refresh_from_db()
    audit.record("order.waits_in_lounge", by=by, store=order.store, subject=order, waits=waits)
    return True


def _check_money(order: ServiceOrder) -> None:
    for field in ("labour_fen", "parts_fen", "package_fen", "total_fen"):
        if getattr(order, field) < 0:
            raise ValidationError({field: _("An amount cannot be negative.")})


def _check_consent(before: ServiceOrder, order: ServiceOrder) -> None:
    """What the customer has signed is the estimate and the promised time."""
    if before.signed_at is None:
        return
    if before.promised_at and order.promised_at != before.promised_at:
        raise ConsentNeeded({"promised_at": _("The customer has signed for this time; record their consent to the new one.")})
    if before.estimate_fen is not None and order.estimate_fen != before.estimate_fen:
        raise ConsentNeeded({"estimate_fen": _("The customer has signed this estimate; record their consent to another one.")})
    if before.estimate_fen is not None and order.total_fen > before.estimate_fen:
        raise ConsentNeeded({"total_fen": _("The bill is above what the customer signed for; record their consent first.")})


@transaction.atomic
def edit_order(*, order: ServiceOrder, expected_version: int, by, technicians=None, **changes) -> None:
    """Saves what the form changed. Raises ValidationError, ConsentNeeded, EditConflict."""
    unknown = set(changes) - EDITABLE
    if unknown:
        raise TypeError(f"not editable: {', '.join(sorted(unknown))}")
    before = ServiceOrder.objects.get(pk=order.pk)
    if before.step == S.CANCELLED:
        raise ValidationError(_("This visit was cancelled."))
    after = ServiceOrder.objects.get(pk=order.pk)
    for field, value in changes.items():
        setattr(after, field, value)
    _check_rework(after)
    _check_money(after)
    _check_consent(before, after)
    if "kind" in changes:
        changes["redoes"] = after.redoes
    remember_by_hand(after, list(changes) or ["note"])
    _claim_version(order, expected_version, by_hand=after.by_hand, **changes)
    if technicians is not None:
        order.technicians.set(technicians)
    audit.record("order.edited", by=by, store=order.store, subject=order, fields=sorted(changes))


@transaction.atomic
def change_scope(
    *, order: ServiceOrder, expected_version: int, what: str, consent: str, by, extra_fen: int = 0, promised_at=None
) -> ScopeChange:
    """More work, another price or time after the signature, with how the customer agreed. Raises ValidationError, EditConflict."""
    if order.signed_at is None:
        raise ValidationError(_("Nothing has been signed yet: change the order itself."))
    if order.step in GONE:
        raise ValidationError(_("This visit is over."))
    if extra_fen and order.estimate_fen is None:  # signed before a price was asked for: there is nothing to add it to
        raise ValidationError({"extra_fen": _("No estimate stands on the job order: give it under “Edit”, then record this change.")})
    change = ScopeChange(order=order, what=what.strip(), extra_fen=extra_fen, promised_at=promised_at, consent=consent, by=by)
    change.full_clean()
    changes: dict = {"promised_at": promised_at} if promised_at else {}
    if extra_fen:
        changes["estimate_fen"] = F("estimate_fen") + extra_fen
    _claim_version(order, expected_version, **changes)
    change.save()
    if extra_fen >= 0:
        OrderItem.objects.get_or_create(order=order, result=OrderItem.Result.DONE, text=change.what[:120], defaults={"fen": extra_fen})
    audit.record("order.scope_changed", by=by, store=order.store, subject=order, change=change.pk, consent=consent, extra_fen=extra_fen)
    return change


def _save_item(item: OrderItem, **how) -> None:
    """Once per order and result. Raises ValidationError, also when another desk was quicker by a moment."""
    item.full_clean()
    try:
        with transaction.atomic():
            item.save(**how)
    except IntegrityError:
        item.full_clean()
        raise


@transaction.atomic
def add_item(*, order: ServiceOrder, text: str, result: str, by, fen: int = 0, remind_on: date | None = None) -> OrderItem:
    """Work done, or declined by the customer (then `remind_on` says when to offer it again). Raises ValidationError, ConsentNeeded."""
    if result == OrderItem.Result.DONE and order.signed_at and order.step not in GONE:
        raise ConsentNeeded({"text": _("The job order is signed: add work as a change of scope, with the customer's consent.")})
    item = OrderItem(
        order=order, text=text.strip(), result=result, fen=fen, remind_on=remind_on if result == OrderItem.Result.DECLINED else None
    )
    _save_item(item)
    audit.record("order.item_added", by=by, store=order.store, subject=order, item=item.pk, result=result)
    return item


@transaction.atomic
def settle_item(*, item: OrderItem, result: str, by, remind_on: date | None = None) -> None:
    """Says of a piece of work whether it was done or declined. Raises ValidationError, ConsentNeeded."""
    order = item.order
    if result == OrderItem.Result.DONE != item.result and order.signed_at and order.step not in GONE:
        raise ConsentNeeded(_("The job order is signed: add work as a change of scope, with the customer's consent."))
    item.result = result
    item.remind_on = remind_on if result == OrderItem.Result.DECLINED else None
    _save_item(item, update_fields=["result", "remind_on"])
    audit.record("order.item_settled", by=by, store=item.order.store, subject=item.order, item=item.pk, result=result)


@transaction.atomic
def remove_item(*, item: OrderItem, by) -> None:
    if OrderItem.objects.filter(pk=item.pk).delete()[0]:
        audit.record("order.item_removed", by=by, store=item.order.store, subject=item.order, item=item.pk)


@transaction.atomic
def add_part(*, order: ServiceOrder, by, **fields) -> OrderPart:
    """A part built in. fields: name, origin, made_on, warranty_until, quantity, fen (S4 3.3). Raises ValidationError."""
    part = OrderPart(order=order, **fields)
    part.full_clean()
    part.save()
    audit.record("order.part_added", by=by, store=order.store, subject=order, part=part.pk)
    return part


@transaction.atomic
def remove_part(*, part: OrderPart, by) -> None:
    if OrderPart.objects.filter(pk=part.pk).delete()[0]:
        audit.record("order.part_removed", by=by, store=part.order.store, subject=part.order, part=part.pk)


@transaction.atomic
def deliver(
    *,
    order: ServiceOrder,
    expected_version: int,
    by,
    delivered_at: datetime | None = None,
    next_maintenance_on: date | None = None,
    next_maintenance_km: int | None = None,
    callback_at: datetime | None = None,
    checklist: list[str] = (),
    **changes,
) -> ServiceOrder:
    """Hands the car back: the vehicle learns its mileage and next maintenance, the customer their tier. What follows from it
    (the service call) is planned by whoever calls this, in the same transaction. changes: amounts, mileage, note.

    Raises ValidationError, ConsentNeeded, StepConflict (handed over or cancelled meanwhile), EditConflict.
    """
    delivered_at = delivered_at or clock.now()
    before = ServiceOrder.objects.get(pk=order.pk)
    if timedelta() < before.received_at - delivered_at < timedelta(minutes=1):
        delivered_at = before.received_at  # typed to the minute, received to the second
    if not transitions.may(before.step, S.DELIVERED):
        raise StepConflict
    if set(changes) - EDITABLE:
        raise TypeError("not editable")
    after = ServiceOrder.objects.get(pk=order.pk)
    for field, value in changes.items():
        setattr(after, field, value)
    _check_hand_over_times(before, delivered_at, callback_at)
    _check_next_maintenance(after, delivered_at, next_maintenance_on, next_maintenance_km)
    if before.mileage and after.mileage is not None and after.mileage < before.mileage:
        raise ValidationError(
            {"mileage": _("At the reception it was %(n)d km. If that was wrong, correct it in the visit first.") % {"n": before.mileage}}
        )
    _check_money(after)
    _check_consent(before, after)
    remember_by_hand(after, list(changes) or ["note"])
    told = [name for name, value in (("next_maintenance_on", next_maintenance_on), ("next_maintenance_km", next_maintenance_km)) if value]
    _claim_version(
        order,
        expected_version,
        step=S.DELIVERED,
        delivered_at=delivered_at,
        delivered_on=before.store.local_date(delivered_at),
        next_maintenance_on=next_maintenance_on,
        next_maintenance_km=next_maintenance_km,
        callback_at=callback_at,
        by_hand=_by_hand(order, [*MOVED, *after.by_hand, *told]),
        **changes,
    )
    StepTaken.objects.create(order=order, step=S.DELIVERED, at=delivered_at, by=by, checklist=list(checklist))
    audit.record("order.delivered", by=by, store=order.store, subject=order, vehicle=order.vehicle_id)
    _tell_vehicle(order)
    tiering.refresh([order.customer_id], order.store.today())
    return order


def _check_hand_over_times(order: ServiceOrder, delivered_at: datetime, callback_at: datetime | None) -> None:
    if delivered_at < order.received_at:
        raise ValidationError({"delivered_at": _("The car cannot be handed over before it was received.")})
    if delivered_at > clock.now() + SLACK:
        raise ValidationError({"delivered_at": _("The hand-over cannot lie in the future.")})
    check_callback(callback_at, delivered_at)


def _check_next_maintenance(order: ServiceOrder, delivered_at: datetime, on: date | None, km: int | None) -> None:
    """What is typed lies ahead. What the car was told before may be overdue, and stays."""
    car = order.vehicle
    if on and on != car.next_maintenance_on and on <= order.store.local_date(delivered_at):
        raise ValidationError({"next_maintenance_on": _("The next maintenance comes after the hand-over.")})
    if km and km != car.next_maintenance_km and km <= (order.mileage or 0):
        raise ValidationError({"next_maintenance_km": _("The next maintenance comes at more kilometres than the car has.")})


def check_callback(callback_at: datetime | None, delivered_at: datetime) -> None:
    """The time that the customer named at a hand-over. Raises ValidationError."""
    if callback_at and callback_at <= delivered_at:
        raise ValidationError({"callback_at": _("The agreed time for the callback comes after the hand-over.")})
    if callback_at and callback_at > clock.now() + FARTHEST_CALLBACK:
        raise ValidationError({"callback_at": _("That is more than 60 days ahead: please check the date.")})


def _tell_vehicle(order: ServiceOrder) -> None:
    """What the hand-over leaves open (an accident repair names no next maintenance) stays as the vehicle had it."""
    learnt = {"next_maintenance_on": order.next_maintenance_on, "next_maintenance_km": order.next_maintenance_km}
    changes: dict = {field: value for field, value in learnt.items() if value is not None}
    if order.mileage is not None:
        # Greatest over NULL is NULL on SQLite: a car without mileage takes the order's.
        changes["mileage"] = Greatest("mileage", order.mileage) if order.vehicle.mileage is not None else order.mileage
    if order.kind == Kind.RECALL:
        changes["recall"] = ""
    Vehicle.objects.filter(pk=order.vehicle_id).update(version=F("version") + 1, **changes)
    order.vehicle.refresh_from_db()


@transaction.atomic
def cancel(*, order: ServiceOrder, from_step: str, reason: str, by) -> None:
    """The visit ends without a hand-over; why is kept in the note. Raises ValidationError, StepConflict."""
    if not reason.strip():
        raise ValidationError({"reason": _("Say why the visit is cancelled.")})
    if not transitions.may(from_step, S.CANCELLED):
        raise StepConflict
    _claim(order, from_step, step=S.CANCELLED, note=reason.strip()[:200])
    StepTaken.objects.create(order=order, step=S.CANCELLED, by=by)
    audit.record("order.cancelled", by=by, store=order.store, subject=order)
