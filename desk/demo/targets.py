"""Targets of the running quarter and those before it: a little higher each time."""

from datetime import datetime

from desk.demo.people import People
from desk.demo.writing import insert
from reports.models import Target
from reports.models.targets import SCALE
from reports.periods import add_months
from reports.quarters import first_day
from staff.models import Store
from staff.roles import Role

# Figure, role, whether it is that of the one who signs in; this quarter's, and by how much it was lower a quarter ago.
TARGETS = [
    ("satisfaction_rate", "", False, 0.97, 0.005),
    ("satisfaction_rate_sales", "", False, 0.97, 0.005),
    ("delight_rate", "", False, 0.6, 0.02),
    ("nps", "", False, 0.5, 0.02),
    ("satisfaction_rate", Role.ADVISOR, False, 0.965, 0.005),
    ("satisfaction_rate", Role.ADVISOR, True, 0.975, 0.005),
    ("satisfaction_rate_sales", Role.SALES, False, 0.975, 0.005),
    ("csat", Role.CALLER, False, 0.955, 0.005),
    ("dials", Role.CALLER, False, 320, 20),
]
QUARTERS = 3


def fill(store: Store, *, people: People, now: datetime) -> None:
    quarter = first_day(store.local_date(now))
    insert(
        Target,
        [
            Target(
                store=store, quarter=add_months(quarter, -3 * ago), figure=figure, role="" if is_own else role,
                person=people.account(role) if is_own else None, value=round((value - ago * step) * SCALE),
            )
            for ago in range(QUARTERS)
            for figure, role, is_own, value, step in TARGETS
        ],
    )  # fmt: skip
