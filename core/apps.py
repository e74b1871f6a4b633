from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"

    def ready(self):
        from core import logs, once, outbox, seal, sweep

        logs.configure()
        sweep.register("sent", outbox.send_due, order=90)
        sweep.register_due(outbox.oldest_due)
        sweep.register("sealed", seal.seal_new, order=95)
        sweep.register("forgotten", once.forget, order=96)
