"""Every address asks for a login, unless it is listed here with the reason."""

from tests.architecture.adressen import ADMIN, PAGES

OPEN = {
    "begin": "the front door",
    "pagina": "a public page",
    "problemen_met_inloggen": "who cannot log in reads it",
    "contact": "a public page",
    "privacy": "one reads it before agreeing",
    "bewaartermijnen": "a public page",
    "gebruikersvoorwaarden": "one reads them before agreeing",
    "wat_heb_ik_nodig": "who has nothing yet asks it",
    "nieuwsbrieven": "anybody may read along",
    "nieuwsbrieven_gevraagd": "anybody may read along",
    "nieuwsbrief_bevestigen": "the link in the mail is the proof",
    "nieuwsbrief_afmelden": "the link in the mail is the proof",
    "feedback": "every visitor is asked",
    "feedback_bedankt": "every visitor is asked",
    "zoeken": "searches the public pages",
    "security_txt": "for who finds a weakness",
    "robots_txt": "for search engines",
    "sitemap": "for search engines",
    "inloggen": "the entrance",
    "inloggen_sector": "the entrance",
    "inloggen_eherkenning": "on the way to the makelaar",
    "eherkenning_acs": "the makelaar posts here without our cookies",
    "eherkenning_afronden": "nobody is logged in before this",
    "eherkenning_metadata": "for the makelaar",
    "code_gevraagd": "says the same to everybody",
    "code_vragen": "who has no koppeling yet asks for a code",
    "inloggen_testen": "anybody may test",
    "inloggen_testen_persoonlijk": "the link in the mail is read before linking",
    "inloggen_testen_starten": "on the way to the makelaar",
    "inloggen_testen_uitslag": "a test logs nobody in",
    "kies_account": "who has several accounts is not logged in yet",
    "koppelen": "who links is not logged in yet",
    "koppelen_eerder": "who links is not logged in yet",
    "koppelen_starten": "who links is not logged in yet",
    "koppelen_privacy": "who links is not logged in yet",
    "koppelen_voorwaarden": "who links is not logged in yet",
    "koppelen_gegevens": "who links is not logged in yet",
    "koppelen_afbreken": "who links is not logged in yet",
    "uitloggen": "logging out twice does no harm",
    "uitgelogd": "who has logged out reads it",
    "email_bevestigen": "the link in the mail is the proof",
    "planning": "public",
    "inloggen_token": "a way to log in",
    "planning_tekst": "public",
    "planning_agenda": "public",
    "beheerder_aanvragen": "the bevoegd gezag has no account",
    "beheerder_aanvragen_ontvangen": "the bevoegd gezag has no account",
    "beheerder_aanvragen_status": "the reference is the proof",
    "machtiging_bevestigen": "the link in the mail is the proof",
    "beheerder_aanvragen_bevestigen": "the link in the mail is the proof",
    "beheerder_aanvragen_afdrukken": "the link is the proof",
    "account_login": "where staff begin",
    "account_logout": "also ends a login that is half way",
    "account_inactive": "who may not log in reads it",
    "mfa_authenticate": "the second step of the login of staff",
    "admin:login": "leads to account_login",
}


def test_every_address_asks_for_a_login_unless_listed() -> None:
    found = {
        name for name, pattern in {**PAGES, **ADMIN}.items() if not getattr(pattern.callback, "login_required", True)
    }
    assert found == set(OPEN)
