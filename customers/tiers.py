"""The tier rule (domain §8, S4 §2): pure. First match D, A, C, B."""

from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

AT_RISK_MONTHS = 6
LOYAL_MONTHS = 3
LOYAL_VISITS = 4
LOYAL_FEN = 15_000_00
NEW_MONTHS = 1


@dataclass(frozen=True)
class Facts:
    """visits: (local date delivered, amount in fen) of the customer's orders, any order. bought_on: latest purchase here.
    next_maintenance_on: the soonest due, None when unknown."""

    visits: tuple[tuple[date, int], ...]
    bought_on: date | None = None
    next_maintenance_on: date | None = None


def tier(facts: Facts, today: date) -> str:
    """'A' loyal, 'B' potential, 'C' new, 'D' at risk."""
    days = sorted(day for day, _fen in facts.visits)
    last = days[-1] if days else facts.bought_on
    due = facts.next_maintenance_on is None or facts.next_maintenance_on <= today
    if last and last <= today - relativedelta(months=AT_RISK_MONTHS) and due:
        return "D"
    year = [fen for day, fen in facts.visits if day > today - relativedelta(months=12)]
    if days and days[-1] >= today - relativedelta(months=LOYAL_MONTHS) and len(year) >= LOYAL_VISITS and sum(year) >= LOYAL_FEN:
        return "A"
    if days and days[0] >= today - relativedelta(months=NEW_MONTHS):
        return "C"
    first_maintenance_open = facts.bought_on and not days and (facts.next_maintenance_on is None or facts.next_maintenance_on >= today)
    if first_maintenance_open or last is None:
        return "C"
    return "B"


def next_change(facts: Facts, today: date) -> date | None:
    """The first day after today on which time alone could change the tier; None when none can."""
    days = sorted(day for day, _fen in facts.visits)
    borders = []
    if facts.next_maintenance_on:
        borders.append(facts.next_maintenance_on)
    last = days[-1] if days else facts.bought_on
    if last:
        borders += [last + relativedelta(months=AT_RISK_MONTHS)]
    if days:
        borders += [days[-1] + relativedelta(months=LOYAL_MONTHS, days=1), days[0] + relativedelta(months=NEW_MONTHS, days=1)]
        borders += [day + relativedelta(months=12) for day in days]
    # Months differ in length: adding them and taking them away may differ by up to three days, so look again on each of these.
    near = [border + timedelta(days=n) for border in borders for n in range(4)]
    return min((day for day in near if day > today), default=None)
