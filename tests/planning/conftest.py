import json

import pytest

from accounts.models import Account, Sector, Soort
from autorisatie.imports import CATALOGUS
from autorisatie.models import Portaal
from planning.imports import CATALOGUS as PLANNING
from planning.imports import load_planning, read_planning
from tests.factories import NOW, allow_token, make_account, make_token
from verantwoording.rules import Actor, ActorSoort


@pytest.fixture
def planning(db: None) -> None:
    """The soorten and portalen of the catalogue, no more of it, and the whole planning."""
    sector = Sector.objects.create(sleutel="alle", naam="Alle sectoren")
    soorten, portalen = (json.loads((CATALOGUS / f"{name}.json").read_text()) for name in ("soorten", "portalen"))
    Soort.objects.bulk_create(Soort(sleutel=e["sleutel"], naam=e["naam"], sector=sector) for e in soorten)
    Portaal.objects.bulk_create(Portaal(sleutel=e["sleutel"], naam=e["naam"], eigenaar="DUO") for e in portalen)
    load_planning(planning=read_planning(PLANNING), actor=Actor(ActorSoort.TAAK, naam="test"), now=NOW)


@pytest.fixture
def account() -> Account:
    """Somebody with a token that counts: his organisatie has a running exception."""
    account = make_account()
    make_token(account)
    assert account.organisatie is not None
    allow_token(account.organisatie)
    return account
