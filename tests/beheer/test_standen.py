from datetime import timedelta

import pytest

from accounts.models import Account
from beheer.rules import Mail, Stand, next_act
from beheer.services.standen import Gebruikersstand, read_standen, search, with_stand
from koppeling.models import Teller
from koppeling.rules import Reden
from koppeling.services.koppelproces import name_key
from tests.factories import KVK, NOW, grant, link, mail_code, make_account, make_beheerder, make_organisatie, make_rol
from verantwoording.models import Bericht, Logregel
from verantwoording.rules import ActorSoort

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def stand_of(account: Account) -> Gebruikersstand:
    assert account.organisatie is not None
    accounts = list(with_stand(Account.objects.of_organisatie(account.organisatie).filter(pk=account.pk), NOW))
    [stand] = read_standen(accounts, account.organisatie, NOW)
    return stand


def code_mail(account: Account, status: Bericht.Status) -> None:
    Bericht.objects.create(
        soort="activatiecode",
        sleutel=f"activatiecode:{account.pk}:{status}",
        account_id=account.pk,
        status=status,
        gemaakt_op=NOW,
        niet_voor=NOW,
        verzonden_op=NOW if status == Bericht.Status.VERZONDEN else None,
    )


class TestStand:
    def test_registered(self) -> None:
        assert stand_of(make_account()).stand is Stand.AANGEMELD

    def test_a_code_is_open_until_its_last_moment(self) -> None:
        """R07."""
        account = make_account()
        mail_code(account, now=NOW - DAY)
        assert stand_of(account).stand is Stand.CODE_VERSTUURD

    def test_a_code_has_expired_after_24_hours_and_a_second(self) -> None:
        """R07, R11."""
        account = make_account()
        mail_code(account, now=NOW - DAY - timedelta(seconds=1))
        assert stand_of(account).stand is Stand.CODE_VERLOPEN

    def test_a_linked_one_stays_linked_whatever_codes_there_were(self) -> None:
        account = make_account()
        mail_code(account, now=NOW - DAY, gebruikt_op=NOW - DAY)
        link(account, used=NOW - DAY)
        stand = stand_of(account)
        assert (stand.stand, stand.laatst_ingelogd) == (Stand.GEKOPPELD, NOW - DAY)

    def test_an_unlinked_one_says_why(self) -> None:
        """R18, R19."""
        account = make_account()
        link(account, used=NOW - DAY, beeindigd_op=NOW, reden=Reden.GESTOLEN)
        stand = stand_of(account)
        assert (stand.stand, stand.ontkoppeld_om) == (Stand.ONTKOPPELD, "gestolen")

    def test_an_unlinked_one_with_a_new_code_waits_for_linking(self) -> None:
        account = make_account()
        link(account, used=NOW - DAY, beeindigd_op=NOW, reden=Reden.DEFECT)
        mail_code(account)
        assert stand_of(account).stand is Stand.CODE_VERSTUURD

    def test_an_ended_one_is_ended_whatever_it_had(self) -> None:
        """R20."""
        account = make_account(beeindigd_op=NOW)
        mail_code(account)
        assert stand_of(account).stand is Stand.BEEINDIGD

    def test_a_withdrawn_code_counts_for_nothing(self) -> None:
        account = make_account()
        mail_code(account, ingetrokken_op=NOW)
        assert stand_of(account).stand is Stand.AANGEMELD

    def test_the_letter_is_read_from_the_log(self) -> None:
        """R05: nothing is stored of a letter but that it was made."""
        account = make_account()
        assert not stand_of(account).brief_gemaakt
        Logregel.objects.create(op=NOW, gebeurtenis="brief_gemaakt", account_id=account.pk, actor_soort=ActorSoort.STAF)
        assert stand_of(account).brief_gemaakt

    def test_only_live_rollen_are_shown(self) -> None:
        account = make_account()
        grant(account, make_rol("Live"))
        grant(account, make_rol("Ended")).__class__.objects.filter(rol__naam="Ended").update(tot=NOW)
        assert stand_of(account).rollen == ["Live"]


