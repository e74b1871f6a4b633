from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"

    def ready(self):
        from core import allowance, logs, once, outbox, seal, sweep

        logs.configure()
        sweep.register("sent", outbox.send_due, order=90, due=lambda now: [outbox.due(now)])
        sweep.register_due(outbox.oldest_due)
        sweep.register("sealed", seal.seal_new, order=95, due=lambda now: [seal.unsealed(now)])
        sweep.register("forgotten", once.forget, order=96, due=lambda now: [once.old(now)])
        sweep.register("forgotten", allowance.forget, order=97, due=lambda now: [allowance.over(now)])
