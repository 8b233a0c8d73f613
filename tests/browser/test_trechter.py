"""From the trechter to the letter, and a code op afspraak that the gebruiker asks for: by keyboard only (R05, R07)."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from tests.browser.conftest import NewVisitor
from tests.browser.seed import MEES_MAIL
from tests.browser.stack import Stack
from tests.browser.visitor import NARROW, WIDE
from tests.processen import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("planted")]


def test_a_letter_from_the_trechter_and_a_code_op_afspraak(stack: Stack, visitor: NewVisitor) -> None:
    """Each page at 1280 and 390 px, and axe on each."""
    karin, mees = visitor(), visitor()
    karin.enter_as("Karin Visser", "Kinderopvang")
    karin.page.set_viewport_size(NARROW)  # on a phone the menu opens first
    karin.tab_to("Menu")
    karin.page.keyboard.press("Enter")
    karin.enter("Gebruikers")
    karin.page.set_viewport_size(WIDE)
    karin.enter("Koppel-trechter")
    karin.enter("Aangemeld")
    karin.enter("Brief maken: Mees Aalbers")
    pdf = karin.download("Downloaden als pdf")
    karin.enter("Brief maken")
    naam = karin.page.locator("dl.gebruikersnaam dd").inner_text().strip()
    karin.reads("Uw gebruikersnaam voor Mijn DUO", "Mees Aalbers")
    assert naam in PdfReader(BytesIO(pdf)).pages[0].extract_text()
    karin.tab_to("Afdrukken")
    karin.page.keyboard.press("Shift+Tab")
    with karin.page.expect_navigation():
        karin.page.keyboard.press("Enter")  # Terug
    karin.enter("Brief is overhandigd")
    karin.reads("Genoteerd: Mees Aalbers heeft de brief.")

    mees.goto("/inloggen/")
    mees.enter("Vraag een activatiecode")
    mees.write("Gebruikersnaam", naam)
    mees.enter("Vraag een code")
    assert mees.heading == "Uw verzoek is ontvangen"

    karin.enter("Gebruikers")
    karin.enter("Verzoeken om een code")
    karin.enter("Code versturen: Mees Aalbers")
    karin.reads("Mees Aalbers vroeg er zelf om")
    karin.choose("Nu meteen", "Op de volgende werkdag")
    karin.enter("Code aanvragen")
    karin.reads("De activatiecode is aangevraagd.", "08.00 uur per e-mail", "Code gepland")
    wait_for(lambda: any("08.00 uur" in mail["tekst"] for mail in stack.mails(MEES_MAIL)))
    assert not stack.codes(MEES_MAIL)
