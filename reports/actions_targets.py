"""Setting targets: a person's or role's by whoever leads them, the store's by the general manager."""

from collections.abc import Mapping
from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.months import add_months
from reports import targets
from reports.models import Target
from reports.models.targets import SCALE
from reports.quarters import code_of, first_day
from staff import people
from staff.models import Access, Store, User
from staff.roles import Role


def led_by(access: Access) -> set[str]:
    """The roles for whose people this person may set targets."""
    if not access.can("targets.set"):
        return set()
    return {role for mine in access.roles for role in targets.LED_BY.get(mine, ())}


def may_set_store(access: Access) -> bool:
    return Role.GENERAL_MANAGER in access.roles and access.can("targets.set")


def codes_for(access: Access, *, role: str = "", person: User | None = None) -> list[str]:
    """The figures for which this person may set the target of the store, a role, or a person; none where they lead them not."""
    if person is None and not role:
        return targets.OF_STORE if may_set_store(access) else []
    led = led_by(access)
    if role:
        return targets.OF_ROLE[role] if role in led else []
    held = person.memberships.filter(store=access.store, role__in=led).values_list("role", flat=True)
    return list(dict.fromkeys(code for one in targets.OF_ROLE if one in set(held) for code in targets.OF_ROLE[one]))


def is_open(store: Store, quarter: date) -> bool:
    """A quarter that is over keeps its targets; later ones than the next are not set yet."""
    return first_day(store.today()) <= quarter <= add_months(first_day(store.today()), 3)


@transaction.atomic
def set_targets(*, access: Access, quarter: date, values: Mapping[str, float | None], role: str = "", person: User | None = None) -> int:
    """values: figure -> target in the figure's unit, None to take it away. Returns how many have changed; each is written down."""
    store = access.store
    if not is_open(store, quarter):
        raise ValidationError(_("Targets are set for the running quarter and the next one; those of a quarter that is over stay."))
    if person is not None and not people.everyone(store).filter(pk=person.pk).exists():
        raise ValidationError(_("Choose somebody of this store."))
    allowed = codes_for(access, role=role, person=person)
    if not allowed or set(values) - set(allowed):
        raise PermissionDenied
    mine = Target.objects.filter(store=store, quarter=quarter, role=role, person=person)
    there = {one.figure: one for one in mine}
    changed = 0
    for code, value in values.items():
        before = there.get(code)
        kept = None if value is None else round(value * SCALE)
        if kept == (before.value if before else None):
            continue
        if kept is None:
            before.delete()
        else:
            Target.objects.update_or_create(store=store, quarter=quarter, figure=code, role=role, person=person, defaults={"value": kept})
        details = {"figure": code, "quarter": code_of(quarter), "role": role, "person": person.pk if person else None}
        details |= {"before": before.number if before else None, "value": value}
        audit.record("target.set", by=access.user, store=store, subject=store, **details)
        changed += 1
    return changed


@transaction.atomic
def take_over(*, access: Access, quarter: date) -> int:
    """The targets of the quarter before that this person may set and that are not set yet hold on. Returns how many."""
    store, taken = access.store, 0
    before = Target.objects.filter(store=store, quarter=add_months(quarter, -3)).select_related("person").order_by("pk")
    there = set(Target.objects.filter(store=store, quarter=quarter).values_list("figure", "role", "person"))
    for one in before:
        if (one.figure, one.role, one.person_id) not in there and one.figure in codes_for(access, role=one.role, person=one.person):
            taken += set_targets(access=access, quarter=quarter, values={one.figure: one.number}, role=one.role, person=one.person)
    return taken
