"""D7, D8, D13: only the browser that asked gets a login, once; what is not ours leaves nothing but a log line."""

import base64
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.urls import reverse

from koppeling.models import AssertieClaim, GeparkeerdeLogin, Middel
from tests.factories import link, make_account, make_middel
from tests.formulier import Pagina, text_of
from tests.makelaar import PSEUDONIEM, Makelaar
from verantwoording.models import Logregel

pytestmark = pytest.mark.django_db

Clock = Callable[[datetime], None]


@pytest.fixture
def linked() -> None:
    link(make_account(), make_middel(pseudoniem=PSEUDONIEM))


def who_is_in(browser: Client) -> str | None:
    return browser.session.get("_auth_user_id")


@pytest.mark.usefixtures("linked")
def test_D8_a_message_that_is_posted_twice_is_refused_the_second_time(makelaar: Makelaar, client: Client) -> None:
    message = makelaar.answer(makelaar.ask())
    first = makelaar.post(message)

    second = makelaar.post(message)

    assert first.status_code == 302
    assert second.status_code == 400
    assert "We konden het antwoord van eHerkenning niet gebruiken" in text_of(second)
    assert GeparkeerdeLogin.objects.count() == 1
    assert makelaar.come_back(first)["Location"] == reverse("overzicht")  # the first one still counts


@pytest.mark.usefixtures("linked")
def test_D8_a_message_that_is_posted_again_later_is_refused(makelaar: Makelaar, now: datetime, clock: Clock) -> None:
    message = makelaar.answer(makelaar.ask())
    makelaar.come_back(makelaar.post(message))

    for minutes in (1, 5, 60, 24 * 60):
        clock(now + timedelta(minutes=minutes))
        assert makelaar.post(message).status_code == 400


def test_D8_a_claim_outlives_the_message_it_is_for(makelaar: Makelaar, now: datetime, clock: Clock) -> None:
    makelaar.post(makelaar.answer(makelaar.ask(), valid_for=timedelta(minutes=9)))

    assert {claim.verloopt_op for claim in AssertieClaim.objects.all()} == {now + timedelta(minutes=9 + 1 + 60)}


@pytest.mark.django_db(transaction=True)
def test_D8_of_one_message_posted_eight_times_at_once_exactly_one_gets_in(makelaar: Makelaar) -> None:
    message = makelaar.answer(makelaar.ask())
    at_once = Barrier(8)

    def post(_: int) -> int:
        at_once.wait(10)
        try:
            return makelaar.post(message).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        statuses = sorted(threads.map(post, range(8)))

    assert statuses == [302] + [400] * 7
    assert GeparkeerdeLogin.objects.count() == 1
    assert Middel.objects.count() == 1


@pytest.mark.usefixtures("linked")
@pytest.mark.django_db(transaction=True)
def test_D8_of_one_handle_fetched_eight_times_at_once_exactly_one_gets_in(makelaar: Makelaar, client: Client) -> None:
    address = makelaar.post(makelaar.answer(makelaar.ask()))["Location"]
    cookies = client.cookies
    at_once = Barrier(8)

    def fetch(_: int) -> int:
        browser = Client()
        browser.cookies.load(cookies.output(header=""))
        at_once.wait(10)
        try:
            return browser.get(address).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        statuses = sorted(threads.map(fetch, range(8)))

    assert statuses == [302] + [400] * 7
    assert Logregel.objects.filter(gebeurtenis="ingelogd").count() == 1


@pytest.mark.usefixtures("linked")
def test_D8_a_handle_works_once(makelaar: Makelaar, client: Client) -> None:
    address = makelaar.post(makelaar.answer(makelaar.ask()))["Location"]
    assert client.get(address)["Location"] == reverse("overzicht")
    client.logout()

    assert client.get(address).status_code == 400
    assert who_is_in(client) is None


@pytest.mark.usefixtures("linked")
@pytest.mark.parametrize(("seconds", "status"), [(119, 302), (120, 400)])
def test_D8_a_handle_is_good_for_two_minutes(
    makelaar: Makelaar, client: Client, now: datetime, clock: Clock, seconds: int, status: int
) -> None:
    address = makelaar.post(makelaar.answer(makelaar.ask()))["Location"]
    clock(now + timedelta(seconds=seconds))

    assert client.get(address).status_code == status


@pytest.mark.usefixtures("linked")
def test_D8_a_login_that_another_browser_asked_for_is_refused(makelaar: Makelaar) -> None:
    address = makelaar.post(makelaar.answer(makelaar.ask()))["Location"]
    attacked = Client()
    attacked.get(reverse("inloggen_eherkenning"))  # asks for a login of its own, too

    page = attacked.get(address)

    assert page.status_code == 400
    assert "Log opnieuw in" in text_of(page)
    assert who_is_in(attacked) is None


@pytest.mark.usefixtures("linked")
def test_D8_a_login_that_nobody_asked_for_is_refused(makelaar: Makelaar, client: Client) -> None:
    page = makelaar.come_back(makelaar.post(makelaar.answer("_never-asked")))

    assert page.status_code == 400
    assert who_is_in(client) is None


