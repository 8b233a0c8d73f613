"""R17, D5, D12: how long a session lasts, how it ends, and that no tab acts for the wrong account."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from accounts.backends import SessionStore
from accounts.models import Account
from accounts.permissions import seal_account
from tests.factories import link, make_account, make_middel, make_organisatie
from tests.formulier import submit, text_of
from tests.makelaar import PSEUDONIEM, Makelaar
from verantwoording.models import Logregel

pytestmark = pytest.mark.django_db

Clock = Callable[[datetime], None]


@pytest.fixture
def account(makelaar: Makelaar, clock: Clock) -> Account:
    """Somebody who has just logged in; the clock stands still."""
    account = make_account()
    link(account, make_middel(pseudoniem=PSEUDONIEM))
    assert makelaar()["Location"] == reverse("overzicht")
    return account


def is_in(browser: Client) -> bool:
    return browser.get(reverse("overzicht")).status_code == 200


def stay_active(browser: Client, now: datetime, clock: Clock, *, until: timedelta) -> None:
    """Open a page every ten minutes."""
    passed = timedelta(0)
    while passed < until:
        clock(now + passed)
        assert is_in(browser)
        passed += timedelta(minutes=10)


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(("seconds", "still_in"), [(-1, True), (0, False)])
def test_R17_a_session_ends_after_fifteen_minutes_without_activity(
    client: Client, now: datetime, clock: Clock, seconds: int, *, still_in: bool
) -> None:
    clock(now + timedelta(minutes=10))
    assert is_in(client)

    clock(now + timedelta(minutes=10 + 15, seconds=seconds))

    assert is_in(client) is still_in


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(("seconds", "still_in"), [(-1, True), (0, False)])
def test_R17_a_session_ends_after_four_hours_however_active_one_is(
    client: Client, now: datetime, clock: Clock, seconds: int, *, still_in: bool
) -> None:
    stay_active(client, now, clock, until=timedelta(hours=4))

    clock(now + timedelta(hours=4, seconds=seconds))

    assert is_in(client) is still_in


def test_R17_choosing_another_account_does_not_stretch_the_four_hours(
    account: Account, client: Client, now: datetime, clock: Clock
) -> None:
    link(make_account(make_organisatie("De Zilverberk")), account.koppelingen.get().middel)
    stay_active(client, now, clock, until=timedelta(hours=3, minutes=55))
    submit(client, reverse("kies_account"), "De Zilverberk")
    assert is_in(client)

    clock(now + timedelta(hours=4))

    assert not is_in(client)


@pytest.mark.usefixtures("account")
def test_R17_every_page_tells_when_the_session_ends(client: Client, now: datetime, clock: Clock) -> None:
    body = client.get(reverse("koppelen_gelukt")).content.decode()
    assert 'data-sessie-einde="2026-03-02T10:15:00+01:00"' in body
    assert 'data-sessie-absoluut="2026-03-02T14:00:00+01:00"' in body

    stay_active(client, now, clock, until=timedelta(hours=4))
    clock(now + timedelta(hours=3, minutes=55))

    body = client.get(reverse("koppelen_gelukt")).content.decode()
    assert 'data-sessie-einde="2026-03-02T14:00:00+01:00"' in body


@pytest.mark.usefixtures("account")
def test_R17_the_dialogue_extends_the_session_in_place(client: Client, now: datetime, clock: Clock) -> None:
    clock(now + timedelta(minutes=14))

    answer = client.post(reverse("sessie_verlengen")).json()

    assert datetime.fromisoformat(answer["sessie_einde"]) == now + timedelta(minutes=14 + 15)
    assert datetime.fromisoformat(answer["sessie_absoluut_einde"]) == now + timedelta(hours=4)
    clock(now + timedelta(minutes=14 + 14))
    assert is_in(client)


@pytest.mark.usefixtures("account")
def test_R17_the_dialogue_cannot_extend_past_the_four_hours(client: Client, now: datetime, clock: Clock) -> None:
    stay_active(client, now, clock, until=timedelta(hours=4))
    clock(now + timedelta(hours=3, minutes=50))

    answer = client.post(reverse("sessie_verlengen")).json()

    assert answer["sessie_einde"] == answer["sessie_absoluut_einde"]


def test_R17_who_is_out_extends_nothing(client: Client) -> None:
    assert client.post(reverse("sessie_verlengen")).status_code == 302


@pytest.mark.usefixtures("account")
def test_R17_extending_takes_a_post(client: Client) -> None:
    assert client.get(reverse("sessie_verlengen")).status_code == 405


def test_R17_logging_out_is_one_click_and_ends_the_session_at_once(account: Account, client: Client) -> None:
    key = client.session.session_key or ""

    response = submit(client, reverse("koppelen_gelukt"), "Uitloggen")

    assert response["Location"] == reverse("uitgelogd")
    assert "U bent uitgelogd" in text_of(client.get(response["Location"]))
    assert not client.session.exists(key)
    assert not is_in(client)
    (line,) = Logregel.objects.filter(gebeurtenis="uitgelogd")
    assert line.actor_id == line.account_id == account.pk


@pytest.mark.usefixtures("account")
def test_R17_logging_out_twice_is_fine(client: Client) -> None:
    for _ in range(2):
        assert client.post(reverse("uitloggen"))["Location"] == reverse("uitgelogd")

    assert Logregel.objects.filter(gebeurtenis="uitgelogd").count() == 1


@pytest.mark.usefixtures("account")
def test_R17_a_link_logs_nobody_out(client: Client) -> None:
    assert client.get(reverse("uitloggen")).status_code == 405
    assert is_in(client)


@pytest.mark.usefixtures("account")
def test_R17_another_site_logs_nobody_out(client: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies

    assert strict.post(reverse("uitloggen")).status_code == 403
    assert is_in(client)


@pytest.mark.usefixtures("account")
def test_D12_the_cookie_of_a_session_is_not_for_scripts_nor_for_other_sites(client: Client) -> None:
    cookie = client.cookies["sessionid"]

    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert not cookie["expires"]  # gone when the browser closes


def test_D12_the_session_key_changes_at_login(makelaar: Makelaar, client: Client) -> None:
    link(make_account(), make_middel(pseudoniem=PSEUDONIEM))
    makelaar.ask()
    visitor = client.session.session_key or ""

    makelaar()

    assert client.session.session_key != visitor
    assert not client.session.exists(visitor)


@pytest.fixture
def form_of_school(account: Account, client: Client) -> dict[str, str]:
    """What the form of a page hides that was opened in one tab, before another account was chosen in a second one."""
    link(make_account(make_organisatie("De Zilverberk")), account.koppelingen.get().middel)
    submit(client, reverse("kies_account"), "De Zilverberk")
    return {"_account": str(account.pk), "email": "ander@regenboog.example"}


def test_D5_a_form_of_one_tab_is_refused_after_another_account_was_chosen_in_a_second_tab(
    form_of_school: dict[str, str], client: Client
) -> None:
    page = client.post(reverse("mijn_gegevens_wijzigen"), form_of_school)

    assert page.status_code == 409
    assert "U bent van organisatie gewisseld" in text_of(page)
    assert "U werkt nu voor De Zilverberk" in text_of(page)


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("posted", [{}, {"_account": ""}, {"_account": "0"}, {"_account": "x"}])
def test_D5_a_form_that_does_not_say_for_whom_it_was_shown_is_refused(client: Client, posted: dict[str, str]) -> None:
    assert client.post(reverse("mijn_gegevens_wijzigen"), posted).status_code == 409


def test_D5_a_form_that_was_shown_for_this_account_is_taken(account: Account, client: Client) -> None:
    assert client.post(reverse("mijn_gegevens_wijzigen"), {"_account": account.pk}).status_code != 409


def test_D5_logging_out_counts_for_every_account(form_of_school: dict[str, str], client: Client) -> None:
    assert client.post(reverse("uitloggen"), form_of_school)["Location"] == reverse("uitgelogd")


def test_D12_a_form_that_is_posted_after_the_end_is_kept_for_the_same_account_only(
    account: Account, client: Client, makelaar: Makelaar, now: datetime, clock: Clock
) -> None:
    other = make_account(make_organisatie("De Zilverberk"))
    link(other, make_middel(pseudoniem="F" * 64))
    clock(now + timedelta(minutes=15))
    posted = {"_account": account.pk, "_zegel": seal_account(account), "email": "nieuw@regenboog.example"}
    address = client.post(reverse("mijn_gegevens_wijzigen"), posted)["Location"]
    assert "U was uitgelogd voordat u het formulier verstuurde" in text_of(client.get(address))

    makelaar(pseudonym="F" * 64)
    assert b"nieuw@regenboog.example" not in client.get(reverse("mijn_gegevens_wijzigen")).content
    makelaar()
    assert b"nieuw@regenboog.example" in client.get(reverse("mijn_gegevens_wijzigen")).content


def test_D13_what_a_stranger_posts_without_our_seal_is_kept_nowhere(account: Account, client: Client) -> None:
    for zegel in ("", "1:2:3", seal_account(account)[:-1] + "x"):
        client.post(reverse("mijn_gegevens_wijzigen"), {"_account": account.pk, "_zegel": zegel, "functie": "x" * 9000})

    assert "bewaard_formulier" not in client.session


def test_R17_a_login_leaves_one_session_with_a_new_key(makelaar: Makelaar) -> None:
    link(make_account(), make_middel(pseudoniem=PSEUDONIEM))
    makelaar.ask()
    before = makelaar.browser.session.session_key

    makelaar()

    assert makelaar.browser.session.session_key != before
    assert [row.session_key for row in Session.objects.all()] == [makelaar.browser.session.session_key]


def test_R19_a_session_that_was_deleted_meanwhile_is_not_brought_back() -> None:
    session = SessionStore()
    session["x"] = 1
    session.save()
    Session.objects.all().delete()

    with pytest.raises(UpdateError):
        session.save()

    assert not Session.objects.exists()
