"""Fetch through permission: which store, which roles, and the decorator that every view carries."""

from functools import wraps

from django.core.exceptions import PermissionDenied
from django.db.models import Q

from staff.models import Access, Membership, Store, User
from staff.roles import ABILITIES, EVERYONE, Role


def stores_of(user: User):
    """The stores that a person may look at: their own, and for a regional auditor those of the region."""
    mine = Membership.objects.filter(user=user, role__in=EVERYONE)
    regions = mine.filter(role=Role.REGIONAL, store__region__isnull=False).values("store__region")
    return Store.objects.filter(Q(pk__in=mine.values("store")) | Q(region__in=regions)).order_by("code")


def access_to(user: User, store: Store) -> Access | None:
    """The person's access to a store, None for a stranger."""
    roles = set(Membership.objects.filter(user=user, store=store, role__in=EVERYONE).values_list("role", flat=True))
    if store.region_id and Membership.objects.filter(user=user, role=Role.REGIONAL, store__region=store.region_id).exists():
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
