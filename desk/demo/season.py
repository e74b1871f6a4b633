"""When cars come: which days of a year are full and which are not, in a dealership in a Chinese city."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import accumulate

from core.workdays import Hours

SPRING_FESTIVAL = "春节"
LONG_HOLIDAYS = (SPRING_FESTIVAL, "国庆节", "劳动节")
# Air conditioning in early summer, long journeys and the first cold in autumn; quiet after the turn of the year.
MONTHS = {1: 1.0, 2: 0.96, 3: 0.92, 4: 0.94, 5: 0.98, 6: 1.04, 7: 1.02, 8: 0.97, 9: 1.06, 10: 1.1, 11: 1.08, 12: 1.0}
WEEKDAYS = (0.95, 0.9, 0.9, 0.92, 1.0, 1.25, 1.15)  # Monday first
DAYS_BEFORE, BEFORE_SPRING_FESTIVAL, BEFORE_ANOTHER = 10, 1.55, 1.3
DAYS_AFTER, AFTER_SPRING_FESTIVAL = 16, 0.5


def weight(day: date, holidays: Mapping[date, str]) -> float:
    """How many cars come on an open day, 1 being an ordinary one. holidays: closed date -> its Chinese name."""
    result = MONTHS[day.month] * WEEKDAYS[day.weekday()]
    ahead = next((name for n in range(1, DAYS_BEFORE + 1) if (name := holidays.get(day + timedelta(days=n))) in LONG_HOLIDAYS), None)
    if ahead:
        return result * (BEFORE_SPRING_FESTIVAL if ahead == SPRING_FESTIVAL else BEFORE_ANOTHER)
    if any(holidays.get(day - timedelta(days=n)) == SPRING_FESTIVAL for n in range(1, DAYS_AFTER + 1)):
        return result * AFTER_SPRING_FESTIVAL
    return result


class Season:
    """The days from `first` to `last`, both included, as one line from 0 to 1 on which a busy day is a long stretch and a closed
    one none: what is spread evenly over the line stands on the calendar as customers come."""

    def __init__(self, opening: Hours, holidays: Mapping[date, str], first: date, last: date):
        self.days = [day for n in range((last - first).days + 1) if opening.ranges(day := first + timedelta(days=n))]
        self._ends = list(accumulate(weight(day, holidays) for day in self.days))

    def day(self, place: float) -> date:
        """The day that a place of the line, 0 ≤ place < 1, lies in."""
        return self.days[min(bisect_right(self._ends, place * self._ends[-1]), len(self.days) - 1)]

    def place(self, day: date) -> float:
        """Where a day begins; 1 for days behind the last."""
        n = bisect_right(self.days, day - timedelta(days=1))
        return self._ends[n - 1] / self._ends[-1] if n else 0.0


@dataclass(frozen=True)
class Remembered(Hours):
    """Hours that are asked about the same days over and over."""

    known: dict[date, list[tuple[datetime, datetime]]] = field(default_factory=dict, compare=False)

    def intervals(self, day: date) -> list[tuple[datetime, datetime]]:
        if day not in self.known:
            self.known[day] = super().intervals(day)
        return self.known[day]

    def minutes_before(self, at: datetime, minutes: int) -> datetime:
        """So many minutes of these hours earlier."""
        left = timedelta(minutes=minutes)
        for n in range(30):
            for begins, ends in reversed(self.intervals(self.local_date(at) - timedelta(days=n))):
                span = min(ends, at) - begins
                if span >= left:
                    return begins + span - left
                left -= max(span, timedelta(0))
        return at - left

    @classmethod
    def of(cls, hours: Hours) -> "Remembered":
        return cls(hours.tz, hours.weekly, hours.exceptions)
