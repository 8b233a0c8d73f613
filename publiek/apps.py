from django.apps import AppConfig

LOGZINNEN = {
    "pagina_geschreven": "Er is geschreven aan versie {versie} van de openbare pagina ‘{titel}’.",
    "pagina_gepubliceerd": "Versie {versie} van de openbare pagina ‘{titel}’ is gepubliceerd.",
    "nieuwsbrief_verzonden": "De nieuwsbrief ‘{onderwerp}’ is verzonden aan {aantal} abonnees.",
}


class PubliekConfig(AppConfig):
    name = "publiek"
    verbose_name = "Openbare site"

    def ready(self) -> None:
        from publiek.emails import nieuwsbrieven
        from verantwoording.haken import Berichtsoort, register_berichtsoort, register_logzinnen

        register_logzinnen(LOGZINNEN)
        register_berichtsoort(nieuwsbrieven.BEVESTIGEN, Berichtsoort(nieuwsbrieven.write_bevestigen_mail))
        register_berichtsoort(nieuwsbrieven.EDITIE, Berichtsoort(nieuwsbrieven.write_editie_mail))
