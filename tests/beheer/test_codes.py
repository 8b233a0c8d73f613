"""R07: a beheerder decides on a request for an activatiecode, and picks when it is sent."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account
from beheer.forms.codes import CodeForm
from beheer.rules.trechter import Stand
from beheer.services.codes import render_code_gevraagd
from beheer.services.gebruikers import change_gebruiker
from beheer.services.standen import read_standen
from koppeling.models import Activatiecode, CodeAanvraag
from koppeling.rules import AMSTERDAM, Reden, next_werkdag
from koppeling.services.activatiecodes import (
    AlAangevraagd,
    GeenCodeMogelijk,
    cancel_activatiecode,
    issue_activatiecode,
    planned_activatiecode,
    request_activatiecode,
)
from koppeling.services.codeaanvragen import ask_activatiecode, refuse_aanvraag
from koppeling.services.ontkoppelen import unlink_account
from tests.factories import NOW, grant, link, make_account, make_beheerder, make_rol
from tests.formulier import submit, text_of
from tests.parallel import in_parallel
from verantwoording.haken import berichtsoorten
from verantwoording.models import Bericht, Logregel
from verantwoording.rules import Actor, ActorSoort

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
CODES = "/beheer/codes/"
ACTOR = Actor(ActorSoort.ACCOUNT, id=7)
LATER = NOW + timedelta(days=3)


def ask(account: Account) -> CodeAanvraag:
    ask_activatiecode(gebruikersnaam=account.gebruikersnaam, actor=Actor(ActorSoort.BEZOEKER), now=NOW)
    return CodeAanvraag.objects.get(account=account, besloten_op=None)


def plan(account: Account, moment: datetime | None = LATER) -> Bericht:
    return request_activatiecode(account=account, actor=ACTOR, now=NOW, moment=moment)


def codes_of(account: Account) -> list[str]:
    """What became of the mails with a code, the oldest first."""
    mails = Bericht.objects.filter(account_id=account.pk, soort="activatiecode")
    return list(mails.order_by("id").values_list("status", flat=True))


def stand_of(account: Account) -> tuple[Stand, str]:
    assert account.organisatie is not None
    [found] = read_standen([account], account.organisatie, NOW)
    return found.stand, found.toelichting


def page_of(account: Account, view: str = "gebruiker_code") -> str:
    return reverse(view, kwargs={"pk": account.pk})


class TestMoment:
    @pytest.mark.parametrize(
        ("now", "day"),
        [
            (datetime(2026, 3, 2, 9, 0, tzinfo=UTC), 3),  # Monday
            (datetime(2026, 3, 5, 23, 30, tzinfo=UTC), 9),  # Friday already, in Amsterdam
            (datetime(2026, 3, 6, 9, 0, tzinfo=UTC), 9),
            (datetime(2026, 3, 7, 9, 0, tzinfo=UTC), 9),
            (datetime(2026, 3, 8, 22, 59, tzinfo=UTC), 9),
        ],
    )
    def test_the_next_working_day_at_eight(self, now: datetime, day: int) -> None:
        assert next_werkdag(now) == datetime(2026, 3, day, 7, 0, tzinfo=UTC)

    def test_eight_o_clock_stays_eight_over_the_change_of_the_clock(self) -> None:
        """D18: 29 March 2026 is the last Sunday."""
        assert next_werkdag(datetime(2026, 3, 27, 9, 0, tzinfo=UTC)) == datetime(2026, 3, 30, 6, 0, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("today", "werkdag"),
        [
            (date(2026, 12, 24), date(2026, 12, 28)),  # Christmas, and then a weekend
            (date(2026, 12, 31), date(2027, 1, 4)),
            (date(2026, 4, 3), date(2026, 4, 7)),  # Good Friday; Easter Monday
            (date(2026, 4, 24), date(2026, 4, 28)),  # a weekend, and then the King's birthday
            (date(2025, 4, 25), date(2025, 4, 28)),  # the 27th is a Sunday: kept on Saturday
            (date(2026, 5, 13), date(2026, 5, 15)),  # Ascension Day
            (date(2026, 5, 22), date(2026, 5, 26)),  # Whit Monday
            (date(2027, 3, 26), date(2027, 3, 30)),  # Easter in March
            (date(2038, 4, 23), date(2038, 4, 28)),  # Easter on its latest day, and the King's birthday after it
        ],
    )
    def test_a_holiday_is_no_working_day(self, today: date, werkdag: date) -> None:
        """R07: the 24 hours would run out while nobody works."""
        at_noon = datetime.combine(today, time(12), AMSTERDAM)
        assert next_werkdag(at_noon) == datetime.combine(werkdag, time(8), AMSTERDAM)

    @pytest.mark.parametrize("moment", [NOW, NOW - timedelta(seconds=1), NOW + timedelta(days=14, seconds=1)])
    def test_the_past_and_the_far_future_are_refused(self, moment: datetime) -> None:
        account = make_account()
        with pytest.raises(GeenCodeMogelijk, match="hoogstens 14 dagen vooruit"):
            plan(account, moment)
        assert codes_of(account) == []


class TestPlanned:
    def test_no_code_is_made_before_its_moment_and_its_24_hours_start_then(self) -> None:
        """D10."""
        account = make_account()
        bericht = plan(account)
        assert not Bericht.objects.due(LATER - timedelta(seconds=1)).filter(pk=bericht.pk).exists()
        assert not Activatiecode.objects.exists()
        assert Bericht.objects.due(LATER).filter(pk=bericht.pk).exists()
        issue_activatiecode(bericht, LATER)
        assert Activatiecode.objects.get().geldig_tot == LATER + timedelta(hours=24)

    def test_it_shows_in_the_trechter_and_is_told_to_the_gebruiker(self) -> None:
        account = make_account()
        plan(account)
        assert stand_of(account) == (Stand.CODE_GEPLAND, "gaat weg op 5 maart, 10.00 uur")
        told = Bericht.objects.get(soort="code_gepland")
        post = berichtsoorten["code_gepland"].render(told, NOW)
        assert post is not None
        assert post.aan == account.email
        assert "donderdag 5 maart om 10.00 uur" in post.tekst
        assert Logregel.objects.get(gebeurtenis="activatiecode_gepland").gegevens == {"moment": "05-03-2026 10.00"}

    def test_another_moment_replaces_it(self) -> None:
        account = make_account()
        plan(account)
        bericht = plan(account, LATER + timedelta(hours=1))
        assert codes_of(account) == ["vervallen", "wacht"]
        assert planned_activatiecode(account=account, now=NOW) == bericht
        old = Bericht.objects.filter(soort="code_gepland").earliest("id")
        assert berichtsoorten["code_gepland"].render(old, NOW) is None  # no mail about a moment that no longer holds

    def test_a_code_for_now_replaces_it(self) -> None:
        account = make_account()
        plan(account)
        plan(account, None)
        assert codes_of(account) == ["vervallen", "wacht"]

    def test_it_can_be_cancelled_before_and_not_after(self) -> None:
        account = make_account()
        bericht = plan(account)
        assert cancel_activatiecode(account=account, actor=ACTOR, now=NOW)
        assert not cancel_activatiecode(account=account, actor=ACTOR, now=NOW)
        assert Bericht.objects.get(soort="code_geannuleerd").account_id == account.pk
        Bericht.objects.filter(pk=bericht.pk).update(status="wacht")
        assert not cancel_activatiecode(account=account, actor=ACTOR, now=LATER)

    def test_who_was_linked_or_ended_in_between_gets_none(self) -> None:
        account = make_account()
        bericht = plan(account)
        link(account)
        assert issue_activatiecode(bericht, LATER) is None

    def test_unlinking_takes_it_back(self) -> None:
        """R19: open codes are void."""
        account = make_account()
        plan(account)
        link(account)
        unlink_account(account=account, reden=Reden.VERLOREN, actor=ACTOR, now=NOW)
        assert codes_of(account) == ["vervallen"]

    def test_it_goes_to_the_address_of_that_moment(self) -> None:
        """R23."""
        account = make_account()
        bericht = plan(account)
        fields = ("voornaam", "tussenvoegsel", "achternaam", "telefoon", "functie", "werkgever")
        gegevens = {veld: getattr(account, veld) for veld in fields} | {"email": "nieuw@regenboog.example"}
        change_gebruiker(account=account, versie=account.versie, gegevens=gegevens, actor=ACTOR, now=NOW)  # type: ignore[arg-type]
        post = issue_activatiecode(bericht, LATER)
        assert post is not None
        assert post.aan == "nieuw@regenboog.example"


class TestRequest:
    def test_it_shows_in_trechter_and_list_with_how_often(self, beheerder_client: Client, gebruiker: Account) -> None:
        grant(gebruiker, make_rol())
        for _ in range(2):
            ask(gebruiker)
        assert stand_of(gebruiker) == (Stand.CODE_GEVRAAGD, "sinds 2 maart, 10.00 uur")
        text = text_of(beheerder_client.get(CODES))
        assert "Zande, Henk van den" in text
        assert "Na 3 verzoeken achter elkaar moet een gebruiker een dag wachten." in text
        assert "2 keer, het laatst op 2 maart, 10.00 uur" in text_of(beheerder_client.get(page_of(gebruiker)))

    def test_a_code_for_now_grants_it(self, beheerder_client: Client, gebruiker: Account) -> None:
        ask(gebruiker)
        submit(beheerder_client, page_of(gebruiker), "Code aanvragen", wanneer="nu")
        assert CodeAanvraag.objects.get().besluit == "toegekend"
        assert codes_of(gebruiker) == ["wacht"]

    def test_the_next_working_day_is_one_choice(self, beheerder_client: Client, gebruiker: Account) -> None:
        ask(gebruiker)
        response = submit(beheerder_client, page_of(gebruiker), "Code aanvragen", wanneer="werkdag")
        assert "krijgt de code op dinsdag 3 maart, 08.00 uur per e-mail" in text_of(
            beheerder_client.get(response.headers["Location"])
        )
        planned = planned_activatiecode(account=gebruiker, now=NOW)
        assert planned is not None
        assert planned.niet_voor == datetime(2026, 3, 3, 7, 0, tzinfo=UTC)
        text = text_of(beheerder_client.get(CODES))
        assert "dinsdag 3 maart, 08.00 uur" in text
        assert "Geen verzoeken" in text

    @pytest.mark.parametrize(
        ("wanneer", "moment", "sentence"),
        [
            ("moment", "", "Vul in wanneer de code moet worden verstuurd."),
            ("moment", "2026-03-01T10:00", "Kies een moment dat nog komt"),
            ("moment", "2026-04-01T10:00", "hoogstens 14 dagen vooruit"),
            ("moment", "morgen", "Vul een datum en tijd in die bestaan"),
            ("moment", "2026-02-31T10:00", "Vul een datum en tijd in die bestaan"),
            ("nu", "2026-03-04T10:00", "U vulde een ander moment in."),
            ("x", "", "Selecteer een geldige keuze"),
        ],
    )
    def test_a_moment_that_cannot_be_is_refused_with_a_sentence(
        self, beheerder_client: Client, gebruiker: Account, wanneer: str, moment: str, sentence: str
    ) -> None:
        response = submit(beheerder_client, page_of(gebruiker), "Code aanvragen", wanneer=wanneer, moment=moment)
        assert sentence in text_of(response)
        assert codes_of(gebruiker) == []

    @pytest.mark.parametrize("moment", ["2026-03-29T02:30", "2026-10-25T02:30"])
    def test_an_hour_that_the_clock_skips_or_has_twice_is_asked_again(self, moment: str) -> None:
        """D18: at the change of the clock in Amsterdam."""
        day = datetime.fromisoformat(f"{moment}+00:00") - timedelta(days=2)
        form = CodeForm({"vorige": 0, "wanneer": "moment", "moment": moment}, now=day)
        assert form.errors["moment"]

    def test_refusing_asks_for_a_reason(self, beheerder_client: Client, gebruiker: Account) -> None:
        ask(gebruiker)
        page = page_of(gebruiker, "gebruiker_code_weigeren")
        assert "Vul in waarom u geen code geeft." in text_of(submit(beheerder_client, page, "Weigeren", reden=""))
        submit(beheerder_client, page, "Weigeren", reden="Wacht op uw nieuwe middel.")
        assert CodeAanvraag.objects.get().besluit == "geweigerd"
        told = Bericht.objects.get(soort="code_geweigerd")
        post = berichtsoorten["code_geweigerd"].render(told, NOW)
        assert post is not None
        assert "Wacht op uw nieuwe middel." in post.tekst

    def test_cancelling_is_asked_first(self, beheerder_client: Client, gebruiker: Account) -> None:
        plan(gebruiker)
        page = page_of(gebruiker, "gebruiker_code_annuleren")
        assert "donderdag 5 maart, 10.00 uur" in text_of(beheerder_client.get(page))
        submit(beheerder_client, page, "Code annuleren")
        assert codes_of(gebruiker) == ["vervallen"]

    @pytest.mark.parametrize("count", [2, 12])
    def test_the_list_takes_the_same_queries_for_few_and_for_many(
        self, beheerder_client: Client, beheerder: Account, count: int
    ) -> None:
        for number in range(count):
            account = make_account(beheerder.organisatie)
            ask(account) if number % 2 else plan(account)
        with CaptureQueriesContext(connection) as queries:
            beheerder_client.get(CODES)
        assert len([query for query in queries if "SAVEPOINT" not in query["sql"]]) <= 8


class TestWhoIsTold:
    def told(self) -> list[str]:
        """Render everything in the outbox, also what rendering puts in it; the addresses."""
        found: list[str] = []
        done: set[int] = set()
        while rows := list(Bericht.objects.filter(soort="code_gevraagd").exclude(pk__in=done)):
            for bericht in rows:
                done.add(bericht.pk)
                if post := render_code_gevraagd(bericht, NOW):
                    found.append(post.aan)
                    assert "MD" not in post.tekst
        return sorted(found)

    def test_each_beheerder_once(self, beheerder: Account, gebruiker: Account) -> None:
        link(beheerder)
        other = make_beheerder(beheerder.organisatie)
        ask(gebruiker)
        assert self.told() == sorted([beheerder.email, other.email])

    def test_not_for_a_request_that_was_decided_or_is_no_longer_needed(
        self, beheerder: Account, gebruiker: Account
    ) -> None:
        ask(gebruiker)
        refuse_aanvraag(account=gebruiker, actor=Actor(ActorSoort.ACCOUNT, id=1, reden="nee"), now=NOW)
        assert self.told() == []

    def test_a_beheerder_who_asks_is_helped_by_her_colleague(self, beheerder: Account) -> None:
        colleague = make_beheerder(beheerder.organisatie)
        link(colleague)
        ask(beheerder)
        assert self.told() == [colleague.email]

    def test_a_sole_beheerder_is_helped_by_duo(self, beheerder: Account) -> None:
        ask(beheerder)
        assert self.told() == ["zakelijk@mijnduo.example"]


class TestStaf:
    """R07: a first or sole beheerder is helped by DUO staff; all others are left to their beheerder."""

    def page(self, account: Account, act: str) -> str:
        return reverse(f"admin:koppeling_codeaanvraag_{act}", args=[ask(account).pk])

    def test_staff_send_a_sole_beheerder_her_code_on_the_next_working_day(
        self, staf_client: Client, beheerder: Account
    ) -> None:
        page = self.page(beheerder, "versturen")
        data = {"vorige": "0", "wanneer": "werkdag"}
        assert staf_client.post(page, data).status_code == 302
        planned = planned_activatiecode(account=beheerder, now=NOW)
        assert planned is not None
        assert planned.niet_voor == next_werkdag(NOW)

    def test_staff_refuse_with_a_reason(self, staf_client: Client, beheerder: Account) -> None:
        page = self.page(beheerder, "weigeren")
        assert staf_client.post(page, {"toelichting": "Het bevoegd gezag trok de aanvraag in."}).status_code == 302
        assert CodeAanvraag.objects.get().besluit == "geweigerd"

    @pytest.mark.parametrize("act", ["versturen", "weigeren"])
    def test_a_gebruiker_s_request_is_not_for_staff(
        self, staf_client: Client, beheerder: Account, gebruiker: Account, act: str
    ) -> None:
        data = {"vorige": "0", "toelichting": "nee"}
        response = staf_client.post(self.page(gebruiker, act), data)
        assert "Een beheerder van de eigen organisatie kan dit doen." in response.content.decode()
        assert CodeAanvraag.objects.get().besluit == ""
        assert codes_of(gebruiker) == []


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_two_beheerders_who_approve_at_once_send_one_mail(self, gebruiker: Account) -> None:
        ask(gebruiker)

        def approve(moment: datetime | None) -> Bericht:
            return request_activatiecode(account=gebruiker, actor=ACTOR, now=NOW, moment=moment, vorige=0)

        results = in_parallel(
            lambda: approve(LATER), lambda: approve(None), lambda: approve(LATER), lambda: approve(None)
        )
        assert sum(isinstance(result, Bericht) for result in results) == 1
        assert sum(isinstance(result, AlAangevraagd) for result in results) == 3
        assert len(codes_of(gebruiker)) == 1
        assert CodeAanvraag.objects.get().besluit == "toegekend"

    def test_approving_and_refusing_at_once_is_one_decision(self, gebruiker: Account) -> None:
        ask(gebruiker)
        no = Actor(ActorSoort.ACCOUNT, id=1, reden="nee")
        in_parallel(lambda: plan(gebruiker), lambda: refuse_aanvraag(account=gebruiker, actor=no, now=NOW))
        assert CodeAanvraag.objects.filter(besloten_op=None).count() == 0
        assert CodeAanvraag.objects.count() == 1
