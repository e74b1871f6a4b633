"""Writes a line for each tick that a worker takes and for each sweep's begin and end: 'tick PID', 'begin PID', 'end PID'."""

import os
import time
from datetime import timedelta

from celery.signals import task_prerun
from django.apps import AppConfig
from django.conf import settings

SWEEPING = float(os.environ.get("SWEEPING", "0.05"))  # seconds: long enough that two at once are seen


def write(what: str) -> None:
    with settings.SWEEPS_LOG.open("a") as log:
        log.write(f"{what} {os.getpid()} {time.monotonic():.3f}\n")


def swept(now) -> int:
    write("begin")
    time.sleep(SWEEPING)
    write("end")
    return 0


class FaultyConfig(AppConfig):
    name = "tests.faulty_app"

    def ready(self):
        from core import sweep
        from core.models import SweepState

        sweep.register("watched", swept, order=1)
        task_prerun.connect(lambda **_: write("tick"), weak=False)
        if os.environ.get("CHUNK"):
            from desk.imports import archive

            archive.chunk_size = lambda: int(os.environ["CHUNK"])
        if os.environ.get("GUARD") == "lease":

            def take(now, holder):
                """Whoever comes sweeps."""
                SweepState.objects.update_or_create(name="sweep", defaults={"holder": holder, "lease_until": now + timedelta(minutes=1)})
                return True

            sweep._take = take
