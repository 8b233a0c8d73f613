"""A beheerder gives a rol, sees what it opens and why, and withdraws it: by keyboard only (R02, R04, R22)."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewVisitor
from tests.browser.seed import KENMERK, ROL

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("planted")]


def test_grant_explain_withdraw_by_keyboard(visitor: NewVisitor) -> None:
    """Each page at 1280 and 390 px, and axe on each."""
    ruud = visitor()
    ruud.enter_as("Ruud Mulder", "Gemeenten")
    ruud.enter("Gebruikers")
    ruud.enter("Hendriks, Noor")
    gebruiker = ruud.path
    ruud.enter("Rollen en kenmerken wijzigen")
    ruud.enter("Alle rollen in één keer wijzigen")
    ruud.toggle(f"{ROL} voor Noor Hendriks, {KENMERK}")
    ruud.enter("Bekijk wat er verandert")
    ruud.reads("Rol erbij", f"Erbij: {KENMERK}")
    ruud.toggle("Ik heb gecontroleerd")
    ruud.enter("Opslaan")
    ruud.reads("De rollen van Noor Hendriks zijn gewijzigd.")

    ruud.goto(gebruiker)
    ruud.enter("Bekijk wat en waarom")
    ruud.reads("Kan niet inloggen", "Leerling- en studentdossier")
    ruud.tab_to("Stap voor stap")
    ruud.page.keyboard.press("Enter")
    expect(ruud.page.get_by_text(f"De rol {ROL} geldt voor kenmerk {KENMERK}.").first).to_be_visible()
    ruud.goto("/beheer/kenmerken/")
    ruud.enter("1 persoon")
    ruud.reads(f"Wie kan {KENMERK} zien?", "Hendriks, Noor")

    ruud.enter("Rollen")
    ruud.enter("Intrekken")
    ruud.toggle("Alle 1 gebruiker")
    ruud.enter("Bekijk wat er verandert")
    ruud.reads("Rol eraf")
    ruud.enter("Opslaan")
    ruud.goto(f"{gebruiker}waarom/")
    ruud.reads("Er is niets te openen.", f"De rol {ROL} eindigde op")
