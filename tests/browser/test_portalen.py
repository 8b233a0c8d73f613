"""R21, R25: the portalen and the mededelingen, as one sees them."""

import pytest

from tests.browser.conftest import NewVisitor

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("planted")]


def test_r25_the_portalen_are_there_for_everybody_and_say_where_a_link_leads(visitor: NewVisitor) -> None:
    somebody = visitor()
    somebody.goto("/portalen/")
    somebody.goto("/portalen/mijn-duo/")
    somebody.reads("Voor wie", "Wat u nodig hebt", "Mijn DUO voor zakelijke klanten")
    assert somebody.page.get_by_role("link", name="Naar Mijn DUO (andere website)").count() == 1


def test_r21_a_reader_says_that_she_read_an_urgent_mededeling(visitor: NewVisitor) -> None:
    ruud = visitor()
    ruud.log_in("Ruud Mulder", sector="Gemeenten")
    ruud.reads("Dringend: Controleer uw gegevens")
    ruud.press("Ik heb dit gelezen")
    ruud.reads("U hebt aangegeven dat u dit hebt gelezen.")
    ruud.goto("/portalen/mijn-duo/")
    ruud.reads("U hebt nog geen rollen voor dit portaal.")
