"""R32: members of staff are made, helped and ended by command; their password is never an argument."""

import io
from datetime import datetime
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth import SESSION_KEY
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from tests.factories import make_account
from verantwoording.models import Logregel

pytestmark = pytest.mark.django_db

WACHTWOORD = "een heel lang wachtwoord 26"
GEGEVENS = {"voornaam": "Dana", "achternaam": "Duo", "email": "dana@mijnduo.example"}


@pytest.fixture(autouse=True)
def wachtwoord(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("MEDEWERKER_WACHTWOORD", WACHTWOORD)
    return monkeypatch


def make(naam: str = "dana.duo", **options: Any) -> Account:
    call_command("maak_medewerker", naam, stdout=io.StringIO(), **{**GEGEVENS, **options})
    return Account.objects.get(gebruikersnaam=naam)


def test_a_member_of_staff_can_log_in_and_set_up_an_app(client: Client) -> None:
    staf = make()
    assert (staf.is_staff, staf.is_superuser, staf.organisatie) == (True, False, None)
    client.post(reverse("account_login"), {"login": "dana.duo", "password": WACHTWOORD})
    assert SESSION_KEY in client.session
    assert Logregel.objects.filter(gebeurtenis="staf_gemaakt", account_id=staf.pk).exists()


@pytest.mark.parametrize(("groep", "may"), [("DUO beheer", True), ("DUO inzage", False)])
def test_the_group_says_what_may_be_done(groep: str, may: bool) -> None:
    staf = make(groep=groep)
    assert staf.has_perm("accounts.view_organisatie")
    assert staf.has_perm("accounts.change_organisatie") is may
    assert not staf.has_perm("mfa.view_authenticator")
    assert not staf.has_perm("sessions.view_session")


def test_a_second_time_gives_a_new_password_and_ends_the_sessions(
    wachtwoord: pytest.MonkeyPatch, client: Client
) -> None:
    client.force_login(make())
    wachtwoord.setenv("MEDEWERKER_WACHTWOORD", "weer een lang wachtwoord 27")
    call_command("maak_medewerker", "dana.duo", stdout=io.StringIO())
    staf = Account.objects.get()
    assert staf.check_password("weer een lang wachtwoord 27")
    assert staf.email == GEGEVENS["email"]
    assert client.get(reverse("mfa_index")).status_code == 302


@pytest.mark.parametrize("weak", ["kort", "wachtwoord", "dana@mijnduo.example", "12345678901234"])
def test_a_weak_password_is_refused(wachtwoord: pytest.MonkeyPatch, weak: str) -> None:
    wachtwoord.setenv("MEDEWERKER_WACHTWOORD", weak)
    with pytest.raises(CommandError):
        make()
    assert not Account.objects.exists()


def test_what_is_missing_is_named() -> None:
    with pytest.raises(CommandError, match="--email"):
        make(email="")


def test_an_account_of_an_organisatie_never_becomes_staff() -> None:
    account = make_account()
    with pytest.raises(CommandError, match="account van een organisatie"):
        make(account.gebruikersnaam)
    account.refresh_from_db()
    assert (account.is_staff, account.has_usable_password()) == (False, False)


def test_who_lost_the_app_sets_up_a_new_one(client: Client) -> None:
    staf = make()
    Authenticator.objects.create(user=staf, type=Authenticator.Type.TOTP, data={"secret": "x"})
    client.force_login(staf)
    call_command("maak_medewerker", "dana.duo", wis_tweede_factor=True, stdout=io.StringIO())
    assert not Authenticator.objects.exists()
    assert client.get(reverse("mfa_index")).status_code == 302
    assert Logregel.objects.filter(gebeurtenis="tweede_factor_gewist").exists()


def test_who_leaves_is_out_at_once(staf_client: Client, staf: Account, now: datetime) -> None:
    assert staf_client.get(reverse("admin:index")).status_code == 200
    call_command("maak_medewerker", staf.gebruikersnaam, beeindig=True, stdout=io.StringIO())
    assert staf_client.get(reverse("admin:index")).status_code == 302
    assert Logregel.objects.filter(gebeurtenis="staf_beeindigd", account_id=staf.pk).exists()


def test_somebody_who_is_no_staff_cannot_be_ended_by_it() -> None:
    account = make_account()
    with pytest.raises(CommandError):
        call_command("maak_medewerker", account.gebruikersnaam, beeindig=True)
