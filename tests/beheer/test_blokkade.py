"""R16, R20: what a beheerder reads and what happens when somebody is blocked, freed or taken back."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client

from accounts.models import Account
from accounts.services.blokkades import block_account
from beheer.services.gebruikers import end_gebruiker
from koppeling.rules import Reden
from koppeling.services.ontkoppelen import unlink_account
from tests.beheer.test_leven import act, url
from tests.factories import NOW, link, make_account, make_beheerder, make_organisatie
from tests.formulier import text_of
from verantwoording.rules import Actor, ActorSoort

pytestmark = pytest.mark.django_db
Login = Callable[[Account], Client]
Clock = Callable[[datetime], None]
BEHEERDER = Actor(ActorSoort.ACCOUNT, id=999_999, reden="Met verlof.")


@pytest.fixture
def beheerder(clock: Clock) -> Account:
    return make_beheerder(make_organisatie())


@pytest.fixture
def gebruiker(beheerder: Account) -> Account:
    return make_account(beheerder.organisatie)


class TestWhatIsPromised:
    def test_R16_who_was_unlinked_too_reads_that_linking_comes_first(
        self, beheerder: Account, gebruiker: Account, login: Login
    ) -> None:
        link(gebruiker)
        unlink_account(account=gebruiker, reden=Reden.SIGNAAL, actor=BEHEERDER, now=NOW)
        block_account(account=gebruiker, actor=BEHEERDER, now=NOW)
        desk = login(beheerder)

        asked = text_of(desk.get(url("gebruiker_vrijgeven", gebruiker)))
        done = text_of(act(desk, "gebruiker_vrijgeven", gebruiker, "Blokkade opheffen"))

        assert "dezelfde koppeling" not in asked
        assert "Er is geen middel gekoppeld" in asked
        assert "kan weer inloggen" not in done
        assert "is niet meer geblokkeerd" in done

    def test_R16_who_is_still_linked_reads_that_the_koppeling_stays(
        self, beheerder: Account, gebruiker: Account, login: Login
    ) -> None:
        link(gebruiker)
        block_account(account=gebruiker, actor=BEHEERDER, now=NOW)

        assert "met dezelfde koppeling" in text_of(login(beheerder).get(url("gebruiker_vrijgeven", gebruiker)))

    def test_R20_who_never_had_a_letter_is_not_told_that_none_is_needed(
        self, beheerder: Account, gebruiker: Account, login: Login
    ) -> None:
        end_gebruiker(account=gebruiker, actor=BEHEERDER, now=NOW)
        desk = login(beheerder)

        asked = text_of(desk.get(url("gebruiker_herstellen", gebruiker)))
        done = text_of(act(desk, "gebruiker_herstellen", gebruiker, "Account herstellen"))

        assert "nieuwe brief is niet nodig" not in asked
        assert "Vraag een nieuwe activatiecode aan" not in done
        assert "is hersteld. Hieronder leest u wat de volgende stap is." in done

    def test_R20_the_list_calls_a_restored_account_restored(
        self, beheerder: Account, gebruiker: Account, login: Login
    ) -> None:
        link(gebruiker)
        end_gebruiker(account=gebruiker, actor=BEHEERDER, now=NOW)

        page = text_of(act(login(beheerder), "gebruiker_herstellen", gebruiker, "Account herstellen"))

        assert "was beëindigd, is hersteld" in page
