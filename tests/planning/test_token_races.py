"""R10, D14: many tries at once with a token, in real threads on PostgreSQL."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from koppeling.models import Teller
from planning.models import Token
from planning.services.tokens import Tokenpoging, log_in_with_token
from tests.factories import WACHTWOORD, allow_token, make_account, make_token
from tests.parallel import in_parallel
from tests.planning.inlog import code_of
from verantwoording.models import Logregel
from verantwoording.rules import Actor, ActorSoort

pytestmark = [pytest.mark.zwaar, pytest.mark.django_db(transaction=True)]

ROUNDS = 10
TRIES = 100
BATCH = 20  # threads at a time: each has a connection of its own
BEZOEKER = Actor(ActorSoort.BEZOEKER)


def a_try(naam: str, wachtwoord: str, code: str) -> Tokenpoging:
    return log_in_with_token(gebruikersnaam=naam, wachtwoord=wachtwoord, code=code, actor=BEZOEKER, now=timezone.now())


def looked_at() -> int:
    return Logregel.objects.filter(gebeurtenis__in=["tokenpoging_onjuist", "token_geblokkeerd"]).count()


@pytest.mark.parametrize("exists", [True, False])
def test_R10_of_a_hundred_tries_twenty_at_a_time_exactly_five_are_looked_at(*, exists: bool) -> None:
    naam = "MDZZZZZZZZ"
    if exists:
        account = make_account()
        make_token(account)
        naam = account.gebruikersnaam
    for _ in range(ROUNDS):
        Teller.objects.all().delete()
        before = looked_at()
        outcomes = []
        for _ in range(TRIES // BATCH):
            outcomes += in_parallel(*[lambda: a_try(naam, "fout", "000000")] * BATCH)
        assert looked_at() - before == 5
        assert Counter(outcome.over for outcome in outcomes) == {4: 1, 3: 1, 2: 1, 1: 1, 0: 1, None: TRIES - 5}


def test_D14_of_twenty_tries_at_once_with_one_right_code_one_gets_in() -> None:
    account = make_account()
    make_token(account)
    assert account.organisatie is not None
    allow_token(account.organisatie, dagen=(timezone.now() - account.gemaakt_op + timedelta(days=90)).days)
    now = timezone.now()

    outcomes = in_parallel(*[lambda: a_try(account.gebruikersnaam, WACHTWOORD, code_of(now))] * BATCH)

    assert sum(outcome.account is not None for outcome in outcomes) == 1
    assert Token.objects.get().laatste_stap > 0
