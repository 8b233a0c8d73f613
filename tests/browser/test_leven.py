"""A gebruiker loses her middel, and leaves: by keyboard only (R19, R20)."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NewVisitor
from tests.browser.seed import KARIN_MAIL, KENMERK_OPVANG, LOTTE, LOTTE_MAIL, ROL
from tests.browser.stack import Stack
from tests.browser.visitor import Visitor
from tests.processen import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("planted")]
OLD, NEW = "Lotte Brouwer, nieuwe medewerker", "Lotte Brouwer, nieuw middel"


def open_lotte(karin: Visitor) -> None:
    """Find her among the gebruikers."""
    karin.enter("Gebruikers")
    karin.write("Zoek op naam", "Brouwer")
    expect(karin.page.locator(".teller")).to_have_text("1 gebruiker")
    karin.enter("Brouwer, Lotte")


def lose_the_middel(lotte: Visitor, karin: Visitor, stack: Stack) -> None:
    """She reports it from the session that is still open; the beheerder asks for a code; she links another one."""
    lotte.enter_as(OLD, "Kinderopvang")
    elsewhere = lotte.context.new_page()
    elsewhere.goto(f"{stack.portaal}/overzicht/")
    lotte.enter("Mijn gegevens")
    lotte.enter("Maak het meteen los van uw account")
    lotte.reads(
        "U wordt meteen uitgelogd, ook op andere computers.", "Uw account, uw gebruikersnaam en uw rollen blijven."
    )
    lotte.choose("Kwijt")
    lotte.enter("Middel ontkoppelen")
    assert lotte.heading == "Uw middel is ontkoppeld"
    elsewhere.reload()
    assert elsewhere.url == f"{stack.portaal}/inloggen/?next=/overzicht/"
    elsewhere.close()
    lotte.enter_as(OLD, "Kinderopvang")
    assert lotte.heading == "Uw middel is niet meer gekoppeld"
    lotte.reads("het middel is gemeld als kwijt, gestolen of kapot", "Vraag uw beheerder om een nieuwe activatiecode.")
    lotte.enter("Stoppen")

    wait_for(lambda: any("Lotte Brouwer" in mail["tekst"] for mail in stack.mails(KARIN_MAIL)))
    karin.enter_as("Karin Visser", "Kinderopvang")
    open_lotte(karin)
    karin.reads("Ontkoppeld middel kwijt", "Een nieuwe brief is niet nodig.")
    known = stack.codes(LOTTE_MAIL)
    karin.enter("Activatiecode aanvragen")
    karin.choose("Nu meteen")
    karin.enter("Code aanvragen")
    karin.reads("De activatiecode is aangevraagd.")
    code = stack.next_code(LOTTE_MAIL, known)
    lotte.enter_as(NEW, "Kinderopvang")
    lotte.walk_the_koppelproces(LOTTE, code)
    lotte.reads("Leerling- en studentdossier")


def test_a_middel_is_lost_and_then_its_owner_leaves(stack: Stack, visitor: NewVisitor) -> None:
    """Each page at 1280 and 390 px, and axe on each."""
    lotte, karin = visitor(), visitor()
    lose_the_middel(lotte, karin, stack)

    # She leaves: consequences first, then everything ends at once; a mistake can be taken back for a day.
    open_lotte(karin)
    karin.reads("Gekoppeld")
    karin.enter("Account beëindigen")
    karin.reads("kan niet meer inloggen", "Alle rollen, kenmerken en open activatiecodes vervallen tegelijk.", "24 uur")
    karin.enter("Account beëindigen")
    karin.reads("Het account van Lotte Brouwer is beëindigd.", "Geen rollen.")
    lotte.enter("Mijn gegevens")
    assert lotte.heading == "Inloggen op Mijn DUO"
    karin.enter("herstellen")
    karin.reads("De koppeling komt niet terug")
    karin.enter("Account herstellen")
    karin.reads("Het account van Lotte Brouwer is hersteld.", ROL, KENMERK_OPVANG)

    karin.enter("Account beëindigen")
    karin.enter("Account beëindigen")
    karin.reads("herstellen")
    gebruiker = karin.path
    assert stack.sql(
        "UPDATE accounts_account SET beeindigd_op = beeindigd_op - interval '25 hours' WHERE gebruikersnaam = %s", LOTTE
    )
    karin.reload()
    assert "herstellen" not in karin.text
    karin.goto(f"{gebruiker}herstellen/")
    karin.reads("Dit account kan niet worden hersteld.")
    lotte.enter_as(NEW, "Kinderopvang")
    assert lotte.heading == "Uw middel is niet meer gekoppeld"
    lotte.reads("uw account is beëindigd door uw beheerder")
