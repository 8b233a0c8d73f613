from django.apps import AppConfig


class KoppelingConfig(AppConfig):
    name = "koppeling"
