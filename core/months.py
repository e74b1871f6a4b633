"""Months, each named by its first day. Pure: today is an argument, and it is the store's own local date."""

from calendar import monthrange
from datetime import date, datetime, timedelta

FINAL_ON = 8  # domain §10: the month before counts as final from this day on
EAST = timedelta(hours=14)  # nowhere is the local date further on


def add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last one where it is shorter."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


def add(month: date, months: int) -> date:
    """The first day of the month so many months later, or earlier."""
    return add_months(month.replace(day=1), months)


def month_after(month: date) -> date:
    return add(month, 1)


def last_over(today: date, day: int) -> date:
    """The last month whose following month has come to its `day`th: on the 8th of November, with 8, that is October."""
    return add(today, -1 if today.day >= day else -2)


def last_final(today: date) -> date:
    """The last month that is final on that day."""
    return last_over(today, FINAL_ON)


def furthest(now: datetime) -> date:
    """The latest local date that any store may have: no month is over anywhere that is not over on it. now: in UTC."""
    return (now + EAST).date()
