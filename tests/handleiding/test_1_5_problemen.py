"""Manual 1.5, "Problemen met inloggen": one test a statement (R16, R18, R19).

The page "Problemen met inloggen" itself comes with the public pages (R31); its short form stands on the entrance.
"""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from koppeling.models import Koppeling
from koppeling.services.inactiviteit import unlink_inactive_koppelingen
from tests.formulier import text_of
from tests.handleiding.conftest import EMAIL, Beheerder, read_code, read_mail
from tests.koppeling.stappen import koppel, walk_to_step_5
from tests.makelaar import Makelaar
from verantwoording.services import sweep_berichten

NEW_MIDDEL = "C" * 64


def test_1_5_a_middel_that_does_not_work_well_is_for_your_beheerder_or_the_leverancier(
    client: Client, makelaar: Makelaar
) -> None:
    page = text_of(makelaar.cancel())

    assert "werkt uw middel niet? De leverancier van uw middel helpt u" in page
    assert "Meld dat meteen aan uw beheerder" in page
    assert "Meld dat meteen aan uw beheerder" in text_of(client.get(reverse("inloggen")))


def silent_until(day: datetime, clock: Callable[[datetime], None]) -> None:
    """The job of every hour, on the days on which it has something to do, and the mails it leaves."""
    for moment in (datetime(2027, 8, 3, 9, tzinfo=UTC), datetime(2027, 8, 26, 8, tzinfo=UTC), day):
        clock(moment)
        unlink_inactive_koppelingen(now=moment)
        sweep_berichten(now=moment)


def test_1_5_after_18_months_without_logging_in_the_koppeling_is_undone(
    gekoppeld: Account, makelaar: Makelaar, client: Client, clock: Callable[[datetime], None]
) -> None:
    silent_until(datetime(2027, 9, 1, 9, tzinfo=UTC), clock)
    assert Koppeling.objects.live().filter(account=gekoppeld).exists()

    silent_until(datetime(2027, 9, 2, 9, tzinfo=UTC), clock)

    assert not Koppeling.objects.live().filter(account=gekoppeld).exists()
    response = makelaar()
    assert "u hebt 18 maanden niet ingelogd" in text_of(client.get(response["Location"]))


def test_1_5_then_you_go_through_the_koppelproces_again(
    gekoppeld: Account, beheerder: Beheerder, makelaar: Makelaar, client: Client, clock: Callable[[datetime], None]
) -> None:
    silent_until(datetime(2027, 9, 2, 9, tzinfo=UTC), clock)
    Makelaar(beheerder.browser)(pseudonym="B" * 64)
    # Her own koppeling lapsed on the same day: a beheerder who is silent for 18 months is no exception.
    assert not Koppeling.objects.live().exists()
    beheerder.browser.force_login(beheerder.account)
    beheerder.request_code(gekoppeld)

    makelaar()
    response = koppel(walk_to_step_5(client), gekoppeld.gebruikersnaam, read_code())

    assert response["Location"] == reverse("koppelen_gelukt")


@pytest.mark.parametrize("reden", ["defect", "gestolen", "verloren"])
def test_1_5_a_broken_stolen_or_lost_middel_is_reported_and_the_koppeling_is_undone(
    gekoppeld: Account, beheerder: Beheerder, makelaar: Makelaar, client: Client, reden: str
) -> None:
    assert client.get(reverse("overzicht")).status_code == 200

    beheerder.unlink(gekoppeld, reden)

    assert client.get(reverse("overzicht")).status_code == 302
    assert not Koppeling.objects.live().filter(account=gekoppeld).exists()
    assert makelaar().status_code == (403 if reden == "gestolen" else 302)
    assert "_auth_user_id" not in client.session
    assert read_mail("ontkoppeld").to == [EMAIL]


def test_1_5_to_get_in_again_you_go_through_the_koppelproces_with_your_new_middel(
    gekoppeld: Account, beheerder: Beheerder, makelaar: Makelaar, client: Client
) -> None:
    beheerder.unlink(gekoppeld, "gestolen")
    beheerder.request_code(gekoppeld)

    assert makelaar(pseudonym=NEW_MIDDEL)["Location"] == reverse("koppelen")
    response = koppel(walk_to_step_5(client), gekoppeld.gebruikersnaam, read_code())

    assert response["Location"] == reverse("koppelen_gelukt")
    assert "Leerlingdossier" in text_of(client.get(reverse("overzicht")))  # the rollen stayed


def test_1_5_for_other_problems_the_entrance_says_whom_to_ask(client: Client) -> None:
    page = text_of(client.get(reverse("inloggen")))

    assert "Lukt het inloggen niet?" in page
    for who in ("uw beheerder", "uw machtigingenbeheerder", "de leverancier van uw middel"):
        assert who in page
