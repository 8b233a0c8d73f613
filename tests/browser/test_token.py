"""Whoever still has a token logs in with it, links his middel, and then it is refused for good (R14, D14)."""

import time

import pyotp
import pytest

from tests.browser.conftest import NewVisitor
from tests.browser.seed import CODE, HOUDER
from tests.browser.visitor import Visitor
from tests.factories import GEHEIM, WACHTWOORD

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("planted")]
STEP = 30  # seconds; a code works once, that of the next step is right too


def use_token(visitor: Visitor, ahead: int = 0) -> None:
    code = pyotp.TOTP(GEHEIM).at(int(time.time()) + ahead)
    visitor.fill(gebruikersnaam=HOUDER, wachtwoord=WACHTWOORD, code=code)
    visitor.press("Inloggen")


def test_R14_token_login_koppelproces_token_refused(visitor: NewVisitor) -> None:
    """Each page at 1280 and 390 px, and axe on each."""
    wil = visitor()
    wil.goto("/inloggen/")
    wil.page.locator("summary", has_text="Primair onderwijs").click()
    wil.follow("Inloggen op Mijn DUO voor Primair onderwijs")
    wil.follow("Log in met uw token")
    use_token(wil)
    assert wil.path == "/overzicht/"
    wil.reads("U logt nog in met een token", "Uw token werkt tot en met")

    wil.follow("Log in met eHerkenning en koppel")
    wil.at_the_makelaar("Wil de Haan, nieuw middel")
    wil.accept_the_steps()
    wil.koppel(HOUDER, CODE)
    assert wil.heading == "Koppeling gelukt"
    wil.reads("werkt niet meer", "Lever het token in bij uw beheerder.")
    wil.follow("Verder")
    wil.press("Uitloggen")

    wil.goto("/inloggen-met-token/")
    use_token(wil, ahead=STEP)
    wil.reads("Uw token werkt niet meer", "eHerkenning de enige manier om in te loggen")
    assert wil.path == "/inloggen-met-token/"

    ruud = visitor()
    ruud.log_in("Ruud Mulder", sector="Gemeenten")
    ruud.follow("Overstap")
    ruud.reads("Wie moet nog overstappen", "Voorbereiding")
    ruud.follow("Nog in te leveren tokens: 1")
    ruud.tick("Haan, Wil de")
    ruud.press("Verder met wat is aangevinkt")
    ruud.press("Ja, ingeleverd")
    ruud.reads("Genoteerd: 1 token is ingeleverd.", "Geen tokens meer")
    ruud.goto("/beheer/overstap/voorbereiding/")
