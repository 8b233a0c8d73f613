"""R16, R20: what a beheerder reads and what happens when somebody is blocked, freed or taken back."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event, Thread

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from accounts.services.blokkades import block_account
from beheer.services.gebruikers import end_gebruiker
from beheer.services.leven import block_gebruiker
from koppeling.models import Activatiecode, Koppeling
from koppeling.rules import Reden
from koppeling.services.activatiecodes import (
    issue_activatiecode,
    planned_activatiecode,
    planned_of,
    request_activatiecode,
)
from koppeling.services.ontkoppelen import unlink_account
from tests.beheer.test_leven import act, url
from tests.factories import NOW, link, mail_code, make_account, make_beheerder, make_organisatie, make_tekst
from tests.formulier import text_of
from tests.koppeling.stappen import browser_at_step_5, koppel
from tests.processen import wait_for, waiting_backends
from verantwoording.models import Bericht, Logregel
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


def plan(account: Account) -> Bericht:
    return request_activatiecode(account=account, actor=BEHEERDER, now=NOW, moment=NOW + timedelta(days=2))


class TestCodes:
    def test_R07_R16_a_block_cancels_the_planned_code_and_tells_the_gebruiker(self, gebruiker: Account) -> None:
        planned = plan(gebruiker)

        block_gebruiker(account=gebruiker, actor=BEHEERDER, now=NOW)

        planned.refresh_from_db()
        assert planned.status == Bericht.Status.VERVALLEN
        assert Bericht.objects.filter(soort="code_geannuleerd", account_id=gebruiker.pk).count() == 1
        assert Logregel.objects.filter(gebeurtenis="activatiecode_geannuleerd", account_id=gebruiker.pk).exists()

    def test_R07_who_links_with_an_earlier_code_gets_no_planned_one_any_more(self, gebruiker: Account) -> None:
        make_tekst("privacy")
        make_tekst("voorwaarden")
        mail_code(gebruiker)
        plan(gebruiker)

        koppel(browser_at_step_5("F" * 64), gebruiker.gebruikersnaam)

        assert Koppeling.objects.live().filter(account=gebruiker).exists()
        assert planned_activatiecode(account=gebruiker, now=NOW) is None
        assert planned_of(Account.objects.filter(pk=gebruiker.pk), NOW) == []

    def test_R10_R16_a_code_that_is_left_links_no_blocked_account_and_counts_as_no_try(
        self, gebruiker: Account
    ) -> None:
        make_tekst("privacy")
        make_tekst("voorwaarden")
        block_account(account=gebruiker, actor=BEHEERDER, now=NOW)
        mail_code(gebruiker)

        page = text_of(koppel(browser_at_step_5("F" * 64), gebruiker.gebruikersnaam))

        assert "Deze activatiecode is niet meer geldig" in page
        assert "geblokkeerd" not in page
        assert not Koppeling.objects.exists()

    def test_R07_nothing_planned_is_nothing_to_cancel(
        self, beheerder: Account, gebruiker: Account, login: Login
    ) -> None:
        page = login(beheerder).get(url("gebruiker_code_annuleren", gebruiker), follow=True)

        assert page.redirect_chain == [(reverse("gebruiker", kwargs={"pk": gebruiker.pk}), 302)]
        assert "Er is geen geplande code meer" in text_of(page)


@pytest.mark.django_db(transaction=True)
def test_R16_a_code_that_is_being_made_does_not_survive_the_block(clock: Clock) -> None:
    gebruiker = make_account()
    asked = request_activatiecode(account=gebruiker, actor=BEHEERDER, now=NOW)

    made, go_on = Event(), Event()

    def issue() -> None:
        with transaction.atomic():
            issue_activatiecode(asked, NOW)
            made.set()
            go_on.wait(30)
        connection.close()

    def block() -> None:
        block_gebruiker(account=gebruiker, actor=BEHEERDER, now=NOW)
        connection.close()

    threads = [Thread(target=issue), Thread(target=block)]
    threads[0].start()
    assert made.wait(30)
    threads[1].start()
    wait_for(waiting_backends)
    go_on.set()
    for thread in threads:
        thread.join(30)

    assert Activatiecode.objects.filter(account=gebruiker).exists()
    assert not Activatiecode.objects.filter(account=gebruiker, ingetrokken_op=None).exists()
