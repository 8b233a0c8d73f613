from django.apps import AppConfig

LOGZINNEN = {
    "planning_geladen": "De planning van de overstap is bijgewerkt. Wijzigingen: {aantal}.",
}


class PlanningConfig(AppConfig):
    name = "planning"

    def ready(self) -> None:
        from verantwoording.haken import register_logzinnen

        register_logzinnen(LOGZINNEN)
