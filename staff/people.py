"""Who is there: members of a role, and who of them is on duty."""

from datetime import date

from django.db.models import CharField, Exists, OuterRef, Q, Value
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
    """All who hold or held a role in the store and can still be named, by pinyin: also the deactivated, those who left, and those who
    have roles in other stores only by now. Whoever never had one here is not named here."""
    subject = Concat(Value("user "), Cast(OuterRef("pk"), CharField()))
    taken = AuditEvent.objects.filter(verb="role.taken", store_code=store.code, subject=subject)
    return User.objects.filter(Q(memberships__store=store) | Exists(taken)).distinct().order_by("name_key", "pk")


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
    """Whether `by` may change the other's sign-in: only if every store that it opens is one where `by` may change settings. Of somebody
    without a role it is the last one: that store may give it back, and would let in whoever had set the password."""
    mine = Membership.objects.filter(user=by, role__in=ABILITIES["settings.edit"]).values("store")
    theirs = Membership.objects.filter(user=user)
    if not theirs.exists():
        last = AuditEvent.objects.filter(verb="role.taken", subject=f"user {user.pk}").order_by("-pk").first()
        return last is None or mine.filter(store__code=last.store_code).exists()
    return not theirs.exclude(store__in=mine).exists() and not theirs.filter(role=Role.REGIONAL).exists()
