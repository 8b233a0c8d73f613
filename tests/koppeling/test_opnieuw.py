"""A page may ask for a fresh or higher login: one goes to the makelaar and comes back to where one was."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path, reverse

from accounts.middleware import form_data
from accounts.models import Account
from koppeling.eherkenning.levels import Niveau
from koppeling.permissions import requires_inlog
from koppeling.services.weigeringen import read_spoor
from mijnduo.urls import urlpatterns as portal
from tests.factories import link, make_account, make_beheerder, make_middel
from tests.formulier import submit, text_of
from tests.makelaar import PSEUDONIEM, Makelaar
from verantwoording.models import Foutreferentie

pytestmark = pytest.mark.django_db
HOUR = timedelta(minutes=60)


@requires_inlog(niveau=Niveau.EH4)
def geheim(request: HttpRequest) -> HttpResponse:
    """A view that asks for EH4."""
    kept = form_data(request)
    return HttpResponse(f"{request.method} {kept['veld'] if kept else ''} {request.GET.get('x', '')}")


urlpatterns = [*portal, path("geheim/", geheim, name="geheim")]
"""The portal with a page that asks for EH4: `pytest.mark.urls` puts it in place of the portal's own addresses."""


class Opnieuw(Makelaar):
    """To the makelaar by the link of the page that asks to log in again."""

    def ask(self, **query: str) -> str:
        before = set(self.browser.session.get("socialaccount_states", ()))
        assert "Log nog een keer in" in text_of(self.browser.get(reverse("inloggen_opnieuw")))
        assert self.browser.get(reverse("inloggen_opnieuw_starten")).status_code == 302
        (request_id,) = set(self.browser.session["socialaccount_states"]) - before
        return str(request_id)


@pytest.fixture
def beheerder(clock: Callable[[datetime], None]) -> Account:
    """A beheerder, linked to the middel of the makelaar."""
    account = make_beheerder()
    link(account, make_middel(pseudoniem=PSEUDONIEM))
    return account


def test_R20_ending_an_account_takes_a_login_of_at_most_an_hour_old(
    beheerder: Account, makelaar: Makelaar, client: Client, now: datetime, clock: Callable[[datetime], None]
) -> None:
    leaver = make_account(beheerder.organisatie)
    page = reverse("gebruiker_beeindigen", args=[leaver.pk])
    makelaar()
    for minutes in (12, 24, 36, 48, 60):  # never silent for a quarter of an hour
        clock(now + timedelta(minutes=minutes))
        assert client.get(page).status_code == 200

    clock(now + HOUR + timedelta(seconds=1))
    assert client.get(page)["Location"] == reverse("inloggen_opnieuw")
    assert Opnieuw(client)()["Location"] == page

    submit(client, page, "Account beëindigen")
    leaver.refresh_from_db()
    assert leaver.beeindigd_op is not None


def test_what_was_posted_too_late_is_not_done_until_it_is_posted_again(
    beheerder: Account, makelaar: Makelaar, client: Client, now: datetime, clock: Callable[[datetime], None]
) -> None:
    leaver = make_account(beheerder.organisatie)
    page = reverse("gebruiker_beeindigen", args=[leaver.pk])
    makelaar()
    for minutes in (14, 28, 42, 56, 61):
        opened = client.get(page if minutes < 60 else reverse("overzicht"))
        clock(now + timedelta(minutes=minutes))
    assert opened.status_code == 200

    sent = client.post(page, {"_account": beheerder.pk})

    assert sent["Location"] == reverse("inloggen_opnieuw")
    assert "Wat u hebt ingevuld, is bewaard" in text_of(client.get(sent["Location"]))
    Opnieuw(client)()
    client.get(page)
    leaver.refresh_from_db()
    assert leaver.beeindigd_op is None


def test_who_may_not_see_the_page_learns_nothing_from_it(makelaar: Makelaar, client: Client) -> None:
    account = make_account()
    link(account, make_middel(pseudoniem=PSEUDONIEM))
    makelaar()

    assert client.get(reverse("gebruiker_beeindigen", args=[account.pk])).status_code == 404


@pytest.mark.urls(__name__)
def test_a_higher_level_brings_one_back_to_the_page_with_its_query(
    beheerder: Account, makelaar: Makelaar, client: Client
) -> None:
    makelaar()
    assert client.get("/geheim/?x=1")["Location"] == reverse("inloggen_opnieuw")
    assert "niveau EH4 of hoger" in text_of(client.get(reverse("inloggen_opnieuw")))

    assert Opnieuw(client)(loa="loa4")["Location"] == "/geheim/?x=1"
    assert client.get("/geheim/?x=1").content == b"GET  1"


@pytest.mark.urls(__name__)
def test_a_form_comes_back_filled_in(beheerder: Account, makelaar: Makelaar, client: Client) -> None:
    makelaar()
    client.post("/geheim/", {"_account": beheerder.pk, "veld": "getypt"})

    assert Opnieuw(client)(loa="loa4")["Location"] == "/geheim/"
    assert client.get("/geheim/").content == b"GET getypt "


@pytest.mark.urls(__name__)
def test_R13_a_level_that_is_still_too_low_opens_nothing_and_the_session_stays(
    beheerder: Account, makelaar: Makelaar, client: Client
) -> None:
    makelaar()
    client.get("/geheim/")

    page = Opnieuw(client)(loa="loa3")

    assert page.status_code == 403
    assert "Voor deze pagina hebt u niveau EH4 of hoger nodig" in text_of(page)
    assert "Het middel had niveau EH3. Nodig is EH4 of hoger." in read_spoor(Foutreferentie.objects.get())
    assert client.session["_auth_user_id"] == str(beheerder.pk)
    assert client.get("/geheim/").status_code == 302


@pytest.mark.urls(__name__)
def test_another_account_than_the_one_that_left_does_not_get_the_page(
    beheerder: Account, makelaar: Makelaar, client: Client
) -> None:
    other = make_account(beheerder.organisatie)
    link(other, make_middel(pseudoniem="B" * 64))
    makelaar()
    client.post("/geheim/", {"_account": beheerder.pk, "veld": "getypt"})

    assert Opnieuw(client)(loa="loa4", pseudonym="B" * 64)["Location"] == reverse("overzicht")
    assert client.session["_auth_user_id"] == str(other.pk)
    assert b"getypt" not in client.get("/geheim/").content


@pytest.mark.urls(__name__)
def test_of_several_accounts_on_a_middel_the_one_that_left_comes_back(
    beheerder: Account, makelaar: Makelaar, client: Client
) -> None:
    second = make_account()
    koppeling = link(second, beheerder.koppelingen.get().middel)
    makelaar()
    submit(client, reverse("kies_account"), "", koppeling=koppeling.pk)
    client.get("/geheim/")

    assert Opnieuw(client)(loa="loa4")["Location"] == "/geheim/"
    assert client.session["_auth_user_id"] == str(second.pk)


def test_without_a_page_that_asked_there_is_nothing_to_log_in_again_for(
    beheerder: Account, makelaar: Makelaar, client: Client
) -> None:
    makelaar()

    for name in ("inloggen_opnieuw", "inloggen_opnieuw_starten"):
        assert client.get(reverse(name))["Location"] == reverse("overzicht")
