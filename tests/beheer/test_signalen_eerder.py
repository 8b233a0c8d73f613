"""After an answer: the same facts are not asked again, and what is new is, at once and not when the hours are over."""

from collections.abc import Callable
from datetime import datetime

import pytest

from accounts.models import Account
from beheer.models import Signaal
from beheer.rules.signalen import Soort
from beheer.services.signaalantwoord import answer_signaal
from beheer.services.signalen import raise_signalen
from koppeling.models import Koppeling, Middel, Spoor
from tests.beheer.signaal import HOUR, MINUTE, Wereld, act
from tests.factories import NOW, link, make_account, make_middel

pytestmark = pytest.mark.django_db


@pytest.fixture
def wereld(clock: Callable[[datetime], None]) -> Wereld:
    return Wereld()


def leave(soort: Spoor.Soort, account: Account, *, op: datetime, door: Account | None = None, **kwargs: object) -> None:
    Spoor.objects.create(soort=soort, account=account, door_id=door.pk if door else None, op=op, **kwargs)


def letter_and_try(wereld: Wereld, middel: Middel, *, op: datetime) -> None:
    """Jolanda makes Henk's letter, and somebody tries it in her browser."""
    leave(Spoor.Soort.BRIEF, wereld.henk, door=wereld.jolanda, browser="jolanda", op=op)
    leave(Spoor.Soort.POGING, wereld.henk, middel=middel, browser="jolanda", op=op + MINUTE)


def answer(wereld: Wereld, *, klopt: bool, now: datetime) -> None:
    signaal = Signaal.objects.get(staat="open")
    answer_signaal(signaal=signaal, klopt=klopt, beheerder=wereld.piet, actor=act(wereld.piet), now=now)


@pytest.mark.parametrize("klopt", [True, False])
class TestLetters:
    def test_a_new_letter_in_the_same_browser_is_asked_again(self, wereld: Wereld, klopt: bool) -> None:
        middel = make_middel()
        letter_and_try(wereld, middel, op=NOW)
        raise_signalen(now=NOW + 2 * MINUTE)
        answer(wereld, klopt=klopt, now=NOW + 3 * MINUTE)

        letter_and_try(wereld, middel, op=NOW + 2 * HOUR)

        assert raise_signalen(now=NOW + 3 * HOUR) == 1
        signaal = Signaal.objects.get(staat="open")
        assert (signaal.soort, signaal.van) == (Soort.BRIEF_EN_KOPPELING, NOW + 2 * HOUR)

    def test_the_same_letter_is_not(self, wereld: Wereld, klopt: bool) -> None:
        middel = make_middel()
        letter_and_try(wereld, middel, op=NOW)
        raise_signalen(now=NOW + 2 * MINUTE)
        answer(wereld, klopt=klopt, now=NOW + 3 * MINUTE)

        leave(Spoor.Soort.POGING, wereld.henk, middel=middel, browser="jolanda", op=NOW + 2 * HOUR)

        assert raise_signalen(now=NOW + 3 * HOUR) == 0

    def test_who_registered_printed_and_linked_is_not_asked_as_the_lighter_soort_either(
        self, wereld: Wereld, klopt: bool
    ) -> None:
        middel = make_middel()
        letter_and_try(wereld, middel, op=NOW)
        raise_signalen(now=NOW + 2 * MINUTE)
        Signaal.objects.update(soort=Soort.ZELF_GEKOPPELD)
        answer(wereld, klopt=klopt, now=NOW + 3 * MINUTE)

        assert raise_signalen(now=NOW + 4 * MINUTE) == 0


def try_on(middel: Middel, *accounts: Account, op: datetime) -> None:
    for account in accounts:
        leave(Spoor.Soort.POGING, account, middel=middel, browser="", op=op)


@pytest.fixture
def people(wereld: Wereld) -> list[Account]:
    """Three gebruikers, each another person."""
    return [make_account(wereld.organisatie, voornaam=name, achternaam=name) for name in ("Aad", "Bea", "Cor")]


class TestMiddelen:
    def raised(self, wereld: Wereld, middel: Middel, people: list[Account], *, klopt: bool) -> None:
        try_on(middel, *people, op=NOW)
        assert raise_signalen(now=NOW + MINUTE) == 1
        answer(wereld, klopt=klopt, now=NOW + 2 * MINUTE)

    @pytest.mark.parametrize("klopt", [True, False])
    def test_one_more_account_is_asked_again_and_only_about_that_one(
        self, wereld: Wereld, people: list[Account], klopt: bool
    ) -> None:
        middel = make_middel()
        self.raised(wereld, middel, people[:2], klopt=klopt)

        try_on(middel, people[2], op=NOW + 2 * HOUR)

        assert raise_signalen(now=NOW + 3 * HOUR) == 1
        assert Signaal.objects.get(staat="open").over == [people[2].pk]
        assert raise_signalen(now=NOW + 3 * HOUR) == 0

    @pytest.mark.parametrize(("klopt", "new"), [(True, 0), (False, 1)])
    def test_the_same_accounts_are_asked_again_only_when_it_was_stopped(
        self, wereld: Wereld, people: list[Account], klopt: bool, new: int
    ) -> None:
        middel = make_middel()
        self.raised(wereld, middel, people[:2], klopt=klopt)

        try_on(middel, *people[:2], op=NOW + 2 * HOUR)

        assert raise_signalen(now=NOW + 3 * HOUR) == new

    @pytest.mark.parametrize("klopt", [True, False])
    def test_one_of_them_alone_is_not_asked_again(self, wereld: Wereld, people: list[Account], klopt: bool) -> None:
        """She was freed, and links the middel that was hers."""
        middel = make_middel()
        self.raised(wereld, middel, people[:2], klopt=klopt)

        Koppeling.objects.live().filter(middel=middel).delete()
        link(people[0], middel)
        leave(Spoor.Soort.KOPPELING, people[0], middel=middel, browser="", op=NOW + 2 * HOUR)

        assert raise_signalen(now=NOW + 3 * HOUR) == 0
