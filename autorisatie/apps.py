from django.apps import AppConfig

LOGZINNEN = {
    "rol_gegeven": "De rol {rol} is gegeven. Kenmerken: {kenmerken}.",
    "rol_gegeven_tot": "De rol {rol} is gegeven, tot en met {tot}. Kenmerken: {kenmerken}.",
    "rol_einde_gewijzigd": "De rol {rol} geldt nu {einde}.",
    "kenmerk_einde_gewijzigd": "Bij de rol {rol} geldt nu per kenmerk: {einden}.",
    "rol_gewijzigd": "De kenmerken bij de rol {rol} zijn gewijzigd. Erbij: {erbij}. Eraf: {eraf}.",
    "rol_ingetrokken": "De rol {rol} is ingetrokken.",
    "eigen_rol_voorgesteld": "Vraagt een collega-beheerder om deze rollen: {rollen}.",
    "eigen_rol_akkoord": "Een collega-beheerder is akkoord met deze rollen: {rollen}.",
    "eigen_rol_afgewezen": "Een collega-beheerder heeft deze rollen afgewezen: {rollen}.",
    "eigen_rol_ingetrokken": "Het voorstel voor deze rollen is ingetrokken: {rollen}.",
    "eigen_rol_vervallen": "Het voorstel voor deze rollen is vervallen: {rollen}.",
    "rollen_beeindigd": "Alle rollen zijn ingetrokken: {aantal}.",
    "bevoegdheden_gewijzigd": "Mag als beheerder rollen geven van: {beheerdersrollen}.",
    "machtiging_ingegaan": "De machtiging van {verlener} aan {gemachtigde} geldt.",
    "machtiging_gestopt": "De machtiging van {verlener} aan {gemachtigde} is gestopt.",
    "machtiging_ingekort": "De machtiging van {verlener} aan {gemachtigde} geldt vanaf {dag} niet meer voor {wat}.",
    "machtiging_leeg": "De machtiging van {verlener} aan {gemachtigde} stopt op {dag}: {wat} gaat naar een ander.",
    "machtiging_bevestigen_voorgesteld": "Machtiging van {verlener} aan {gemachtigde}, bevoegd gezag: klaargezet.",
    "machtiging_bevestigen_akkoord": "Machtiging van {verlener} aan {gemachtigde}, bevoegd gezag: akkoord.",
    "machtiging_bevestigen_afgewezen": "Machtiging van {verlener} aan {gemachtigde}, bevoegd gezag: afgewezen.",
    "machtiging_bevestigen_ingetrokken": "Machtiging van {verlener} aan {gemachtigde}, bevoegd gezag: ingetrokken.",
    "machtiging_bevestigen_vervallen": "Machtiging van {verlener} aan {gemachtigde}, bevoegd gezag: vervallen.",
    "machtiging_aanvaarden_voorgesteld": "Machtiging van {verlener} aan {gemachtigde}, andere kant: klaargezet.",
    "machtiging_aanvaarden_akkoord": "Machtiging van {verlener} aan {gemachtigde}, andere kant: akkoord.",
    "machtiging_aanvaarden_afgewezen": "Machtiging van {verlener} aan {gemachtigde}, andere kant: afgewezen.",
    "machtiging_aanvaarden_ingetrokken": "Machtiging van {verlener} aan {gemachtigde}, andere kant: ingetrokken.",
    "machtiging_aanvaarden_vervallen": "Machtiging van {verlener} aan {gemachtigde}, andere kant: vervallen.",
    "machtiging_papier_voorgesteld": "De machtiging op papier van {verlener} aan {gemachtigde}: klaargezet.",
    "machtiging_papier_akkoord": "De machtiging op papier van {verlener} aan {gemachtigde}: akkoord.",
    "machtiging_papier_afgewezen": "De machtiging op papier van {verlener} aan {gemachtigde}: afgewezen.",
    "machtiging_papier_ingetrokken": "De machtiging op papier van {verlener} aan {gemachtigde}: ingetrokken.",
    "machtiging_papier_vervallen": "De machtiging op papier van {verlener} aan {gemachtigde}: vervallen.",
    "namens_gekozen": "Ging werken namens {verlener}, met de machtiging aan {gemachtigde}.",
    "kenmerken_overgedragen": "Overgedragen aan een andere organisatie: {wat}.",
    "kenmerken_ontvangen": "Overgenomen van een andere organisatie: {wat}.",
    "rol_overgedragen": "Stopt door overdracht aan een andere organisatie: {wat}.",
    "rol_ontvangen": "Gekregen door overdracht van een andere organisatie: {wat}.",
    "catalogus_geladen": "De lijst van rollen en taken is bijgewerkt. Wijzigingen: {aantal}.",
}


class AutorisatieConfig(AppConfig):
    name = "autorisatie"

    def ready(self) -> None:
        from accounts.haken import register_menu
        from autorisatie.emails import machtiging, middel
        from autorisatie.emails.eigen_rol import (
            EIGEN_ROL_DUO,
            EIGEN_ROL_GEZAG,
            EIGEN_ROL_VOORSTEL,
            write_eigen_rol_mail_duo,
            write_eigen_rol_mail_gezag,
            write_eigen_rol_voorstel_mail,
        )
        from autorisatie.views import overzicht_menu
        from verantwoording.haken import Berichtsoort, register_berichtsoort, register_logzinnen

        register_logzinnen(LOGZINNEN)
        register_berichtsoort(EIGEN_ROL_GEZAG, Berichtsoort(write_eigen_rol_mail_gezag))
        register_berichtsoort(EIGEN_ROL_DUO, Berichtsoort(write_eigen_rol_mail_duo))
        register_berichtsoort(EIGEN_ROL_VOORSTEL, Berichtsoort(write_eigen_rol_voorstel_mail))
        for soort, schrijf in (
            (machtiging.MACHTIGING_BEVESTIGEN, machtiging.write_machtiging_bevestigen_mail),
            (machtiging.MACHTIGING_AANGEBODEN, machtiging.write_machtiging_aangeboden_mail),
            (machtiging.MACHTIGING_AFGEWEZEN, machtiging.write_machtiging_afgewezen_mail),
            (machtiging.MACHTIGING_INGEGAAN, machtiging.write_machtiging_ingegaan_mail),
            (machtiging.MACHTIGING_GESTOPT, machtiging.write_machtiging_gestopt_mail),
            (machtiging.MACHTIGING_LOOPT_AF, machtiging.write_machtiging_loopt_af_mail),
            (machtiging.MACHTIGING_INGEKORT, machtiging.write_machtiging_ingekort_mail),
        ):
            register_berichtsoort(soort, Berichtsoort(schrijf))
        register_berichtsoort(middel.MIDDEL_GEMELD, Berichtsoort(middel.write_middel_gemeld_mail))
        register_berichtsoort(middel.MIDDEL_GEMELD_DUO, Berichtsoort(middel.write_middel_gemeld_mail_duo))
        register_menu(overzicht_menu)
