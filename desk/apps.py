from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "desk"

    def ready(self):
        from core import metrics, sweep
        from desk import tasks
        from desk.imports import runs

        metrics.register(tasks.gauges)
        # Neither counts as something that was due: the work is another process's, or nobody's.
        sweep.register("sent", tasks.send_waiting, order=50, due=lambda now: [runs.free(now)])
        sweep.register("sent", tasks.forget_previews, order=51, due=lambda now: [runs.old_previews(now)])
