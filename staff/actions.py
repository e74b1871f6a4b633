"""Everything that writes about stores and people."""

import uuid

from django.db import transaction

from core import audit, names
from staff import calendars
from staff.models import Absence, CalendarDay, Membership, Region, Store, User


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


@transaction.atomic
def create_user(*, username: str, name: str, store: Store, role: str, password: str | None = None, by=None) -> User:
    """A person with a role in a store; without a password they are only named and cannot sign in."""
    user = User(username=username, name=name, name_key=names.pinyin(name))
    user.set_password(password)  # None makes it unusable
    user.full_clean(exclude=["password"])
    user.save()
    Membership.objects.create(user=user, store=store, role=role)
    audit.record("user.created", by=by, store=store, subject=user, role=role)
    return user


def named_person(*, name: str, store: Store, role: str, by=None) -> tuple[User, bool]:
    """The person of that name and role in the store, made without sign-in when unknown. Returns (person, made)."""
    known = User.objects.filter(name=name, memberships__store=store, memberships__role=role).order_by("pk").first()
    if known:
        return known, False
    return create_user(username=f"{store.code.lower()}-{uuid.uuid4().hex[:10]}", name=name, store=store, role=role, by=by), True


@transaction.atomic
def record_absence(*, user: User, store: Store, kind: str, starts_on, ends_on=None, by) -> Absence:
    absence = Absence(user=user, store=store, kind=kind, starts_on=starts_on, ends_on=ends_on)
    absence.full_clean()
    absence.save()
    audit.record("absence.recorded", by=by, store=store, subject=absence, user=user.pk, kind=kind)
    return absence


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


