"""What every page gets: name, menu, switcher, end of session, headers; and what a page of an error shows."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import Account
from mijnduo.context_processors import pagina
from tests.factories import link, make_account, make_beheerder

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _stopped(clock: Callable[[datetime], None]) -> None:
    """The clock stands still."""


def page_of(account: Account | AnonymousUser | None, pad: str = "/overzicht/", **eherkenning: Any) -> dict[str, Any]:
    """What the context processor gives the page at this address."""
    request = RequestFactory().get(pad)
    request.session = SessionStore()
    request.session["eherkenning"] = eherkenning
    if account is not None:
        request.user = account
    return pagina(request)


@pytest.mark.parametrize("visitor", [None, AnonymousUser()])
def test_a_visitor_has_no_name_and_no_menu(visitor: AnonymousUser | None) -> None:
    assert page_of(visitor)["ingelogd_account"] is None


def test_staff_has_no_menu_of_accounts(staf: Account) -> None:
    assert page_of(staf)["ingelogd_account"] is None


def test_a_gebruiker_sees_name_and_organisatie_and_no_beheer() -> None:
    account = make_account()
    page = page_of(account)
    assert page["ingelogd_account"] == account
    assert page["organisatie_naam"] == "Stichting De Regenboog"
    assert reverse("gebruikers") not in [item["url"] for item in page["menu"]]


@pytest.mark.parametrize(
    ("pagina", "punt"),
    [
        ("overzicht", "overzicht"),
        ("trechter", "gebruikers"),
        ("rolvoorstellen", "rollen"),
        ("foutreferentie", "logboek"),
    ],
)
def test_a_beheerder_sees_her_menu_and_where_she_is_in_it(pagina: str, punt: str) -> None:
    page = page_of(make_beheerder(), reverse(pagina))
    assert reverse("gebruikers") in [item["url"] for item in page["menu"]]
    assert [item["url"] for item in page["menu"] if item["actief"]] == [reverse(punt)]


@pytest.mark.parametrize(("aantal", "url"), [(1, None), (2, "/kies-account/")])
def test_r08_who_has_several_accounts_on_one_middel_can_switch(aantal: int, url: str | None) -> None:
    assert page_of(make_account(), aantal=aantal)["organisatie_wissel_url"] == url


def test_r17_the_page_says_when_the_session_ends(login: Callable[[Account], Client], now: datetime) -> None:
    page = login(make_account()).get(reverse("overzicht")).context
    assert page["sessie_einde"] == now + timedelta(minutes=15)
    assert page["sessie_absoluut_einde"] == now + timedelta(hours=4)


def test_r17_near_the_end_the_page_names_the_earlier_moment(
    login: Callable[[Account], Client], clock: Callable[[datetime], None], now: datetime
) -> None:
    client = login(make_account())
    client.get(reverse("overzicht"))
    for minutes in range(10, 240, 10):
        clock(now + timedelta(minutes=minutes))
        page = client.get(reverse("overzicht")).context
    assert page["sessie_einde"] == page["sessie_absoluut_einde"] == now + timedelta(hours=4)


def test_the_menu_costs_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    beheerder = Account.objects.select_related("organisatie").get(pk=make_beheerder().pk)
    with django_assert_num_queries(1):
        page_of(beheerder)


@pytest.mark.parametrize(("omgeving", "strook"), [("demo", True), ("test", False), ("productie", False)])
def test_only_the_demo_says_that_it_is_one(client: Client, settings: Settings, omgeving: str, strook: bool) -> None:
    settings.OMGEVING = omgeving
    text = client.get(reverse("inloggen")).content.decode()
    assert ("geen website van de Rijksoverheid" in text) is strook


POLICY = "default-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize("path", ["/inloggen/", "/bestaat-niet/", "/duo-beheer/inloggen/", "/uitgelogd/"])
def test_every_page_carries_the_headers_that_protect_it(client: Client, path: str) -> None:
    response = client.get(path)
    parts = {part.strip() for part in response["Content-Security-Policy"].split(";")}
    assert parts == set(POLICY.split("; "))
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"


def test_pages_behind_the_login_are_not_kept_by_browsers(
    login: Callable[[Account], Client], staf_client: Client
) -> None:
    client = login(make_beheerder())
    for response in [
        staf_client.get(reverse("admin:index")),
        *(client.get(reverse(name)) for name in ["overzicht", "mijn_gegevens", "gebruikers", "logboek"]),
    ]:
        assert response.status_code == 200
        assert "no-store" in response["Cache-Control"]


def test_cookies_are_for_the_server_alone(client: Client) -> None:
    client.get(reverse("account_login"))
    client.force_login(make_account())
    client.get(reverse("overzicht"))
    cookies = client.cookies.values()
    assert {cookie.key for cookie in cookies} == {"sessionid", "csrftoken"}
    assert all(cookie["httponly"] and cookie["samesite"] == "Lax" for cookie in cookies)
    assert not client.cookies["sessionid"]["max-age"], "the session ends with the browser"


def test_a_page_that_is_not_there_keeps_the_menu_of_its_reader(login: Callable[[Account], Client]) -> None:
    account = make_account()
    link(account)
    response = login(account).get("/bestaat-niet/")
    assert response.status_code == 404
    assert "Deze pagina is er niet" in response.content.decode()
    assert account.get_full_name() in response.content.decode()


def test_a_form_without_a_token_gets_a_page_that_says_what_to_do() -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post(reverse("account_login"), {"login": "x", "password": "y"})
    assert response.status_code == 403
    assert "Deze pagina was verlopen" in response.content.decode()
    assert "CSRF" not in response.content.decode()


def test_a_host_that_is_not_ours_gets_a_400_without_its_name(client: Client) -> None:
    response = client.get(reverse("inloggen"), HTTP_HOST="aanvaller.example")
    assert response.status_code == 400
    assert "Deze aanvraag klopt niet" in response.content.decode()
    assert "aanvaller" not in response.content.decode()


def test_too_many_fields_get_a_400(client: Client, settings: Settings) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 2
    response = client.post(reverse("account_login"), {"a": 1, "b": 2, "c": 3})
    assert response.status_code == 400


def test_what_staff_may_not_open_is_a_403_page(login_staf: Callable[[Account], Client], staf: Account) -> None:
    Account.objects.filter(pk=staf.pk).update(is_superuser=False)
    response = login_staf(staf).get(reverse("admin:accounts_account_changelist"))
    assert response.status_code == 403
    assert "U mag deze pagina niet openen" in response.content.decode()
