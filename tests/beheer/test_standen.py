from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from accounts.services.blokkades import block_account, unblock_account
from beheer.rules.trechter import KLAAR, NAMEN, Feiten, Mail, Stand, find_stand, next_act
from beheer.services.brieven import make_brieven, record_overhandigd
from beheer.services.standen import Gebruikersstand, count_standen, describe_stand, read_standen, search
from koppeling.models import EherkenningTest, Teller
from koppeling.rules import Reden, lapse_day
from koppeling.services.ontkoppelen import unlink_account
from koppeling.services.pogingen import name_key
from tests.factories import (
    KVK,
    NOW,
    grant,
    link,
    mail_code,
    make_account,
    make_beheerder,
    make_middel,
    make_organisatie,
    make_rol,
)
from verantwoording.models import Bericht
from verantwoording.rules import Actor, ActorSoort

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
ACTOR = Actor(ActorSoort.ACCOUNT, id=7, reden="Met verlof.")


def stand_of(account: Account) -> Gebruikersstand:
    assert account.organisatie is not None
    [stand] = read_standen([account], account.organisatie, NOW)
    return stand


def letter(account: Account, *, overhandigd: bool = False) -> None:
    make_brieven(accounts=[account], beheerder=None, actor=ACTOR, now=NOW)
    if overhandigd:
        record_overhandigd(account=account, overhandigd=True, actor=ACTOR, now=NOW)


def mail(account: Account, status: Bericht.Status, soort: str = "activatiecode") -> None:
    Bericht.objects.create(
        soort=soort,
        sleutel=f"{soort}:{account.pk}:{status}",
        account_id=account.pk,
        status=status,
        gemaakt_op=NOW,
        niet_voor=NOW,
        verzonden_op=NOW if status == Bericht.Status.VERZONDEN else None,
    )


def tried(account: Account, aantal: int, tot: timedelta | None = None) -> None:
    """Wrong tries at this account by a middel of its KvK number (R10, D9)."""
    Teller.objects.create(
        sleutel=name_key(kvk_nummer=KVK, gebruikersnaam=account.gebruikersnaam),
        aantal=aantal,
        geblokkeerd_tot=None if tot is None else NOW + tot,
        laatste_op=NOW,
    )


def note_test(account: Account, uitkomst: EherkenningTest.Uitkomst) -> None:
    EherkenningTest.objects.create(account=account, op=NOW, uitkomst=uitkomst, niveau="EH3")


