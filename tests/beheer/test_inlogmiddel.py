from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from accounts.services.accounts import LaatsteBeheerder
from autorisatie.models import Autorisatie
from beheer.services.gebruikers import NietVoorUzelf, end_gebruiker
from koppeling.models import Koppeling
from koppeling.services.activatiecodes import request_activatiecode
from tests.factories import NOW, grant, link, mail_code, make_account, make_beheerder, make_kenmerk, make_rol, make_staf
from tests.formulier import submit, text_of
from tests.parallel import in_parallel
from verantwoording.models import Bericht, Logregel
from verantwoording.rules import Actor, ActorSoort

pytestmark = pytest.mark.django_db


def page_of(account: Account, view: str = "gebruiker") -> str:
    return reverse(view, kwargs={"pk": account.pk})


def actor(account: Account) -> Actor:
    return Actor(ActorSoort.ACCOUNT, id=account.pk, namens=account.organisatie_id)


class TestLetter:
    """R05: the gebruikersnaam comes on a letter that the beheerder prints and hands over in person."""

    def test_reading_about_it_makes_none_and_shows_no_gebruikersnaam(
        self, beheerder_client: Client, gebruiker: Account
    ) -> None:
        page = beheerder_client.get(page_of(gebruiker, "gebruiker_brief"))
        assert gebruiker.gebruikersnaam not in page.content.decode()
        assert not Logregel.objects.filter(gebeurtenis="brief_gemaakt").exists()

    def test_it_shows_the_gebruikersnaam_who_hands_it_over_and_no_code(
        self, beheerder_client: Client, gebruiker: Account
    ) -> None:
        mail_code(gebruiker, "ABCDEFGHJK")
        letter = submit(beheerder_client, page_of(gebruiker, "gebruiker_brief"), "Brief maken")
        text = letter.content.decode()
        assert gebruiker.gebruikersnaam in text
        assert "Jolanda de Vries, geeft u deze brief zelf" in text
        assert "testserver/inloggen/" in text
        assert "ABCDE" not in text

    def test_no_browser_or_proxy_keeps_it(self, beheerder_client: Client, gebruiker: Account) -> None:
        letter = submit(beheerder_client, page_of(gebruiker, "gebruiker_brief"), "Brief maken")
        assert "no-store" in letter.headers["Cache-Control"]

    def test_every_making_is_logged_and_keeps_the_gebruikersnaam(
        self, beheerder_client: Client, beheerder: Account, gebruiker: Account
    ) -> None:
        for _ in range(2):
            submit(beheerder_client, page_of(gebruiker, "gebruiker_brief"), "Brief maken")
        lines = Logregel.objects.filter(gebeurtenis="brief_gemaakt", account_id=gebruiker.pk)
        assert [line.actor_id for line in lines] == [beheerder.pk, beheerder.pk]
        assert gebruiker.gebruikersnaam not in str([line.gegevens for line in lines])
        assert Account.objects.get(pk=gebruiker.pk).gebruikersnaam == gebruiker.gebruikersnaam


class TestCode:
    """R07: the beheerder requests the activatiecode and never sees it."""

    def test_it_says_first_to_whom_and_for_how_long(self, beheerder_client: Client, gebruiker: Account) -> None:
        text = text_of(beheerder_client.get(page_of(gebruiker, "gebruiker_code")))
        assert "Henk van den Zande" in text
        assert gebruiker.email in text
        assert "24 uur geldig, vanaf het moment van versturen" in text
        assert not Bericht.objects.filter(soort="activatiecode").exists()

    def test_it_asks_for_one_mail_and_logs_who_asked(
        self, beheerder_client: Client, beheerder: Account, gebruiker: Account
    ) -> None:
        response = submit(beheerder_client, page_of(gebruiker, "gebruiker_code"), "Code aanvragen")
        text = text_of(beheerder_client.get(response.headers["Location"]))
        assert "De activatiecode is aangevraagd" in text
        assert "E-mail met activatiecode wacht op verzending" in text
        bericht = Bericht.objects.get(soort="activatiecode")
        assert (bericht.account_id, bericht.gegevens) == (gebruiker.pk, {})
        assert Logregel.objects.get(gebeurtenis="activatiecode_aangevraagd").actor_id == beheerder.pk

    @pytest.mark.parametrize("status", [Bericht.Status.WACHT, Bericht.Status.VERZONDEN])
    def test_posting_twice_asks_once_also_when_the_first_was_sent_already(
        self, beheerder_client: Client, gebruiker: Account, status: str
    ) -> None:
        page = beheerder_client.get(page_of(gebruiker, "gebruiker_code"))
        submit(beheerder_client, page, "Code aanvragen")
        Bericht.objects.filter(soort="activatiecode").update(status=status, verzonden_op=NOW)
        submit(beheerder_client, page, "Code aanvragen")
        assert Bericht.objects.filter(soort="activatiecode").count() == 1

    def test_a_newer_one_can_be_asked_for_and_ends_the_older(
        self, beheerder_client: Client, gebruiker: Account
    ) -> None:
        mail_code(gebruiker)
        Bericht.objects.create(
            soort="activatiecode",
            sleutel="x",
            account_id=gebruiker.pk,
            status="verzonden",
            verzonden_op=NOW,
            gemaakt_op=NOW,
            niet_voor=NOW,
        )
        page = beheerder_client.get(page_of(gebruiker, "gebruiker_code"))
        assert "Een code die eerder is verstuurd, werkt daarna niet meer" in text_of(page)
        submit(beheerder_client, page, "Code aanvragen")
        assert Bericht.objects.filter(soort="activatiecode").count() == 2

    def test_a_linked_one_gets_none(self, beheerder_client: Client, gebruiker: Account) -> None:
        page = beheerder_client.get(page_of(gebruiker, "gebruiker_code"))
        link(gebruiker)
        asked = submit(beheerder_client, page, "Code aanvragen")
        assert "al gekoppeld" in text_of(beheerder_client.get(asked.headers["Location"]))
        opened = beheerder_client.get(page_of(gebruiker, "gebruiker_code"))
        assert "al gekoppeld" in text_of(beheerder_client.get(opened.headers["Location"]))
        assert not Bericht.objects.filter(soort="activatiecode").exists()


