"""Calendar months, ISO weeks and quarters as a report names them: '2026-10', '2026-W44', '2026-Q4'. Pure: today is an argument."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext

from core.months import FINAL_ON, add_months  # domain §10: rates over deliveries are provisional until then

MONTH, WEEK, QUARTER = "month", "week", "quarter"
YEARS = range(2000, 2100)
PATTERN = re.compile(r"(\d{4})-(W?)(\d{2})", re.ASCII)


@dataclass(frozen=True, order=True)
class Period:
    """first and last: local dates, both included."""

    kind: str
    first: date
    last: date

    def __str__(self) -> str:
        if self.kind == MONTH:
            return f"{self.first:%Y-%m}"
        if self.kind == QUARTER:
            return f"{self.first.year}-Q{self._quarter}"
        year, week, _day = self.first.isocalendar()
        return f"{year}-W{week:02}"

    @property
    def code(self) -> str:
        return str(self)

    @property
    def _quarter(self) -> int:
        return (self.first.month + 2) // 3

    @property
    def label(self) -> str:
        """'October 2026', 'Week 44 of 2026', 'quarter 4 of 2026' in the reader's language."""
        if self.kind == MONTH:
            return date_format(self.first, "YEAR_MONTH_FORMAT")
        if self.kind == QUARTER:
            return gettext("quarter %(n)s of %(year)s") % {"n": self._quarter, "year": self.first.year}
        year, week, _day = self.first.isocalendar()
        return gettext("Week %(week)s of %(year)s") % {"week": week, "year": year}

    @property
    def short(self) -> str:
        """For the axis of a chart: '26/10', 'W44'."""
        return f"{self.first:%y/%m}" if self.kind == MONTH else f"W{self.first.isocalendar().week}"

    def days_by(self, today: date) -> int:
        """Of its days those that have come, today included."""
        return max(0, (min(self.last, today) - self.first).days + 1)

    @property
    def previous(self) -> "Period":
        return containing(self.first - timedelta(days=1), self.kind)

    @property
    def next(self) -> "Period":
        return containing(self.last + timedelta(days=1), self.kind)

    def back(self, count: int) -> list["Period"]:
        """The `count` periods that end with this one, oldest first."""
        found = [self]
        while len(found) < count:
            found.append(found[-1].previous)
        return found[::-1]

    def is_running(self, today: date) -> bool:
        """Not over yet (or not begun)."""
        return today <= self.last

    def is_provisional(self, today: date) -> bool:
        """Rates over its deliveries may still change: the customers are still being called."""
        return today < add_months(self.last.replace(day=1), 1).replace(day=FINAL_ON)


def containing(day: date, kind: str = MONTH) -> Period:
    if kind == MONTH:
        return Period(MONTH, day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1]))
    monday = day - timedelta(days=day.weekday())
    return Period(WEEK, monday, monday + timedelta(days=6))


def parse(text: str) -> Period:
    """'2026-10' or '2026-W44'. Raises ValueError with a sentence for whoever typed it."""
    match = PATTERN.fullmatch(text.strip())
    if match and int(match[1]) in YEARS:
        try:
            if match[2]:
                return containing(date.fromisocalendar(int(match[1]), int(match[3]), 1), WEEK)
            return containing(date(int(match[1]), int(match[3]), 1))
        except ValueError:
            pass
    raise ValueError(gettext("“%(text)s” is no period; write a month such as 2026-10 or a week such as 2026-W44.") % {"text": text})
