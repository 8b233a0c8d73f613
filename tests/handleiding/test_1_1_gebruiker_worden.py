"""Manual 1.1, "Hoe wordt u een gebruiker van Mijn DUO?": one test a statement (R04, R05, R06, R07)."""

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from autorisatie.models import Autorisatie
from koppeling.models import Activatiecode
from tests.formulier import submit, text_of
from tests.handleiding.conftest import EMAIL, Beheerder, read_code, read_letter, read_mail
from tests.makelaar import Makelaar


def test_1_1_step_1_a_gebruiker_must_have_a_personal_middel_of_level_3_or_higher(beheerder: Beheerder) -> None:
    gegevens = {"voornaam": "Peter", "achternaam": "Jansen", "email": EMAIL}

    page = submit(beheerder.browser, reverse("gebruiker_aanmelden"), "Aanmelden", **gegevens)

    assert "eigen eHerkenningsmiddel met niveau EH3 of hoger" in text_of(page)
    assert "Zonder middel kan de gebruiker niet inloggen" in text_of(page)
    assert not Account.objects.filter(email=EMAIL).exists()


def test_1_1_step_1_the_middel_must_be_for_the_dienst_Mijn_DUO(makelaar: Makelaar) -> None:
    page = makelaar(service_id="urn:etoegang:DV:00000001234567890000:services:9876")

    assert page.status_code == 403
    assert "geen machtiging voor de dienst ‘Mijn DUO voor zakelijke klanten’" in text_of(page)


def test_1_1_step_2_the_beheerder_registers_you_as_a_gebruiker(beheerder: Beheerder, now: datetime) -> None:
    account = beheerder.register()

    assert account.organisatie == beheerder.account.organisatie
    assert account.middel_bevestigd_op == now
    assert "Peter Jansen" in text_of(beheerder.browser.get(reverse("gebruikers")))


def test_1_1_step_2_the_beheerder_gives_you_rollen_and_kenmerken(beheerder: Beheerder) -> None:
    account = beheerder.register()

    beheerder.give_rol(account)

    autorisatie = Autorisatie.objects.get(account=account)
    assert autorisatie.rol.naam == "ROD raadpleger"
    assert [row.kenmerk for row in autorisatie.kenmerken.all()] == [beheerder.kenmerk]


@pytest.mark.usefixtures("gekoppeld")
def test_1_1_step_2_those_decide_which_diensten_your_middel_opens(client: Client) -> None:
    assert client.get(reverse("taak", args=["leerlingdossier"])).status_code == 200
    assert client.get(reverse("taak", args=["verzuim-melden"])).status_code == 404


def test_1_1_step_2_you_get_a_confirmation_mail_with_what_to_do_next(beheerder: Beheerder) -> None:
    account = beheerder.register()

    message = read_mail("Mijn DUO")

    assert message.to == [EMAIL]
    for what in (
        "eHerkenningsmiddel met niveau EH3 of hoger",
        "brief met uw gebruikersnaam",
        "Vraag uw beheerder dan om een activatiecode",
        "kies uw sector",
    ):
        assert what in " ".join(str(message.body).split())
    assert account.gebruikersnaam not in str(message.message())


def test_1_1_step_3_the_beheerder_gets_a_letter_with_your_gebruikersnaam_to_print(beheerder: Beheerder) -> None:
    account = beheerder.register()

    letter = beheerder.print_letter(account)

    assert read_letter(letter) == account.gebruikersnaam
    assert "Druk de brief af" in letter.content.decode()


def test_1_1_step_3_the_beheerder_must_hand_the_letter_over_in_person(beheerder: Beheerder) -> None:
    account = beheerder.register()

    before = text_of(beheerder.browser.get(reverse("gebruiker_brief", args=[account.pk])))
    letter = beheerder.print_letter(account).content.decode()

    assert "geef hem zelf aan Peter Jansen" in before
    assert "Verstuur hem niet per e-mail" in before
    assert "Jolanda de Vries, geeft u deze brief zelf" in letter


def test_1_1_step_4_you_ask_your_beheerder_for_an_activatiecode_and_get_it_by_mail(
    beheerder: Beheerder, peter: Account
) -> None:
    beheerder.request_code(peter)

    message = read_mail("activatiecode")

    assert message.to == [EMAIL]
    assert len(read_code()) == len("ABCDE-FGHJK")
    assert Activatiecode.objects.get().account == peter


def test_1_1_step_4_the_beheerder_never_sees_the_code(beheerder: Beheerder, peter: Account) -> None:
    beheerder.request_code(peter)
    code = read_code()

    for address in (
        reverse("gebruiker", args=[peter.pk]),
        reverse("gebruiker_code", args=[peter.pk]),
        reverse("gebruikers"),
        reverse("logboek"),
    ):
        page = beheerder.browser.get(address).content.decode()
        assert code not in page
        assert code.replace("-", "") not in page
    assert code not in beheerder.print_letter(peter).content.decode()


def test_1_1_step_5_you_link_your_middel_to_your_account(gekoppeld: Account, beheerder: Beheerder) -> None:
    assert gekoppeld.koppelingen.live().count() == 1
    assert "Gekoppeld" in text_of(beheerder.browser.get(reverse("gebruiker", args=[gekoppeld.pk])))
