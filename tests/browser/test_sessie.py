"""The session's end (R17, D12), and the portal by keyboard only and without JavaScript."""

from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import NewVisitor
from tests.browser.seed import BAS, CODE, INGRID
from tests.browser.stack import Stack
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("planted")]

NEARLY_THE_END = timedelta(minutes=13, seconds=5)
AANMELDEN = "/beheer/gebruikers/aanmelden/"


@pytest.fixture
def ruud(visitor: NewVisitor) -> Visitor:
    """A beheerder who fills in a form."""
    ruud = visitor()
    ruud.log_in("Ruud Mulder", sector="Gemeenten")
    ruud.goto(AANMELDEN)
    ruud.fill(voornaam="Puck", achternaam="Prins", email="puck@voorbeeldstad.example")
    return ruud


def let_time_pass(visitor: Visitor) -> None:
    """In the browser. The server's clock stands still, so what it answers is moved along."""

    def answer(route: Route) -> None:
        response = route.fetch()
        ends = {name: datetime.fromisoformat(end) + NEARLY_THE_END for name, end in response.json().items()}
        route.fulfill(response=response, json={name: end.isoformat() for name, end in ends.items()})

    visitor.page.route("**/sessie/verlengen/", answer)
    visitor.page.clock.fast_forward(int(NEARLY_THE_END.total_seconds() * 1000))


def test_two_minutes_before_the_end_a_dialogue_extends_the_session_in_place(ruud: Visitor) -> None:
    """R17, D12."""
    ruud.page.clock.install()
    ruud.page.reload()
    ruud.fill(voornaam="Puck", achternaam="Prins")
    let_time_pass(ruud)
    dialogue = ruud.page.get_by_role("dialog")
    expect(dialogue).to_contain_text("Bent u er nog?")
    ruud.look()
    with ruud.page.expect_response("**/sessie/verlengen/") as extended:
        ruud.page.get_by_role("button", name="Ingelogd blijven").click()
    assert extended.value.ok
    expect(dialogue).to_be_hidden()
    assert ruud.page.input_value("[name='achternaam']") == "Prins"
    let_time_pass(ruud)
    dialogue.get_by_role("button", name="Uitloggen").click()
    ruud.page.wait_for_url("**/uitgelogd/")
    ruud.look()
    ruud.goto("/overzicht/")
    assert ruud.heading == "Inloggen op Mijn DUO"


def test_a_form_posted_after_the_end_comes_back_filled(ruud: Visitor, stack: Stack) -> None:
    """D12: whoever logs in again as the same account finds what was typed, and posts it again."""
    assert stack.sql("UPDATE django_session SET expire_date = now() - interval '1 second'")
    ruud.press("Aanmelden")
    assert ruud.heading == "Inloggen op Mijn DUO"
    ruud.reads("U was uitgelogd voordat u het formulier verstuurde.")
    ruud.log_in("Ruud Mulder", sector="Gemeenten")
    assert ruud.path == AANMELDEN
    assert ruud.page.input_value("[name='achternaam']") == "Prins"
    ruud.tick("Deze persoon heeft een eigen eHerkenningsmiddel")
    ruud.press("Aanmelden")
    ruud.reads("Puck Prins is aangemeld")


def test_the_koppelproces_works_without_javascript(visitor: NewVisitor) -> None:
    """R08, R09 and logging out (R17)."""
    bas = visitor(javascript=False)
    bas.log_in("Bas Willems, nieuwe medewerker", sector="Gemeenten")
    bas.accept_the_steps()
    bas.koppel(BAS, CODE)
    assert bas.heading == "Koppeling gelukt"
    bas.follow("Verder")
    bas.press("Uitloggen")
    assert bas.path == "/uitgelogd/"


def test_the_koppelproces_works_with_the_keyboard_only(visitor: NewVisitor) -> None:
    """WCAG 2.1.1 and 2.4.7, from the entrance to the overzicht."""
    ingrid = visitor()
    ingrid.enter_as("Ingrid Smit", "Gemeenten")
    ingrid.walk_the_koppelproces(INGRID.lower(), f"{CODE[:5]}-{CODE[5:]}")
