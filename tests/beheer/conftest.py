from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import Account
from tests.factories import make_account, make_beheerder, make_kenmerk, make_rol

WAARDE = "21AZ"


@pytest.fixture
def beheerder(db: None) -> Account:
    """A beheerder with a live koppeling, whose organisatie has one kenmerk."""
    account = make_beheerder()
    assert account.organisatie is not None
    make_kenmerk(account.organisatie, WAARDE)
    return account


@pytest.fixture
def beheerder_client(clock: object, login: Callable[[Account], Client], beheerder: Account) -> Client:
    """Her beheerder_client, at the moment at which the tests stand still."""
    return login(beheerder)


@pytest.fixture
def gebruiker(beheerder: Account) -> Account:
    """Somebody at her organisatie, registered and no more, and a rol that she could give him."""
    make_rol("ROD raadpleger")
    return make_account(beheerder.organisatie, voornaam="Henk", tussenvoegsel="van den", achternaam="Zande")