class TestStand:
    """Each gebruiker is at exactly one stage, derived from what happened."""

    def at(self, account: Account) -> tuple[Stand, str]:
        found = stand_of(account)
        return found.stand, found.toelichting

    def test_registered(self) -> None:
        assert self.at(make_account()) == (Stand.AANGEMELD, "brief nog niet gemaakt")

    def test_the_letter_is_made_handed_over_and_taken_back(self) -> None:
        """R05: nothing is stored of a letter but lines of the log."""
        account = make_account()
        letter(account)
        assert stand_of(account).stand is Stand.BRIEF_GEMAAKT
        record_overhandigd(account=account, overhandigd=True, actor=ACTOR, now=NOW)
        assert self.at(account) == (Stand.BRIEF_OVERHANDIGD, "wacht op een code")
        record_overhandigd(account=account, overhandigd=False, actor=ACTOR, now=NOW)
        assert stand_of(account).stand is Stand.BRIEF_GEMAAKT

    def test_a_test_that_went_well_is_a_step_once_there_is_a_letter(self) -> None:
        """D11."""
        account = make_account()
        note_test(account, EherkenningTest.Uitkomst.GELUKT)
        assert stand_of(account).stand is Stand.AANGEMELD
        letter(account, overhandigd=True)
        assert self.at(account) == (Stand.GETEST, "gelukt op 2 maart 2026")

    def test_a_test_that_failed_holds_him_up_and_says_why(self) -> None:
        account = make_account()
        grant(account, make_rol())
        letter(account, overhandigd=True)
        note_test(account, EherkenningTest.Uitkomst.NIVEAU)
        found = stand_of(account)
        assert (found.stand, found.toelichting) == (Stand.BRIEF_OVERHANDIGD, "test niet gelukt: niveau te laag")
        assert "niveau te laag" in found.volgende.tekst
        assert found.volgende.view == ""

    def test_a_code_under_way(self) -> None:
        account = make_account()
        mail(account, Bericht.Status.WACHT)
        assert stand_of(account).stand is Stand.CODE_ONDERWEG

    def test_a_code_is_open_until_its_last_moment(self) -> None:
        """R07."""
        account = make_account()
        mail_code(account, now=NOW - DAY)
        assert self.at(account) == (Stand.CODE_VERSTUURD, "geldig tot 2 maart, 10.00 uur")

    def test_a_code_has_expired_after_24_hours_and_a_second(self) -> None:
        """R07, R11."""
        account = make_account()
        mail_code(account, now=NOW - DAY - timedelta(seconds=1))
        assert stand_of(account).stand is Stand.CODE_VERLOPEN

    @pytest.mark.parametrize("status", [Bericht.Status.GEWEIGERD, Bericht.Status.MISLUKT])
    def test_a_mail_that_did_not_arrive(self, status: Bericht.Status) -> None:
        """D23: bounced means refused at SMTP time."""
        account = make_account()
        mail_code(account)
        mail(account, status)
        assert stand_of(account).stand is Stand.MAIL_GEWEIGERD

    def test_a_confirmation_that_was_refused_shows_before_a_code_goes_the_same_way(self) -> None:
        """R06."""
        account = make_account()
        mail(account, Bericht.Status.GEWEIGERD, "aanmelding")
        assert self.at(account) == (Stand.MAIL_GEWEIGERD, "controleer het e-mailadres")

    def test_a_new_address_clears_the_refusal_of_the_old_one(self) -> None:
        """R23: with a new address the confirmation goes out again."""
        account = make_account()
        letter(account)
        mail(account, Bericht.Status.GEWEIGERD)
        mail(account, Bericht.Status.VERZONDEN, "aanmelding")
        assert stand_of(account).stand is Stand.BRIEF_GEMAAKT

    def test_wrong_tries_show_when_and_how_many_are_left(self) -> None:
        """R10."""
        account = make_account()
        mail_code(account)
        tried(account, 2)
        assert self.at(account) == (Stand.GEPROBEERD, "op 2 maart, 10.00 uur, nog 3 pogingen")

    def test_wrong_tries_at_an_expired_code_are_an_expired_code(self) -> None:
        account = make_account()
        mail_code(account, now=NOW - 2 * DAY)
        tried(account, 2)
        assert stand_of(account).stand is Stand.CODE_VERLOPEN

    def test_a_block_shows_until_when_and_passes(self) -> None:
        """R10."""
        account = make_account()
        mail_code(account)
        tried(account, 5, timedelta(minutes=15))
        assert self.at(account) == (Stand.WACHTTIJD, "5 onjuiste pogingen, tot 10.15 uur")
        Teller.objects.update(geblokkeerd_tot=NOW)
        assert stand_of(account).stand is Stand.CODE_VERSTUURD

    def test_tries_at_somebody_else_or_of_another_kvk_number_say_nothing_here(self) -> None:
        """D9."""
        account = make_account()
        mail_code(account)
        tried(make_account(), 4)
        Teller.objects.create(
            sleutel=name_key(kvk_nummer="90004321", gebruikersnaam=account.gebruikersnaam), aantal=4, laatste_op=NOW
        )
        assert stand_of(account).stand is Stand.CODE_VERSTUURD

    def test_a_linked_one_stays_linked_whatever_codes_blocks_and_mails_there_were(self) -> None:
        """D9: a block concerns the koppelproces, never the login of a linked middel."""
        account = make_account()
        mail_code(account, now=NOW - DAY, gebruikt_op=NOW - DAY)
        mail(account, Bericht.Status.GEWEIGERD)
        tried(account, 5, timedelta(minutes=15))
        link(account, used=NOW - DAY)
        assert self.at(account) == (Stand.GEKOPPELD, "sinds 1 maart 2026")
        assert stand_of(account).feiten.laatst_ingelogd == NOW - DAY

    @pytest.mark.parametrize(("days", "stand"), [(31, Stand.GEKOPPELD), (30, Stand.VERVALT), (0, Stand.VERVALT)])
    def test_who_was_silent_for_long_will_lapse(self, days: int, stand: Stand) -> None:
        """R18: from the first warning on."""
        account = make_account()
        link(account, vervalt_op=NOW.date() + timedelta(days=days))
        assert stand_of(account).stand is stand

    def test_who_is_kept_out_is_that_whatever_else_there_is_and_the_act_is_to_free_him(self) -> None:
        """R16: linked or with a planned code, he cannot log in."""
        linked, planned = make_account(), make_account()
        link(linked)
        mail(planned, Bericht.Status.WACHT)
        for account in (linked, planned):
            block_account(account=account, actor=ACTOR, now=NOW)
            assert self.at(account) == (Stand.TIJDELIJK_GEBLOKKEERD, "sinds 2 maart 2026")
            assert stand_of(account).volgende.view == "gebruiker_vrijgeven"
            unblock_account(account=account, actor=ACTOR, now=NOW)
        assert stand_of(linked).stand is Stand.GEKOPPELD
        assert stand_of(planned).stand is Stand.CODE_ONDERWEG

    def test_a_middel_that_was_reported_stolen_elsewhere_opens_nothing_here(self) -> None:
        """R19, R08: one middel, linked at the board and at a school."""
        middel = make_middel()
        account, school = make_account(), make_account()
        link(account, middel)
        link(school, middel)
        unlink_account(account=school, reden=Reden.GESTOLEN, actor=ACTOR, now=NOW)
        assert self.at(account) == (Stand.MIDDEL_GEBLOKKEERD, "gemeld als gestolen op 2 maart 2026")
        assert stand_of(account).volgende.view == "gebruiker_ontkoppelen"
        assert self.at(school) == (Stand.ONTKOPPELD, "middel gestolen")
        unlink_account(account=account, reden=Reden.VERLOREN, actor=ACTOR, now=NOW)
        assert self.at(account) == (Stand.ONTKOPPELD, "middel kwijt")

    def test_an_unlinked_one_says_why(self) -> None:
        """R18, R19."""
        account = make_account()
        link(account, used=NOW - DAY, beeindigd_op=NOW, reden=Reden.GESTOLEN)
        assert self.at(account) == (Stand.ONTKOPPELD, "middel gestolen")

    def test_an_unlinked_one_with_a_new_code_waits_for_linking(self) -> None:
        account = make_account()
        link(account, used=NOW - DAY, beeindigd_op=NOW, reden=Reden.DEFECT)
        mail_code(account)
        assert stand_of(account).stand is Stand.CODE_VERSTUURD

    def test_an_ended_one_is_ended_whatever_it_had(self) -> None:
        """R20."""
        account = make_account(beeindigd_op=NOW)
        mail_code(account)
        assert self.at(account) == (Stand.BEEINDIGD, "op 2 maart 2026")

    def test_a_withdrawn_code_counts_for_nothing(self) -> None:
        account = make_account()
        mail_code(account, ingetrokken_op=NOW)
        assert stand_of(account).stand is Stand.AANGEMELD

    def test_only_live_rollen_are_shown(self) -> None:
        account = make_account()
        grant(account, make_rol("Live"))
        grant(account, make_rol("Ended")).__class__.objects.filter(rol__naam="Ended").update(tot=NOW)
        assert stand_of(account).rollen == ["Live"]


