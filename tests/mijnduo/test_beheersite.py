"""R32: DUO staff log in with a password and a second factor; for everybody else the admin does not exist."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pyotp
import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.auth import SESSION_KEY
from django.db import connections
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from tests.factories import make_account
from verantwoording.models import Logregel

pytestmark = pytest.mark.django_db

WACHTWOORD = "een lang wachtwoord voor de test"
ADMIN = "/duo-beheer/"


@pytest.fixture(autouse=True)
def _stopped(clock: Callable[[datetime], None]) -> None:
    """Codes of an app change every 30 seconds: the tests move the clock themselves."""


def give_password(client: Client, staf: Account, wachtwoord: str = WACHTWOORD) -> Any:
    return client.post(reverse("account_login"), {"login": staf.gebruikersnaam, "password": wachtwoord})


def give_code(client: Client, code: str, url: str = "mfa_authenticate") -> Any:
    return client.post(reverse(url), {"code": code})


def set_up_app(client: Client) -> pyotp.TOTP:
    """The app of the member of staff that is logged in, set up through the pages: password again, then a first code."""
    client.post(reverse("account_reauthenticate"), {"password": WACHTWOORD})
    form = client.get(reverse("mfa_activate_totp")).context["form"]
    app = pyotp.TOTP(form.secret)
    assert client.post(reverse("mfa_activate_totp"), {"code": app.now()}).status_code == 302
    return app


def half_a_minute_later(traveller: Callable[[datetime], None]) -> None:
    traveller(datetime.now(UTC) + timedelta(seconds=30))


@pytest.fixture
def app(staf: Account) -> pyotp.TOTP:
    """The app of a member of staff who set it up in another browser, a while ago."""
    client = Client()
    give_password(client, staf)
    return set_up_app(client)


def test_a_visitor_is_led_to_the_login_of_staff(client: Client) -> None:
    for page in [ADMIN, f"{ADMIN}accounts/account/", f"{ADMIN}bestaat-niet/"]:
        response = client.get(page)
        assert response.status_code == 302
        assert response["Location"].startswith(reverse("account_login") + "?next=")


def test_an_account_of_an_organisatie_finds_nothing(login: Callable[[Account], Client]) -> None:
    client = login(make_account())
    names = ["admin:index", "admin:login", "account_login", "account_logout", "mfa_index", "mfa_activate_totp"]
    assert {client.get(reverse(name)).status_code for name in names} == {404}


def test_a_password_alone_opens_nothing_but_the_set_up_of_an_app(client: Client, staf: Account) -> None:
    assert give_password(client, staf)["Location"] == ADMIN
    led_to = client.get(ADMIN, follow=True)
    assert led_to.redirect_chain[-1][0].startswith(reverse("account_reauthenticate"))
    for page in ["admin:password_change", "admin:jsi18n", "admin:autocomplete"]:
        assert client.get(reverse(page)).status_code == 302


def test_after_the_set_up_a_new_code_opens_the_admin(
    client: Client, staf: Account, clock: Callable[[datetime], None]
) -> None:
    give_password(client, staf)
    app = set_up_app(client)
    used = app.now()
    assert client.get(ADMIN, follow=True).redirect_chain[-1][0].startswith(reverse("mfa_reauthenticate"))
    give_code(client, used, "mfa_reauthenticate")
    assert client.get(ADMIN).status_code == 302, "the code of the set-up is used up"
    half_a_minute_later(clock)
    give_code(client, app.now(), "mfa_reauthenticate")
    assert client.get(ADMIN).status_code == 200


def test_password_and_code_open_the_admin(
    client: Client, staf: Account, app: pyotp.TOTP, clock: Callable[[datetime], None]
) -> None:
    half_a_minute_later(clock)
    assert give_password(client, staf)["Location"] == reverse("mfa_authenticate")
    assert SESSION_KEY not in client.session, "after the password alone nobody is logged in"
    assert give_code(client, app.now())["Location"] == ADMIN
    assert client.get(ADMIN).status_code == 200


def test_the_same_code_is_not_accepted_twice(
    client: Client, staf: Account, app: pyotp.TOTP, clock: Callable[[datetime], None]
) -> None:
    half_a_minute_later(clock)
    give_password(client, staf)
    give_code(client, app.now())
    other = Client()
    give_password(other, staf)
    assert give_code(other, app.now()).status_code == 200
    assert SESSION_KEY not in other.session


def test_a_recovery_code_opens_the_admin_once(client: Client, staf: Account, app: pyotp.TOTP) -> None:
    code = Authenticator.objects.get(user=staf, type=Authenticator.Type.RECOVERY_CODES).wrap().get_unused_codes()[0]
    give_password(client, staf)
    give_code(client, code)
    assert client.get(ADMIN).status_code == 200
    other = Client()
    give_password(other, staf)
    assert give_code(other, code).status_code == 200
    assert other.get(ADMIN).status_code == 302


def test_an_older_session_without_a_code_cannot_change_the_second_factor(staf: Account) -> None:
    older, newer = Client(), Client()
    give_password(older, staf)
    give_password(newer, staf)
    set_up_app(newer)
    for page in ["mfa_index", "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes"]:
        for method in (older.get, older.post):
            assert method(reverse(page))["Location"].startswith(reverse("mfa_reauthenticate"))
    older.post(reverse("account_reauthenticate"), {"password": WACHTWOORD})
    assert older.post(reverse("mfa_deactivate_totp"))["Location"].startswith(reverse("mfa_reauthenticate"))
    assert Authenticator.objects.filter(user=staf, type=Authenticator.Type.TOTP).exists()


def test_secrets_of_the_second_factor_are_kept_encrypted(staf: Account, app: pyotp.TOTP) -> None:
    kept = Authenticator.objects.get(user=staf, type=Authenticator.Type.TOTP).data["secret"]
    assert app.secret not in kept


def test_five_wrong_passwords_stop_the_login(client: Client, staf: Account) -> None:
    for _ in range(5):
        give_password(client, staf, "niet het wachtwoord")
    assert give_password(client, staf).status_code == 200
    assert SESSION_KEY not in client.session


def test_an_account_of_an_organisatie_has_no_login_by_password(client: Client) -> None:
    account = make_account()
    account.set_password(WACHTWOORD)
    account.save()
    assert give_password(client, account).status_code == 200
    assert SESSION_KEY not in client.session


def test_staff_that_has_been_ended_cannot_log_in(client: Client, staf: Account, now: datetime) -> None:
    staf.beeindigd_op = now
    staf.save()
    assert give_password(client, staf)["Location"] == reverse("account_inactive")
    assert SESSION_KEY not in client.session


def test_r17_the_session_of_staff_ends_after_four_hours(staf_client: Client, now: datetime) -> None:
    with time_machine.travel(now, tick=False) as traveller:
        for minutes in range(0, 240, 10):
            traveller.move_to(now + timedelta(minutes=minutes))
            assert staf_client.get(ADMIN).status_code == 200
        traveller.move_to(now + timedelta(hours=4))
        assert staf_client.get(ADMIN).status_code == 302
        assert SESSION_KEY not in staf_client.session


def test_r17_the_session_of_staff_ends_after_a_quarter_of_an_hour(
    staf_client: Client, clock: Callable[[datetime], None], now: datetime
) -> None:
    clock(now + timedelta(minutes=15, seconds=1))
    assert staf_client.get(ADMIN).status_code == 302


def test_r33_logging_in_stands_in_the_log(
    client: Client, staf: Account, app: pyotp.TOTP, clock: Callable[[datetime], None]
) -> None:
    half_a_minute_later(clock)
    give_password(client, staf)
    give_code(client, app.now())
    lines = Logregel.objects.order_by("id").values_list("gebeurtenis", "actor_id", "gegevens")
    assert list(lines) == [
        ("staf_ingelogd", staf.pk, {"tweede_factor": False}),
        ("tweede_factor_gewijzigd", staf.pk, {}),
        ("staf_ingelogd", staf.pk, {"tweede_factor": True}),
    ]


def test_one_changes_ones_own_password_with_the_old_one(staf_client: Client, staf: Account) -> None:
    new = "nog een lang wachtwoord 26"
    form = {"old_password": "verkeerd", "new_password1": new, "new_password2": new}
    assert staf_client.post(reverse("admin:password_change"), form).status_code == 200
    assert staf_client.post(reverse("admin:password_change"), form | {"old_password": WACHTWOORD}).status_code == 302
    staf.refresh_from_db()
    assert staf.check_password(new)
    assert Logregel.objects.filter(gebeurtenis="wachtwoord_gewijzigd", actor_id=staf.pk).count() == 1


def test_R32_another_password_ends_ones_sessions_elsewhere(staf_client: Client, staf: Account) -> None:
    elsewhere = Client()
    elsewhere.force_login(staf)
    assert elsewhere.get(reverse("account_reauthenticate")).status_code == 200
    new = "nog een lang wachtwoord 26"
    form = {"old_password": WACHTWOORD, "new_password1": new, "new_password2": new}
    staf_client.post(reverse("admin:password_change"), form)

    assert staf_client.get(ADMIN).status_code == 200
    assert elsewhere.get(reverse("account_reauthenticate"))["Location"].startswith(reverse("account_login"))


def test_the_limit_counts_per_name_whatever_port_the_host_header_names(staf: Account) -> None:
    form = {"login": staf.gebruikersnaam, "password": "niet het wachtwoord"}
    for port in range(5):
        Client().post(reverse("account_login"), form, HTTP_HOST=f"testserver:{port}")
    other = Client()
    other.post(reverse("account_login"), form | {"password": WACHTWOORD}, HTTP_HOST="testserver:6")
    assert SESSION_KEY not in other.session


def test_the_admin_has_pages_of_our_own_only(staf_client: Client) -> None:
    apps = {app["app_label"] for app in staf_client.get(ADMIN).context["available_apps"]}
    assert apps == {"verantwoording", "accounts", "koppeling", "autorisatie", "beheer", "planning", "publiek"}


@pytest.mark.parametrize(
    "path",
    [
        "signup/",
        "email/",
        "confirm-email/",
        "password/change/",
        "password/set/",
        "password/reset/",
        "password/reset/done/",
        "login/code/",
        "login/code/confirm/",
        "3rdparty/",
        "3rdparty/signup/",
        "social/signup/",
        "social/connections/",
        "saml/eherkenning/login/",
        "saml/eherkenning/acs/",
        "saml/eherkenning/sls/",
        "2fa/webauthn/",
        "2fa/trust/",
        "sessions/",
    ],
)
def test_no_other_page_of_allauth_exists(client: Client, path: str) -> None:
    for prefix in ["/", "/accounts/", "/account/"]:
        assert client.get(prefix + path).status_code == 404
        assert client.post(prefix + path).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_the_same_code_at_the_same_moment_lets_one_browser_in(
    staf: Account, app: pyotp.TOTP, clock: Callable[[datetime], None]
) -> None:
    half_a_minute_later(clock)
    browsers = [Client() for _ in range(4)]
    for browser in browsers:
        give_password(browser, staf)
    together = Barrier(len(browsers))

    def post(browser: Client) -> bool:
        try:
            together.wait()
            give_code(browser, app.now())
            return SESSION_KEY in browser.session
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(browsers)) as pool:
        assert sorted(pool.map(post, browsers)) == [False, False, False, True]
