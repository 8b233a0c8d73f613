"""Logging in with a token, as long as it lasts (R10, R14, R15, D14)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from accounts.models import Account, Beheerderschap
from koppeling.models import Teller
from koppeling.rules import Reden
from planning.models import Token
from planning.services.tokens import GeenTokenMogelijk, issue_token
from tests.factories import (
    GEHEIM,
    NOW,
    WACHTWOORD,
    link,
    mail_code,
    make_account,
    make_sector,
    make_tekst,
    make_token,
)
from tests.formulier import submit, text_of
from tests.koppeling.stappen import koppel, walk_to_step_5
from tests.makelaar import Makelaar
from tests.planning.inlog import ACTOR, ONBEKEND, code_of, events, is_in, log_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

Clock = Callable[[datetime], None]


def test_D14_gebruikersnaam_wachtwoord_and_code_in_one_form_lead_to_the_overzicht(
    client: Client, account: Account
) -> None:
    page = submit(
        client,
        reverse("inloggen_token"),
        "Inloggen",
        gebruikersnaam=account.gebruikersnaam.lower(),
        wachtwoord=WACHTWOORD,
        code=f"{code_of()[:3]} {code_of()[3:]}",
    )

    assert is_in(page)
    assert "eherkenning" not in client.session
    assert account.weergavenaam in client.get(reverse("overzicht")).content.decode()
    assert events(account) == ["ingelogd_met_token"]


def test_R10_one_neutral_message_whatever_was_wrong(client: Client, account: Account) -> None:
    texts = set()
    for naam, wachtwoord, code in (
        (account.gebruikersnaam, "een ander wachtwoord", code_of()),
        (account.gebruikersnaam, WACHTWOORD, "000000"),
        (ONBEKEND, WACHTWOORD, code_of()),
    ):
        page = log_in(Client(), naam, wachtwoord, code)
        assert page.status_code == 200
        texts.add(text_of(page).replace("nog 3 keer", "nog 4 keer"))
    assert len(texts) == 1
    assert "klopt niet" in texts.pop()
    assert "_auth_user_id" not in client.session


def test_R10_who_has_no_token_gets_the_same_message(client: Client) -> None:
    known = make_account()
    assert "klopt niet" in text_of(log_in(client, known.gebruikersnaam))


@pytest.mark.parametrize("exists", [True, False])
def test_R10_five_wrong_combinations_block_that_gebruikersnaam_for_a_quarter(
    client: Client, account: Account, *, exists: bool
) -> None:
    naam = account.gebruikersnaam if exists else ONBEKEND
    pages = [log_in(Client(), naam, "fout") for _ in range(4)]
    assert [page.status_code for page in pages] == [200] * 4
    assert "nog 1 keer" in text_of(pages[-1])

    assert log_in(Client(), naam, "fout").status_code == 429
    page = log_in(client, naam)

    assert page.status_code == 429
    assert "kan even niet" in text_of(page)
    other = make_account(account.organisatie)
    make_token(other)
    assert is_in(log_in(client, other.gebruikersnaam))


def test_R10_after_the_block_one_may_try_again_and_success_clears_the_count(client: Client, account: Account) -> None:
    for _ in range(5):
        log_in(client, account.gebruikersnaam, "fout")
    Teller.objects.update(geblokkeerd_tot=NOW - timedelta(days=1))

    assert is_in(log_in(client, account.gebruikersnaam))
    assert not Teller.objects.exists()


def test_R10_its_counters_are_its_own(client: Client, account: Account, makelaar: Makelaar) -> None:
    for soort in ("privacy", "voorwaarden"):
        make_tekst(soort)
    mail_code(account)
    for _ in range(5):
        log_in(Client(), account.gebruikersnaam, "fout")
    makelaar()

    assert koppel(walk_to_step_5(client), account.gebruikersnaam, "ABCDE-FGHJK").status_code == 302


def test_D14_a_code_counts_once_and_not_after_a_newer_one(client: Client, account: Account, clock: Clock) -> None:
    assert is_in(log_in(client, account.gebruikersnaam))
    assert "klopt niet" in text_of(log_in(Client(), account.gebruikersnaam))
    assert "klopt niet" in text_of(log_in(Client(), account.gebruikersnaam, code=code_of(NOW - timedelta(seconds=30))))

    clock(NOW + timedelta(seconds=30))
    assert is_in(log_in(Client(), account.gebruikersnaam, code=code_of(NOW + timedelta(seconds=30))))


@pytest.mark.parametrize(
    ("gebruikersnaam", "wachtwoord", "code"),
    [("", "", ""), ("MD\x00", "x", "123456"), ("𝕄𝔻ß", "é" * 200, "١٢٣٤٥٦"), ("x" * 500, "y" * 5000, "1" * 90)],
)
def test_R10_odd_input_gets_the_form_again(client: Client, gebruikersnaam: str, wachtwoord: str, code: str) -> None:
    assert log_in(client, gebruikersnaam, wachtwoord, code or "x").status_code == 200


def test_R32_wachtwoord_and_token_open_nothing_of_the_admin(client: Client, account: Account) -> None:
    client.post(reverse("account_login"), {"login": account.gebruikersnaam, "password": WACHTWOORD})
    assert "_auth_user_id" not in client.session
    assert not client.session.get("account_login")


def test_R15_an_account_made_since_2022_or_linked_before_never_gets_a_token() -> None:
    values = {"serienummer": "1", "wachtwoord": WACHTWOORD, "geheim": GEHEIM, "actor": ACTOR, "now": NOW}
    new = make_account(gemaakt_op=datetime(2022, 1, 1, tzinfo=UTC))
    linked = make_account(new.organisatie, gemaakt_op=datetime(2020, 1, 1, tzinfo=UTC))
    link(linked, beeindigd_op=NOW, reden=Reden.INACTIEF)
    for account in (new, linked):
        with pytest.raises(GeenTokenMogelijk):
            issue_token(account=account, **values)  # type: ignore[arg-type]  # values by name

    old = make_account(new.organisatie, gemaakt_op=datetime(2020, 1, 1, tzinfo=UTC))
    issue_token(account=old, **values)  # type: ignore[arg-type]  # values by name
    assert GEHEIM not in str(Authenticator.objects.get(user=old).data)
    with pytest.raises(GeenTokenMogelijk):
        issue_token(account=old, **values)  # type: ignore[arg-type]  # values by name


def test_R15_the_sector_shows_the_way_in_only_where_somebody_has_a_token(client: Client) -> None:
    sector = make_sector()
    address = reverse("inloggen_sector", args=[sector.sleutel])
    account = make_account()
    assert "token" not in text_of(client.get(address))

    make_token(account)
    assert "Log in met uw token" in text_of(client.get(address))

    Token.objects.update(ingetrokken_op=NOW)
    assert "Wat doet u zonder token?" in text_of(client.get(address))


def test_R17_the_page_that_was_asked_for_comes_after_logging_in(client: Client, account: Account) -> None:
    client.get(reverse("inloggen"), {"next": reverse("mijn_gegevens")})
    assert log_in(client, account.gebruikersnaam)["Location"] == reverse("mijn_gegevens")


def test_R02_a_beheerder_with_a_token_works_as_before_the_overstap(client: Client, account: Account) -> None:
    Beheerderschap.objects.create(account=account, van=NOW - timedelta(days=500))
    log_in(client, account.gebruikersnaam)
    assert client.get(reverse("gebruikers")).status_code == 200


def test_R32_staff_see_who_has_a_token_and_no_secret(staf_client: Client, account: Account) -> None:
    token = Token.objects.get()
    page: Any = staf_client.get(reverse("admin:planning_token_change", args=[token.pk]))
    assert token.serienummer in page.content.decode()
    for secret in (GEHEIM, str(Authenticator.objects.get(user=account).data["secret"]), account.password):
        assert secret not in page.content.decode()