class TestBlokkade:
    """R10: the counter's key is a keyed hash, so the block is looked up by computing it."""

    def block(self, account: Account, tot: timedelta) -> None:
        key = name_key(kvk_nummer=KVK, gebruikersnaam=account.gebruikersnaam)
        Teller.objects.create(sleutel=key, aantal=5, geblokkeerd_tot=NOW + tot, laatste_op=NOW)

    def test_a_block_shows_until_when(self) -> None:
        account = make_account()
        self.block(account, timedelta(minutes=15))
        assert stand_of(account).geblokkeerd_tot == NOW + timedelta(minutes=15)

    def test_a_block_that_has_passed_does_not_show(self) -> None:
        account = make_account()
        self.block(account, -timedelta(seconds=1))
        assert stand_of(account).geblokkeerd_tot is None

    def test_a_block_says_nothing_on_a_linked_account_or_on_somebody_else(self) -> None:
        """D9: a block concerns the koppelproces, never the login of a linked middel."""
        linked = make_account()
        self.block(linked, timedelta(minutes=15))
        link(linked)
        assert stand_of(linked).geblokkeerd_tot is None
        assert stand_of(make_account()).geblokkeerd_tot is None


class TestSearch:
    def names(self, naam: str, stand: str = "") -> list[str]:
        rows = with_stand(Account.objects.filter(is_staff=False).all(), NOW)
        return [account.achternaam for account in search(rows, naam=naam, stand=stand)]

    def test_every_word_is_a_part_of_the_name_in_any_case(self) -> None:
        organisatie = make_organisatie()
        make_account(organisatie, voornaam="Henk", tussenvoegsel="van den", achternaam="Zande")
        make_account(organisatie, voornaam="Henk", tussenvoegsel="", achternaam="Bakker")
        assert self.names("henk zan") == ["Zande"]
        assert self.names("henk") == ["Bakker", "Zande"]
        assert self.names("100%") == []

    def test_ended_ones_show_only_when_asked_for(self) -> None:
        """R20: the history stays."""
        make_account(achternaam="Bakker", beeindigd_op=NOW)
        make_account(achternaam="Zande")
        assert self.names("") == ["Zande"]
        assert self.names("", Stand.BEEINDIGD) == ["Bakker"]


class TestNextAct:
    """Manual 1.1: registering, rollen, letter, code, linking, in that order."""

    def act(self, account: Account) -> str:
        return stand_of(account).volgende.view

    def test_the_order_of_the_manual(self) -> None:
        account = make_account()
        assert self.act(account) == "gebruiker_rollen"
        assert self.act(make_beheerder()) == "gebruiker_brief"  # a beheerder needs no rol (R02)
        grant(account, make_rol())
        assert self.act(account) == "gebruiker_brief"
        Logregel.objects.create(op=NOW, gebeurtenis="brief_gemaakt", account_id=account.pk, actor_soort=ActorSoort.STAF)
        assert self.act(account) == "gebruiker_code"
        code_mail(account, Bericht.Status.WACHT)
        assert self.act(account) == ""

    def test_a_mail_that_was_refused_asks_for_another_address(self) -> None:
        """D23: bounced means refused at SMTP time."""
        account = make_account()
        grant(account, make_rol())
        mail_code(account)
        code_mail(account, Bericht.Status.GEWEIGERD)
        assert self.act(account) == "gebruiker_wijzigen"

    @pytest.mark.parametrize("mail", list(Mail))
    @pytest.mark.parametrize("stand", list(Stand))
    def test_everybody_has_a_sentence_and_only_a_button_that_can_work(self, stand: Stand, mail: Mail) -> None:
        act = next_act(stand=stand, heeft_rollen=True, brief_gemaakt=True, mail=mail)
        assert act.tekst
        assert bool(act.knop) is bool(act.view)
        if act.view == "gebruiker_code":
            assert stand not in {Stand.GEKOPPELD, Stand.BEEINDIGD}
