"""Claiming a customer's call sheet for a while: compare-and-set on the row, never a lock (design, rules 3 and 4)."""

from datetime import timedelta

from django.db.models import Case, F, Q, When

from core import clock
from followups.models import CallSheet

LEASE = timedelta(minutes=5)
LEAVING = timedelta(seconds=20)  # a page that is left may be a page that is reloaded


def take(sheet_id: int, user, *, only_ready: bool = False) -> bool:
    """Claims the sheet for five minutes; False when somebody else holds it or nothing is open on it any more.

    Whoever holds it already goes on with the same claim: a second tab does not make the first one's form worthless. only_ready: not
    a customer whose next try lies ahead (a caller may choose one such, the machine may not).
    """
    now = clock.now()
    sheet = CallSheet.objects.filter(pk=sheet_id).with_open_followups()
    if only_ready:
        sheet = sheet.ready(now)
    # Of a double click the second finds the first one's claim, and leaves it as it is.
    claims = Case(When(claimed_by=user, then=F("claims")), default=F("claims") + 1)
    return bool(sheet.unclaimed(now, user).update(claimed_by=user, claimed_until=now + LEASE, claims=claims))


def extend(sheet_id: int, user) -> bool:
    """The heartbeat: as long as nobody took over, a lapsed claim is revived."""
    return bool(CallSheet.objects.filter(pk=sheet_id, claimed_by=user).update(claimed_until=clock.now() + LEASE))


def leave(sheet_id: int, user) -> bool:
    """The page was left, or is being reloaded: free in a few seconds unless a heartbeat follows."""
    return bool(CallSheet.objects.filter(pk=sheet_id, claimed_by=user).update(claimed_until=clock.now() + LEAVING))


def release(sheet_id: int, user) -> bool:
    return bool(CallSheet.objects.filter(pk=sheet_id, claimed_by=user).update(claimed_by=None, claimed_until=None))


def hand_in(sheet_id: int, user, claim: int) -> bool:
    """Gives the claim back for good, for saving: True exactly once per claim, also late, as long as nobody else has claimed since."""
    mine = CallSheet.objects.filter(Q(claimed_by=user) | Q(claimed_by=None), pk=sheet_id, claims=claim)
    return bool(mine.update(claimed_by=None, claimed_until=None, claims=F("claims") + 1, draft={}, draft_by=None))


def take_next(sheets, user, tries: int = 20) -> int | None:
    """Claims the first sheet of `sheets` (an ordered queryset) that is free; its pk, or None when there is none."""
    now = clock.now()
    for _n in range(tries):
        pk = sheets.ready(now).unclaimed(now, user).in_order().values_list("pk", flat=True).first()
        if pk is None:
            return None
        # Between that look and this claim a colleague may have called the customer: only one who is still ready is taken.
        if take(pk, user, only_ready=True):
            return pk
    return None
