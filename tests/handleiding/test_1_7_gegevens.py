"""Manual 1.7, "Uw (contact)gegevens wijzigen": one test a statement (R23)."""

import re

from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from tests.formulier import submit, text_of
from tests.handleiding.conftest import EMAIL, read_mail

ADDRESS = "mijn_gegevens_wijzigen"


def change(browser: Client, **gegevens: str) -> None:
    values = {"email": EMAIL, "telefoon": "", "functie": ""} | gegevens
    assert submit(browser, reverse(ADDRESS), "Opslaan", **values)["Location"] == reverse("mijn_gegevens")


def test_1_7_you_keep_your_own_data_up_to_date_in_the_screen_Mijn_gegevens(gekoppeld: Account, client: Client) -> None:
    change(client, telefoon="050 123 45 67", functie="Administrateur")

    page = text_of(client.get(reverse("mijn_gegevens")))
    assert "050 123 45 67" in page
    assert "Administrateur" in page


def test_1_7_a_new_email_address_counts_once_you_confirmed_it(gekoppeld: Account, client: Client) -> None:
    change(client, email="nieuw@regenboog.example")
    gekoppeld.refresh_from_db()
    assert gekoppeld.email == EMAIL

    read_mail("")
    (message,) = [message for message in mail.outbox if message.to == ["nieuw@regenboog.example"]]
    found = re.search(r"http://testserver(\S+)", str(message.body))
    assert found
    submit(client, found[1], "Bevestigen")

    gekoppeld.refresh_from_db()
    assert gekoppeld.email == "nieuw@regenboog.example"
    read_mail("")
    assert [EMAIL] in [message.to for message in mail.outbox]


def test_1_7_your_name_is_changed_by_your_beheerder(gekoppeld: Account, client: Client) -> None:
    page = client.get(reverse(ADDRESS))

    assert "Uw naam kunt u niet zelf wijzigen. Vraag dat aan uw beheerder" in text_of(page)
    assert 'name="achternaam"' not in page.content.decode()
