from django.apps import AppConfig

LOGZINNEN = {
    "planning_geladen": "De planning van de overstap is bijgewerkt. Wijzigingen: {aantal}.",
    "ingelogd_met_token": "Heeft ingelogd met een token.",
    "tokenpoging_onjuist": "Er is een onjuiste combinatie ingevuld om met een token in te loggen.",
    "token_geblokkeerd": "Na 5 onjuiste combinaties is inloggen met een token 15 minuten geblokkeerd.",
    "token_geweigerd": "Inloggen met een token is geweigerd: {reden}.",
    "token_uitgegeven": "Er is een token aan dit account gekoppeld.",
    "token_ingetrokken": "Het token werkt niet meer.",
    "token_ingeleverd": "Het token is ingeleverd.",
    "voorbereiding_gewijzigd": "De voorbereiding van de overstap is bijgewerkt. Punten: {punten}",
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
        from accounts.haken import register_menu
        from koppeling.haken import Inlogwijze, register_inlogwijze
        from planning.emails.overstap import BERICHT
        from planning.emails.uitzondering import UITZONDERING_EINDE, write_uitzondering_mail
        from planning.haken import show_overstap
        from planning.rules.token import TOKEN
        from planning.services.houders import find_houders
        from planning.services.mailteksten import write_overstap_mail
        from planning.services.overgangen import open_portalen
        from planning.services.tokens import revoke_token, what_to_hand_in, words_of_tokens
        from planning.views.token import show_knop, show_melding, show_opnieuw
        from verantwoording.haken import Berichtsoort, register_berichtsoort, register_logzinnen

        register_berichtsoort(BERICHT, Berichtsoort(write_overstap_mail))
        register_berichtsoort(UITZONDERING_EINDE, Berichtsoort(write_uitzondering_mail))
        register_logzinnen(LOGZINNEN)
        register_menu(show_overstap)
        register_inlogwijze(
            TOKEN,
            Inlogwijze(
                knop=show_knop,
                middelen=words_of_tokens,
                houders=find_houders,
                na_koppelen=what_to_hand_in,
                intrekken=revoke_token,
                portalen=open_portalen,
                melding=show_melding,
                opnieuw=show_opnieuw,
            ),
        )
