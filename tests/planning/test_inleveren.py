"""R14: who had a token hands it in, and the beheerder ticks it off."""

from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from planning.models import Token
from tests.factories import NOW, allow_token, make_account, make_beheerder, make_organisatie, make_token
from tests.formulier import submit, text_of
from tests.planning.inlog import is_in, log_in
from verantwoording.models import Logregel

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def beheerder() -> Account:
    return make_beheerder()


@pytest.fixture
def beheerder_client(login: Callable[[Account], Client], beheerder: Account) -> Client:
    return login(beheerder)


def holder(beheerder: Account, **kwargs: object) -> Token:
    return make_token(make_account(beheerder.organisatie, **kwargs))


def test_R14_the_beheerder_ticks_off_after_reading_what_it_means(beheerder_client: Client, beheerder: Account) -> None:
    token = holder(beheerder, achternaam="Zand")
    assert beheerder.organisatie is not None
    allow_token(beheerder.organisatie)
    url = reverse("tokens_inleveren")
    assert f"Zand, Fatima El {token.serienummer}" in text_of(beheerder_client.get(url))
    asked = submit(beheerder_client, url, "Verder met wat is aangevinkt", tokens=str(token.pk))
    assert "U kunt dit niet terugdraaien" in text_of(asked)
    assert not Token.objects.exclude(ingeleverd_op=None).exists()

    submit(beheerder_client, asked, "Ja, ingeleverd")

    token = Token.objects.get()
    assert (token.ingeleverd_op, token.ingetrokken_op) == (NOW, NOW)
    assert not Authenticator.objects.filter(user=token.account).exists()
    assert list(
        Logregel.objects.filter(account_id=token.account_id).order_by("pk").values_list("gebeurtenis", "actor_id")
    ) == [
        ("token_ingetrokken", beheerder.pk),
        ("token_ingeleverd", beheerder.pk),
    ]
    page = text_of(beheerder_client.get(url))
    assert "Genoteerd: 1 token is ingeleverd." in page
    assert "Geen tokens meer" in page


def test_R14_ticked_off_twice_is_noted_once(beheerder_client: Client, beheerder: Account) -> None:
    token = holder(beheerder)
    values = {"tokens": token.pk, "bevestigd": "ja", "_account": beheerder.pk}
    beheerder_client.post(reverse("tokens_inleveren"), values)
    again = beheerder_client.post(reverse("tokens_inleveren"), values)
    assert "al ingeleverd" in text_of(again)
    assert Logregel.objects.filter(gebeurtenis="token_ingeleverd").count() == 1


def test_R14_ticking_off_what_was_revoked_ends_no_session_of_the_linked_middel(
    beheerder_client: Client, beheerder: Account
) -> None:
    """Her own token, that ended when she linked: she goes on working."""
    token = make_token(beheerder, ingetrokken_op=NOW)
    beheerder_client.force_login(beheerder)
    beheerder_client.post(
        reverse("tokens_inleveren"), {"tokens": token.pk, "bevestigd": "ja", "_account": beheerder.pk}
    )

    assert "Genoteerd: 1 token is ingeleverd." in text_of(beheerder_client.get(reverse("tokens_inleveren")))
    beheerder.refresh_from_db()
    assert not beheerder.has_usable_password()


def test_R14_ticking_off_a_token_that_works_ends_the_session_that_it_opened(
    beheerder_client: Client, beheerder: Account
) -> None:
    token = holder(beheerder)
    assert beheerder.organisatie is not None
    allow_token(beheerder.organisatie)
    holders = Client()
    assert is_in(log_in(holders, token.account.gebruikersnaam))
    assert holders.get(reverse("overzicht")).status_code == 200

    beheerder_client.post(
        reverse("tokens_inleveren"), {"tokens": token.pk, "bevestigd": "ja", "_account": beheerder.pk}
    )

    assert holders.get(reverse("overzicht")).status_code == 302


def test_nothing_ticked_says_so(beheerder_client: Client, beheerder: Account) -> None:
    holder(beheerder)
    assert "Kies eerst" in text_of(
        submit(beheerder_client, reverse("tokens_inleveren"), "Verder met wat is aangevinkt")
    )


def test_the_token_of_who_was_ended_is_still_out(beheerder_client: Client, beheerder: Account) -> None:
    holder(beheerder, beeindigd_op=NOW)
    assert "het account is beëindigd" in text_of(beheerder_client.get(reverse("tokens_inleveren")))


@pytest.mark.parametrize("typed", ["", "x", "0", "99999999999999999999"])
def test_odd_input_is_refused(beheerder_client: Client, beheerder: Account, typed: str) -> None:
    holder(beheerder)
    values = {"tokens": typed, "bevestigd": "ja", "_account": beheerder.pk}
    assert beheerder_client.post(reverse("tokens_inleveren"), values).status_code == 200
    assert not Token.objects.exclude(ingeleverd_op=None).exists()


def test_another_organisaties_token_is_neither_shown_nor_ticked_off(
    beheerder_client: Client, beheerder: Account
) -> None:
    other = make_token(make_account(make_organisatie("Gemeente Zonderdam", "90004321")))
    assert other.serienummer not in text_of(beheerder_client.get(reverse("tokens_inleveren")))
    beheerder_client.post(
        reverse("tokens_inleveren"), {"tokens": other.pk, "bevestigd": "ja", "_account": beheerder.pk}
    )
    other.refresh_from_db()
    assert other.ingeleverd_op is None
