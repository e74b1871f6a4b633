"""Who is there: members of a role, and who of them is on duty."""

from datetime import date

from django.db.models import Q

from staff.models import Absence, Store, User


def members(store: Store, *roles: str):
    """The people who hold one of the roles in the store, left ones excluded, by pinyin."""
    gone = Absence.objects.filter(store=store, kind=Absence.Kind.LEFT, starts_on__lte=store.today())
    return (
        User.objects.filter(memberships__store=store, memberships__role__in=roles, is_active=True)
        .exclude(pk__in=gone.values("user"))
        .distinct()
        .order_by("name_key", "pk")
    )


def present(store: Store, day: date, *roles: str):
    """Members of the roles who are not absent on a day."""
    away = Absence.objects.filter(Q(ends_on=None) | Q(ends_on__gte=day), store=store, starts_on__lte=day)
    return members(store, *roles).exclude(pk__in=away.values("user"))
