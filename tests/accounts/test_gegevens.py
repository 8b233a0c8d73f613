"""Keeping one's own data up to date (R23, D23)."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.urls import resolve

from accounts.emails.wijziging import read_token, write_email_bevestigen_mail, write_email_vervangen_mail
from accounts.models import Account, EmailWijziging
from accounts.services.accounts import Verouderd, change_account, end_sessions
from accounts.services.gegevens import (
    Bevestiging,
    Opgeslagen,
    change_own_gegevens,
    confirm_email,
    find_wijziging,
    open_wijziging,
)
from tests.factories import NOW, make_account
from verantwoording.haken import Post, logzinnen
from verantwoording.models import Bericht, Logregel
from verantwoording.rules import Actor, ActorSoort

VISITOR = Actor(ActorSoort.BEZOEKER)
NEW = "nieuw@regenboog.example"


def change(account: Account, *, now: datetime = NOW, **values: str | int) -> Opgeslagen | Verouderd:
    fields = {"email": account.email, "telefoon": "", "functie": "", "versie": account.versie} | values
    actor = Actor(ActorSoort.ACCOUNT, id=account.pk, namens=account.organisatie_id)
    return change_own_gegevens(account=account, actor=actor, now=now, **fields)  # type: ignore[arg-type]  # mixed values


def mail_of(soort: str, now: datetime = NOW) -> Post | None:
    bericht = Bericht.objects.filter(soort=soort).order_by("-id")[0]
    render = {"email_bevestigen": write_email_bevestigen_mail, "email_vervangen": write_email_vervangen_mail}
    return render[soort](bericht, now)


def token_mailed(now: datetime = NOW) -> str:
    """The token in the link of the last mail that asks to confirm."""
    post = mail_of("email_bevestigen", now)
    assert post is not None
    found = re.search(r"http://testserver(/\S+)", post.tekst)
    assert found is not None
    return str(resolve(found[1]).kwargs["token"])


@pytest.fixture
def account(db: None) -> Account:
    return make_account(email="oud@regenboog.example")


def test_phone_and_function_count_at_once_and_are_logged(account: Account) -> None:
    """R23, R33: the log names the fields, never what stands in them."""
    outcome = change(account, telefoon="050 123 45 67", functie="administratie")
    assert isinstance(outcome, Opgeslagen)
    account.refresh_from_db()
    assert (account.telefoon, account.functie, account.versie) == ("050 123 45 67", "administratie", 2)
    line = Logregel.objects.get()
    assert logzinnen[line.gebeurtenis](line.gegevens) == "Heeft eigen gegevens gewijzigd: telefoon en functie."
    assert not Bericht.objects.exists()


def test_sending_what_is_there_writes_nothing(account: Account) -> None:
    change(account)
    account.refresh_from_db()
    assert account.versie == 1
    assert not Logregel.objects.exists()


def test_a_stale_form_saves_nothing_and_brings_what_is_saved_now(account: Account) -> None:
    """D23."""
    Account.objects.update(functie="directeur", versie=2)
    outcome = change(account, telefoon="050 123 45 67", email=NEW)
    assert isinstance(outcome, Verouderd)
    assert (outcome.huidig.functie, outcome.huidig.telefoon) == ("directeur", "")
    assert not EmailWijziging.objects.exists()
    account.refresh_from_db()
    assert account.telefoon == ""


def test_a_new_address_counts_only_once_confirmed_from_its_own_mailbox(account: Account) -> None:
    """R23."""
    change(account, email=NEW)
    account.refresh_from_db()
    assert account.email == "oud@regenboog.example"
    post = mail_of("email_bevestigen")
    assert post is not None
    assert post.aan == NEW
    assert "dinsdag 3 maart 2026 om 10.00 uur" in post.tekst
    assert account.gebruikersnaam not in post.tekst
    assert confirm_email(token=token_mailed(), actor=VISITOR, now=NOW) is Bevestiging.BEVESTIGD
    account.refresh_from_db()
    assert (account.email, account.versie) == (NEW, 2)
    assert Logregel.objects.order_by("-id")[0].gebeurtenis == "email_bevestigd"


def test_the_old_address_is_told_and_does_not_learn_the_new_one(account: Account) -> None:
    """R23, R34."""
    change(account, email=NEW)
    assert not Bericht.objects.filter(soort="email_vervangen").exists()
    confirm_email(token=token_mailed(), actor=VISITOR, now=NOW)
    post = mail_of("email_vervangen")
    assert post is not None
    assert post.aan == "oud@regenboog.example"
    assert NEW not in post.tekst


def test_looking_at_the_link_confirms_nothing(account: Account) -> None:
    """R23: a mail scanner opens every link."""
    change(account, email=NEW)
    outcome, wijziging = find_wijziging(token=token_mailed(), now=NOW)
    assert outcome is None
    assert wijziging is not None
    assert wijziging.nieuw_adres == NEW
    account.refresh_from_db()
    assert account.email == "oud@regenboog.example"


def test_a_link_works_once(account: Account) -> None:
    change(account, email=NEW)
    token = token_mailed()
    confirm_email(token=token, actor=VISITOR, now=NOW)
    assert confirm_email(token=token, actor=VISITOR, now=NOW) is Bevestiging.AL_BEVESTIGD
    assert find_wijziging(token=token, now=NOW)[0] is Bevestiging.AL_BEVESTIGD
    assert Bericht.objects.filter(soort="email_vervangen").count() == 1


@pytest.mark.parametrize(
    ("later", "outcome"),
    [
        (timedelta(hours=24) - timedelta(seconds=1), Bevestiging.BEVESTIGD),
        (timedelta(hours=24), Bevestiging.VERLOPEN),
        (timedelta(hours=25), Bevestiging.VERLOPEN),
    ],
)
def test_a_link_works_for_24_hours(account: Account, later: timedelta, outcome: Bevestiging) -> None:
    change(account, email=NEW)
    token = token_mailed()
    assert confirm_email(token=token, actor=VISITOR, now=NOW + later) is outcome
    account.refresh_from_db()
    assert (account.email == NEW) == (outcome is Bevestiging.BEVESTIGD)


def ask_for_another(account: Account) -> None:
    change(account, email="nog-een@regenboog.example")


def beheerder_changes_it(account: Account) -> None:
    change_account(
        account=account,
        versie=account.versie,
        voornaam=account.voornaam,
        tussenvoegsel=account.tussenvoegsel,
        achternaam=account.achternaam,
        email="beheerder@regenboog.example",
        telefoon="",
        functie="",
        werkgever="",
        actor=Actor(ActorSoort.ACCOUNT, id=999),
        now=NOW,
    )


def end_the_account(account: Account) -> None:
    Account.objects.update(beeindigd_op=NOW)


def end_its_sessions(account: Account) -> None:
    end_sessions(account=account)


@pytest.mark.parametrize("event", [ask_for_another, beheerder_changes_it, end_the_account, end_its_sessions])
def test_a_link_lapses_when_the_account_moves_on(account: Account, event: Callable[[Account], None]) -> None:
    """R19, R20, R23: who asked with a stolen middel gets no further once the beheerder has unlinked it."""
    change(account, email=NEW)
    token = token_mailed()
    event(account)
    assert find_wijziging(token=token, now=NOW)[0] is Bevestiging.VERVALLEN
    assert confirm_email(token=token, actor=VISITOR, now=NOW) is Bevestiging.VERVALLEN
    account.refresh_from_db()
    assert account.email != NEW
    first = Bericht.objects.filter(soort="email_bevestigen").order_by("id")[0]
    assert write_email_bevestigen_mail(first, NOW) is None


def test_no_mail_leaves_for_a_link_that_would_not_work_any_more(account: Account) -> None:
    """D17: it is rendered when it is sent."""
    change(account, email=NEW)
    assert mail_of("email_bevestigen", NOW + timedelta(hours=24)) is None


@pytest.mark.parametrize("token", ["", "x", "1-abc", "1-abc.handtekening", "..", "a-b.c", "é.ü"])
def test_a_token_that_is_not_ours_is_unknown(account: Account, token: str) -> None:
    assert read_token(token) is None
    assert find_wijziging(token=token, now=NOW) == (Bevestiging.ONBEKEND, None)
    assert confirm_email(token=token, actor=VISITOR, now=NOW) is Bevestiging.ONBEKEND


def test_the_token_of_a_change_that_was_cleared_away_is_unknown(account: Account) -> None:
    change(account, email=NEW)
    token = token_mailed()
    EmailWijziging.objects.all().delete()
    assert confirm_email(token=token, actor=VISITOR, now=NOW) is Bevestiging.ONBEKEND


def test_a_token_with_one_sign_changed_is_unknown(account: Account) -> None:
    change(account, email=NEW)
    token = token_mailed()
    forged = ("2" if token[0] == "1" else "1") + token[1:]
    assert confirm_email(token=forged, actor=VISITOR, now=NOW) is Bevestiging.ONBEKEND


def test_one_change_is_open_and_the_newest_is_it(account: Account) -> None:
    change(account, email=NEW)
    change(account, email="nog-een@regenboog.example")
    wijziging = open_wijziging(account=account, now=NOW)
    assert wijziging is not None
    assert wijziging.nieuw_adres == "nog-een@regenboog.example"
    assert open_wijziging(account=account, now=NOW + timedelta(days=1)) is None


def test_nobody_floods_a_strangers_mailbox_from_here(account: Account) -> None:
    """R23: five links a day; the rest of the form is saved all the same."""
    for number in range(5):
        change(account, email=f"vreemde{number}@example.com")
    outcome = change(account, email="vreemde5@example.com", functie="directeur")
    assert isinstance(outcome, Opgeslagen)
    assert outcome.te_vaak
    assert outcome.account.functie == "directeur"
    assert Bericht.objects.count() == 5
    account.refresh_from_db()
    tomorrow = change(account, email="vreemde5@example.com", functie="directeur", now=NOW + timedelta(days=1))
    assert isinstance(tomorrow, Opgeslagen)
    assert tomorrow.wijziging is not None


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_confirm_once() -> None:
    """R23: the account's row is locked before the change is judged."""
    account = make_account(email="oud@regenboog.example")
    change(account, email=NEW)
    token = token_mailed()
    barrier = Barrier(6)
    outcomes: list[Bevestiging] = []

    def run() -> None:
        try:
            barrier.wait()
            outcomes.append(confirm_email(token=token, actor=VISITOR, now=NOW))
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [Bevestiging.AL_BEVESTIGD] * 5 + [Bevestiging.BEVESTIGD]
    assert Logregel.objects.filter(gebeurtenis="email_bevestigd").count() == 1
