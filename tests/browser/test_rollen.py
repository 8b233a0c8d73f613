"""A beheerder gives a rol, sees what it opens and why, and withdraws it: by keyboard only (R02, R04, R22)."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewVisitor
from tests.browser.seed import KENMERK
from tests.browser.test_sessie import enter, tab_to

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("planted")]
ROL = "ROD raadpleger PO"


def test_grant_explain_withdraw_by_keyboard(visitor: NewVisitor) -> None:
    """Each page at 1280 and 390 px, and axe on each."""
    ruud = visitor()
    ruud.log_in("Ruud Mulder", sector="Gemeenten")
    keyboard = ruud.page.keyboard
    enter(ruud, "Gebruikers")
    enter(ruud, "Hendriks, Noor")
    gebruiker = ruud.path
    enter(ruud, "Rollen en kenmerken wijzigen")
    enter(ruud, "Alle rollen in één keer wijzigen")
    tab_to(ruud, f"{ROL} voor Noor Hendriks, {KENMERK}")
    keyboard.press("Space")
    enter(ruud, "Bekijk wat er verandert")
    ruud.reads("Rol erbij", f"Erbij: {KENMERK}")
    tab_to(ruud, "Ik heb gecontroleerd")
    keyboard.press("Space")
    enter(ruud, "Opslaan")
    ruud.reads("De rollen van Noor Hendriks zijn gewijzigd.")

    ruud.goto(gebruiker)
    enter(ruud, "Bekijk wat en waarom")
    ruud.reads("Kan niet inloggen", "Leerling- en studentdossier")
    tab_to(ruud, "Stap voor stap")
    keyboard.press("Enter")
    expect(ruud.page.get_by_text(f"De rol {ROL} geldt voor kenmerk {KENMERK}.").first).to_be_visible()
    ruud.goto("/beheer/kenmerken/")
    enter(ruud, "1 persoon")
    ruud.reads(f"Wie kan {KENMERK} zien?", "Hendriks, Noor")

    enter(ruud, "Rollen")
    enter(ruud, "Intrekken")
    tab_to(ruud, "Alle 1 gebruiker")
    keyboard.press("Space")
    enter(ruud, "Bekijk wat er verandert")
    ruud.reads("Rol eraf")
    enter(ruud, "Opslaan")
    ruud.goto(f"{gebruiker}waarom/")
    ruud.reads("Er is niets te openen.", f"De rol {ROL} eindigde op")
