"""R07: a gebruiker asks for an activatiecode himself, on the login page."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account
from koppeling.models import CodeAanvraag
from koppeling.rules import VERZOEKEN_PER_ADRES, VERZOEKEN_PER_NAAM
from koppeling.services.codeaanvragen import ask_activatiecode, open_aanvragen, refuse_aanvraag
from koppeling.services.opruimen import delete_what_has_ended
from tests.factories import NOW, link, mail_code, make_account, make_beheerder
from tests.formulier import submit, text_of
from tests.parallel import in_parallel
from verantwoording.models import Bericht, Logregel
from verantwoording.rules import Actor, ActorSoort

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
VRAGEN = "/inloggen/code-vragen/"
NIEMAND = "MD22222222"
DAY = timedelta(days=1)


def visitor(adres: str = "192.0.2.1") -> Actor:
    return Actor(ActorSoort.BEZOEKER, adres=adres)


def ask(account: Account, *, now: datetime = NOW, adres: str = "192.0.2.1") -> datetime | None:
    return ask_activatiecode(gebruikersnaam=account.gebruikersnaam, actor=visitor(adres), now=now)


class TestAsking:
    def test_a_request_is_kept_logged_and_told_later(self) -> None:
        account = make_account()
        assert ask(account) is None
        assert CodeAanvraag.objects.get().account == account
        line = Logregel.objects.get(gebeurtenis="code_gevraagd")
        assert (line.account_id, line.organisatie_id, line.adres) == (account.pk, account.organisatie_id, "192.0.2.1")
        assert Bericht.objects.get().soort == "code_gevraagd"
        assert account.gebruikersnaam not in str(Logregel.objects.values()) + str(Bericht.objects.values())

    def test_spaces_dashes_and_case_do_not_count(self) -> None:
        """D6."""
        naam = make_account().gebruikersnaam
        typed = f" {naam[:2]}-{naam[2:6]} {naam[6:]}".lower()
        assert ask_activatiecode(gebruikersnaam=typed, actor=visitor(), now=NOW) is None
        assert CodeAanvraag.objects.exists()

    def test_asking_again_stays_one_request_and_is_told_once_a_day(self) -> None:
        account = make_account()
        for moment in (NOW, NOW + timedelta(hours=1), NOW + 2 * DAY):
            ask(account, now=moment)
        assert CodeAanvraag.objects.get().keer == 3
        assert Bericht.objects.filter(soort="code_gevraagd").count() == 2

    def test_who_needs_no_code_or_was_ended_leaves_nothing(self) -> None:
        linked, ended = make_account(), make_account(beeindigd_op=NOW)
        link(linked)
        for account in (linked, ended):
            assert ask(account) is None
        assert not CodeAanvraag.objects.exists()
        assert not Bericht.objects.exists()
        assert not Logregel.objects.exists()

    def test_an_unlinked_one_can_ask_again(self) -> None:
        """R19."""
        account = make_account()
        link(account, beeindigd_op=NOW, reden="verloren")
        ask(account)
        assert CodeAanvraag.objects.exists()

    def test_a_request_that_nobody_decides_on_runs_out_and_is_deleted(self) -> None:
        """R34."""
        account = make_account()
        ask(account)
        people = Account.objects.filter(pk=account.pk)
        assert open_aanvragen(people, NOW + 13 * DAY).exists()
        assert not open_aanvragen(people, NOW + 14 * DAY).exists()
        delete_what_has_ended(now=NOW + 30 * DAY)
        assert not CodeAanvraag.objects.exists()


class TestNobodyLearnsWhoExists:
    def shape(self, naam: str) -> list[str]:
        """The statements of one request, without what was typed."""
        with CaptureQueriesContext(connection) as queries:
            ask_activatiecode(gebruikersnaam=naam, actor=visitor(), now=NOW)
        words = [re.sub(r"'[^']*'|\b\d+\b|NULL", "?", query["sql"]) for query in queries]
        ends = {"ROLLBACK TO SAVEPOINT": "END", "RELEASE SAVEPOINT": "END", "SAVEPOINT": "BEGIN"}
        return [next((short for begin, short in ends.items() if word.startswith(begin)), word) for word in words]

    def test_the_same_statements_run_for_a_name_that_is_nobody_s(self) -> None:
        account, linked = make_account(), make_account()
        link(linked)
        known = self.shape(account.gebruikersnaam)
        assert self.shape(NIEMAND) == known
        assert self.shape(linked.gebruikersnaam) == known

    def test_every_answer_is_the_same_also_when_there_were_too_many(self, client: Client) -> None:
        answers = []
        for naam in (make_account().gebruikersnaam, NIEMAND):
            for _ in range(4):
                response = client.post(VRAGEN, {"gebruikersnaam": naam})
                answers.append(
                    (response.status_code, response.get("Location"), text_of(response) if response.content else "")
                )
        assert answers[:4] == answers[4:]
        assert [status for status, *_ in answers[:4]] == [302, 302, 302, 429]

    def test_nothing_is_put_in_the_outbox_of_redis_or_log_for_nobody(self) -> None:
        ask_activatiecode(gebruikersnaam=NIEMAND, actor=visitor(), now=NOW)
        assert not Bericht.objects.exists()
        assert not Logregel.objects.exists()


class TestLimits:
    def test_after_three_requests_a_name_waits_a_day(self) -> None:
        account = make_account()
        assert [ask(account) for _ in range(3)] == [None, None, None]
        assert ask(account) == NOW + DAY
        assert ask(account, adres="192.0.2.9") == NOW + DAY
        assert ask(account, now=NOW + DAY) is None
        assert CodeAanvraag.objects.get().keer == 4

    def test_requests_far_apart_are_not_too_many(self) -> None:
        account = make_account()
        assert {ask(account, now=NOW + 2 * number * DAY) for number in range(6)} == {None}

    def test_an_address_waits_after_thirty_different_names(self) -> None:
        for number in range(VERZOEKEN_PER_ADRES.hoogstens):
            assert ask_activatiecode(gebruikersnaam=f"MD{number:08}", actor=visitor(), now=NOW) is None
        account = make_account()
        assert ask(account) == NOW + VERZOEKEN_PER_ADRES.pauze
        assert ask(account, adres="192.0.2.9") is None

    @pytest.mark.django_db(transaction=True)
    def test_the_limit_is_exact_under_parallel_requests(self) -> None:
        account = make_account()
        answers = in_parallel(*[lambda number=number: ask(account, adres=f"192.0.2.{number}") for number in range(12)])
        assert answers.count(None) == VERZOEKEN_PER_NAAM.hoogstens
        assert CodeAanvraag.objects.get().keer == VERZOEKEN_PER_NAAM.hoogstens


class TestPage:
    def test_from_the_login_page_to_what_happens_now(self, client: Client) -> None:
        account = make_account()
        assert VRAGEN in client.get("/inloggen/").content.decode()
        response = submit(client, VRAGEN, "Vraag een code", gebruikersnaam=account.gebruikersnaam)
        assert response.headers["Location"] == reverse("code_gevraagd")
        assert "zeggen wij hier niet of de gebruikersnaam bestaat" in text_of(client.get(response.headers["Location"]))
        assert CodeAanvraag.objects.exists()

    @pytest.mark.parametrize("typed", ["", " ", "x" * 61, "\x00", "🦉" * 60, "MD"])
    def test_odd_input_is_no_error(self, client: Client, typed: str) -> None:
        assert client.post(VRAGEN, {"gebruikersnaam": typed}).status_code in {200, 302}
        assert not CodeAanvraag.objects.exists()

    def test_too_many_says_until_when_and_shows_nothing_that_was_typed(self, client: Client) -> None:
        account = make_account()
        for _ in range(3):
            ask(account)
        response = client.post(VRAGEN, {"gebruikersnaam": account.gebruikersnaam})
        assert response.status_code == 429
        assert "Dat kan weer vanaf 3 maart, 10.00 uur." in text_of(response)
        assert account.gebruikersnaam not in response.content.decode()

    def test_who_is_logged_in_can_ask_for_another_account_of_his(self, login: Callable[[Account], Client]) -> None:
        other = make_account()
        client = login(make_beheerder())
        assert client.post(VRAGEN, {"gebruikersnaam": other.gebruikersnaam}).status_code == 302


class TestRefusing:
    def test_he_reads_the_reason_and_can_ask_again(self) -> None:
        account = make_account()
        ask(account)
        actor = Actor(ActorSoort.ACCOUNT, id=7, reden="U werkt hier niet meer.")
        assert refuse_aanvraag(account=account, actor=actor, now=NOW)
        assert not refuse_aanvraag(account=account, actor=actor, now=NOW)
        assert Logregel.objects.get(gebeurtenis="code_geweigerd").reden == "U werkt hier niet meer."
        assert Bericht.objects.get(soort="code_geweigerd").account_id == account.pk
        ask(account)
        assert CodeAanvraag.objects.filter(besloten_op=None).count() == 1

    def test_without_a_reason_it_is_not_done(self) -> None:
        account = make_account()
        ask(account)
        with pytest.raises(ValueError, match="Vul een reden in"):
            refuse_aanvraag(account=account, actor=Actor(ActorSoort.ACCOUNT, id=7, reden=" "), now=NOW)

    def test_an_open_code_does_not_stop_a_request(self) -> None:
        account = make_account()
        mail_code(account)
        ask(account)
        assert CodeAanvraag.objects.exists()
