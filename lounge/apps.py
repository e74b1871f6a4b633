from django.apps import AppConfig


class LoungeConfig(AppConfig):
    name = "lounge"

    def ready(self):
        from core import topics
        from lounge.topics import TOPICS

        topics.TOPICS.update(TOPICS)
