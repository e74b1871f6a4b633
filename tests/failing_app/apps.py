from django.apps import AppConfig


class FailingConfig(AppConfig):
    name = "tests.failing_app"

    def ready(self):
        from core import sweep
        from tests.failing_app import failures

        sweep.register("failed", failures.step, order=1)
