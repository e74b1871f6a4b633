from django.apps import AppConfig


class ComplaintsConfig(AppConfig):
    name = "complaints"

    def ready(self):
        from complaints import steps
        from complaints.topics import TOPICS
        from core import sweep, topics

        topics.TOPICS.update(TOPICS)

        # What is late is raised in the same sweep, and told in it (the outbox comes last, at 90).
        sweep.register("warned", steps.warn, order=50)
        sweep.register("breached", steps.breach, order=51)
        sweep.register("escalated", steps.escalate, order=52)
        sweep.register_due(steps.oldest_due)
