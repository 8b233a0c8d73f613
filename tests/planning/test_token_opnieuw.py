"""Who logged in with a token can do what asks for a fresh login: once more with the token, and no more (R14, D14)."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Beheerderschap
from tests.factories import NOW, make_account, make_machtiging, make_organisatie, make_token
from tests.formulier import submit, text_of
from tests.planning.inlog import code_of, is_in, log_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

Clock = Callable[[datetime], None]
LATER = NOW + timedelta(minutes=60, seconds=1)


@pytest.fixture
def leaver(account: Account) -> Account:
    """A colleague of somebody who is beheerder and has a token."""
    Beheerderschap.objects.create(account=account, van=NOW - timedelta(days=500))
    return make_account(account.organisatie)


def page_of(leaver: Account) -> str:
    return reverse("gebruiker_beeindigen", args=[leaver.pk])


def stay_in(client: Client, clock: Clock) -> None:
    """An hour of work: never silent for a quarter of an hour."""
    for minutes in (12, 24, 36, 48, 60):
        clock(NOW + timedelta(minutes=minutes))
        assert client.get(reverse("overzicht")).status_code == 200
    clock(LATER)


def test_R20_a_token_beheerder_ends_an_account_with_a_login_of_at_most_an_hour_old(
    client: Client, account: Account, leaver: Account, clock: Clock
) -> None:
    log_in(client, account.gebruikersnaam)
    assert client.get(page_of(leaver)).status_code == 200
    stay_in(client, clock)
    assert client.get(page_of(leaver))["Location"] == reverse("inloggen_opnieuw")
    asked = client.get(reverse("inloggen_opnieuw"))
    assert "een nieuwe code van uw token" in text_of(asked)
    assert f'href="{reverse("inloggen_token")}"' in asked.content.decode()
    assert "middel" not in text_of(asked)

    assert "klopt niet" in text_of(log_in(client, account.gebruikersnaam)), "the code of an hour ago"
    assert client.get(page_of(leaver)).status_code == 302
    assert log_in(client, account.gebruikersnaam, code=code_of(LATER))["Location"] == page_of(leaver)

    submit(client, page_of(leaver), "Account beëindigen")
    leaver.refresh_from_db()
    assert leaver.beeindigd_op is not None


def test_R20_what_was_posted_too_late_is_not_done_until_it_is_posted_again(
    client: Client, account: Account, leaver: Account, clock: Clock
) -> None:
    log_in(client, account.gebruikersnaam)
    stay_in(client, clock)

    sent = client.post(page_of(leaver), {"_account": account.pk})

    assert "Wat u hebt ingevuld, is bewaard" in text_of(client.get(sent["Location"]))
    log_in(client, account.gebruikersnaam, code=code_of(LATER))
    leaver.refresh_from_db()
    assert leaver.beeindigd_op is None


def test_another_account_than_the_one_that_left_does_not_get_the_page(
    client: Client, account: Account, leaver: Account, clock: Clock
) -> None:
    make_token(leaver)
    log_in(client, account.gebruikersnaam)
    stay_in(client, clock)
    client.get(page_of(leaver))

    assert is_in(log_in(client, leaver.gebruikersnaam, code=code_of(LATER)))


@pytest.mark.urls("tests.koppeling.test_opnieuw")
def test_R13_no_token_is_fresh_enough_for_a_page_that_asks_for_a_level(client: Client, account: Account) -> None:
    log_in(client, account.gebruikersnaam)

    assert client.get("/geheim/")["Location"] == reverse("inloggen_opnieuw")
    asked = client.get(reverse("inloggen_opnieuw"))
    assert "niveau EH4 of hoger" in text_of(asked)
    assert f'href="{reverse("inloggen_opnieuw_starten")}"' in asked.content.decode()


def test_R30_with_a_token_one_acts_for_ones_own_organisatie_alone(client: Client, account: Account) -> None:
    assert account.organisatie is not None
    verlener = make_organisatie("Stichting De Regenboog", "90004321")
    make_machtiging(verlener, account.organisatie)
    log_in(client, account.gebruikersnaam)
    page = reverse("kies_namens")

    assert client.get(page)["Location"] == reverse("overzicht")
    assert client.post(page, {"organisatie": verlener.pk, "_account": account.pk}).status_code == 404
    own = client.post(page, {"organisatie": account.organisatie_id, "_account": account.pk})
    assert own["Location"] == reverse("overzicht")
