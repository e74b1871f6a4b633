"""Who is on duty in the lounge, and when (S0; domain §7)."""

from collections.abc import Iterable
from datetime import date, datetime

from core import outbox
from lounge.halves import Half
from lounge.models import Duty, DutyChange, Verdict
from staff.models import Store, User


def on_duty(store: Store, day: date) -> list[User]:
    """At most two, in the order of their names' numbers."""
    return [duty.person for duty in Duty.objects.filter(store=store).on(day).select_related("person").order_by("person_id")]


def taken(store: Store, since: date) -> dict[date, set[int]]:
    """The first day of a half -> who serves in it; halves that end on that day or later."""
    found: dict[date, set[int]] = {}
    for start, person in Duty.objects.filter(store=store, ends_on__gte=since).values_list("starts_on", "person"):
        found.setdefault(start, set()).add(person)
    return found


def next_of(store: Store, person: User, day: date) -> Duty | None:
    """The duty that somebody is on, or that comes next."""
    return Duty.objects.filter(store=store, person=person, ends_on__gte=day).order_by("starts_on").first()


def give(store: Store, placed: Iterable[tuple[Verdict, Half]], *, at: datetime) -> None:
    """Enters duties with their verdicts, and tells the people."""
    for verdict, half in placed:
        Duty.objects.create(store=store, person=verdict.person, starts_on=half.starts_on, ends_on=half.ends_on, verdict=verdict)
        DutyChange.objects.create(
            store=store, kind=DutyChange.Kind.GIVEN, person=verdict.person, verdict=verdict, after=half.starts_on, at=at
        )


def tell(store: Store, person: User, *, occasion: str, stage: str, topic: str, half: Half | None = None, **params) -> None:
    """A message to somebody about their own duty or verdict."""
    days = {"starts": f"{half.starts_on:%m-%d}", "ends": f"{half.ends_on:%m-%d}"} if half else {}
    outbox.notify(store=store, user=person, occasion=occasion, stage=stage, topic=topic, path="/lounge/mine/", **days, **params)
