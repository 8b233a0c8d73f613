"""Manual 1.2, "Het koppelproces": one test a statement (R08, R09, R12)."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Sector
from koppeling.models import Koppeling
from tests.formulier import submit, text_of
from tests.handleiding.conftest import Beheerder, read_code
from tests.koppeling.stappen import TICKS, do_step, koppel, walk_to_step_5
from tests.makelaar import Makelaar


@pytest.fixture
def started(makelaar: Makelaar, client: Client, peter: Account) -> Client:
    """Peter's browser after step 1."""
    makelaar()
    return client


@pytest.fixture
def code(beheerder: Beheerder, peter: Account) -> str:
    beheerder.request_code(peter)
    return read_code()


def test_1_2_before_you_can_log_in_you_link_your_middel_once(
    started: Client, peter: Account, code: str, makelaar: Makelaar
) -> None:
    assert started.get(reverse("overzicht")).status_code == 302

    koppel(walk_to_step_5(started), peter.gebruikersnaam, code)

    assert started.get(reverse("overzicht")).status_code == 200
    assert makelaar()["Location"] == reverse("overzicht")  # and the next time at once


@pytest.mark.parametrize("loa", ["loa1", "loa2", "loa2plus"])
def test_1_2_you_need_a_middel_of_level_3_or_higher(makelaar: Makelaar, loa: str) -> None:
    page = makelaar(loa=loa)

    assert page.status_code == 403
    assert "niveau EH3 of hoger nodig" in text_of(page)


def test_1_2_you_need_the_gebruikersnaam_that_you_got_from_your_beheerder(started: Client, code: str) -> None:
    page = koppel(walk_to_step_5(started), "peter.jansen", code)

    assert page.status_code == 200
    assert not Koppeling.objects.filter(account__voornaam="Peter").exists()
    assert "staat in de brief die u van uw beheerder kreeg" in text_of(page)
    assert "Dit is niet de gebruikersnaam van uw eHerkenningsmiddel" in text_of(page)


def test_1_2_you_need_the_activatiecode_that_you_got_by_mail(started: Client, peter: Account) -> None:
    page = koppel(walk_to_step_5(started), peter.gebruikersnaam, "ABCDE-FGHJK")

    assert page.status_code == 200
    assert "Die kreeg ik per e-mail" in text_of(started.get(reverse("koppelen")))
    assert not Koppeling.objects.filter(account=peter).exists()


def test_1_2_mind_that_the_activatiecode_is_valid_for_24_hours(started: Client) -> None:
    walk_to_step_5(started)

    assert "24 uur geldig" in text_of(started.get(reverse("inloggen")))
    assert "24 uur geldig" in started.get(reverse("koppelen_gegevens")).content.decode()


def test_1_2_step_1_you_click_your_sector_then_Inloggen_op_Mijn_DUO_then_Log_in_met_eHerkenning(client: Client) -> None:
    sector = Sector.objects.get()
    entrance = client.get(reverse("inloggen"))
    second = reverse("inloggen_sector", args=[sector.sleutel])
    third = reverse("inloggen_eherkenning")

    assert sector.naam in text_of(entrance)
    assert "Inloggen op Mijn DUO" in text_of(entrance)
    assert f'href="{second}"' in entrance.content.decode()
    page = client.get(second)
    assert "Log in met eHerkenning" in text_of(page)
    assert f'href="{third}"' in page.content.decode()
    assert client.get(third)["Location"].startswith("https://makelaar.example/sso?")


def test_1_2_step_1_you_log_in_with_your_middel(makelaar: Makelaar) -> None:
    assert makelaar()["Location"] == reverse("koppelen")


def test_1_2_step_2_you_confirm_that_you_have_your_gebruikersnaam_and_a_valid_code_and_click_Verder(
    started: Client,
) -> None:
    page = text_of(started.get(reverse("koppelen")))
    assert "stap 2 van 5" in page
    assert "Ik heb mijn gebruikersnaam" in page
    assert "Ik heb een activatiecode die nog geldig is" in page

    assert submit(started, reverse("koppelen"), "Verder", gebruikersnaam="on").status_code == 200
    assert do_step(started, "koppelen")["Location"] == reverse("koppelen_privacy")


def test_1_2_step_3_you_confirm_that_you_log_in_with_what_was_given_to_you_and_agree_to_the_privacy_statement(
    started: Client,
) -> None:
    do_step(started, "koppelen")
    page = text_of(started.get(reverse("koppelen_privacy")))
    assert "stap 3 van 5" in page
    assert "de gebruikersnaam en de activatiecode die aan mij zijn gegeven" in page
    assert "Ik ga akkoord met de privacyverklaring" in page
    assert "Een alinea." in page  # the statement itself

    assert submit(started, reverse("koppelen_privacy"), "Verder", toegewezen="on").status_code == 200
    assert do_step(started, "koppelen_privacy")["Location"] == reverse("koppelen_voorwaarden")


def test_1_2_step_4_you_read_the_gebruikersvoorwaarden_and_confirm_that_you_read_and_accept_them(
    started: Client,
) -> None:
    do_step(started, "koppelen")
    do_step(started, "koppelen_privacy")
    page = text_of(started.get(reverse("koppelen_voorwaarden")))
    assert "stap 4 van 5" in page
    assert "Ik heb de gebruikersvoorwaarden gelezen en ga ermee akkoord" in page
    assert "Een alinea." in page

    assert submit(started, reverse("koppelen_voorwaarden"), "Verder").status_code == 200
    assert do_step(started, "koppelen_voorwaarden")["Location"] == reverse("koppelen_gegevens")


def test_1_2_step_5_you_fill_in_gebruikersnaam_and_activatiecode_and_click_Koppel(
    started: Client, peter: Account, code: str
) -> None:
    walk_to_step_5(started)
    assert "stap 5 van 5" in text_of(started.get(reverse("koppelen_gegevens")))

    submit(started, reverse("koppelen_gegevens"), "Koppel", gebruikersnaam=peter.gebruikersnaam, activatiecode=code)

    assert Koppeling.objects.live().filter(account=peter).exists()


def test_1_2_the_koppeling_is_ready_when_you_see_koppeling_gelukt_and_you_click_Verder(
    started: Client, peter: Account, code: str
) -> None:
    response = koppel(walk_to_step_5(started), peter.gebruikersnaam, code)

    page = started.get(response["Location"])
    assert "Koppeling gelukt" in text_of(page)
    assert f'href="{reverse("overzicht")}">Verder</a>' in " ".join(page.content.decode().split())


@pytest.mark.usefixtures("gekoppeld")
def test_1_2_step_6_after_linking_you_are_in_Mijn_DUO_and_can_use_what_you_are_authorised_for_at_once(
    client: Client,
) -> None:
    assert "Leerlingdossier" in text_of(client.get(reverse("overzicht")))
    assert client.get(reverse("taak", args=["leerlingdossier"])).status_code == 200


def test_1_2_the_steps_come_in_this_order_only(started: Client) -> None:
    for naam in [*list(TICKS)[1:], "koppelen_gegevens"]:
        assert started.get(reverse(naam))["Location"] == reverse("koppelen")
