"""An application that widens the moment between seeing a free customer and claiming them, and can take the guard out."""

import os
import time
from datetime import timedelta

from django.apps import AppConfig

WIDER = 0.05  # seconds


class CrowdedConfig(AppConfig):
    name = "tests.crowded_app"

    def ready(self):
        from core import clock
        from followups import leases
        from followups.models import CallSheet

        guarded = leases.take

        def slow_take(sheet_id, user, *, only_ready=False):
            time.sleep(WIDER)
            return guarded(sheet_id, user, only_ready=only_ready)

        def unguarded_take(sheet_id, user, *, only_ready=False):
            """Claims whatever it is asked to, whoever holds it."""
            time.sleep(WIDER)
            CallSheet.objects.filter(pk=sheet_id).update(claimed_by=user, claimed_until=clock.now() + timedelta(minutes=5))
            return True

        leases.take = slow_take
        if os.environ.get("GUARD") == "out":
            leases.take, leases.hand_in = unguarded_take, lambda sheet_id, user, claim: True
