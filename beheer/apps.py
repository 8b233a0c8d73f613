from django.apps import AppConfig


class BeheerConfig(AppConfig):
    name = "beheer"

    def ready(self) -> None:
        from accounts.haken import register_menu
        from beheer.emails import aanvraag, gezag
        from beheer.haken import show_gebruikers, show_logboek, show_machtigingen, show_rollen
        from beheer.services.aanmeldlijsten import BEVESTIGD, ONGEDAAN
        from beheer.services.brieven import BRIEF_GEMAAKT, NIET_OVERHANDIGD, OVERHANDIGD
        from beheer.services.codes import render_code_gevraagd
        from beheer.services.gebruikersbestand import GEDOWNLOAD as GEBRUIKERSBESTAND_GEDOWNLOAD
        from beheer.services.logboek import GEDOWNLOAD as LOGBOEK_GEDOWNLOAD
        from beheer.services.trechter import TRECHTER_GEDOWNLOAD
        from koppeling.services.codeaanvragen import GEVRAAGD
        from verantwoording.haken import Berichtsoort, register_berichtsoort, register_logzinnen

        register_menu(show_gebruikers)
        register_menu(show_rollen)
        register_menu(show_logboek)
        register_menu(show_machtigingen)
        register_logzinnen(
            {
                BRIEF_GEMAAKT: "De brief met de gebruikersnaam is gemaakt om af te drukken.",
                OVERHANDIGD: "De brief is persoonlijk overhandigd.",
                TRECHTER_GEDOWNLOAD: "De lijst met gebruikers is gedownload ({aantal} gebruikers).",
                NIET_OVERHANDIGD: "De brief is toch nog niet overhandigd.",
                GEBRUIKERSBESTAND_GEDOWNLOAD: "Het gebruikersbestand is gedownload.",
                LOGBOEK_GEDOWNLOAD: "Het logboek is gedownload.",
                BEVESTIGD: "Een bestand met gebruikers is bevestigd om aan te melden. Rijen: {aantal}.",
                ONGEDAAN: "Het aanmelden uit een bestand is ongedaan gemaakt. Beëindigde accounts: {aantal}.",
            }
        )
        register_berichtsoort(GEVRAAGD, Berichtsoort(render_code_gevraagd))
        register_berichtsoort(gezag.ONTKOPPELD_GEZAG, Berichtsoort(gezag.write_ontkoppeld_gezag_mail))
        register_berichtsoort(gezag.VRIJGEGEVEN_GEZAG, Berichtsoort(gezag.write_vrijgegeven_gezag_mail))
        register_berichtsoort(aanvraag.AANVRAAG_BEVESTIGEN, Berichtsoort(aanvraag.write_aanvraag_bevestigen_mail))
        register_berichtsoort(aanvraag.AANVRAAG_BESLOTEN, Berichtsoort(aanvraag.write_aanvraag_besloten_mail))
        register_logzinnen(
            {
                "aanvraag_voorgesteld": "Aanvraag bij DUO ingediend: {wat}.",
                "aanvraag_akkoord": "Aanvraag goedgekeurd door DUO: {wat}.",
                "aanvraag_afgewezen": "Aanvraag afgewezen door DUO: {wat}.",
                "aanvraag_ingetrokken": "Aanvraag ingetrokken: {wat}.",
                "aanvraag_vervallen": "Aanvraag vervallen, er is niet op tijd besloten: {wat}.",
                "aanvraag_tegengehouden": "Het bevoegd gezag heeft een aanvraag tegengehouden: {wat}.",
            }
        )
