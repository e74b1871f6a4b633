"""What the sweep reminds people of on this floor."""

from datetime import datetime

from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Concat
from django.urls import reverse

from core import outbox
from core.models import OutboxMessage
from staff import calendars, people
from staff.models import Store

STAGE = "missing"


def not_told(now: datetime):
    """Stores that lack a year's public holidays and where nobody has been told."""
    for year in calendars.wanted_years(now.date()):
        occasion = Concat(Value("calendar "), OuterRef("code"), Value(f" {year}"), output_field=CharField())
        told = OutboxMessage.objects.filter(occasion=occasion, stage=STAGE)
        yield Store.objects.exclude(calendar_years__year=year).filter(~Exists(told))


def missing_calendar_years(now: datetime) -> int:
    """Tells those who may enter it, once for every year, that a year's public holidays are missing 60 days ahead."""
    told = 0
    for code, year in calendars.missing_years(now.date()):
        occasion = f"calendar {code} {year}"
        known = OutboxMessage.objects.filter(occasion=occasion, stage=STAGE).values("user")
        store = Store.objects.get(code=code)
        for user in people.editors(store).exclude(pk__in=known):
            path = f"{reverse('staff:calendar')}?year={year}"
            outbox.notify(store=store, user=user, occasion=occasion, stage=STAGE, topic="calendar_year_missing", path=path, year=year)
            told += 1
    return told
