"""Entering the numbers from outside, with what stood there before."""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from reports.models.outside import WHOLE, OutsideNumbers
from reports.periods import containing
from reports.records import delivered
from staff.models import Store

FIELDS = ("local_vehicles", "profit_share")


def cars_handed_over(store: Store, month: date) -> int:
    """Distinct vehicles: what the local vehicles are at least."""
    period = containing(month)
    return delivered(store, period.first, period.last).values("vehicle").distinct().count()


@transaction.atomic
def enter(*, store: Store, month: date, local_vehicles: int | None, profit_share: int | None, by) -> bool:
    """month: its first day. profit_share: hundredths of a percent. None: not known. False when nothing differs. Raises ValidationError."""
    if local_vehicles is not None and local_vehicles < max(1, cars := cars_handed_over(store, month)):
        raise ValidationError({"local_vehicles": _("There are more: %(n)s different cars were handed over in this month.") % {"n": cars}})
    if profit_share is not None and profit_share > WHOLE:
        raise ValidationError({"profit_share": _("A share is between 0 and 100%.")})
    row, _made = OutsideNumbers.objects.get_or_create(store=store, month=month)
    before = {name: getattr(row, name) for name in FIELDS}
    after = {"local_vehicles": local_vehicles, "profit_share": profit_share}
    if before == after:
        return False
    OutsideNumbers.objects.filter(pk=row.pk).update(**after)
    audit.record("outside.entered", by=by, store=store, subject=row, month=f"{month:%Y-%m}", before=before, after=after)
    return True
