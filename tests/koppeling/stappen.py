"""The koppelproces as a visitor walks it: by its own forms and buttons."""

from django.test import Client
from django.urls import reverse

from tests.formulier import Pagina, submit
from tests.makelaar import Makelaar

CODE = "ABCDE-FGHJK"
TICKS = {
    "koppelen": {"gebruikersnaam": "on", "activatiecode": "on"},
    "koppelen_privacy": {"toegewezen": "on", "privacy": "on"},
    "koppelen_voorwaarden": {"voorwaarden": "on"},
}


def do_step(browser: Client, naam: str) -> Pagina:
    """Tick every box of step 2, 3 or 4, and press Verder."""
    return submit(browser, reverse(naam), "Verder", **TICKS[naam])


def walk_to_step_5(browser: Client) -> Client:
    """Do steps 2, 3 and 4."""
    for naam in TICKS:
        do_step(browser, naam)
    return browser


def browser_at_step_5(pseudonym: str, **stated: object) -> Client:
    """Another browser, with the login of this middel, in front of step 5."""
    browser = Client()
    Makelaar(browser)(pseudonym=pseudonym, **stated)
    return walk_to_step_5(browser)


def koppel(browser: Client, gebruikersnaam: str, activatiecode: str = CODE) -> Pagina:
    """Step 5: fill in both, and press Koppel. While blocked there is no form, so it is sent as if it were."""
    values = {"gebruikersnaam": gebruikersnaam, "activatiecode": activatiecode}
    page = browser.get(reverse("koppelen_gegevens"))
    if page.status_code != 200:
        return browser.post(reverse("koppelen_gegevens"), values)
    return submit(browser, page, "Koppel", **values)
