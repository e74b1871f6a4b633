from django.apps import AppConfig


class CsiConfig(AppConfig):
    name = "csi"
