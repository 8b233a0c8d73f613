"""Manual 1.6, "Het overzichtsscherm": one test a statement (R21, R22, R24).

Left to the issue that brings the manuals: "Voor sommige van deze taken kunt u een afzonderlijke handleiding
downloaden".
"""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from lxml import html

from accounts.models import Account
from autorisatie.models import Mededeling
from tests.factories import make_soort
from tests.formulier import Pagina, text_of
from tests.handleiding.conftest import Beheerder

pytestmark = pytest.mark.usefixtures("gekoppeld")

TAAK = "leerlingdossier"


def panel(page: Pagina, kop: str) -> html.HtmlElement:
    """The part of the overzicht that stands under this heading."""
    (found,) = html.fromstring(page.content).xpath("//*[@aria-labelledby=$kop]", kop=kop)
    assert isinstance(found, html.HtmlElement)
    return found


def links(part: html.HtmlElement) -> dict[str, str]:
    return {" ".join(link.text_content().split()): link.get("href") for link in part.xpath(".//a")}


@pytest.mark.parametrize(
    "naam", ["overzicht", "mijn_gegevens", "mijn_gegevens_wijzigen", "koppelen_gelukt", "kies_account"]
)
def test_1_6_from_everywhere_you_return_to_the_overzicht_by_your_name_at_the_top_right(
    client: Client, naam: str
) -> None:
    (bar,) = html.fromstring(client.get(reverse(naam)).content).xpath("//header//*[@class='naam']/a")

    assert "Peter Jansen" in bar.text_content()
    assert bar.get("href") == reverse("overzicht")


def test_1_6_on_the_left_under_Onderwerpen_are_the_taken_you_are_authorised_for(client: Client) -> None:
    left = panel(client.get(reverse("overzicht")), "onderwerpen")

    assert links(left) == {"Leerlingdossier": reverse("taak", args=[TAAK])}
    assert "Register Onderwijsdeelnemers" in left.text_content()
    assert "Verzuim melden" not in left.text_content()


def test_1_6_a_taak_gives_information_and_you_start_by_clicking_it(client: Client) -> None:
    address = links(panel(client.get(reverse("overzicht")), "onderwerpen"))["Leerlingdossier"]

    page = text_of(client.get(address))

    assert "Bekijk de gegevens van één leerling." in page
    assert "21AZ" in page  # for which kenmerk


def test_1_6_on_the_right_under_Profiel_are_Mijn_gegevens_and_Uitloggen(client: Client) -> None:
    right = panel(client.get(reverse("overzicht")), "profiel")

    assert links(right) == {"Mijn gegevens": reverse("mijn_gegevens")}
    assert [" ".join(button.text_content().split()) for button in right.xpath(".//button")] == ["Uitloggen"]


def test_1_6_the_tile_Mijn_DUO_shows_the_Mededelingen_that_are_for_you(
    client: Client, gekoppeld: Account, now: datetime
) -> None:
    for titel, soort in (("Voor uw soort", make_soort()), ("Voor gemeenten", make_soort("gemeenten"))):
        mededeling = Mededeling.objects.create(titel=titel, tekst="Tekst.", van=now - timedelta(days=1))
        mededeling.soorten.add(soort)
    Mededeling.objects.create(titel="Voorbij", tekst="Tekst.", van=now - timedelta(days=9), tot=now)

    tile = panel(client.get(reverse("overzicht")), "mijn-duo").text_content()

    assert "Voor uw soort" in tile
    assert "Voor gemeenten" not in tile
    assert "Voorbij" not in tile


def test_1_6_Snel_naar_links_to_what_you_use_most(client: Client, gekoppeld: Account, beheerder: Beheerder) -> None:
    beheerder.give_rol(gekoppeld, "verzuimloket-melder")
    for taak, times in (("verzuim-melden", 2), (TAAK, 1)):
        for _ in range(times):
            client.get(reverse("taak", args=[taak]))

    quick = panel(client.get(reverse("overzicht")), "snel-naar")

    assert list(links(quick)) == ["Verzuim melden", "Leerlingdossier"]
