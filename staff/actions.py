"""Everything that writes about stores and people."""

import uuid

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import audit, names
from staff import calendars, people
from staff.models import (
    Absence,
    CalendarDay,
    CalendarYear,
    Membership,
    Region,
    Store,
    User,
    WeekdayHours,
)
from staff.roles import ABILITIES, LEADERS, Role


@transaction.atomic
def create_store(*, code: str, name: str, brand: str = "", by=None, region: Region | None = None, **fields) -> Store:
    """A store with the default hours and the public holidays that are known. Raises ValidationError."""
    store = Store(code=code, name=name, brand=brand, region=region, **fields)
    store.full_clean()
    store.save()
    calendars.fill_hours(store)
    this_year = store.today().year
    for year in (this_year - 1, this_year, this_year + 1):
        try:
            calendars.fill_year(store, year)
        except calendars.UnknownYear:
            continue  # the system check names it 60 days ahead
    audit.record("store.created", by=by, store=store, subject=store)
    return store


def _save_user(user: User, **how) -> None:
    """Raises ValidationError, also when somebody else has taken the sign-in name a moment ago."""
    user.full_clean(exclude=["password"])
    try:
        with transaction.atomic():
            user.save(**how)
    except IntegrityError:
        user.full_clean(exclude=["password"])
        raise


@transaction.atomic
def create_user(*, username: str, name: str, store: Store, role: str, password: str | None = None, by=None) -> User:
    """A person with a role in a store; without a password they are only named and cannot sign in."""
    user = User(username=username, name=name, name_key=names.pinyin(name))
    user.set_password(password)  # None makes it unusable
    _save_user(user)
    Membership.objects.create(user=user, store=store, role=role)
    audit.record("user.created", by=by, store=store, subject=user, role=role)
    return user


def named_person(*, name: str, store: Store, role: str, by=None) -> tuple[User, bool]:
    """The person of that name and role in the store, made without sign-in when unknown. Returns (person, made)."""
    known = User.objects.filter(name=name, memberships__store=store, memberships__role=role).order_by("pk").first()
    if known:
        return known, False
    return add_named(name=name, store=store, role=role, by=by), True


def add_named(*, name: str, store: Store, role: str, by=None) -> User:
    """Somebody who is only named on orders: a made-up sign-in name and no password."""
    return create_user(username=f"{store.code.lower()}-{uuid.uuid4().hex[:10]}", name=name, store=store, role=role, by=by)


def _check_left(absence: Absence, *, by) -> None:
    """'Left' ends a person's access to the store: for a leader only those say it, or take it back, who may change the settings."""
    if not Membership.objects.filter(user=absence.user, store=absence.store, role__in=LEADERS).exists():
        return
    if by is not None and not people.editors(absence.store, with_leaving=True).filter(pk=by.pk).exists():
        raise ValidationError(_("That a leader has left is recorded by the customer manager or the general manager."))
    _keep_an_editor(absence.store)


def _save_absence(absence: Absence, *, by) -> None:
    absence.full_clean()
    if absence.kind == Absence.Kind.LEFT and absence.ends_on:
        raise ValidationError({"ends_on": _("Whoever has left has no last day of absence: leave it empty.")})
    absence.save()
    if absence.kind == Absence.Kind.LEFT:
        _check_left(absence, by=by)


@transaction.atomic
def record_absence(*, user: User, store: Store, kind: str, starts_on, ends_on=None, by) -> Absence:
    absence = Absence(user=user, store=store, kind=kind, starts_on=starts_on, ends_on=ends_on)
    _save_absence(absence, by=by)
    audit.record("absence.recorded", by=by, store=store, subject=absence, user=user.pk, kind=kind)
    return absence


@transaction.atomic
def change_absence(*, absence: Absence, kind: str, starts_on, ends_on, by) -> Absence:
    before = Absence.objects.get(pk=absence.pk)
    absence.kind, absence.starts_on, absence.ends_on = kind, starts_on, ends_on
    _save_absence(absence, by=by)
    if before.kind == Absence.Kind.LEFT:
        _check_left(before, by=by)
    audit.record("absence.changed", by=by, store=absence.store, subject=absence, user=absence.user_id, kind=kind)
    return absence


@transaction.atomic
def remove_absence(*, absence: Absence, by) -> None:
    if not Absence.objects.filter(pk=absence.pk).delete()[0]:
        return
    audit.record("absence.removed", by=by, store=absence.store, subject=absence, user=absence.user_id, kind=absence.kind)
    if absence.kind == Absence.Kind.LEFT:
        _check_left(absence, by=by)


@transaction.atomic
def set_calendar_day(*, store: Store, date, like_weekday: int | None, name: str, by) -> CalendarDay:
    day, _made = CalendarDay.objects.update_or_create(store=store, date=date, defaults={"like_weekday": like_weekday, "name": name})
    audit.record("calendar.day_set", by=by, store=store, subject=day, date=str(date), like_weekday=like_weekday)
    return day


@transaction.atomic
def remove_calendar_day(*, store: Store, pk: int, by) -> bool:
    day = CalendarDay.objects.filter(store=store, pk=pk).first()
    if day is None:
        return False
    audit.record("calendar.day_removed", by=by, store=store, subject=day, date=str(day.date))
    day.delete()
    return True


