from django.apps import AppConfig


class FollowupsConfig(AppConfig):
    name = "followups"

    def ready(self):
        from core import sweep, topics
        from followups import steps
        from followups.topics import TOPICS

        topics.TOPICS.update(TOPICS)

        # What is planned opens in the same sweep, and is told in it (the outbox comes last, at 90).
        sweep.register("planned", steps.plan_orders, order=30)
        sweep.register("planned", steps.plan_deliveries, order=31)
        sweep.register("planned", steps.plan_recoveries, order=32)
        sweep.register("planned", steps.plan_rechecks, order=33)
        sweep.register("planned", steps.plan_revisits, order=34)
        sweep.register("closed", steps.cancel_revisits, order=35)
        sweep.register("closed", steps.close_unwanted, order=36)
        sweep.register("opened", steps.open_due, order=40)
        sweep.register("breached", steps.mark_breached, order=41)
        sweep.register_due(steps.oldest_due)
