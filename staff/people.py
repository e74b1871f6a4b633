"""Who is there: members of a role, and who of them is on duty."""

from datetime import date

from django.db.models import CharField, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Concat

from core.models import AuditEvent
from staff.models import Absence, Membership, Store, User
from staff.roles import ABILITIES, Role


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


def regionals(store: Store, day: date):
    """The regional auditors who read this store, not absent that day: members of it or of another store of its region."""
    mine = Q(store=store) | Q(store__region__isnull=False, store__region=store.region_id)
    reading = Membership.objects.filter(mine, role=Role.REGIONAL)
    away = Absence.objects.filter(Q(ends_on=None) | Q(ends_on__gte=day), starts_on__lte=day, store__memberships__in=reading)
    there = User.objects.filter(pk__in=reading.values("user"), is_active=True).exclude(pk__in=away.values("user"))
    return there.order_by("name_key", "pk")


def everyone(store: Store):
    """All who hold or held a role in the store and can still be named, by pinyin: also the deactivated and those who left.

    Whose last role was taken is where that was done; whoever has a role in another store is that store's now.
    """
    taken = AuditEvent.objects.filter(verb="role.taken", subject=Concat(Value("user "), Cast(OuterRef("pk"), CharField()))).order_by("-pk")
    without = User.objects.filter(memberships=None).annotate(last_in=Subquery(taken.values("store_code")[:1])).filter(last_in=store.code)
    return User.objects.filter(Q(memberships__store=store) | Q(pk__in=without.values("pk"))).distinct().order_by("name_key", "pk")


def is_editor(store: Store, user: User) -> bool:
    return Membership.objects.filter(store=store, user=user, role__in=ABILITIES["settings.edit"]).exists()


def editors(store: Store, *, with_leaving: bool = False):
    """Who can sign in and change the store's settings, and is to stay."""
    able = User.objects.filter(memberships__store=store, memberships__role__in=ABILITIES["settings.edit"], is_active=True).exclude(
        password__startswith="!"
    )
    if not with_leaving:
        able = able.exclude(pk__in=Absence.objects.filter(store=store, kind=Absence.Kind.LEFT).values("user"))
    return able.distinct()


def may_manage_account(by: User, user: User) -> bool:
    """Whether `by` may change the other's sign-in: only if every store that it opens is one where `by` may change settings."""
    mine = Membership.objects.filter(user=by, role__in=ABILITIES["settings.edit"]).values("store")
    theirs = Membership.objects.filter(user=user)
    return not theirs.exclude(store__in=mine).exists() and not theirs.filter(role=Role.REGIONAL).exists()
