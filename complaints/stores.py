"""What a store has decided about its complaints, read once per act or sweep: staffed hours, clocks, goodwill limit, who is there."""

from datetime import date, datetime
from functools import cached_property

from django.db.models import Count

from complaints.clocks import Sum, due
from complaints.escalation import LADDERS, duty_day
from complaints.kinds import Level
from complaints.models import Complaint, ComplaintSettings
from core.workdays import Hours
from staff import calendars, people
from staff.models import HoursKind, Store, User
from staff.roles import Role


def able(users) -> list[User]:
    """Those who can sign in (people from an import are only named, and would never see it), the least busy first."""
    found = list(users.exclude(password__startswith="!"))
    busy = dict(
        Complaint.objects.open().filter(handler__in=found).order_by().values("handler").annotate(n=Count("pk")).values_list("handler", "n")
    )
    return sorted(found, key=lambda user: (busy.get(user.pk, 0), user.name_key, user.pk))


class Roster:
    """Who is on duty on each rung of a department's ladder that day. Two queries a rung, when first asked for."""

    def __init__(self, store: Store, department: str, day: date) -> None:
        self.store, self.department, self.day = store, department, day
        self._rungs: dict[Level, list[User]] = {}

    def __call__(self, level: Level) -> list[User]:
        if level not in self._rungs:
            role = LADDERS[self.department][level]
            users = people.regionals(self.store, self.day) if role == Role.REGIONAL else people.present(self.store, self.day, role)
            self._rungs[level] = able(users)
        return self._rungs[level]


class StoreRules:
    def __init__(self, store: Store) -> None:
        self.store = store
        self._rosters: dict[tuple[str, date], Roster] = {}

    @cached_property
    def staffed(self) -> Hours:
        return calendars.hours(self.store, HoursKind.STAFFED)

    @cached_property
    def settings(self) -> ComplaintSettings:
        return ComplaintSettings.objects.filter(store=self.store).first() or ComplaintSettings(store=self.store)

    def due(self, kind: str, started_at: datetime) -> Sum:
        return due(kind, started_at, self.staffed, basis=getattr(self.settings, kind))

    def roster(self, department: str, at: datetime) -> Roster:
        day = duty_day(at, self.staffed)
        key = (department, day)
        if key not in self._rosters:
            self._rosters[key] = Roster(self.store, department, day)
        return self._rosters[key]

    def desk(self, department: str, at: datetime) -> list[User]:
        """Who gives the first reply and makes the revisit: a caller who is there, else the customer manager."""
        return self.roster(department, at)(Level.CALLER) or self.care_managers(at)

    def care_managers(self, at: datetime) -> list[User]:
        day = duty_day(at, self.staffed)
        return able(people.present(self.store, day, Role.CARE_MANAGER))


class Stores:
    """The rules of several stores, for the sweep."""

    def __init__(self) -> None:
        self._rules: dict[int, StoreRules] = {}

    def __getitem__(self, store: Store) -> StoreRules:
        return self._rules.setdefault(store.pk, StoreRules(store))
