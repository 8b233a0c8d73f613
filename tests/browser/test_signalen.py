"""Signalen, as a beheerder and the bevoegd gezag see them."""

import pytest

from tests.browser.conftest import NewVisitor
from tests.browser.stack import Stack

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("planted")]

TOKEN = """
from beheer.emails.signalen import make_token
from beheer.models import Signaal
print("token", make_token(Signaal.objects.get(soort="brief_en_koppeling")))
"""


def test_a_beheerder_stops_what_is_not_right(visitor: NewVisitor) -> None:
    ruud = visitor()
    ruud.log_in("Ruud Mulder", sector="Gemeenten")
    ruud.goto("/beheer/logboek/")
    ruud.follow("Bekijk de signalen")
    ruud.reads("Sem Kok heeft een ander e-mailadres laten vastleggen.", "Wacht op een antwoord")
    ruud.follow("Ander e-mailadres, daarna een activatiecode")
    ruud.follow("Stop dit")
    ruud.reads("Het account van Sem Kok wordt geblokkeerd.")
    ruud.press("Stop dit")
    ruud.reads("Het is gestopt.", "door Ruud Mulder")


def test_the_bevoegd_gezag_answers_by_the_link_without_javascript_too(visitor: NewVisitor, stack: Stack) -> None:
    token = stack.manage("shell", "-c", TOKEN).split("token ")[1].strip()
    for javascript in (True, False):
        bestuur = visitor(javascript=javascript)
        bestuur.goto(f"/beheer/signalen/beantwoorden/{token}/")
        bestuur.reads("Klopt dit?", "Het account van Pim Peters wordt geblokkeerd.")
    bestuur.press("Dit klopt")
    bestuur.reads("Er verandert niets.")
    bestuur.goto(f"/beheer/signalen/beantwoorden/{token}/")
    bestuur.reads("Dit signaal is al beantwoord")
