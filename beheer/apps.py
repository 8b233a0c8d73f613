from django.apps import AppConfig


class BeheerConfig(AppConfig):
    name = "beheer"

    def ready(self) -> None:
        from accounts.haken import register_menu
        from beheer.emails import aanvraag, continuiteit, gezag, hercertificering, signalen
        from beheer.haken import show_gebruikers, show_logboek, show_machtigingen, show_organisatie, show_rollen
        from beheer.services import signaalpersonen
        from beheer.services.aanmeldlijsten import BEVESTIGD, ONGEDAAN
        from beheer.services.brieven import BRIEF_GEMAAKT, NIET_OVERHANDIGD, OVERHANDIGD
        from beheer.services.codes import render_code_gevraagd
        from beheer.services.gebruikersbestand import GEDOWNLOAD as GEBRUIKERSBESTAND_GEDOWNLOAD
        from beheer.services.hercertificering import GEDOWNLOAD as VERKLARING_GEDOWNLOAD
        from beheer.services.logboek import GEDOWNLOAD as LOGBOEK_GEDOWNLOAD
        from beheer.services.trechter import TRECHTER_GEDOWNLOAD
        from koppeling.services.codeaanvragen import GEVRAAGD
        from verantwoording.haken import Berichtsoort, register_berichtsoort, register_logzinnen

        register_menu(show_gebruikers)
        register_menu(show_rollen)
        register_menu(show_logboek)
        register_menu(show_machtigingen)
        register_menu(show_organisatie)
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
        register_logzinnen(
            {
                "hercertificering_begonnen": "Het nakijken van de rollen is begonnen. Rollen: {aantal}.",
                "hercertificering_afgerond": "Alle rollen zijn nagekeken.",
                "rol_behouden": "Bij het nakijken is de rol {rol} behouden.",
                "rol_onbekend": "Bij het nakijken was de persoon met de rol {rol} niet bekend.",
                "rol_vervallen": "De rol {rol} is vervallen, omdat die niet op tijd was nagekeken.",
                VERKLARING_GEDOWNLOAD: "De verklaring over het nakijken van de rollen is gedownload.",
            }
        )
        for soort, render in (
            (hercertificering.BEGONNEN, hercertificering.write_begonnen_mail),
            (hercertificering.HERINNERING, hercertificering.write_herinnering_mail),
            (hercertificering.WAARSCHUWING, hercertificering.write_waarschuwing_mail),
            (hercertificering.ESCALATIE, hercertificering.write_escalatie_mail),
            (hercertificering.AFGEROND, hercertificering.write_afgerond_mail),
        ):
            register_berichtsoort(soort, Berichtsoort(render))
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
        register_berichtsoort(continuiteit.CONTINUITEIT_GEZAG, Berichtsoort(continuiteit.write_continuiteit_gezag_mail))
        register_berichtsoort(continuiteit.CONTINUITEIT_DUO, Berichtsoort(continuiteit.write_continuiteit_duo_mail))
        register_berichtsoort(continuiteit.NOOD_VOORAF, Berichtsoort(continuiteit.write_nood_vooraf_mail))
        register_berichtsoort(continuiteit.NOOD_EINDE, Berichtsoort(continuiteit.write_nood_einde_mail))
        register_berichtsoort(gezag.GEZAG_GEVRAAGD, Berichtsoort(gezag.write_gezag_gevraagd_mail))
        register_berichtsoort(gezag.GEZAG_OUD, Berichtsoort(gezag.write_gezag_oud_mail))
        register_berichtsoort(gezag.GEZAG_NIEUW, Berichtsoort(gezag.write_gezag_nieuw_mail))
        register_berichtsoort(gezag.GEZAG_GEWEIGERD, Berichtsoort(gezag.write_gezag_geweigerd_mail))
        register_logzinnen(
            {
                "gezag_vraag_voorgesteld": "Aan DUO gevraagd om een ander bevoegd gezag.",
                "gezag_vraag_akkoord": "DUO heeft de vraag om een ander bevoegd gezag in behandeling genomen.",
                "gezag_vraag_afgewezen": "DUO heeft de vraag om een ander bevoegd gezag afgewezen.",
                "gezag_vraag_ingetrokken": "De vraag om een ander bevoegd gezag is ingetrokken.",
                "gezag_vraag_vervallen": "De vraag om een ander bevoegd gezag is vervallen.",
                "gezag_wijziging_voorgesteld": "Een wijziging van het bevoegd gezag is voorgesteld.",
                "gezag_wijziging_akkoord": "Een tweede medewerker ging akkoord met een ander bevoegd gezag.",
                "gezag_wijziging_afgewezen": "Een tweede medewerker heeft een ander bevoegd gezag afgewezen.",
                "gezag_wijziging_ingetrokken": "De wijziging van het bevoegd gezag is ingetrokken.",
                "gezag_wijziging_vervallen": "Over een ander bevoegd gezag is niet op tijd besloten.",
            }
        )
        register_logzinnen(
            {
                "kenmerk_overgang_voorgesteld": "Voorgesteld om {wat} per {dag} over te dragen.",
                "kenmerk_overgang_akkoord": "Tweede medewerker akkoord: {wat} wordt per {dag} overgedragen.",
                "kenmerk_overgang_afgewezen": "De overdracht van {wat} is afgewezen.",
                "kenmerk_overgang_ingetrokken": "De overdracht van {wat} is ingetrokken.",
                "kenmerk_overgang_vervallen": "Over de overdracht van {wat} is niet op tijd besloten.",
            }
        )
        register_logzinnen(
            {
                "signaal_ontstaan": "Er is een signaal ontstaan: {wat}.",
                "signaal_klopt": "Een signaal is nagekeken en het klopt: {wat}.",
                "signaal_gestopt": "Na een signaal is dit gestopt: {wat}.",
            }
        )
        for soort, render in (
            (signalen.SIGNAAL, signaalpersonen.render_signaal),
            (signalen.SIGNAAL_HERINNERING, signaalpersonen.render_herinnering),
            (signalen.SIGNAAL_DUO, signaalpersonen.render_duo),
            (signalen.SIGNAAL_GESTOPT, signaalpersonen.render_gestopt),
            (signalen.SIGNAAL_GESTOPT_DUO, signaalpersonen.render_gestopt_duo),
        ):
            register_berichtsoort(soort, Berichtsoort(render))
