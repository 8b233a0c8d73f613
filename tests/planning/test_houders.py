"""What beheerder and gebruiker read of somebody who logs in with a token (R14, R15, R28, D14)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Account
from accounts.services.blokkades import block_account
from beheer.rules.trechter import Stand
from beheer.services.gebruikersbestand import KOP, read_gebruikersbestand
from beheer.services.standen import Gebruikersstand, read_standen
from planning.models import Token, Uitzondering
from planning.services.houders import find_houders
from tests.factories import (
    NOW,
    grant,
    link,
    make_account,
    make_beheerder,
    make_kenmerk,
    make_rol,
    make_taak,
    make_token,
)
from tests.formulier import text_of
from tests.planning.inlog import is_in, log_in
from verantwoording.rules import Actor, ActorSoort

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
ACTOR = Actor(ActorSoort.ACCOUNT, id=7, reden="Met verlof.")
DAY = timedelta(days=1)


def stand_of(account: Account) -> Gebruikersstand:
    assert account.organisatie is not None
    [found] = read_standen([account], account.organisatie, NOW)
    return found


def links(account: Account) -> None:
    link(account, used=NOW - DAY)


def ends(account: Account) -> None:
    Account.objects.filter(pk=account.pk).update(beeindigd_op=NOW - DAY)


def is_blocked(account: Account) -> None:
    block_account(account=account, actor=ACTOR, now=NOW - DAY)


def loses_it(account: Account) -> None:
    Token.objects.filter(account=account).update(ingetrokken_op=NOW - DAY)


def moves(account: Account) -> None:
    Uitzondering.objects.all().delete()


@pytest.mark.parametrize(
    ("happens", "before"), [(links, True), (ends, True), (is_blocked, True), (loses_it, True), (moves, False)]
)
def test_R15_a_holder_is_one_whom_the_token_lets_in_at_that_moment(
    account: Account, happens: Callable[[Account], None], before: bool
) -> None:
    assert find_houders([account.pk], NOW)[account.pk].geldig
    happens(account)
    assert not find_houders([account.pk], NOW)[account.pk].geldig
    assert find_houders([account.pk], NOW - 2 * DAY)[account.pk].geldig is before
    assert find_houders([account.pk], account.gemaakt_op - DAY) == {}


def test_R28_the_list_and_the_file_know_the_login_and_ask_for_no_letter(client: Client, account: Account) -> None:
    grant(account, make_rol())
    found = stand_of(account)
    assert (found.stand, found.laatst_ingelogd) == (Stand.TOKEN, "")
    assert is_in(log_in(client, account.gebruikersnaam))

    found = stand_of(account)
    assert (found.naam, found.laatst_ingelogd) == ("Logt in met token", "2 maart 2026")
    assert found.volgende.view == "gebruiker_code"
    assert account.organisatie is not None
    people = Account.objects.of_organisatie(account.organisatie)
    rows = read_gebruikersbestand(organisatie=account.organisatie, gebruikers=people, actor=ACTOR, now=NOW)
    assert [row[KOP.index("Laatst ingelogd")] for row in rows] == [NOW]


def test_D14_who_had_a_token_still_knows_his_gebruikersnaam(account: Account) -> None:
    grant(account, make_rol())
    loses_it(account)
    found = stand_of(account)
    assert (found.stand, found.toelichting) == (Stand.AANGEMELD, "nog niet gekoppeld")
    assert found.volgende.view == "gebruiker_code"


def test_R22_nobody_reads_that_he_cannot_log_in(
    client: Client, account: Account, login: Callable[[Account], Client]
) -> None:
    assert account.organisatie is not None
    rol, kenmerk = make_rol(), make_kenmerk(account.organisatie)
    make_taak("Leerlingdossier", rol)
    grant(account, rol, kenmerk)
    assert is_in(log_in(client, account.gebruikersnaam))
    own = text_of(client.get(reverse("mijn_waarom")))
    assert "Inloggen kan nog met een token." in own
    assert "inloggen kan niet" not in own.lower()

    browser = login(make_beheerder(account.organisatie))
    who = reverse("kenmerk_wie", kwargs={"pk": kenmerk.pk})
    assert "Amrani, Fatima El" in text_of(browser.get(who))
    assert "inloggen kan niet" not in text_of(browser.get(who))
    assert "Heeft ingelogd met een token." in text_of(browser.get(reverse("logboek"), {"groep": "inloggen"}))
    page = text_of(browser.get(reverse("gebruiker", kwargs={"pk": account.pk})))
    assert "Laatst ingelogd 2 maart 2026, 10.00 uur" in page

    loses_it(account)
    assert "Geen middel: inloggen kan niet" in text_of(browser.get(who))


def test_as_many_queries_for_twenty_holders_as_for_one(account: Account) -> None:
    assert account.organisatie is not None
    people, counts = [account], []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            read_standen(people, account.organisatie, NOW)
        counts.append(len(queries))
        people += [make_token(make_account(account.organisatie)).account for _ in range(19)]
    assert counts == [6, 6]
