from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "desk"

    def ready(self):
        from core import sweep
        from desk import tasks

        sweep.register("imported", tasks.send_waiting, order=50)
