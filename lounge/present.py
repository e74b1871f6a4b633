"""Who is there for the lounge today: those on lounge duty, and its attendants."""

from datetime import date

from lounge.models import Duty
from lounge.roster import on_duty
from staff import people
from staff.models import Store, User
from staff.roles import Role


def duties(store: Store, day: date) -> list[Duty]:
    """Of whoever is on duty that day, with the half-month's end."""
    there = on_duty(store, day)
    return list(Duty.objects.filter(store=store, person__in=there).on(day).select_related("person").order_by("person_id")) if there else []


def attendants(store: Store, day: date) -> list[User]:
    return list(people.present(store, day, Role.LOUNGE))
