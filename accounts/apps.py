from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts.emails import aanmelding
        from verantwoording.haken import Berichtsoort, register_berichtsoort, register_logzinnen

        register_berichtsoort(aanmelding.AANMELDING, Berichtsoort(aanmelding.write_aanmelding_mail))
        register_berichtsoort(aanmelding.ADRES_GEWIJZIGD, Berichtsoort(aanmelding.write_adres_gewijzigd_mail))
        register_logzinnen(
            {
                "account_aangemeld": "Gebruiker aangemeld.",
                "account_gewijzigd": "Gegevens gewijzigd: {velden}.",
                "account_beeindigd": "Account beëindigd.",
                "beheerder_aangesteld": "Beheerder geworden.",
                "beheerder_ingetrokken": "Niet langer beheerder.",
            }
        )
