"""The one clock. Everything that asks "what time is it?" asks here, so that tests and demonstrations can move it."""

from datetime import UTC, datetime, timedelta

from django.conf import settings


def now() -> datetime:
    """The current moment, aware, in UTC."""
    return datetime.now(UTC) + timedelta(seconds=settings.CLOCK_OFFSET)
