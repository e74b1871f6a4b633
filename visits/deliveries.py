"""Handing over a new car (新车交车): everything that writes about it."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from core import audit, clock
from customers.actions import transfer_vehicle
from customers.models import Customer, Vehicle
from visits import tiering
from visits.actions import SLACK, check_callback
from visits.models import NewCarDelivery


@transaction.atomic
def record_delivery(
    *,
    store,
    vehicle: Vehicle,
    customer: Customer,
    by,
    consultant=None,
    delivered_at: datetime | None = None,
    price_fen: int | None = None,
    callback_at: datetime | None = None,
    note: str = "",
) -> NewCarDelivery:
    """The car becomes the customer's, bought here on that day. Its calls are planned by whoever calls this, in the same
    transaction. Raises ValidationError (in the future; recorded already; owned by somebody since later)."""
    delivered_at = delivered_at or clock.now()
    if delivered_at > clock.now() + SLACK:
        raise ValidationError({"delivered_at": _("The hand-over cannot lie in the future.")})
    check_callback(callback_at, delivered_at)
    if price_fen is not None and price_fen < 0:
        raise ValidationError({"price_fen": _("An amount cannot be negative.")})
    day = store.local_date(delivered_at)
    delivery = NewCarDelivery(
        store=store, vehicle=vehicle, customer=customer, consultant=consultant, delivered_at=delivered_at, delivered_on=day,
        price_fen=price_fen, callback_at=callback_at, note=note, created_by=by,
    )  # fmt: skip
    try:
        with transaction.atomic():
            delivery.save()
    except IntegrityError:
        raise ValidationError(_("This hand-over is recorded already.")) from None
    transfer_vehicle(vehicle=vehicle, to=customer, on=day, by=by)
    Vehicle.objects.filter(pk=vehicle.pk).update(bought_here=True, purchased_on=day, consultant=consultant, version=F("version") + 1)
    vehicle.refresh_from_db()
    audit.record("delivery.recorded", by=by, store=store, subject=delivery, vehicle=vehicle.pk)
    tiering.refresh([customer.pk], store.today())
    return delivery
