from django.apps import AppConfig

LOGZINNEN = {
    "planning_geladen": "De planning van de overstap is bijgewerkt. Wijzigingen: {aantal}.",
    "overstap_aangekondigd": "De overstap van {overstap} is aangekondigd. Einde van het token: {einde}.",
    "overstap_geopend": "De overstap van {overstap} is open. Einde van het token: {einde}.",
    "overstap_afgerond": "De overstap van {overstap} is klaar: tokens werken niet meer.",
    "overstap_gepauzeerd": "De overstap van {overstap} is gepauzeerd. Tokens werken tot {einde}.",
    "overstap_hervat": "De overstap van {overstap} is hervat: {naar}.",
    "overstap_teruggedraaid": "De overstap van {overstap} is teruggedraaid. Tokens werken tot {einde}.",
    "overstap_dagen": "De dagen van de overstap van {overstap} zijn: aankondigen {aankondigen}, openen {openen}, "
    "einde van het token {einde}.",
    "uitzondering_gegeven": "Tokens werken voor {portaal} langer, tot {tot}.",
    "uitzondering_ingetrokken": "De uitzondering voor {portaal}, tot {tot}, is ingetrokken.",
}


class PlanningConfig(AppConfig):
    name = "planning"

    def ready(self) -> None:
        from planning.emails.overstap import BERICHT, write_overstap_mail
        from verantwoording.haken import Berichtsoort, register_berichtsoort, register_logzinnen

        register_berichtsoort(BERICHT, Berichtsoort(write_overstap_mail))
        register_logzinnen(LOGZINNEN)
