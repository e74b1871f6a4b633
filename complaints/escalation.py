"""The ladder (domain §5): which rung a complaint begins on, and who answers for it on each rung now.

caller → advisor or consultant → supervisor → service or sales manager → general manager → region. The person complained about is
skipped, and so is whoever is away or cannot sign in. Pure: who is there comes as an argument (complaints.stores).
"""

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from typing import TypeVar

from complaints.kinds import Channel, Department, Level, Severity
from core.workdays import Hours, NoHours
from staff.roles import Role

Person = TypeVar("Person")

# rung -> the role that stands on it, by the department concerned (S3 2.3)
LADDERS: dict[str, dict[Level, Role]] = {
    Department.SERVICE: {
        Level.CALLER: Role.CALLER,
        Level.ADVISOR: Role.ADVISOR,
        Level.SUPERVISOR: Role.SUPERVISOR,
        Level.MANAGER: Role.SERVICE_MANAGER,
        Level.GENERAL_MANAGER: Role.GENERAL_MANAGER,
        Level.REGION: Role.REGIONAL,
    },
    Department.SALES: {
        Level.CALLER: Role.CALLER,
        Level.ADVISOR: Role.SALES,
        Level.SUPERVISOR: Role.SALES_SUPERVISOR,
        Level.MANAGER: Role.SALES_MANAGER,
        Level.GENERAL_MANAGER: Role.GENERAL_MANAGER,
        Level.REGION: Role.REGIONAL,
    },
}


def first_rung(*, channel: str, severity: str, is_product_quality: bool) -> Level:
    """Manufacturer's complaints begin at the general manager, major and product-quality ones with the department's manager."""
    if channel == Channel.MANUFACTURER:
        return Level.GENERAL_MANAGER
    if severity == Severity.MAJOR or is_product_quality:
        return Level.MANAGER
    return Level.ADVISOR


def rung_of(department: str, roles: Collection[str]) -> Level | None:
    """The highest rung of the department's ladder that somebody with these roles stands on."""
    return max((level for level, role in LADDERS[department].items() if role in roles), default=None)


def climb(
    start: int, on_duty: Callable[[Level], Sequence[Person]], *, skip: Collection[Person] = (), preferred: Collection[Person] = ()
) -> tuple[Level, Person] | None:
    """The first rung from `start` upwards on which somebody is there who is not skipped; of several, the preferred one, else the
    first. None when nobody is left up to the region."""
    for level in Level:
        if level < start:
            continue
        able = [person for person in on_duty(level) if person not in skip]
        if able:
            return level, next((person for person in preferred if person in able), able[0])
    return None


def acts_now(at: datetime, staffed: Hours) -> bool:
    """Escalation acts in staffed hours only; a store that has none would never hear of anything, so there it acts at once."""
    try:
        return staffed.first_moment(at) == at
    except NoHours:
        return True


def duty_day(at: datetime, staffed: Hours) -> date:
    """Whose absences count: those of the day on which somebody is next there."""
    try:
        return staffed.local_date(staffed.first_moment(at))
    except NoHours:
        return staffed.local_date(at)
