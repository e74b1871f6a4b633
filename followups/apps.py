from django.apps import AppConfig


class FollowupsConfig(AppConfig):
    name = "followups"

    def ready(self):
        from core import metrics, sweep, topics
        from followups import asking, steps, verification
        from followups.topics import KINDS, TOPICS

        topics.TOPICS.update(TOPICS)
        topics.KINDS.update(KINDS)

        # What is planned opens in the same sweep, and is told in it (the outbox comes last, at 90).
        sweep.register("planned", steps.plan_orders, order=30, due=lambda now: [steps.unplanned_orders(now)])
        sweep.register("planned", steps.plan_deliveries, order=31, due=lambda now: [steps.unplanned_deliveries(now)])
        sweep.register("planned", steps.plan_recoveries, order=32, due=lambda now: [steps.unplanned_recoveries(now)])
        sweep.register("planned", steps.plan_rechecks, order=33, due=lambda now: [steps.unplanned_rechecks(now)])
        sweep.register("planned", steps.plan_revisits, order=34, due=lambda now: [steps.unplanned_revisits()])
        sweep.register("planned", verification.look, order=37, due=verification.unlooked)
        sweep.register("closed", steps.cancel_revisits, order=35, due=lambda now: [steps.revisits_gone()])
        sweep.register("closed", asking.close_answered, order=35, due=lambda now: [asking.answered(now)])
        sweep.register("closed", steps.close_unwanted, order=36, due=lambda now: [steps.unwanted()])
        sweep.register("opened", steps.open_due, order=40, due=lambda now: [steps.to_open(now)])
        sweep.register("breached", steps.mark_breached, order=41, due=lambda now: [steps.to_breach(now)])
        sweep.register_due(steps.oldest_due)
        metrics.register(steps.gauges)
