"""Calendar arithmetic over a store's hours: pure, no database, the time is an argument.

A day's hours are ranges of local minutes ``(start, end)``, ``0 <= start < end <= 1440``, half open, in order, not touching
each other's inside. A weekday has a list of them; a dated exception (public holiday, make-up day) replaces the weekday's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Ranges = tuple[tuple[int, int], ...]
HORIZON_DAYS = 400
MINUTE = timedelta(minutes=1)


class NoHours(Exception):
    """The calendar has no open moment within HORIZON_DAYS of the time asked about."""


@dataclass(frozen=True)
class Hours:
    """tz: the store's zone. weekly: seven entries, Monday first. exceptions: local date -> that day's ranges (() = closed)."""

    tz: ZoneInfo
    weekly: tuple[Ranges, Ranges, Ranges, Ranges, Ranges, Ranges, Ranges]
    exceptions: Mapping[date, Ranges] = field(default_factory=dict)

    def ranges(self, day: date) -> Ranges:
        return self.exceptions.get(day, self.weekly[day.weekday()])

    def moment(self, day: date, minute: int) -> datetime:
        """The UTC moment of a local minute; 1440 is the next day's midnight. A minute that the clocks skip in spring is the moment of
        the jump."""
        day += timedelta(days=minute // 1440)
        local = datetime.combine(day, time(*divmod(minute % 1440, 60)), self.tz)
        at = local.astimezone(UTC)
        if at.astimezone(self.tz).replace(tzinfo=None) != local.replace(tzinfo=None):
            offset = at.astimezone(self.tz).utcoffset()
            while (at - MINUTE).astimezone(self.tz).utcoffset() == offset:
                at -= MINUTE
        return at

    def intervals(self, day: date) -> list[tuple[datetime, datetime]]:
        moments = ((self.moment(day, start), self.moment(day, end)) for start, end in self.ranges(day))
        return [(start, end) for start, end in moments if start < end]  # a range may lie wholly in the hour that is skipped

    def local_date(self, at: datetime) -> date:
        return at.astimezone(self.tz).date()

    def contains(self, at: datetime) -> bool:
        return any(start <= at < end for start, end in self.intervals(self.local_date(at)))

    def _forward(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        day = self.local_date(at)
        for n in range(HORIZON_DAYS):
            yield from self.intervals(day + timedelta(days=n))
        raise NoHours(f"no hours within {HORIZON_DAYS} days")

    def current_or_next(self, at: datetime) -> tuple[datetime, datetime]:
        """The interval that `at` lies in, else the next one to begin. Raises NoHours."""
        return next((start, end) for start, end in self._forward(at) if end > at)

    def first_moment(self, at: datetime) -> datetime:
        """`at` when inside, else when the hours next begin. Raises NoHours."""
        return max(at, self.current_or_next(at)[0])

    def last_moment(self, at: datetime) -> datetime | None:
        """`at` when inside or exactly at an end, else the end of the latest interval before it; None if there was none."""
        day = self.local_date(at)
        for n in range(HORIZON_DAYS):
            for start, end in reversed(self.intervals(day - timedelta(days=n))):
                if start <= at:
                    return min(at, end)
        return None