class TestReading:
    def people(self, count: int) -> list[Account]:
        organisatie = make_organisatie()
        makers: list[Callable[[Account], object]] = [letter, mail_code, link, lambda account: tried(account, 1)]
        people = [make_account(organisatie) for _ in range(count)]
        for number, account in enumerate(people):
            makers[number % len(makers)](account)
        return people

    @pytest.mark.parametrize("count", [4, 60])
    def test_it_takes_three_queries_however_many_there_are(self, count: int) -> None:
        """The third asks who of those never linked has a token; it is not asked when everybody was."""
        people = self.people(count)
        assert people[0].organisatie is not None
        with CaptureQueriesContext(connection) as queries:
            read_standen(people, people[0].organisatie, NOW)
        assert len(queries) == 3

    def test_counts_are_those_of_the_list_and_add_up(self) -> None:
        people = self.people(12)
        organisatie = people[0].organisatie
        assert organisatie is not None
        everybody = Account.objects.of_organisatie(organisatie)
        counts = count_standen(everybody, organisatie, NOW)
        assert counts.total() == 12
        for stand, count in counts.items():
            found = search(everybody, organisatie=organisatie, naam="", stand=stand, now=NOW)
            assert [one.stand for one in read_standen(found, organisatie, NOW)] == [stand] * count


