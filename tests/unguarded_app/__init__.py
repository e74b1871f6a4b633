"""An application whose only deed is to take the guard out of followups.leases."""

from django.apps import AppConfig


class UnguardedConfig(AppConfig):
    name = "tests.unguarded_app"

    def ready(self):
        from datetime import timedelta

        from core import clock
        from followups import leases
        from followups.models import CallSheet

        def take(sheet_id, user):
            """Claims whatever it is asked to, whoever holds it."""
            CallSheet.objects.filter(pk=sheet_id).update(claimed_by=user, claimed_until=clock.now() + timedelta(minutes=5))
            return True

        def hand_in(sheet_id, user, claim):
            return True

        leases.take, leases.hand_in = take, hand_in
