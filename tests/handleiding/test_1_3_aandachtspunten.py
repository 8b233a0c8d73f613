"""Manual 1.3, "Aandachtspunten bij het koppelproces": one test a statement (R10, R11)."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from koppeling.models import Teller
from tests.formulier import text_of
from tests.handleiding.conftest import Beheerder, read_code
from tests.koppeling.stappen import browser_at_step_5, koppel, walk_to_step_5
from tests.makelaar import PSEUDONIEM, Makelaar

WRONG = "ZZZZZ-ZZZZZ"


@pytest.fixture
def bezoeker(makelaar: Makelaar, client: Client, peter: Account) -> Client:
    """Peter's browser in front of step 5."""
    makelaar()
    return walk_to_step_5(client)


@pytest.fixture
def code(beheerder: Beheerder, peter: Account) -> str:
    beheerder.request_code(peter)
    return read_code()


def test_1_3_five_wrong_combinations_block_for_fifteen_minutes(bezoeker: Client, peter: Account, code: str) -> None:
    statuses = [koppel(bezoeker, peter.gebruikersnaam, WRONG).status_code for _ in range(5)]

    assert statuses == [200, 200, 200, 200, 429]
    page = koppel(bezoeker, peter.gebruikersnaam, code)
    assert page.status_code == 429
    assert "Er is 5 keer een onjuiste combinatie" in text_of(page)
    assert "Wacht tot" in text_of(page)
    assert "15 minuten wachten" in text_of(koppel(browser_at_step_5("F" * 64), "MDZZZZZZZZ", WRONG))


def test_1_3_after_that_you_can_try_again(bezoeker: Client, peter: Account, code: str) -> None:
    for _ in range(5):
        koppel(bezoeker, peter.gebruikersnaam, WRONG)
    Teller.objects.update(geblokkeerd_tot=Now() - timedelta(microseconds=1))

    assert koppel(bezoeker, peter.gebruikersnaam, WRONG).status_code == 200
    assert koppel(bezoeker, peter.gebruikersnaam, code)["Location"] == reverse("koppelen_gelukt")


@pytest.mark.parametrize(("seconds", "works"), [(0, True), (1, False)])
def test_1_3_your_activatiecode_is_valid_for_24_hours(
    peter: Account, code: str, now: datetime, clock: Callable[[datetime], None], seconds: int, *, works: bool
) -> None:
    clock(now + timedelta(hours=24, seconds=seconds))

    page = koppel(browser_at_step_5(PSEUDONIEM), peter.gebruikersnaam, code)

    assert (page.status_code == 302) is works


def test_1_3_when_it_has_expired_you_ask_your_beheerder_for_a_new_one(
    beheerder: Beheerder, peter: Account, code: str, now: datetime, clock: Callable[[datetime], None]
) -> None:
    clock(now + timedelta(days=2))
    bezoeker = browser_at_step_5(PSEUDONIEM)
    page = koppel(bezoeker, peter.gebruikersnaam, code)
    assert "Vraag uw beheerder om een nieuwe activatiecode" in text_of(page)

    Makelaar(beheerder.browser)(pseudonym="B" * 64)  # her session of the day before yesterday is over
    beheerder.request_code(peter)

    assert koppel(bezoeker, peter.gebruikersnaam, read_code())["Location"] == reverse("koppelen_gelukt")
