"""Manual 1.8, "Uitloggen": one test a statement (R17)."""

import pytest
from django.test import Client
from django.urls import reverse
from lxml import html

from tests.formulier import submit, text_of

pytestmark = pytest.mark.usefixtures("gekoppeld")


def test_1_8_you_click_your_name_at_the_top_right(client: Client) -> None:
    (name,) = html.fromstring(client.get(reverse("mijn_gegevens")).content).xpath("//header//*[@class='naam']/a")

    assert name.get("href") == reverse("overzicht")


def test_1_8_and_then_Uitloggen_under_Profiel(client: Client) -> None:
    page = client.get(reverse("overzicht"))
    key = client.session.session_key or ""
    (button,) = html.fromstring(page.content).xpath("//main//*[@aria-labelledby='profiel']//button")
    assert button.get("form") == "uitloggen"

    response = submit(client, page, "Uitloggen")

    assert "U bent uitgelogd" in text_of(client.get(response["Location"]))
    assert not client.session.exists(key)
    assert client.get(reverse("overzicht")).status_code == 302


@pytest.mark.parametrize("naam", ["overzicht", "mijn_gegevens", "koppelen_gelukt"])
def test_1_8_the_menu_beside_your_name_logs_out_from_every_page(client: Client, naam: str) -> None:
    assert submit(client, reverse(naam), "Uitloggen")["Location"] == reverse("uitgelogd")
