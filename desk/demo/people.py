"""The demonstration store and its people."""

from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random

from dateutil.relativedelta import relativedelta

from core import names
from desk.demo import accounts
from desk.demo.inventing import Inventor
from staff import calendars
from staff.actions import create_store
from staff.models import CalendarDay, Membership, Region, Store, User
from staff.roles import SIGN_IN, Role

# Besides the ten who sign in: named people only.
NAMED = [
    (Role.ADVISOR, 8),
    (Role.SALES, 4),
    (Role.CALLER, 3),
    (Role.TECHNICIAN, 4),
    (Role.INSPECTOR, 2),
    (Role.CASHIER, 1),
    (Role.OPERATOR, 1),
    (Role.LOUNGE, 1),
]


@dataclass
class People:
    """role -> its people, the one who signs in first."""

    of: dict[str, list[User]] = field(default_factory=dict)

    def __getitem__(self, role: str) -> list[User]:
        return self.of[role]

    def account(self, role: str) -> User:
        return self.of[role][0]


def make_store(now: datetime, months: int) -> Store:
    region, _made = Region.objects.get_or_create(name="西南大区")
    store = create_store(
        code=accounts.CODE,
        name="渝安长安4S店",
        brand="长安",
        hotline="023-6788 0000",
        region=region,
        time_zone="Asia/Shanghai",
        is_demo=True,
    )
    today = store.local_date(now)
    for year in range(beginning(today, months).year, today.year + 2):
        try:
            calendars.fill_year(store, year)
        except calendars.UnknownYear:
            continue
    return store


def beginning(today: date, months: int) -> date:
    """The history begins with a whole month, so that `months` of them stand before the running one."""
    return today.replace(day=1) - relativedelta(months=months)


def holidays(store: Store) -> dict[date, str]:
    """The store's closed days and what they are called."""
    return dict(CalendarDay.objects.filter(store=store, like_weekday=None).values_list("date", "name"))


def make_people(store: Store, now: datetime, rng: Random, inventor: Inventor) -> People:
    people = People()
    users: list[tuple[str, User]] = []
    for role in SIGN_IN:
        users.append((role.value, _user(role.value, inventor.staff_name(), now)))
    for role, count in NAMED:
        users += [(role.value, _user(f"demo-{role.value}-{n}", inventor.staff_name(), now)) for n in range(1, count + 1)]
    User.objects.bulk_create(user for _role, user in users)
    Membership.objects.bulk_create(Membership(user=user, store=store, role=role) for role, user in users)
    for role, user in users:
        people.of.setdefault(role, []).append(user)
    return people


def _user(username: str, name: str, now: datetime) -> User:
    user = User(username=username, name=name, name_key=names.pinyin(name), date_joined=now)
    user.set_password(None)
    return user
