from django.apps import AppConfig

LOGZINNEN = {
    "pagina_geschreven": "Er is geschreven aan versie {versie} van de openbare pagina ‘{titel}’.",
    "pagina_gepubliceerd": "Versie {versie} van de openbare pagina ‘{titel}’ is gepubliceerd.",
}


class PubliekConfig(AppConfig):
    name = "publiek"
    verbose_name = "Openbare site"

    def ready(self) -> None:
        from verantwoording.haken import register_logzinnen

        register_logzinnen(LOGZINNEN)