class TestUnlinking:
    """R19: a lost, stolen or broken middel is unlinked at once by the beheerder."""

    def test_the_open_browser_is_out_at_the_next_click_and_the_account_stays(
        self, beheerder_client: Client, beheerder: Account, gebruiker: Account
    ) -> None:
        assert beheerder.organisatie is not None
        grant(gebruiker, make_rol(), make_kenmerk(beheerder.organisatie))
        link(gebruiker)
        his = Client()
        his.force_login(gebruiker)
        assert his.get("/overzicht/").status_code == 200
        page = page_of(gebruiker, "gebruiker_ontkoppelen")
        response = submit(beheerder_client, page, "Ontkoppelen", reden="verloren")
        assert "is ontkoppeld" in text_of(beheerder_client.get(response.headers["Location"]))
        assert his.get("/overzicht/").status_code == 302
        koppeling = Koppeling.objects.get(account=gebruiker)
        assert (koppeling.reden, koppeling.beeindigd_op) == ("verloren", NOW)
        account = Account.objects.get(pk=gebruiker.pk)
        assert (account.beeindigd_op, account.gebruikersnaam) == (None, gebruiker.gebruikersnaam)
        assert Autorisatie.objects.live(NOW).filter(account=gebruiker).exists()

    def test_a_stolen_middel_is_barred(self, beheerder_client: Client, gebruiker: Account) -> None:
        koppeling = link(gebruiker)
        submit(beheerder_client, page_of(gebruiker, "gebruiker_ontkoppelen"), "Ontkoppelen", reden="gestolen")
        koppeling.middel.refresh_from_db()
        assert koppeling.middel.gestolen_op == NOW

    @pytest.mark.parametrize("reden", ["", "inactief", "vertrek", "staf", "x"])
    def test_only_lost_stolen_or_broken_is_a_reason(
        self, beheerder_client: Client, gebruiker: Account, reden: str
    ) -> None:
        link(gebruiker)
        response = submit(beheerder_client, page_of(gebruiker, "gebruiker_ontkoppelen"), "Ontkoppelen", reden=reden)
        assert response.status_code == 200
        assert Koppeling.objects.live().filter(account=gebruiker).exists()

    def test_posting_twice_never_ends_a_middel_that_was_linked_since(
        self, beheerder_client: Client, gebruiker: Account
    ) -> None:
        link(gebruiker)
        page = beheerder_client.get(page_of(gebruiker, "gebruiker_ontkoppelen"))
        submit(beheerder_client, page, "Ontkoppelen", reden="defect")
        again = link(gebruiker)
        response = submit(beheerder_client, page, "Ontkoppelen", reden="defect")
        assert "was er niet meer" in text_of(beheerder_client.get(response.headers["Location"]))
        assert list(Koppeling.objects.live().filter(account=gebruiker)) == [again]

    def test_without_a_koppeling_there_is_nothing_to_unlink(self, beheerder_client: Client, gebruiker: Account) -> None:
        response = beheerder_client.get(page_of(gebruiker, "gebruiker_ontkoppelen"))
        assert "geen koppeling" in text_of(beheerder_client.get(response.headers["Location"]))

    def test_a_sole_beheerder_cannot_unlink_herself_and_reads_who_can(
        self, beheerder_client: Client, beheerder: Account
    ) -> None:
        """R19: for a sole beheerder DUO staff unlink."""
        response = submit(
            beheerder_client, page_of(beheerder, "gebruiker_ontkoppelen"), "Ontkoppelen", reden="verloren"
        )
        assert "Neem contact op met DUO" in text_of(beheerder_client.get(response.headers["Location"]))
        assert Koppeling.objects.live().filter(account=beheerder).exists()

    def test_with_a_colleague_she_can_and_is_out_herself(self, beheerder_client: Client, beheerder: Account) -> None:
        link(make_beheerder(beheerder.organisatie))
        submit(beheerder_client, page_of(beheerder, "gebruiker_ontkoppelen"), "Ontkoppelen", reden="verloren")
        assert not Koppeling.objects.live().filter(account=beheerder).exists()
        assert beheerder_client.get("/beheer/gebruikers/").status_code == 302


