"""Whom the callers ask about an advisor's or consultant's month, in which order (S0; domain §7). Pure.

◆ Drawn are customers, not orders: one interview a customer and month, about the last time that they were here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from core.draws import ranking, seed_of

# How many interviews (S0: of advisors five customers, of consultants two to three ◆), by audience of the questionnaire.
WANTED: Mapping[str, int] = {"service": 5, "sales": 3}
DRAWN_ON, UNTIL, JUDGED_ON = 1, 8, 10  # days of the month that follows


@dataclass(frozen=True)
class Visit:
    """An order or a new car that was handed over in the month. unfit: why its customer cannot be asked; '' when they can."""

    pk: int
    customer: int
    at: datetime
    unfit: str = ""


@dataclass(frozen=True)
class Draw:
    """ranked: a customer's last visit each, in the order of the draw. left_out: why -> how many customers."""

    seed: int
    ranked: list[Visit]
    visits: int
    customers: int
    left_out: dict[str, int] = field(default_factory=dict)


def draw(visits: Iterable[Visit], *, store: str, month: date, audience: str, person: int) -> Draw:
    """store: its code."""
    last: dict[int, Visit] = {}
    n = 0
    for visit in sorted(visits, key=lambda one: (one.at, one.pk)):
        last[visit.customer], n = visit, n + 1
    left_out: dict[str, int] = {}
    for visit in last.values():
        if visit.unfit:
            left_out[visit.unfit] = left_out.get(visit.unfit, 0) + 1
    seed = seed_of(store, month, audience, person)
    fit = {visit.pk: visit for visit in last.values() if not visit.unfit}
    return Draw(seed, [fit[pk] for pk in ranking(fit, seed)], n, len(last), left_out)
