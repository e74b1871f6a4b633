from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "desk"

    def ready(self):
        from core import metrics, sweep
        from desk import tasks

        metrics.register(tasks.gauges)
        # Neither counts as something that was due: the work is another process's, or nobody's.
        sweep.register("sent", tasks.send_waiting, order=50)
        sweep.register("sent", tasks.forget_previews, order=51)
