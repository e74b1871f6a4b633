from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "reports"

    def ready(self):
        from core import sweep, topics
        from reports import counts, steps
        from reports.models import Changed, ImprovementPlan
        from reports.topics import TOPICS

        topics.TOPICS.update(TOPICS)

        sweep.register("breached", steps.tell_overdue_plans, order=60, due=lambda now: [ImprovementPlan.objects.to_tell(now)])
        sweep.register_due(steps.oldest_due)
        sweep.register("counted", counts.take_changes, order=97, can_wait=True, due=lambda now: [Changed.objects.all()])
        sweep.register("counted", counts.keep_counts, order=98, can_wait=True, is_whole=False, due=lambda now: [counts.stale()])