class TestSearch:
    def names(self, naam: str, stand: str = "") -> list[str]:
        organisatie = Account.objects.latest("id").organisatie
        assert organisatie is not None
        rows = Account.objects.of_organisatie(organisatie)
        found = search(rows, organisatie=organisatie, naam=naam, stand=stand, now=NOW)
        return [account.achternaam for account in found]

    def test_every_word_is_a_part_of_the_name_in_any_case(self) -> None:
        organisatie = make_organisatie()
        make_account(organisatie, voornaam="Henk", tussenvoegsel="van den", achternaam="Zande")
        make_account(organisatie, voornaam="Henk", tussenvoegsel="", achternaam="Bakker")
        assert self.names("henk zan") == ["Zande"]
        assert self.names("henk") == ["Bakker", "Zande"]
        assert self.names("henk", Stand.AANGEMELD) == ["Bakker", "Zande"]
        assert self.names("henk", Stand.GEKOPPELD) == []
        assert self.names("100%") == []

    def test_who_is_kept_out_can_be_listed(self) -> None:
        """R16."""
        organisatie = make_organisatie()
        make_account(organisatie, achternaam="Bakker")
        blocked = make_account(organisatie, achternaam="Zande")
        block_account(account=blocked, actor=ACTOR, now=NOW)
        assert self.names("", Stand.TIJDELIJK_GEBLOKKEERD) == ["Zande"]
        assert self.names("", Stand.AANGEMELD) == ["Bakker"]

    def test_ended_ones_show_only_when_asked_for(self) -> None:
        """R20: the history stays."""
        organisatie = make_organisatie()
        make_account(organisatie, achternaam="Bakker", beeindigd_op=NOW)
        make_account(organisatie, achternaam="Zande")
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
        letter(account)
        assert self.act(account) == "gebruiker_overhandigd"
        record_overhandigd(account=account, overhandigd=True, actor=ACTOR, now=NOW)
        assert self.act(account) == "gebruiker_code"
        mail(account, Bericht.Status.WACHT)
        assert self.act(account) == ""

    def test_a_test_that_went_well_does_not_hand_over_the_letter(self) -> None:
        account = make_account()
        grant(account, make_rol())
        letter(account)
        note_test(account, EherkenningTest.Uitkomst.GELUKT)
        assert self.act(account) == "gebruiker_overhandigd"

    def test_a_mail_that_was_refused_asks_for_another_address(self) -> None:
        account = make_account()
        grant(account, make_rol())
        mail(account, Bericht.Status.GEWEIGERD)
        assert self.act(account) == "gebruiker_wijzigen"

    @pytest.mark.parametrize("post", list(Mail))
    @pytest.mark.parametrize("stand", list(Stand))
    def test_everybody_has_a_sentence_and_only_a_button_that_can_work(self, stand: Stand, post: Mail) -> None:
        act = next_act(stand=stand, feiten=Feiten(mail=post), heeft_rollen=True)
        assert act.tekst
        assert bool(act.knop) is bool(act.view) is (stand not in KLAAR)

    def test_every_stand_has_a_name_and_a_few_words(self) -> None:
        full = Feiten(
            beeindigd_op=NOW,
            uitgesloten_op=NOW,
            gestolen_op=NOW,
            gekoppeld_op=NOW,
            vervalt_op=lapse_day(NOW),
            ontkoppeld_op=NOW,
            ontkoppeld_om="defect",
            test_op=NOW,
            test_uitkomst="gelukt",
            code_tot=NOW,
            geprobeerd_op=NOW,
            geblokkeerd_tot=NOW,
        )
        assert set(NAMEN) == set(Stand)
        assert all(describe_stand(stand, full) for stand in Stand)
        assert find_stand(full, NOW) is Stand.BEEINDIGD
