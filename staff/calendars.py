"""A store's calendar: its default hours, China's public holidays, and reading it as core.workdays.Hours."""

from datetime import date, timedelta
from functools import cache

import chinese_calendar

from core.workdays import Hours
from staff.models import CalendarDay, CalendarYear, HoursKind, Store, WeekdayHours

# domain §4 (calling hours) and contracts.md (opening 08:30–18:30); a car dealer opens on every day of the week.
DEFAULT_HOURS = {
    HoursKind.OPENING: [(510, 1110)],
    HoursKind.STAFFED: [(510, 1110)],
    HoursKind.CALLING: [(540, 720), (840, 1170)],
}
MONDAY = 0
AHEAD = timedelta(days=60)


class UnknownYear(Exception):
    """The public holidays of a year have not been published in the installed chinesecalendar."""


@cache
def holidays(year: int) -> tuple[tuple[date, int | None, str], ...]:
    """China's exceptions of a year: (date, like_weekday, Chinese name); closed on holidays, open like a Monday on make-up days.

    Raises UnknownYear.
    """
    days = []
    day = date(year, 1, 1)
    while day.year == year:
        try:
            is_off, name = chinese_calendar.get_holiday_detail(day)
        except NotImplementedError:
            raise UnknownYear(str(year)) from None
        called = chinese_calendar.Holiday(name).chinese if name else ""
        if is_off and called:
            days.append((day, None, called))
        elif not is_off and day.weekday() >= 5:
            days.append((day, MONDAY, f"{called}调休上班"))
        day += timedelta(days=1)
    return tuple(days)


def is_known(year: int) -> bool:
    """Whether the installed chinesecalendar has the year's public holidays."""
    try:
        chinese_calendar.get_holiday_detail(date(year, 1, 1))
    except (NotImplementedError, ValueError):
        return False
    return True


def fill_year(store: Store, year: int) -> int:
    """Enters a year's public holidays; days that the store has edited stay. Returns how many were added. Raises UnknownYear."""
    have = set(CalendarDay.objects.filter(store=store, date__year=year).values_list("date", flat=True))
    new = [CalendarDay(store=store, date=day, like_weekday=like, name=name) for day, like, name in holidays(year) if day not in have]
    CalendarDay.objects.bulk_create(new)
    CalendarYear.objects.get_or_create(store=store, year=year)
    return len(new)


def fill_hours(store: Store) -> None:
    WeekdayHours.objects.bulk_create(
        WeekdayHours(store=store, kind=kind, weekday=weekday, start_minute=start, end_minute=end)
        for kind, ranges in DEFAULT_HOURS.items()
        for weekday in range(7)
        for start, end in ranges
    )


def hours(store: Store, kind: HoursKind) -> Hours:
    """The store's hours of one kind as a pure calendar. Two queries."""
    weekly: list[list[tuple[int, int]]] = [[] for _ in range(7)]
    for row in WeekdayHours.objects.filter(store=store, kind=kind).order_by("weekday", "start_minute"):
        weekly[row.weekday].append((row.start_minute, row.end_minute))
    ranges = tuple(tuple(day) for day in weekly)
    exceptions = {
        day: () if like is None else ranges[like]
        for day, like in CalendarDay.objects.filter(store=store).values_list("date", "like_weekday")
    }
    return Hours(tz=store.tz, weekly=ranges, exceptions=exceptions)


def wanted_years(today: date) -> set[int]:
    """The years whose holidays must be known: those that have begun or begin within 60 days."""
    return {today.year, (today + AHEAD).year}


def missing_years(today: date) -> list[tuple[str, int]]:
    """(store code, year) for every wanted year without its holidays entered."""
    wanted = wanted_years(today)
    have = set(CalendarYear.objects.values_list("store__code", "year"))
    return [(code, year) for code in Store.objects.values_list("code", flat=True) for year in sorted(wanted) if (code, year) not in have]
