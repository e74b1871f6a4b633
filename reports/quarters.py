"""Quarters, for which targets are set and people appraised. Pure."""

import re
from datetime import date

from core.months import add_months
from reports.periods import QUARTER, YEARS, Period

PATTERN = re.compile(r"(\d{4})-Q([1-4])", re.ASCII)


def first_day(day: date) -> date:
    """Of the quarter that the day lies in."""
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


def code_of(first: date) -> str:
    """'2026-Q4'."""
    return of_quarter(first).code


def label_of(first: date) -> str:
    return of_quarter(first).label


def parse(text: str) -> date:
    """The first day of '2026-Q4'. Raises ValueError."""
    match = PATTERN.fullmatch(text)
    if not match or int(match[1]) not in YEARS:
        raise ValueError(text)
    return date(int(match[1]), int(match[2]) * 3 - 2, 1)


def months_of(first: date) -> list[date]:
    return [add_months(first, n) for n in range(3)]


def last_day(first: date) -> date:
    return date.fromordinal(add_months(first, 3).toordinal() - 1)


def of_quarter(first: date) -> Period:
    return Period(QUARTER, first, last_day(first))
