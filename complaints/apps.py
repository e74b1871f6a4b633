from django.apps import AppConfig


class ComplaintsConfig(AppConfig):
    name = "complaints"

    def ready(self):
        from complaints import feedback_steps, steps
        from complaints.models import Clock, FeedbackClock
        from complaints.topics import KINDS, TOPICS
        from core import sweep, topics

        topics.TOPICS.update(TOPICS)
        topics.KINDS.update(KINDS)

        # What is late is raised in the same sweep, and told in it (the outbox comes last, at 90).
        sweep.register("warned", steps.warn, order=50, due=lambda now: [Clock.objects.to_warn(now).filter(due_at__gt=now)])
        sweep.register("breached", steps.breach, order=51, due=lambda now: [Clock.objects.to_breach(now)])
        sweep.register("escalated", steps.escalate, order=52, due=lambda now: [Clock.objects.to_raise()])
        sweep.register_due(steps.oldest_due)
        near, late = FeedbackClock.objects.to_warn, FeedbackClock.objects.to_breach
        sweep.register("warned", feedback_steps.warn_feedback, order=53, due=lambda now: [near(now).filter(due_at__gt=now)])
        sweep.register("breached", feedback_steps.breach_feedback, order=54, due=lambda now: [late(now)])
        sweep.register_due(feedback_steps.oldest_due)
