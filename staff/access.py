"""Fetch through permission: which store, which roles, and the decorator that every view carries."""

from collections import defaultdict
from functools import wraps
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import PermissionDenied

from core import clock
from staff.models import Absence, Access, Membership, Store, User
from staff.roles import ABILITIES, EVERYONE, Role


def _memberships(user: User):
    """The person's memberships that open a store: not those of a store that they have left."""
    today = clock.now().astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    left = Absence.objects.filter(user=user, kind=Absence.Kind.LEFT, starts_on__lte=today)
    return Membership.objects.filter(user=user, role__in=EVERYONE).exclude(store__in=left.values("store"))


def accesses(user: User) -> dict[Store, Access]:
    """The stores that a person may look at, by code, and what they may do there: their own, and for a regional auditor those of
    the region. Every page asks: one query, two for a regional auditor."""
    mine = list(_memberships(user).select_related("store__region"))
    roles: dict[Store, set[str]] = defaultdict(set)
    for membership in mine:
        roles[membership.store].add(membership.role)
    regions = {membership.store.region_id for membership in mine if membership.role == Role.REGIONAL} - {None}
    if regions:
        for store in Store.objects.filter(region__in=regions).select_related("region"):
            roles[store].add(Role.REGIONAL.value)
    stores = sorted(roles, key=lambda store: store.code)
    return {store: Access(user=user, store=store, roles=frozenset(roles[store])) for store in stores}


def opens(user: User, store_code: str) -> bool:
    """Whether the person may still look at the store: asked before they are told about it outside of the application."""
    return any(store.code == store_code for store in accesses(user))


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
