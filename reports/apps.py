from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"

    def ready(self):
        from core import sweep
        from reports import counts
        from reports.models import Changed

        sweep.register("counted", counts.take_changes, order=97, can_wait=True, due=lambda now: [Changed.objects.all()])
        sweep.register("counted", counts.keep_counts, order=98, can_wait=True, due=lambda now: [counts.stale()])