class TestEnding:
    """R20: koppeling, codes, sessions and autorisaties end together; the history stays."""

    def test_everything_ends_together(self, beheerder_client: Client, beheerder: Account, gebruiker: Account) -> None:
        assert beheerder.organisatie is not None
        grant(gebruiker, make_rol(), make_kenmerk(beheerder.organisatie))
        koppeling = link(gebruiker)
        code = mail_code(gebruiker)
        his = Client()
        his.force_login(gebruiker)
        for _ in range(2):
            page = page_of(gebruiker, "gebruiker_beeindigen")
            beheerder_client.post(page, {"_account": beheerder.pk})
        koppeling.refresh_from_db()
        code.refresh_from_db()
        assert Account.objects.get(pk=gebruiker.pk).beeindigd_op == NOW
        assert (koppeling.beeindigd_op, koppeling.reden) == (NOW, "vertrek")
        assert code.ingetrokken_op == NOW
        assert not Autorisatie.objects.live(NOW).filter(account=gebruiker).exists()
        assert his.get("/overzicht/").status_code == 302
        assert Logregel.objects.filter(gebeurtenis="account_beeindigd").count() == 1

    def test_the_history_can_still_be_read(self, beheerder_client: Client, gebruiker: Account) -> None:
        submit(beheerder_client, page_of(gebruiker, "gebruiker_beeindigen"), "Account beëindigen")
        text = text_of(beheerder_client.get(page_of(gebruiker)))
        assert "Account beëindigd." in text

    @pytest.mark.parametrize(
        "view",
        ["wijzigen", "rollen", "rollen/rod-raadpleger", "brief", "code", "ontkoppelen", "beeindigen"],
    )
    def test_nothing_can_be_done_with_an_ended_account(
        self, beheerder_client: Client, beheerder: Account, gebruiker: Account, view: str
    ) -> None:
        Account.objects.filter(pk=gebruiker.pk).update(beeindigd_op=NOW)
        for response in (
            beheerder_client.get(f"{page_of(gebruiker)}{view}/"),
            beheerder_client.post(f"{page_of(gebruiker)}{view}/", {"_account": beheerder.pk}),
        ):
            assert response.headers["Location"] == page_of(gebruiker)
        assert not Logregel.objects.filter(account_id=gebruiker.pk).exists()

    def test_not_herself(self, beheerder_client: Client, beheerder: Account) -> None:
        make_beheerder(beheerder.organisatie)
        beheerder_client.post(page_of(beheerder, "gebruiker_beeindigen"), {"_account": beheerder.pk})
        assert Account.objects.get(pk=beheerder.pk).beeindigd_op is None
        with pytest.raises(NietVoorUzelf):
            end_gebruiker(account=beheerder, actor=actor(beheerder), now=NOW)

    def test_the_last_beheerder_stays_and_nothing_of_her_ends(self, beheerder: Account) -> None:
        """R03."""
        link(beheerder)
        colleague = make_account(beheerder.organisatie)
        with pytest.raises(LaatsteBeheerder):
            end_gebruiker(account=beheerder, actor=actor(colleague), now=NOW)
        assert Koppeling.objects.live().filter(account=beheerder).exists()
        assert Account.objects.get(pk=beheerder.pk).beeindigd_op is None

    def test_duo_staff_decide_otherwise_with_a_reason(self, beheerder: Account) -> None:
        """R03."""
        staf = Actor(ActorSoort.STAF, id=make_staf().pk, reden="De organisatie stopt")
        assert end_gebruiker(account=beheerder, actor=staf, now=NOW)


@pytest.mark.django_db(transaction=True)
def test_two_beheerders_who_end_each_other_leave_one() -> None:
    """R03, R20, on PostgreSQL with real threads."""
    one = make_beheerder()
    other = make_beheerder(one.organisatie)
    outcomes = in_parallel(
        lambda: end_gebruiker(account=one, actor=actor(other), now=NOW),
        lambda: end_gebruiker(account=other, actor=actor(one), now=NOW),
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LaatsteBeheerder", "bool"]


@pytest.mark.django_db(transaction=True)
def test_a_code_asked_for_while_the_account_ends_is_never_open(login: Callable[[Account], Client]) -> None:
    """R20: whichever comes first, no open code is left."""
    beheerder = make_beheerder()
    account = make_account(beheerder.organisatie)
    in_parallel(
        lambda: end_gebruiker(account=account, actor=actor(beheerder), now=NOW),
        lambda: request_activatiecode(account=account, actor=actor(beheerder), now=NOW),
    )
    assert Account.objects.get(pk=account.pk).beeindigd_op == NOW
    assert not account.activatiecodes.filter(ingetrokken_op=None).exists()
