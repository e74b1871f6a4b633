"""Fetch through permission: which store, which roles, and the decorator that every view carries."""

from functools import wraps
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import Q

from core import clock
from staff.models import Absence, Access, Membership, Store, User
from staff.roles import ABILITIES, EVERYONE, Role


def _memberships(user: User):
    """The person's memberships that open a store: not those of a store that they have left."""
    today = clock.now().astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    left = Absence.objects.filter(user=user, kind=Absence.Kind.LEFT, starts_on__lte=today)
    return Membership.objects.filter(user=user, role__in=EVERYONE).exclude(store__in=left.values("store"))


def stores_of(user: User):
    """The stores that a person may look at: their own, and for a regional auditor those of the region."""
    mine = _memberships(user)
    regions = mine.filter(role=Role.REGIONAL, store__region__isnull=False).values("store__region")
    return Store.objects.filter(Q(pk__in=mine.values("store")) | Q(region__in=regions)).order_by("code")


def access_to(user: User, store: Store) -> Access | None:
    """The person's access to a store, None for a stranger."""
    mine = _memberships(user)
    roles = set(mine.filter(store=store).values_list("role", flat=True))
    if store.region_id and mine.filter(role=Role.REGIONAL, store__region=store.region_id).exists():
        roles.add(Role.REGIONAL.value)
    return Access(user=user, store=store, roles=frozenset(roles)) if roles else None


def requires(ability: str):
    """The view is for people with `ability` in the current store; others get 403. The matrix test reads `view.ability`."""
    if ability not in ABILITIES:
        raise KeyError(ability)

    def decorate(view):
        @wraps(view)
        def wrapper(request, *args, **kwargs):
            if request.access is None or not request.access.can(ability):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        wrapper.ability = ability
        return wrapper

    return decorate
