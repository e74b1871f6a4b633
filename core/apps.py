from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "core"

    def ready(self):
        from core import allowance, delivery, logs, once, outbox, seal, sweep, tasks

        logs.configure()
        sweep.register("sent", outbox.send_due, order=90, due=lambda now: [outbox.due(now)])
        sweep.register_due(outbox.oldest_due)
        # What waits for another's server is late by itself, and is no reason to think that the sweep is.
        sweep.register("sent", tasks.send_deliver, order=91, due=lambda now: [delivery.due(now)])
        sweep.register("sealed", seal.seal_new, order=95, due=lambda now: [seal.unsealed(now)])
        sweep.register("forgotten", once.forget, order=96, due=lambda now: [once.old(now)])
        sweep.register("forgotten", allowance.forget, order=97, due=lambda now: [allowance.over(now)])
