"""R03, R07, R16, R19: who helps when the other beheerders cannot log in; an organisatie never locks itself out."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from accounts.services.accounts import LaatsteBeheerder
from accounts.services.blokkades import block_account, is_blocked
from autorisatie.services.melden import report_own_middel
from beheer.services.gebruikers import NietVoorUzelf, unlink_gebruiker
from beheer.services.leven import block_gebruiker, unblock_gebruiker
from beheer.services.staf import NietDoorDuo, depends_on_staf, unblock_as_staf
from koppeling.models import Koppeling
from koppeling.rules import Reden
from tests.factories import NOW, link, make_account, make_beheerder, make_organisatie, make_signaal
from tests.formulier import submit, text_of
from tests.parallel import in_parallel
from verantwoording.haken import berichtsoorten
from verantwoording.models import Bericht, Logregel
from verantwoording.rules import Actor, ActorSoort

pytestmark = pytest.mark.django_db
Login = Callable[[Account], Client]
UNABLE = ["blocked", "barred", "never linked"]


@pytest.fixture
def pair(clock: Callable[[datetime], None]) -> tuple[Account, Account]:
    """Two beheerders of one organisatie who can log in."""
    one = make_beheerder(make_organisatie())
    two = make_beheerder(one.organisatie, voornaam="Piet", achternaam="Bakker")
    link(one)
    link(two)
    return one, two


def by(account: Account) -> Actor:
    soort = ActorSoort.STAF if account.is_staff else ActorSoort.ACCOUNT
    return Actor(soort, id=account.pk, namens=account.organisatie_id, reden="Nagevraagd.")


def disable(account: Account, how: str) -> None:
    koppeling = Koppeling.objects.get(account=account)
    if how == "blocked":
        block_account(account=account, actor=Actor(ActorSoort.TAAK, naam="proef", reden="Verlof."), now=NOW)
    elif how == "barred":
        koppeling.middel.gestolen_op = NOW
        koppeling.middel.save()
    else:
        koppeling.delete()


@pytest.mark.parametrize("how", UNABLE)
class TestNoAbleColleague:
    def test_R07_R19_duo_helps_and_is_told(self, pair: tuple[Account, Account], how: str) -> None:
        one, two = pair
        assert not depends_on_staf(account=one, now=NOW)
        disable(two, how)

        report_own_middel(account=one, reden=Reden.VERLOREN, actor=by(one), now=NOW)

        assert depends_on_staf(account=one, now=NOW)
        (told,) = Bericht.objects.filter(soort="middel_gemeld_duo")
        post = berichtsoorten[told.soort].render(told, NOW)
        assert post is not None
        assert "kan geen andere beheerder inloggen" in post.tekst

    def test_R19_she_does_not_unlink_herself(self, pair: tuple[Account, Account], how: str) -> None:
        one, two = pair
        disable(two, how)

        with pytest.raises(NietVoorUzelf, match="enige beheerder die kan inloggen"):
            unlink_gebruiker(
                account=one,
                koppeling_id=Koppeling.objects.get(account=one).pk,
                reden=Reden.DEFECT,
                actor=by(one),
                now=NOW,
            )

    def test_R16_nobody_is_blocked_who_is_the_last_one_able(self, pair: tuple[Account, Account], how: str) -> None:
        one, two = pair
        disable(two, how)

        with pytest.raises(LaatsteBeheerder):
            block_gebruiker(account=one, actor=Actor(ActorSoort.TAAK, naam="proef", reden="Verlof."), now=NOW)

        assert not is_blocked(one, NOW)


def test_R16_a_beheerder_who_is_in_counts_herself(pair: tuple[Account, Account]) -> None:
    one, two = pair
    assert block_gebruiker(account=two, actor=by(one), now=NOW)


@pytest.mark.django_db(transaction=True)
def test_R16_two_beheerders_who_block_each_other_leave_one(pair: tuple[Account, Account]) -> None:
    one, two = pair

    outcomes = in_parallel(
        lambda: block_gebruiker(account=two, actor=by(one), now=NOW),
        lambda: block_gebruiker(account=one, actor=by(two), now=NOW),
    )

    assert {type(outcome) for outcome in outcomes} == {bool, LaatsteBeheerder}
    assert is_blocked(one, NOW) is not is_blocked(two, NOW)


class TestDuoLiftsTheBlock:
    def test_R16_of_a_sole_beheerder_with_a_reason_and_the_bevoegd_gezag_is_told(
        self, staf_client: Client, staf: Account, clock: Callable[[datetime], None]
    ) -> None:
        beheerder = make_beheerder(make_organisatie())
        block_account(account=beheerder, actor=by(staf), now=NOW)
        page = reverse("admin:accounts_account_vrijgeven", args=[beheerder.pk])
        own = reverse("admin:accounts_account_change", args=[beheerder.pk])
        account = staf_client.get(own).content.decode()
        assert page in account
        assert "tijdelijk geblokkeerd sinds 2 maart 2026" in account

        staf_client.post(page, {"toelichting": " "})
        assert is_blocked(beheerder, NOW)
        staf_client.post(page, {"toelichting": "Gebeld en nagevraagd."})

        assert not is_blocked(beheerder, NOW)
        assert page not in staf_client.get(own).content.decode()
        line = Logregel.objects.get(gebeurtenis="account_vrijgegeven")
        assert (line.actor_soort, line.reden) == ("staf", "Gebeld en nagevraagd.")
        (told,) = Bericht.objects.filter(soort="vrijgegeven_gezag")
        post = berichtsoorten[told.soort].render(told, NOW)
        assert post is not None
        assert post.aan == "bestuur@regenboog.example"
        assert "Gebeld en nagevraagd." in post.tekst
        assert "middel" not in post.tekst
        assert beheerder.gebruikersnaam not in post.tekst

    def test_R16_not_where_a_beheerder_can(self, pair: tuple[Account, Account], staf: Account) -> None:
        block_account(account=pair[1], actor=by(pair[0]), now=NOW)

        with pytest.raises(NietDoorDuo):
            unblock_as_staf(account=pair[1], actor=by(staf), now=NOW)

        assert is_blocked(pair[1], NOW)

    def test_R16_nor_who_is_no_staff(self, pair: tuple[Account, Account]) -> None:
        with pytest.raises(PermissionError):
            unblock_as_staf(account=pair[1], actor=by(pair[0]), now=NOW)


class TestAfterASignaal:
    def stopped(self, gebruiker: Account, door: Account) -> None:
        assert gebruiker.organisatie is not None
        block_account(account=gebruiker, actor=by(door), now=NOW)
        answered = {"staat": "gestopt", "beantwoord_op": NOW, "beantwoord_soort": "gezag"}
        make_signaal(gebruiker.organisatie, gebruiker, door=[door.pk], **answered)

    def test_R16_who_did_it_does_not_lift_the_block_and_a_colleague_does(
        self, pair: tuple[Account, Account], login: Login
    ) -> None:
        one, two = pair
        gebruiker = make_account(one.organisatie)
        self.stopped(gebruiker, one)
        desk = login(one)

        answer = submit(desk, reverse("gebruiker_vrijgeven", args=[gebruiker.pk]), "Blokkade opheffen")
        assert "U was betrokken bij het signaal" in text_of(desk.get(answer["Location"]))
        assert is_blocked(gebruiker, NOW)

        assert unblock_gebruiker(account=gebruiker, actor=by(two), now=NOW)

    def test_R16_where_only_she_could_duo_does(self, pair: tuple[Account, Account], staf: Account) -> None:
        one, two = pair
        gebruiker = make_account(one.organisatie)
        self.stopped(gebruiker, one)
        disable(two, "never linked")

        assert unblock_as_staf(account=gebruiker, actor=by(staf), now=NOW)

    def test_R16_a_later_block_has_nothing_to_do_with_it(self, pair: tuple[Account, Account]) -> None:
        one, two = pair
        gebruiker = make_account(one.organisatie)
        self.stopped(gebruiker, one)
        later = NOW + timedelta(days=1)
        unblock_gebruiker(account=gebruiker, actor=by(two), now=later)
        block_gebruiker(account=gebruiker, actor=by(two), now=later + timedelta(days=1))

        assert unblock_gebruiker(account=gebruiker, actor=by(one), now=later + timedelta(days=2))
