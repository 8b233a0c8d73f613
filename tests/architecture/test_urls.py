"""Every address × every kind of visitor, in one table: a new address without a row fails."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import pytest
from django.test import Client

from accounts.models import Account
from tests.architecture.adressen import ADMIN, PAGES, Wereld, make_wereld

pytestmark = pytest.mark.django_db


class Rij(NamedTuple):
    """What nobody, gebruiker, ex-beheerder, another's beheerder, staff without and with a second factor, beheerder get.

    A status, or for a redirect a short name out of `adressen.LEADS`.
    """

    get: str
    post: str


EVERYBODY = "200 200 200 200 200 200 200"
NOBODY = "400 400 400 400 400 400 400"
NOT_THERE = "404 404 404 404 404 404 404"
NO_SUCH_METHOD = "405 405 405 405 405 405 405"
ACCOUNTS = "in 200 200 200 404 404 200"
READ = "in 405 405 405 405 405 405"
OWN_BEHEERDER = "in 404 404 404 404 404 200"

TABLE = {
    # publiek
    "begin": Rij("200 thuis thuis thuis beheer beheer thuis", NO_SUCH_METHOD),
    "pagina": Rij(EVERYBODY, NO_SUCH_METHOD),
    "problemen_met_inloggen": Rij(EVERYBODY, NO_SUCH_METHOD),
    "contact": Rij(EVERYBODY, NO_SUCH_METHOD),
    "privacy": Rij(EVERYBODY, NO_SUCH_METHOD),
    "bewaartermijnen": Rij(EVERYBODY, NO_SUCH_METHOD),
    "gebruikersvoorwaarden": Rij(EVERYBODY, NO_SUCH_METHOD),
    "wat_heb_ik_nodig": Rij(EVERYBODY, NO_SUCH_METHOD),
    "nieuwsbrieven": Rij(EVERYBODY, EVERYBODY),
    "nieuwsbrieven_gevraagd": Rij(EVERYBODY, NO_SUCH_METHOD),
    "nieuwsbrief_bevestigen": Rij(NOT_THERE, NOT_THERE),
    "nieuwsbrief_afmelden": Rij(NOT_THERE, NOT_THERE),
    "feedback": Rij(EVERYBODY, EVERYBODY),
    "feedback_bedankt": Rij(EVERYBODY, NO_SUCH_METHOD),
    "zoeken": Rij(EVERYBODY, NO_SUCH_METHOD),
    "security_txt": Rij(EVERYBODY, NO_SUCH_METHOD),
    "robots_txt": Rij(EVERYBODY, NO_SUCH_METHOD),
    "sitemap": Rij(EVERYBODY, NO_SUCH_METHOD),
    # koppeling
    "inloggen": Rij(EVERYBODY, NO_SUCH_METHOD),
    "inloggen_sector": Rij(EVERYBODY, NO_SUCH_METHOD),
    "inloggen_eherkenning": Rij("302 302 302 302 302 302 302", NO_SUCH_METHOD),
    "eherkenning_acs": Rij(NO_SUCH_METHOD, NOBODY),
    "eherkenning_afronden": Rij(NOBODY, NO_SUCH_METHOD),
    "eherkenning_metadata": Rij(EVERYBODY, NO_SUCH_METHOD),
    "inloggen_opnieuw": Rij("in thuis thuis thuis thuis thuis thuis", READ),
    "inloggen_opnieuw_starten": Rij("in thuis thuis thuis thuis thuis thuis", READ),
    "inloggen_testen": Rij(EVERYBODY, NO_SUCH_METHOD),
    "inloggen_testen_persoonlijk": Rij("404 404 404 404 404 404 404", NO_SUCH_METHOD),
    "inloggen_testen_starten": Rij("302 302 302 302 302 302 302", NO_SUCH_METHOD),
    "inloggen_testen_uitslag": Rij(NOBODY, NO_SUCH_METHOD),
    "code_vragen": Rij(EVERYBODY, EVERYBODY),
    "code_gevraagd": Rij(EVERYBODY, NO_SUCH_METHOD),
    "kies_account": Rij("in 200 200 200 in in 200", "in 200 200 200 in in 200"),
    "koppelen": Rij(NOBODY, NOBODY),
    "koppelen_eerder": Rij(NOBODY, NOBODY),
    "koppelen_starten": Rij(NO_SUCH_METHOD, "in start start start in in start"),
    "koppelen_privacy": Rij(NOBODY, NOBODY),
    "koppelen_voorwaarden": Rij(NOBODY, NOBODY),
    "koppelen_gegevens": Rij(NOBODY, NOBODY),
    "koppelen_gelukt": Rij("in 200 200 200 in in 200", READ),
    "koppelen_afbreken": Rij(NO_SUCH_METHOD, "uit thuis thuis thuis thuis thuis thuis"),
    "uitloggen": Rij(NO_SUCH_METHOD, "uit uit uit uit uit uit uit"),
    "uitgelogd": Rij(EVERYBODY, NO_SUCH_METHOD),
    "sessie_verlengen": Rij(READ, "in 200 200 200 200 200 200"),
    # autorisatie
    "overzicht": Rij(ACCOUNTS, READ),
    "taak": Rij("in 200 404 404 404 404 404", READ),
    "kies_namens": Rij("in thuis thuis thuis 404 404 thuis", "in 404 404 404 404 404 404"),
    "mededeling_gelezen": Rij("in 405 405 405 405 405 405", "in 404 404 404 404 404 404"),
    "portalen": Rij(EVERYBODY, NO_SUCH_METHOD),
    "portaal": Rij(EVERYBODY, NO_SUCH_METHOD),
    "handleiding": Rij("404 200 404 404 404 404 404", NO_SUCH_METHOD),
    "mijn_gegevens": Rij(ACCOUNTS, READ),
    "mijn_gegevens_wijzigen": Rij(ACCOUNTS, ACCOUNTS),
    "email_bevestigen": Rij("404 404 404 404 404 404 404", "404 404 404 404 404 404 404"),
    "mijn_waarom": Rij(ACCOUNTS, READ),
    "mijn_middel_melden": Rij(ACCOUNTS, ACCOUNTS),
    "mijn_middel_gemeld": Rij(EVERYBODY, NO_SUCH_METHOD),
    "mijn_logboek": Rij(ACCOUNTS, READ),
    # beheer
    "gebruikers": Rij("in 404 404 200 404 404 200", "in 404 404 200 404 404 200"),
    "gebruiker_aanmelden": Rij("in 404 404 200 404 404 200", "in 404 404 200 404 404 200"),
    "gebruikersbestand": Rij("in 404 404 405 404 404 405", "in 404 404 404 404 404 404"),
    "uit_dienst": Rij("in 404 404 200 404 404 200", "in 404 404 200 404 404 200"),
    "uit_dienst_beeindigen": Rij("in 404 404 302 404 404 302", "in 404 404 302 404 404 302"),
    "logboek_downloaden": Rij("in 404 404 405 404 404 405", "in 404 404 200 404 404 200"),
    "aanmeldlijst_nieuw": Rij("in 404 404 200 404 404 200", "in 404 404 200 404 404 200"),
    "aanmeldlijst_voorbeeld": Rij("in 404 404 200 404 404 200", "in 404 404 405 404 404 405"),
    "aanmeldlijst": Rij(OWN_BEHEERDER, OWN_BEHEERDER),
    "aanmeldlijst_ongedaan": Rij(OWN_BEHEERDER, "in 404 404 404 404 404 302"),
    "aanmeldlijst_verwijderen": Rij(OWN_BEHEERDER, "in 404 404 404 404 404 302"),
    "gebruiker": Rij(OWN_BEHEERDER, "in 404 404 405 404 404 405"),
    "gebruiker_wijzigen": Rij(OWN_BEHEERDER, OWN_BEHEERDER),
    "gebruiker_rollen": Rij(OWN_BEHEERDER, "in 404 404 404 404 404 405"),
    "gebruiker_rol": Rij(OWN_BEHEERDER, OWN_BEHEERDER),
    "gebruiker_rol_intrekken": Rij(OWN_BEHEERDER, OWN_BEHEERDER),
    "gebruiker_waarom": Rij(OWN_BEHEERDER, "in 404 404 405 404 404 405"),
    "gebruiker_matrix": Rij(OWN_BEHEERDER, "in 404 404 404 404 404 302"),
    "gebruiker_overnemen": Rij(OWN_BEHEERDER, OWN_BEHEERDER),
    "rollen": Rij("in 404 404 200 404 404 200", "in 404 404 405 404 404 405"),
    "rol": Rij("in 404 404 200 404 404 200", "in 404 404 302 404 404 302"),
    "rol_geven": Rij("in 404 404 200 404 404 200", "in 404 404 200 404 404 200"),
    "rol_intrekken": Rij("in 404 404 200 404 404 200", "in 404 404 200 404 404 200"),
    "rolvoorstellen": Rij("in 404 404 200 404 404 200", "in 404 404 405 404 404 405"),
    "rolvoorstel": Rij(OWN_BEHEERDER, OWN_BEHEERDER),
    "kenmerken": Rij("in 404 404 200 404 404 200", "in 404 404 405 404 404 405"),
    "kenmerk_wie": Rij(OWN_BEHEERDER, "in 404 404 405 404 404 405"),
    "gebruiker_brief": Rij(OWN_BEHEERDER, OWN_BEHEERDER),
    "gebruiker_bevestiging": Rij("in 404 404 404 404 404 405", "in 404 404 404 404 404 302"),
    "gebruiker_overhandigd": Rij("in 404 404 404 404 404 405", "in 404 404 404 404 404 302"),
    "codes": Rij("in 404 404 200 404 404 200", "in 404 404 405 404 404 405"),
    "gebruiker_code_weigeren": Rij(OWN_BEHEERDER, OWN_BEHEERDER),
    "gebruiker_code_annuleren": Rij("in 404 404 404 404 404 302", "in 404 404 404 404 404 302"),
    "trechter": Rij("in 404 404 200 404 404 200", "in 404 404 405 404 404 405"),
    "trechter_downloaden": Rij("in 404 404 405 404 404 405", "in 404 404 404 404 404 404"),
    "brieven": Rij("in 404 404 200 404 404 200", "in 404 404 200 404 404 200"),
    "gebruiker_code": Rij("in 404 404 404 404 404 302", "in 404 404 404 404 404 302"),
    "gebruiker_ontkoppelen": Rij(OWN_BEHEERDER, OWN_BEHEERDER),
    "gebruiker_beeindigen": Rij(OWN_BEHEERDER, "in 404 404 404 404 404 302"),
    "organisatie": Rij("in 404 404 200 404 404 200", "in 404 404 405 404 404 405"),
    "organisatie_gezag_vragen": Rij("in 404 404 200 404 404 200", "in 404 404 200 404 404 200"),
    "organisatie_contactpersoon_toevoegen": Rij("in 404 404 200 404 404 200", "in 404 404 200 404 404 200"),
    "organisatie_contactpersoon": Rij(OWN_BEHEERDER, OWN_BEHEERDER),
    "organisatie_contactpersoon_verwijderen": Rij(OWN_BEHEERDER, "in 404 404 404 404 404 302"),
    "organisatie_contract_toevoegen": Rij("in 404 404 200 404 404 200", "in 404 404 200 404 404 200"),
    "organisatie_contract": Rij(OWN_BEHEERDER, OWN_BEHEERDER),
    "organisatie_contract_verwijderen": Rij(OWN_BEHEERDER, "in 404 404 404 404 404 302"),
    "beheerder_aanvragen": Rij(EVERYBODY, EVERYBODY),
    "beheerder_aanvragen_ontvangen": Rij("302 302 302 302 302 302 302", NO_SUCH_METHOD),
    "beheerder_aanvragen_status": Rij(EVERYBODY, EVERYBODY),
    "hercertificering": Rij("in 404 404 200 404 404 200", "in 404 404 200 404 404 200"),
    "hercertificering_verklaring": Rij("in 404 404 405 404 404 405", "in 404 404 404 404 404 404"),
    "machtigingen": Rij("in 404 404 200 404 404 200", "in 404 404 405 404 404 405"),
    "machtiging_maken": Rij("in 404 404 200 404 404 200", "in 404 404 200 404 404 200"),
    "machtiging": Rij("in 404 404 404 404 404 404", "in 404 404 404 404 404 404"),
    "machtiging_stoppen": Rij("in 404 404 404 404 404 404", "in 404 404 404 404 404 404"),
    "machtiging_bevestigen": Rij("404 404 404 404 404 404 404", "404 404 404 404 404 404 404"),
    "gebruiker_namens": Rij("in 404 404 404 404 404 404", "in 404 404 404 404 404 404"),
    "gebruiker_namens_intrekken": Rij("in 404 404 404 404 404 404", "in 404 404 404 404 404 404"),
    "beheerder_aanvragen_bevestigen": Rij("404 404 404 404 404 404 404", "404 404 404 404 404 404 404"),
    "beheerder_aanvragen_afdrukken": Rij("404 404 404 404 404 404 404", NO_SUCH_METHOD),
    "gebruiker_blokkeren": Rij(OWN_BEHEERDER, OWN_BEHEERDER),
    "gebruiker_vrijgeven": Rij("in 404 404 404 404 404 302", "in 404 404 404 404 404 302"),
    "gebruiker_herstellen": Rij("in 404 404 404 404 404 302", "in 404 404 404 404 404 302"),
    "gebruiker_middel_vrijgeven": Rij("in 404 404 404 404 404 404", "in 404 404 404 404 404 404"),
    "signalen": Rij("in 404 404 200 404 404 200", "in 404 404 405 404 404 405"),
    "signaal": Rij(OWN_BEHEERDER, "in 404 404 404 404 404 302"),
    "signaal_stoppen": Rij(OWN_BEHEERDER, "in 404 404 404 404 404 302"),
    "signaal_beantwoorden": Rij("404 404 404 404 404 404 404", "404 404 404 404 404 404 404"),
    "foutreferentie": Rij("in 404 404 200 404 404 200", "in 404 404 405 404 404 405"),
    "logboek": Rij("in 404 404 200 404 404 200", "in 404 404 405 404 404 405"),
    # planning
    "planning": Rij(EVERYBODY, NO_SUCH_METHOD),
    "planning_tekst": Rij(EVERYBODY, NO_SUCH_METHOD),
    "planning_agenda": Rij(EVERYBODY, NO_SUCH_METHOD),
    "inloggen_token": Rij(EVERYBODY, EVERYBODY),
    "overstap": Rij("in 404 404 200 404 404 200", "in 404 404 405 404 404 405"),
    "overstap_voorbereiding": Rij("in 404 404 200 404 404 200", "in 404 404 200 404 404 200"),
    "tokens_inleveren": Rij("in 404 404 200 404 404 200", "in 404 404 200 404 404 200"),
    # how staff log in
    "account_login": Rij("200 404 404 404 beheer beheer 404", "200 404 404 404 beheer beheer 404"),
    "account_logout": Rij("uit 404 404 404 200 200 404", "uit 404 404 404 uit uit 404"),
    "account_inactive": Rij(EVERYBODY, NO_SUCH_METHOD),
    "account_reauthenticate": Rij("staf 404 404 404 200 200 404", "staf 404 404 404 200 200 404"),
    "mfa_authenticate": Rij("staf 404 404 404 beheer beheer 404", "staf 404 404 404 beheer beheer 404"),
    "mfa_reauthenticate": Rij("staf 404 404 404 nogmaals 200 404", "staf 404 404 404 nogmaals 200 404"),
    "mfa_index": Rij("staf 404 404 404 200 200 404", "staf 404 404 404 405 405 404"),
    "mfa_activate_totp": Rij("staf 404 404 404 nogmaals 302 404", "staf 404 404 404 nogmaals 302 404"),
    "mfa_deactivate_totp": Rij("staf 404 404 404 404 200 404", "staf 404 404 404 404 302 404"),
    "mfa_view_recovery_codes": Rij("staf 404 404 404 404 404 404", "staf 404 404 404 405 405 404"),
    "mfa_generate_recovery_codes": Rij("staf 404 404 404 nogmaals 200 404", "staf 404 404 404 nogmaals 302 404"),
    "mfa_download_recovery_codes": Rij("staf 404 404 404 404 404 404", "staf 404 404 404 404 404 404"),
}

READ_ONLY = {
    "autorisatie_machtigingsaanbod",
    "accounts_account",
    "accounts_machtiging",
    "beheer_aanvraag",
    "beheer_beoordeling",
    "beheer_hercertificering",
    "beheer_signaal",
    "beheer_signaalgrens",
    "koppeling_codeaanvraag",
    "beheer_continuiteitsmelding",
    "koppeling_hmmetadata",
    "publiek_feedback",
    "koppeling_incident",
    "koppeling_koppeling",
    "koppeling_middel",
    "planning_mailsjabloon",
    "planning_token",
    "verantwoording_bericht",
    "verantwoording_foutreferentie",
    "verantwoording_logregel",
    "verantwoording_taakrun",
    "verantwoording_voorstel",
}
"""Tables that nobody adds to in the admin."""


@pytest.fixture
def wereld(clock: Callable[[datetime], None], login_staf: Callable[[Account], Client]) -> Wereld:
    return make_wereld(login_staf)


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    assert set(TABLE) == set(PAGES)


def test_everybody_gets_what_the_table_says(wereld: Wereld) -> None:
    assert {name: Rij(*wereld.visit(name, pattern)) for name, pattern in PAGES.items()} == TABLE


def of_staf(name: str) -> set[str]:
    """What staff with a second factor may get: lists and forms; for an object that does not exist no more than a no."""
    table, _, kind = name.removeprefix("admin:").rpartition("_")
    if kind == "add":
        return {"403"} if table in READ_ONLY else {"200"}
    if kind in {"changelist", "list"} or name in {"admin:index", "admin:jsi18n", "admin:password_change"}:
        return {"200"}
    return {"200", "302", "403", "404", "405", "beheer"}


def test_the_admin_is_there_for_staff_with_a_second_factor_alone(wereld: Wereld) -> None:
    for name, pattern in ADMIN.items():
        for visit, allowed in zip(wereld.visit(name, pattern), (of_staf(name), None), strict=True):
            nobody, gebruiker, ex, other, password_only, staf, beheerder = visit.split()
            assert nobody == "staf", name
            assert {gebruiker, ex, other, beheerder} == {"404"}, name
            assert password_only == AWAY.get(name, "stap2"), name
            assert allowed is None or staf in allowed, name


AWAY = {"admin:login": "302", "admin:logout": "beheer"}
"""Where a password alone leads: to the set-up of a second factor; logging out is done at `account_logout`."""
