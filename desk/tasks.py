"""Imports are carried on in the background. A message names a store and nothing else: what is to be done stands in the database."""

from datetime import datetime

from celery import shared_task
from django.db.models import Count

from core.metrics import Gauge
from core.tasks import hint
from desk.imports import runs
from desk.models import ImportRun
from staff.models import Store


@shared_task(name="desk.tasks.carry_on_import", ignore_result=True)
def carry_on_import(store: int) -> None:
    """store: its primary key. Until nothing of the store's is left, or somebody else is at it."""
    place = Store.objects.filter(pk=store).first()
    while place and runs.work(place):
        pass


def send(store: int) -> None:
    hint(carry_on_import, store)


def send_waiting(now: datetime) -> int:
    """A step of the sweep. Nothing counts as done: the work is another process's."""
    for store in runs.waiting_stores():
        send(store.pk)
    return 0


def gauges(now: datetime) -> list[Gauge]:
    """What the desk tells under /metrics."""
    unfinished = ImportRun.objects.filter(status__in=[ImportRun.Status.WAITING, ImportRun.Status.RUNNING])
    found = dict(unfinished.values_list("status").annotate(n=Count("pk")))
    values = {f'state="{state}"': found.get(state, 0) for state in ("waiting", "running")}
    return [Gauge("imports", "Imports that are not finished.", values)]


def forget_previews(now: datetime) -> int:
    """A step of the sweep."""
    runs.forget_previews(now)
    return 0
