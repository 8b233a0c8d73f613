from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts.emails import aanmelding, wijziging
        from verantwoording.haken import Berichtsoort, register_berichtsoort, register_logzinnen

        register_berichtsoort(aanmelding.AANMELDING, Berichtsoort(aanmelding.write_aanmelding_mail))
        register_berichtsoort(aanmelding.ADRES_GEWIJZIGD, Berichtsoort(aanmelding.write_adres_gewijzigd_mail))
        register_berichtsoort(wijziging.EMAIL_BEVESTIGEN, Berichtsoort(wijziging.write_email_bevestigen_mail))
        register_berichtsoort(wijziging.EMAIL_VERVANGEN, Berichtsoort(wijziging.write_email_vervangen_mail))
        register_logzinnen(
            {
                "eigen_gegevens_gewijzigd": "Heeft eigen gegevens gewijzigd: {velden}.",
                "email_wijziging_gevraagd": "Heeft gevraagd om een ander e-mailadres. Het telt pas na bevestiging.",
                "email_bevestigd": "Het nieuwe e-mailadres is bevestigd en geldt vanaf nu.",
            }
        )
        register_logzinnen(
            {
                "contactpersoon_toegevoegd": "Contactpersoon toegevoegd: {wat}.",
                "contactpersoon_gewijzigd": "Contactpersoon gewijzigd: {wat}.",
                "contactpersoon_verwijderd": "Contactpersoon verwijderd: {wat}.",
                "contract_toegevoegd": "Contract met een derde toegevoegd: {wat}.",
                "contract_gewijzigd": "Contract met een derde gewijzigd: {wat}.",
                "contract_verwijderd": "Contract met een derde verwijderd: {wat}.",
                "gezag_gewijzigd": "De gegevens van het bevoegd gezag zijn gewijzigd.",
            }
        )
        register_logzinnen(
            {
                "account_aangemeld": "Gebruiker aangemeld.",
                "aanmelding_herhaald": "De e-mail met de bevestiging is opnieuw verstuurd.",
                "account_gewijzigd": "Gegevens gewijzigd: {velden}.",
                "email_teruggezet": "Het vorige e-mailadres geldt weer.",
                "account_beeindigd": "Account beëindigd.",
                "account_geblokkeerd": "Account tijdelijk geblokkeerd.",
                "account_hersteld": "Het einde van het account is teruggedraaid.",
                "account_vrijgegeven": "Tijdelijke blokkade opgeheven.",
                "beheerder_aangesteld": "Beheerder geworden.",
                "noodbeheerder_aangesteld": "Noodbeheerder geworden, tot {tot}.",
                "beheer_gewijzigd": "Door DUO: {wat}.",
                "beheerder_ingetrokken": "Niet langer beheerder.",
                "staf_gemaakt": "Medewerker van DUO aangemeld, of een nieuw wachtwoord gegeven.",
                "staf_beeindigd": "Medewerker van DUO beëindigd.",
                "tweede_factor_gewist": "De tweede factor van een medewerker van DUO is gewist.",
            }
        )
