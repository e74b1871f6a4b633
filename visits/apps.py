from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "visits"

    def ready(self):
        from core import sweep
        from visits import tiering

        sweep.register("tiers", tiering.refresh_due, order=50, due=tiering.due)