@transaction.atomic
def fill_year(*, store: Store, year: int, by) -> int:
    """Enters China's public holidays of a year; the store's own days stay. Returns how many days. Raises UnknownYear."""
    added = calendars.fill_year(store, year)
    audit.record("calendar.year_filled", by=by, store=store, subject=store, year=year, days=added)
    return added


@transaction.atomic
def confirm_year(*, store: Store, year: int, by) -> bool:
    """The store says that it has entered the year's holidays by hand; False if somebody had already said so."""
    _row, made = CalendarYear.objects.get_or_create(store=store, year=year)
    if made:
        audit.record("calendar.year_confirmed", by=by, store=store, subject=store, year=year)
    return made


@transaction.atomic
def set_hours(*, store: Store, weekly: dict[str, list[list[tuple[int, int]]]], by) -> None:
    """weekly: kind -> seven days (Monday first) of ranges in minutes. Replaces the hours of these kinds; promised deadlines stay."""
    WeekdayHours.objects.filter(store=store, kind__in=weekly).delete()
    rows = [
        WeekdayHours(store=store, kind=kind, weekday=weekday, start_minute=start, end_minute=end)
        for kind, days in weekly.items()
        for weekday, ranges in enumerate(days)
        for start, end in ranges
    ]
    WeekdayHours.objects.bulk_create(rows)
    audit.record("store.hours_set", by=by, store=store, subject=store, kinds=sorted(weekly))


@transaction.atomic
def update_store(*, store: Store, by, **fields) -> Store:
    """Raises ValidationError."""
    for name, value in fields.items():
        setattr(store, name, value)
    store.full_clean()
    store.save(update_fields=list(fields))
    audit.record("store.updated", by=by, store=store, subject=store, fields=sorted(fields))
    return store


def _keep_an_editor(store: Store) -> None:
    """Somebody must remain who can sign in and change the settings. Raises ValidationError."""
    if not people.editors(store):
        raise ValidationError(_("Nobody would be left who may change the settings of this store."))


def _check_account(*, user: User, by) -> None:
    if by is not None and not people.may_manage_account(by, user):
        raise ValidationError(_("This person also works where you may not change the settings: their sign-in is not yours to change."))


@transaction.atomic
def rename_user(*, user: User, store: Store, name: str, email: str | None = None, by) -> None:
    """email: where messages go as well, '' nowhere; None leaves it as it is."""
    _check_account(user=user, by=by)
    user.name, user.name_key = name, names.pinyin(name)
    user.email = user.email if email is None else email
    user.full_clean(exclude=["password"])
    user.save(update_fields=["name", "name_key", "email"])
    audit.record("user.renamed", by=by, store=store, subject=user)


@transaction.atomic
def give_role(*, user: User, store: Store, role: str, by) -> bool:
    """False if the person had it. The regional role opens other stores: only the server's command gives it."""
    if role == Role.REGIONAL and by is not None:
        raise ValidationError(_("The regional role reaches into other stores; it is given on the server."))
    membership, made = Membership.objects.get_or_create(user=user, store=store, role=role)
    if made:
        audit.record("role.given", by=by, store=store, subject=user, role=role, membership=membership.pk)
    return made


@transaction.atomic
def take_role(*, user: User, store: Store, role: str, by) -> bool:
    """False if the person did not have it. Raises ValidationError when the store would be left without an editor, or `by` without a role."""
    if role == Role.REGIONAL and by is not None:
        raise ValidationError(_("The regional role reaches into other stores; it is taken on the server."))
    if not Membership.objects.filter(user=user, store=store, role=role).delete()[0]:
        return False
    if role in ABILITIES["settings.edit"]:
        _keep_an_editor(store)
    if user == by and not Membership.objects.filter(user=user, store=store).exists():
        raise ValidationError(_("You cannot take your own last role."))
    audit.record("role.taken", by=by, store=store, subject=user, role=role)
    return True


@transaction.atomic
def set_password(*, user: User, store: Store, password: str, by, username: str | None = None) -> None:
    """A new password (the person is signed out everywhere), and for someone who was only named a sign-in name."""
    _check_account(user=user, by=by)
    if username:
        user.username = username
    validate_password(password, user)
    user.set_password(password)
    _save_user(user, update_fields=["username", "password"])
    audit.record("user.password_set", by=by, store=store, subject=user)


@transaction.atomic
def set_active(*, user: User, store: Store, active: bool, by) -> None:
    """Closes or reopens a person's sign-in everywhere; what they did stays under their name."""
    if not active and user == by:
        raise ValidationError(_("You cannot close your own sign-in."))
    _check_account(user=user, by=by)
    user.is_active = active
    user.save(update_fields=["is_active"])
    if not active and people.is_editor(store, user):
        _keep_an_editor(store)
    audit.record("user.activated" if active else "user.deactivated", by=by, store=store, subject=user)


@transaction.atomic
def change_own_password(*, user: User, store: Store, password: str) -> None:
    user.set_password(password)
    user.save(update_fields=["password"])
    audit.record("user.password_changed", by=user, store=store, subject=user)
