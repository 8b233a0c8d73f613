"""Manual 1.4, "Inloggen": one test a statement (R08, R14).

Left to the issue that brings the token, because no account has one yet: "Maakte u eerder gebruik van een token? Lever
uw token dan in bij uw beheerder" and "Na een succesvol koppelproces kunt u niet meer inloggen met een token".
"""

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from accounts.models import Account, Sector
from tests.formulier import text_of
from tests.makelaar import Makelaar


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
