"""Claiming a customer's call sheet for a while: compare-and-set on the row, never a lock (design, rules 3 and 4)."""

from datetime import timedelta

from django.db.models import F

from core import clock
from followups.models import CallSheet

LEASE = timedelta(minutes=5)


def take(sheet_id: int, user) -> bool:
    """Claims the sheet for five minutes; False when somebody else holds it or nothing is open on it any more."""
    now = clock.now()
    free = CallSheet.objects.filter(pk=sheet_id).with_open_followups().unclaimed(now, user)
    return bool(free.update(claimed_by=user, claimed_until=now + LEASE, claims=F("claims") + 1))


def extend(sheet_id: int, user) -> bool:
    """The heartbeat: as long as nobody took over, a lapsed claim is revived."""
    return bool(CallSheet.objects.filter(pk=sheet_id, claimed_by=user).update(claimed_until=clock.now() + LEASE))


def release(sheet_id: int, user) -> bool:
    return bool(CallSheet.objects.filter(pk=sheet_id, claimed_by=user).update(claimed_by=None, claimed_until=None))


def take_next(sheets, user, tries: int = 20) -> int | None:
    """Claims the first sheet of `sheets` (an ordered queryset) that is free; its pk, or None when there is none."""
    now = clock.now()
    for _n in range(tries):
        pk = sheets.ready(now).unclaimed(now, user).in_order().values_list("pk", flat=True).first()
        if pk is None:
            return None
        if take(pk, user):
            return pk
    return None
