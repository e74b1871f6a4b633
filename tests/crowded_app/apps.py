"""An application that widens the moments in which people meet, and can take a guard out (GUARD=out: the claim, GUARD=once: core.once, GUARD=shown: two people, one record)."""

import os
import time
from datetime import timedelta

from django.apps import AppConfig
from django.db.models import F
from django.db.models.signals import pre_save
from django.forms import CharField

WIDER = 0.05  # seconds


class CrowdedConfig(AppConfig):
    name = "tests.crowded_app"

    def ready(self):
        from core import clock, forms, once
        from customers import actions
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
        if seconds := float(os.environ.get("SLOW_INSERTS", "0")):
            pre_save.connect(lambda instance, **_: instance._state.adding and time.sleep(seconds), weak=False)
        if os.environ.get("GUARD") == "once":
            once._is_first = lambda key: True
        if os.environ.get("GUARD") == "shown":
            actions._bump_version = lambda record, expected: type(record).objects.filter(pk=record.pk).update(version=F("version") + 1)
            forms.ShownMixin.watch = lambda form, record, state=None: form.fields.update(shown=CharField(required=False))
        if os.environ.get("GUARD") == "out":
            leases.take, leases.hand_in = unguarded_take, lambda sheet_id, user, claim: True
