from django.apps import AppConfig

LOGZINNEN = {
    "incident_geopend": "Koppelen wacht: {middelen} onbekende middelen van {organisaties} KVK-nummers in een uur.",
    "incident_vrijgegeven": "Het koppelen na een storing bij eHerkenning is vrijgegeven.",
    "ingelogd": "Heeft ingelogd met eHerkenning.",
    "uitgelogd": "Heeft uitgelogd.",
    "gekoppeld": "Heeft een eHerkenningsmiddel gekoppeld aan het account.",
    "ontkoppeld": "Het eHerkenningsmiddel is ontkoppeld. Reden: {reden}.",
    "koppelpoging_onjuist": "Er is een onjuiste combinatie van gebruikersnaam en activatiecode ingevuld.",
    "koppelen_geblokkeerd": "Na 5 onjuiste combinaties is koppelen 15 minuten geblokkeerd.",
    "middel_gestolen": "Het middel is gemeld als gestolen. Niemand kan er nog mee inloggen.",
    "middel_vrijgegeven": "Een middel dat als gestolen was gemeld, mag weer worden gebruikt.",
    "activatiecode_aangevraagd": "Er is een activatiecode aangevraagd.",
    "activatiecode_gepland": "Er is een activatiecode gepland voor {moment} uur.",
    "activatiecode_geannuleerd": "De geplande activatiecode is geannuleerd.",
    "code_gevraagd": "Heeft op de inlogpagina om een activatiecode gevraagd.",
    "code_geweigerd": "Het verzoek om een activatiecode is geweigerd.",
    "activatiecode_verstuurd": "Er is een nieuwe activatiecode gemaakt en per e-mail verstuurd.",
    "metadata_aanvaard": "Nieuwe metadata van de makelaar zijn aanvaard (SHA-256 {sha256}, sleutels: {sleutels}).",
}


class KoppelingConfig(AppConfig):
    name = "koppeling"

    def ready(self) -> None:
        from koppeling.emails import afspraak
        from koppeling.emails.gekoppeld import write_gekoppeld_mail
        from koppeling.emails.ontkoppeld import write_ontkoppeld_mail
        from koppeling.services import certificaten, codeaanvragen, inactiviteit, incidenten
        from koppeling.services.activatiecodes import SOORT, issue_activatiecode
        from verantwoording.haken import Berichtsoort, register_berichtsoort, register_logzinnen

        register_logzinnen(LOGZINNEN)
        register_berichtsoort(incidenten.SOORT, Berichtsoort(incidenten.render_incident))
        register_berichtsoort(SOORT, Berichtsoort(issue_activatiecode, nieuw_bij_elke_poging=True))
        register_berichtsoort(afspraak.GEPLAND, Berichtsoort(afspraak.write_gepland_mail))
        register_berichtsoort(afspraak.GEANNULEERD, Berichtsoort(afspraak.write_geannuleerd_mail))
        register_berichtsoort(codeaanvragen.GEWEIGERD, Berichtsoort(afspraak.write_geweigerd_mail))
        register_berichtsoort("gekoppeld", Berichtsoort(write_gekoppeld_mail))
        register_berichtsoort("ontkoppeld", Berichtsoort(write_ontkoppeld_mail))
        for soort in (inactiviteit.WAARSCHUWING_30, inactiviteit.WAARSCHUWING_7):
            register_berichtsoort(soort, Berichtsoort(inactiviteit.render_waarschuwing))
        register_berichtsoort(certificaten.SOORT, Berichtsoort(certificaten.render_certificaat))
