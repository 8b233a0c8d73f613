"""Manual 1.4, "Inloggen": one test a statement (R08, R14)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from accounts.models import Account, Sector
from koppeling.rules import Reden
from koppeling.services.ontkoppelen import unlink_account
from tests.factories import NOW, allow_token, make_token
from tests.formulier import text_of
from tests.handleiding.conftest import Beheerder, read_code, read_mail
from tests.koppeling.stappen import koppel, walk_to_step_5
from tests.makelaar import Makelaar
from tests.planning.inlog import code_of, is_in, log_in
from verantwoording.rules import Actor, ActorSoort


def test_1_4_once_you_are_linked_you_log_in_with_your_middel_from_then_on(
    gekoppeld: Account, makelaar: Makelaar, client: Client
) -> None:
    client.post(reverse("uitloggen"))

    assert makelaar()["Location"] == reverse("overzicht")
    assert "Peter Jansen" in client.get(reverse("overzicht")).content.decode()


@pytest.mark.usefixtures("gekoppeld")
def test_1_4_koppeling_gelukt_says_so(client: Client) -> None:
    assert "Vanaf nu logt u op Mijn DUO alleen nog in met eHerkenning" in text_of(
        client.get(reverse("koppelen_gelukt"))
    )


@pytest.mark.usefixtures("gekoppeld")
def test_1_4_you_go_over_your_sector_Inloggen_op_Mijn_DUO_and_Log_in_met_eHerkenning_again(client: Client) -> None:
    client.post(reverse("uitloggen"))
    sector = reverse("inloggen_sector", args=[Sector.objects.get().sleutel])

    assert sector in client.get(reverse("inloggen")).content.decode()
    assert reverse("inloggen_eherkenning") in client.get(sector).content.decode()


@pytest.mark.usefixtures("gekoppeld")
def test_1_4_there_is_no_other_way_in_for_a_gebruiker(client: Client, gekoppeld: Account) -> None:
    client.post(reverse("uitloggen"))
    gekoppeld.set_password("een wachtwoord dat hij nooit kreeg")
    gekoppeld.save(update_fields=["password"])

    client.post(
        reverse("account_login"), {"login": gekoppeld.gebruikersnaam, "password": "een wachtwoord dat hij nooit kreeg"}
    )

    assert "_auth_user_id" not in client.session
    names = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    assert not names & {"account_signup", "account_reset_password", "socialaccount_connections"}


@pytest.fixture
def met_token(peter: Account) -> Account:
    """Peter has been a gebruiker since before 2022, and still has his token."""
    make_token(peter)
    assert peter.organisatie is not None
    allow_token(peter.organisatie)
    return peter


def test_1_4_did_you_use_a_token_hand_it_in_to_your_beheerder(
    client: Client, met_token: Account, beheerder: Beheerder, makelaar: Makelaar
) -> None:
    beheerder.request_code(met_token)
    makelaar()
    koppel(walk_to_step_5(client), met_token.gebruikersnaam, read_code())

    assert "Lever het token in bij uw beheerder" in text_of(client.get(reverse("koppelen_gelukt")))
    assert "Lever het token in bij uw beheerder" in str(read_mail("gekoppeld aan Mijn DUO").body)


def test_1_4_after_linking_you_can_no_longer_log_in_with_a_token(
    client: Client, met_token: Account, beheerder: Beheerder, makelaar: Makelaar
) -> None:
    assert is_in(log_in(Client(), met_token.gebruikersnaam))
    beheerder.request_code(met_token)
    makelaar()
    koppel(walk_to_step_5(client), met_token.gebruikersnaam, read_code())
    unlink_account(account=met_token, reden=Reden.VERLOREN, actor=Actor(ActorSoort.STAF, id=1), now=NOW)

    page = log_in(Client(), met_token.gebruikersnaam, code=code_of(NOW + timedelta(seconds=30)))

    assert "uw token komt niet terug" in text_of(page)
