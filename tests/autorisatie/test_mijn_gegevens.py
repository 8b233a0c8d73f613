"""Mijn gegevens and one's own log (R23, R33, manual 1.7)."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.emails.wijziging import write_email_bevestigen_mail
from accounts.models import Account, EmailWijziging
from koppeling.models import Koppeling
from tests.factories import NOW, grant, link, make_account, make_beheerder, make_kenmerk, make_rol, make_staf
from verantwoording.models import Bericht, Logregel
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import write_logregel

pytestmark = pytest.mark.django_db
Login = Callable[[Account], Client]
WIJZIGEN = "/mijn-gegevens/wijzigen/"
NEW = "nieuw@regenboog.example"


@pytest.fixture(autouse=True)
def _stopped_clock(clock: Callable[[datetime], None]) -> None:
    """Every page is read at NOW, unless the test moves the clock."""


@pytest.fixture
def account() -> Account:
    return make_account(email="oud@regenboog.example", telefoon="050 111 11 11", functie="administratie")


def post(client: Client, account: Account, **values: str | int) -> str:
    fields = {"_account": account.pk, "versie": account.versie, "email": account.email, "telefoon": "", "functie": ""}
    response = client.post(WIJZIGEN, fields | values, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def link_mailed() -> str:
    bericht = Bericht.objects.filter(soort="email_bevestigen").order_by("-id")[0]
    mail = write_email_bevestigen_mail(bericht, timezone.now())
    assert mail is not None
    found = re.search(r"http://testserver(/\S+)", mail.tekst)
    assert found is not None
    return found[1]


class TestReading:
    def test_one_sees_ones_own_data_rollen_and_kenmerken(self, account: Account, login: Login) -> None:
        """R23."""
        assert account.organisatie is not None
        grant(account, make_rol(), make_kenmerk(account.organisatie, naam="De Kleurdoos"))
        ended = grant(account, make_rol("Oude rol"))
        ended.tot = NOW
        ended.save()
        page = login(account).get("/mijn-gegevens/").content.decode()
        for text in ("Fatima El Amrani", "oud@regenboog.example", "050 111 11 11", "Stichting De Regenboog"):
            assert text in page
        assert "ROD raadpleger" in page
        assert "Instellingscode (BRIN) 21AZ De Kleurdoos" in page
        assert "Oude rol" not in page
        assert account.gebruikersnaam not in page

    def test_one_sees_since_when_the_middel_is_linked_and_when_that_lapses(
        self, account: Account, login: Login
    ) -> None:
        """R18, R23."""
        link(account, used=NOW)
        page = login(account).get("/mijn-gegevens/").content.decode()
        assert "2 maart 2026 om 10.00 uur" in page
        assert "2 september 2027, als u tot dan niet inlogt" in page
        Koppeling.objects.all().delete()

    def test_a_beheerder_reads_what_she_may_hand_out(self, login: Login) -> None:
        page = login(make_beheerder()).get("/mijn-gegevens/").content.decode()
        assert "Beheerder Mijn DUO" in page
        assert "U hebt nog geen rollen." in page

    def test_the_number_of_queries_does_not_grow_with_the_rollen(
        self, account: Account, login: Login, django_assert_max_num_queries: Callable[[int], object]
    ) -> None:
        assert account.organisatie is not None
        kenmerk = make_kenmerk(account.organisatie)
        for number in range(40):
            grant(account, make_rol(f"Rol {number}"), kenmerk)
        client = login(account)
        with django_assert_max_num_queries(16):  # type: ignore[attr-defined]  # a context manager
            client.get("/mijn-gegevens/")

    @pytest.mark.parametrize("url", ["/mijn-gegevens/", WIJZIGEN, "/mijn-gegevens/logboek/"])
    def test_it_is_for_accounts_of_an_organisatie(self, client: Client, url: str) -> None:
        assert client.get(url).status_code == 302
        client.force_login(make_staf())
        assert client.get(url).status_code == 404


class TestChanging:
    def test_phone_and_function_are_saved_and_shown(self, account: Account, login: Login) -> None:
        """R23, manual 1.7."""
        page = post(login(account), account, telefoon="+31 50 222 22 22", functie="directeur")
        assert "Uw gegevens zijn opgeslagen." in page
        assert "+31 50 222 22 22" in page
        assert "directeur" in page

    def test_a_name_is_changed_by_the_beheerder(self, account: Account, login: Login) -> None:
        """R23."""
        client = login(account)
        assert "Vraag dat aan uw beheerder" in client.get(WIJZIGEN).content.decode()
        post(client, account, voornaam="Ander", achternaam="Ander")
        account.refresh_from_db()
        assert account.get_full_name() == "Fatima El Amrani"

    def test_a_new_address_waits_for_its_link(self, account: Account, login: Login) -> None:
        """R23."""
        page = post(login(account), account, email=NEW)
        assert f"een e-mail gestuurd naar {NEW}" in page
        assert "Bevestig uw nieuwe e-mailadres" in page
        account.refresh_from_db()
        assert account.email == "oud@regenboog.example"

    def test_a_stale_form_shows_the_difference_and_loses_nothing(self, account: Account, login: Login) -> None:
        """D23."""
        client = login(account)
        Account.objects.filter(pk=account.pk).update(functie="directeur", versie=2)
        page = post(client, account, email=NEW, telefoon="050 222 22 22", functie="conciërge")
        assert "intussen gewijzigd" in page
        assert "nu opgeslagen is <strong>directeur</strong>, u vulde in <strong>conciërge</strong>" in page
        assert f'value="{NEW}"' in page
        assert 'name="versie" value="2"' in page
        account.refresh_from_db()
        assert account.telefoon == "050 111 11 11"
        assert "opgeslagen." in post(client, account, functie="conciërge", versie=2)

    @pytest.mark.parametrize(
        ("values", "sentence"),
        [
            ({"email": ""}, "Vul uw e-mailadres in."),
            ({"email": "geen adres"}, "Vul een e-mailadres in, bijvoorbeeld"),
            ({"email": "a@b.example\nBcc: c@d.example"}, "Vul een e-mailadres in, bijvoorbeeld"),
            ({"telefoon": "bel mij"}, "Vul een telefoonnummer in met cijfers"),
            ({"functie": "x" * 121}, "120"),
            ({"functie": "a\x00b"}, "Null"),
            ({"versie": "geen getal"}, "Controleer wat u hebt ingevuld"),
            ({"versie": "9" * 30}, "Controleer wat u hebt ingevuld"),
        ],
    )
    def test_bad_input_gets_a_sentence_and_saves_nothing(
        self, account: Account, login: Login, values: dict[str, str], sentence: str
    ) -> None:
        assert sentence in post(login(account), account, **values)
        assert not Logregel.objects.filter(gebeurtenis="eigen_gegevens_gewijzigd").exists()
        assert not Bericht.objects.exists()

    def test_a_form_of_another_account_is_a_409(self, account: Account, login: Login) -> None:
        """D5."""
        response = login(account).post(WIJZIGEN, {"_account": make_account().pk, "versie": 1, "email": NEW})
        assert response.status_code == 409
        assert not EmailWijziging.objects.exists()

    def test_too_many_addresses_in_a_day_is_said(self, account: Account, login: Login) -> None:
        client = login(account)
        for number in range(5):
            post(client, account, email=f"nieuw{number}@regenboog.example")
            account.refresh_from_db()
        assert "Probeer het morgen weer" in post(client, account, email=NEW)


class TestConfirming:
    """R23: the link in the mail. GET asks, POST confirms, and nobody needs to be logged in."""

    @pytest.fixture
    def url(self, account: Account, login: Login) -> str:
        client = login(account)
        post(client, account, email=NEW)
        client.logout()
        return link_mailed()

    def test_a_visitor_confirms_with_the_link_from_the_mail(self, account: Account, client: Client, url: str) -> None:
        page = client.get(url)
        assert f"Wilt u <strong>{NEW}</strong> gebruiken" in page.content.decode()
        assert account.get_full_name() not in page.content.decode()
        account.refresh_from_db()
        assert account.email == "oud@regenboog.example"
        assert "Uw e-mailadres is bevestigd" in client.post(url).content.decode()
        account.refresh_from_db()
        assert account.email == NEW
        assert Logregel.objects.order_by("-id")[0].actor_soort == ActorSoort.BEZOEKER

    def test_it_works_once(self, client: Client, url: str) -> None:
        client.post(url)
        for response in (client.post(url), client.get(url)):
            assert "Dit adres is al bevestigd" in response.content.decode()

    def test_it_works_whichever_account_is_logged_in(self, account: Account, login: Login, url: str) -> None:
        assert "Uw e-mailadres is bevestigd" in login(make_account()).post(url).content.decode()
        account.refresh_from_db()
        assert account.email == NEW

    def test_after_24_hours_it_has_expired(self, client: Client, url: str, clock: Callable[[datetime], None]) -> None:
        clock(NOW + timedelta(hours=24))
        for response in (client.get(url), client.post(url)):
            assert response.status_code == 410
            assert "Deze link is verlopen" in response.content.decode()

    def test_another_address_asked_for_since_ends_it(
        self, account: Account, login: Login, client: Client, url: str
    ) -> None:
        account.refresh_from_db()
        post(login(account), account, email="nog-een@regenboog.example")
        client.logout()
        response = client.post(url)
        assert response.status_code == 410
        assert "Deze link werkt niet meer" in response.content.decode()

    @pytest.mark.parametrize("token", ["x", "1-a.b", "%00", "1-0000000000000000.x"])
    def test_a_link_that_is_not_ours_is_unknown(self, client: Client, token: str) -> None:
        for response in (client.get(f"/mijn-gegevens/e-mail/{token}/"), client.post(f"/mijn-gegevens/e-mail/{token}/")):
            assert response.status_code == 404
            assert "We kennen deze link niet" in response.content.decode()


class TestLogboek:
    """R33: gebruikers see their own lines, in words."""

    def write(self, account: Account, gebeurtenis: str, actor: Actor, **gegevens: str) -> None:
        write_logregel(
            gebeurtenis=gebeurtenis,
            actor=actor,
            now=NOW,
            organisatie_id=account.organisatie_id,
            account_id=account.pk,
            gegevens=gegevens,
        )

    def read(self, client: Client, query: str = "") -> str:
        return client.get(f"/mijn-gegevens/logboek/{query}").content.decode()

    def test_it_says_what_was_done_by_whom_and_why(self, account: Account, login: Login) -> None:
        beheerder = make_beheerder(account.organisatie)
        stranger = make_account(voornaam="Onbekende")
        why = Actor(ActorSoort.ACCOUNT, id=beheerder.pk, adres="192.0.2.9", reden="Nieuwe taak")
        self.write(account, "rol_gegeven", why, rol="ROD raadpleger", kenmerken="21AZ")
        self.write(account, "rol_ingetrokken", Actor(ActorSoort.STAF, id=1), rol="ROD raadpleger")
        self.write(account, "rollen_beeindigd", Actor(ActorSoort.TAAK, naam="opruimen"), aantal="1")
        self.write(account, "email_bevestigd", Actor(ActorSoort.BEZOEKER))
        self.write(account, "email_bevestigd", Actor(ActorSoort.ACCOUNT, id=stranger.pk))
        page = self.read(login(account))
        assert "De rol ROD raadpleger is gegeven. Kenmerken: 21AZ." in page
        assert "Waarom: Nieuwe taak" in page
        for who in (
            "Jolanda de Vries",
            "een medewerker van DUO",
            "Mijn DUO, automatisch",
            "iemand die niet was ingelogd",
            "iemand van een andere organisatie",
        ):
            assert who in page
        assert "Onbekende" not in page
        assert "192.0.2.9" not in page  # the beheerder's address is hers

    def test_ones_own_acts_name_the_address(self, account: Account, login: Login) -> None:
        self.write(account, "email_wijziging_gevraagd", Actor(ActorSoort.ACCOUNT, id=account.pk, adres="192.0.2.7"))
        page = self.read(login(account))
        assert "uzelf" in page
        assert "vanaf internetadres 192.0.2.7" in page

    def test_the_newest_is_on_top_and_the_rest_on_the_next_page(self, account: Account, login: Login) -> None:
        for number in range(30):
            self.write(account, "rol_ingetrokken", Actor(ActorSoort.STAF, id=1), rol=f"nummer {number:02}")
        client = login(account)
        first, second = self.read(client), self.read(client, "?pagina=2")
        assert first.index("nummer 29") < first.index("nummer 28")
        assert "nummer 04" not in first
        assert "nummer 04" in second
        assert "Pagina 2 van 2" in second
        assert "nummer 29" in self.read(client, "?pagina=onzin")

    def test_the_lines_of_others_are_not_there(self, account: Account, login: Login) -> None:
        self.write(make_account(account.organisatie), "rol_ingetrokken", Actor(ActorSoort.STAF, id=1), rol="Vreemd")
        page = self.read(login(account))
        assert "Vreemd" not in page
        assert "Er staat nog niets in uw logboek." in page
