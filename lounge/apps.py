from django.apps import AppConfig


class LoungeConfig(AppConfig):
    name = "lounge"
