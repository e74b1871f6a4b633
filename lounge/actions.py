"""Excusing somebody, swapping halves, the store's percentages."""

from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import audit, clock
from followups import actions as followups
from followups.planner import StoreSettings
from followups.planning import Plan
from lounge import halves, roster
from lounge.judging import LED_BY
from lounge.models import Duty, DutyChange, Excuse, PayPercentages, Sample
from lounge.sampling import RATED
from staff import people
from staff.models import Access, Store, User


def leads(access: Access, audience: str) -> bool:
    """Whether this person excuses and swaps the people of an audience."""
    return access.can("lounge.lead") and bool(access.roles & set(LED_BY[audience]))


def _needs(reason: str) -> str:
    if not reason.strip():
        raise ValidationError({"reason": _("Say why: it stands with the verdict.")})
    return reason.strip()


@transaction.atomic
def excuse(*, access: Access, person: User, audience: str, month: date, reason: str) -> Excuse:
    """The month does not count for them. A duty from it that has not begun is taken back and stays on record; one that has begun is
    served. Raises ValidationError, PermissionDenied."""
    if audience not in RATED or not leads(access, audience):
        raise PermissionDenied
    reason, store, now = _needs(reason), access.store, clock.now()
    if person == access.user:
        raise ValidationError(_("Nobody excuses themselves: ask another manager."))
    is_drawn = Sample.objects.filter(store=store, person=person, audience=audience, month=month).exists()
    if not is_drawn and not people.members(store, RATED[audience]).filter(pk=person.pk).exists():
        raise ValidationError(_("Choose somebody of this store who is an advisor or consultant."))
    try:
        with transaction.atomic():
            made = Excuse.objects.create(store=store, person=person, audience=audience, month=month, reason=reason, by=access.user, at=now)
    except IntegrityError:
        raise ValidationError(_("This month is excused already.")) from None
    audit.record("lounge.excused", by=access.user, store=store, subject=made, person=person.pk, month=f"{month:%Y-%m}")
    duty = Duty.objects.filter(
        store=store, verdict__person=person, verdict__audience=audience, verdict__month=month, starts_on__gt=store.local_date(now)
    ).first()
    if duty:
        DutyChange.objects.create(
            store=store, kind=DutyChange.Kind.TAKEN_BACK, person=person, verdict=duty.verdict, before=duty.starts_on, reason=reason,
            by=access.user, at=now,
        )  # fmt: skip
        half = duty.half
        duty.delete()
        roster.tell(
            store, person, occasion=f"excuse {made.pk}", stage="taken_back", topic="lounge_taken_back", half=half, month=f"{month:%Y-%m}"
        )
    return made


WHY_NOT = {
    "same": lambda: _("Choose two people in two different halves."),
    "begun": lambda: _("A half that has begun is not swapped any more."),
    "twice": lambda: _("One of the two serves in the other's half already: nobody serves twice in one half."),
}


@transaction.atomic
def swap(*, access: Access, duty: Duty, other: Duty, reason: str) -> None:
    """The two serve in each other's halves. Raises ValidationError, PermissionDenied."""
    store, now = access.store, clock.now()
    if not all(leads(access, audience_of(one)) for one in (duty, other)):
        raise PermissionDenied
    reason = _needs(reason)
    today = store.local_date(now)
    why = halves.may_swap((duty.person_id, duty.half), (other.person_id, other.half), roster.taken(store, today), today)
    if why:
        raise ValidationError(WHY_NOT[why]())
    both = [(duty, other), (other, duty)]
    new = [
        Duty(store=store, person=one.person, verdict=one.verdict, starts_on=its.starts_on, ends_on=its.ends_on, seat=its.seat)
        for one, its in both
    ]
    # Anew: each stands on a seat that the other has to leave first.
    if Duty.objects.filter(pk__in=[duty.pk, other.pk]).delete()[0] != 2:
        raise ValidationError(_("Somebody else has just changed the roster: please look again."))
    for row in new:
        row.save()
    for (one, its), row in zip(both, new, strict=True):
        change = DutyChange.objects.create(
            store=store, kind=DutyChange.Kind.SWAPPED, person=one.person, verdict=one.verdict, before=one.starts_on, after=its.starts_on,
            with_person=its.person, reason=reason, by=access.user, at=now,
        )  # fmt: skip
        roster.tell(store, one.person, occasion=f"change {change.pk}", stage="swapped", topic="lounge_swapped", half=row.half)
    audit.record("lounge.swapped", by=access.user, store=store, subject=new[0], people=[duty.person_id, other.person_id])


def audience_of(duty: Duty) -> str:
    return duty.verdict.audience if duty.verdict else "service"


@transaction.atomic
def set_percentages(*, store: Store, reward: int, deduction: int, by) -> PayPercentages | None:
    """In hundredths of a percent of the performance pay. None when they are that already."""
    last = PayPercentages.objects.filter(store=store).last()
    if last and (last.reward, last.deduction) == (reward, deduction):
        return None
    made = PayPercentages.objects.create(store=store, reward=reward, deduction=deduction, by=by, at=clock.now())
    audit.record("lounge.percentages_set", by=by, store=store, subject=made, reward=reward, deduction=deduction)
    return made


def draws_samples(store: Store) -> bool:
    return StoreSettings().is_in_use(store, Plan.IMPLEMENTATION, clock.now())


def set_in_use(*, store: Store, is_enabled: bool, by) -> None:
    """Whether samples are drawn from the next 1st on."""
    if is_enabled != draws_samples(store):
        followups.override_plan(store=store, plan=Plan.IMPLEMENTATION, opens_minutes=None, due_minutes=None, is_enabled=is_enabled, by=by)
