from django.apps import AppConfig


class StaffConfig(AppConfig):
    name = "staff"

    def ready(self):
        from core import delivery, sweep
        from staff import access, checks, reminders  # noqa: F401  checks: registers itself

        sweep.register("reminded", reminders.missing_calendar_years, order=10, due=reminders.not_told)
        delivery.register_check(access.opens)
