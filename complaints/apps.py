from django.apps import AppConfig


class ComplaintsConfig(AppConfig):
    name = "complaints"

    def ready(self):
        from complaints import steps
        from complaints.models import Clock
        from complaints.topics import KINDS, TOPICS
        from core import sweep, topics

        topics.TOPICS.update(TOPICS)
        topics.KINDS.update(KINDS)

        # What is late is raised in the same sweep, and told in it (the outbox comes last, at 90).
        sweep.register("warned", steps.warn, order=50, due=lambda now: [Clock.objects.to_warn(now).filter(due_at__gt=now)])
        sweep.register("breached", steps.breach, order=51, due=lambda now: [Clock.objects.to_breach(now)])
        sweep.register("escalated", steps.escalate, order=52, due=lambda now: [Clock.objects.to_raise()])
        sweep.register_due(steps.oldest_due)