@pytest.mark.usefixtures("linked")
def test_D8_a_login_that_the_makelaar_began_itself_is_refused(makelaar: Makelaar) -> None:
    assert makelaar.post(makelaar.answer("")).status_code == 400
    assert not GeparkeerdeLogin.objects.exists()


@pytest.mark.usefixtures("linked")
def test_D8_the_answer_to_a_request_is_good_once_also_in_a_second_message(makelaar: Makelaar, client: Client) -> None:
    request_id = makelaar.ask()
    makelaar.come_back(makelaar.post(makelaar.answer(request_id)))

    page = makelaar.come_back(makelaar.post(makelaar.answer(request_id)))

    assert page.status_code == 400


@pytest.mark.usefixtures("linked")
def test_D7_the_acs_sets_no_cookie_so_that_it_cannot_replace_the_one_of_our_own_site(makelaar: Makelaar) -> None:
    for message in (makelaar.answer(makelaar.ask()), makelaar.refuse(makelaar.ask(), "Responder", "AuthnFailed"), b"x"):
        assert not makelaar.post(message).cookies


def test_D13_the_acs_takes_posts_only(client: Client) -> None:
    assert client.get(reverse("eherkenning_acs")).status_code == 405


def test_D13_a_body_that_is_too_large_is_refused_before_it_is_read(client: Client) -> None:
    page = client.post(reverse("eherkenning_acs"), {"SAMLResponse": "A" * 1024 * 1024})

    assert page.status_code == 413


@pytest.mark.parametrize(
    "posted",
    [
        {},
        {"SAMLResponse": ""},
        {"SAMLResponse": "%%%"},
        {"SAMLResponse": "\x00é" * 50},
        {"SAMLResponse": base64.b64encode(b"<a" * 999).decode()},
        {
            "SAMLResponse": base64.b64encode(
                b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'
            ).decode()
        },
        {f"veld{number}": "x" for number in range(1000)},
    ],
    ids=["nothing", "empty", "no base64", "odd signs", "no xml", "entity", "many fields"],
)
def test_D13_a_message_that_is_no_answer_is_refused_and_leaves_no_row_behind(
    client: Client, posted: dict[str, str]
) -> None:
    page = client.post(reverse("eherkenning_acs"), posted)

    assert page.status_code == 400
    for table in (AssertieClaim, GeparkeerdeLogin, Middel, Logregel, Session):
        assert not table.objects.exists()


@pytest.mark.parametrize("length", ["-1", "x", "1" * 30])
def test_D13_a_length_that_is_no_number_is_refused(client: Client, length: str) -> None:
    assert client.post(reverse("eherkenning_acs"), {}, CONTENT_LENGTH=length).status_code == 413


def test_D13_the_log_line_of_a_refusal_says_why_and_holds_no_pseudonym(
    makelaar: Makelaar, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        makelaar(audience="urn:etoegang:DV:00000009999999990000:entities:1")
        makelaar(loa="loa2")
        makelaar.cancel()
        makelaar()
        request_id = makelaar.ask()
        makelaar.post(makelaar.answer(request_id))
        makelaar.come_back(makelaar.post(makelaar.answer("_never-asked")))

    lines = [record.getMessage() for record in caplog.records if record.name == "mijnduo.eherkenning"]
    assert [line.split(" status=")[0] for line in lines] == [
        "eherkenning refused: weigering=ongeldig check=audience",
        "eherkenning refused: weigering=niveau_te_laag check=level",
        "eherkenning refused: weigering=geannuleerd check=status",
        "eherkenning refused: weigering=verlopen check=browser",
    ]
    for secret in (PSEUDONIEM, PSEUDONIEM.split("@")[0], PSEUDONIEM.lower()):
        assert secret not in caplog.text


@pytest.mark.usefixtures("linked")
def test_D8_no_session_and_no_parked_login_holds_the_pseudonym(makelaar: Makelaar, client: Client) -> None:
    makelaar()
    linked = dict(client.session.items())
    makelaar(kvk="90009999")  # another middel: parked for the koppelproces
    parked = dict(client.session.items())

    assert "eherkenning" in linked
    assert "koppelproces" in parked
    rows = list(GeparkeerdeLogin.objects.values())
    assert len(rows) == 2
    for held in (linked, parked, rows):
        assert PSEUDONIEM not in str(held)
        assert PSEUDONIEM.split("@")[0].lower() not in str(held).lower()


@pytest.mark.usefixtures("linked")
def test_D8_pages_about_a_login_are_not_kept_by_a_browser_or_a_proxy(makelaar: Makelaar, client: Client) -> None:
    posted = makelaar.post(makelaar.answer(makelaar.ask()))
    pages: list[Pagina] = [posted, client.get(posted["Location"]), client.get(reverse("inloggen_eherkenning"))]

    for page in pages:
        assert "no-store" in page["Cache-Control"]
