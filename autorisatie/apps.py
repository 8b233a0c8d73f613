from django.apps import AppConfig

LOGZINNEN = {
    "rol_gegeven": "De rol {rol} is gegeven. Kenmerken: {kenmerken}.",
    "rol_gegeven_tot": "De rol {rol} is gegeven, tot en met {tot}. Kenmerken: {kenmerken}.",
    "rol_einde_gewijzigd": "De rol {rol} geldt nu {einde}.",
    "rol_gewijzigd": "De kenmerken bij de rol {rol} zijn gewijzigd. Erbij: {erbij}. Eraf: {eraf}.",
    "rol_ingetrokken": "De rol {rol} is ingetrokken.",
    "eigen_rol_voorgesteld": "Vraagt een collega-beheerder om deze rollen: {rollen}.",
    "eigen_rol_akkoord": "Een collega-beheerder is akkoord met deze rollen: {rollen}.",
    "eigen_rol_afgewezen": "Een collega-beheerder heeft deze rollen afgewezen: {rollen}.",
    "eigen_rol_ingetrokken": "Het voorstel voor deze rollen is ingetrokken: {rollen}.",
    "eigen_rol_vervallen": "Het voorstel voor deze rollen is vervallen: {rollen}.",
    "rollen_beeindigd": "Alle rollen zijn ingetrokken: {aantal}.",
    "bevoegdheden_gewijzigd": "Mag als beheerder rollen geven van: {beheerdersrollen}.",
    "namens_gekozen": "Ging werken namens {verlener}, met de machtiging aan {gemachtigde}.",
    "catalogus_geladen": "De lijst van rollen en taken is bijgewerkt. Wijzigingen: {aantal}.",
}


class AutorisatieConfig(AppConfig):
    name = "autorisatie"

    def ready(self) -> None:
        from accounts.haken import register_menu
        from autorisatie.emails import (
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
        register_menu(overzicht_menu)
