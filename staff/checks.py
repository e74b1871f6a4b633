from django.core.checks import Tags, Warning, register
from django.db import DatabaseError

from core import clock
from staff import calendars


@register(Tags.database)
def holidays_are_entered(app_configs, databases=None, **kwargs):
    """manage.py check --database default: a year without its public holidays would set deadlines on holidays."""
    if not databases:
        return []
    try:
        missing = calendars.missing_years(clock.now().date())
    except DatabaseError:
        return []  # not migrated yet
    return [
        Warning(
            f"Store {code}: the public holidays of {year} are not entered.",
            hint="Enter them under Settings › Calendar, or upgrade chinesecalendar and fill the year there.",
            id="staff.W001",
        )
        for code, year in missing
    ]
