"""The mails of lapsing, as they are received over SMTP (R18, D15, D17)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from pytest_django import Settings

from buitenwereld.postvak import Postvak, Storing
from koppeling.models import Koppeling
from koppeling.services.inactiviteit import unlink_inactive_koppelingen
from koppeling.services.inloggen import record_login
from tests.factories import link, make_account
from tests.verantwoording.conftest import use_smtp
from verantwoording.models import Bericht
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import sweep_berichten

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TODAY = date(2026, 3, 2)
WEEK = timedelta(days=7)


@pytest.fixture
def postvak(settings: Settings) -> Iterator[Postvak]:
    postvak = Postvak()
    postvak.start()
    use_smtp(settings, postvak.port)
    yield postvak
    postvak.stop()


def silent(lapses: date, warned: datetime | None = None) -> Koppeling:
    account = make_account(email="fatima@regenboog.example")
    return link(account, used=NOW - timedelta(days=540), vervalt_op=lapses, gewaarschuwd_7_op=warned)


@pytest.mark.parametrize("days", [30, 7])
def test_a_warning_names_the_day_and_says_that_logging_in_once_is_enough(postvak: Postvak, days: int) -> None:
    koppeling = silent(TODAY + timedelta(days=days))
    unlink_inactive_koppelingen(now=NOW)
    sweep_berichten(now=NOW)

    [mail] = postvak.berichten
    day = {30: "1 april 2026", 7: "9 maart 2026"}[days]
    assert mail.aan == "fatima@regenboog.example"
    assert mail.onderwerp == f"Log vóór {day} in op Mijn DUO"
    assert "Beste Fatima El Amrani" in mail.tekst
    assert f"Log dan vóór {day} één keer in" in mail.tekst
    assert "Stichting De Regenboog" in mail.tekst
    assert "http://testserver/inloggen/" in mail.tekst
    assert koppeling.account.gebruikersnaam not in mail.bron


def test_the_last_mail_says_what_stays_and_what_to_ask_for(postvak: Postvak) -> None:
    koppeling = silent(TODAY, warned=NOW - WEEK)
    unlink_inactive_koppelingen(now=NOW)
    sweep_berichten(now=NOW)

    [mail] = postvak.berichten
    text = " ".join(mail.tekst.split())
    assert "18 maanden niet ingelogd" in text
    assert "Uw account, uw gebruikersnaam en uw rollen blijven bestaan" in text
    assert "Vraag uw beheerder om een nieuwe activatiecode" in text
    assert "geen nieuwe brief" in text
    assert koppeling.account.gebruikersnaam not in mail.bron


def test_the_seven_days_count_from_when_the_warning_left(postvak: Postvak) -> None:
    """The mail server was down for three days: the mail names the day that is true by then (D15)."""
    koppeling = silent(TODAY + WEEK)
    unlink_inactive_koppelingen(now=NOW)
    late = NOW + timedelta(days=3)
    sweep_berichten(now=late)

    assert "12 maart 2026" in postvak.berichten[0].tekst
    koppeling.refresh_from_db()
    assert koppeling.gewaarschuwd_7_op is not None
    assert koppeling.gewaarschuwd_7_op >= late
    unlink_inactive_koppelingen(now=late + WEEK - timedelta(hours=1))
    assert Koppeling.objects.live().exists()
    unlink_inactive_koppelingen(now=late + WEEK + timedelta(hours=1))
    assert not Koppeling.objects.live().exists()


def test_a_mailbox_that_does_not_exist_keeps_nobody_linked(postvak: Postvak) -> None:
    silent(TODAY)
    postvak.storing = Storing("550")
    unlink_inactive_koppelingen(now=NOW)
    sweep_berichten(now=NOW)
    unlink_inactive_koppelingen(now=NOW + WEEK + timedelta(hours=1))
    assert not Koppeling.objects.live().exists()


@pytest.mark.parametrize("days", [30, 7])
@pytest.mark.parametrize("meanwhile", ["login", "unlinked", "account ended"])
def test_a_warning_that_is_no_longer_true_is_not_sent(postvak: Postvak, days: int, meanwhile: str) -> None:
    koppeling = silent(TODAY + timedelta(days=days))
    unlink_inactive_koppelingen(now=NOW)
    match meanwhile:
        case "login":
            record_login(koppeling=koppeling, inlog={}, actor=Actor(ActorSoort.BEZOEKER), now=NOW)
        case "unlinked":
            Koppeling.objects.update(beeindigd_op=NOW, reden="verloren")
        case _:
            koppeling.account.beeindigd_op = NOW
            koppeling.account.save()
    sweep_berichten(now=NOW)

    assert postvak.berichten == []
    assert Bericht.objects.get().status == Bericht.Status.VERVALLEN


def test_the_first_warning_is_dropped_when_the_second_overtook_it(postvak: Postvak) -> None:
    """It would name a day that has shifted since."""
    silent(TODAY + timedelta(days=30))
    unlink_inactive_koppelingen(now=NOW)
    late = NOW + timedelta(days=25)
    unlink_inactive_koppelingen(now=late)
    sweep_berichten(now=late)

    assert dict(Bericht.objects.values_list("soort", "status")) == {"verval_30": "vervallen", "verval_7": "verzonden"}
    [mail] = postvak.berichten
    assert "3 april 2026" in mail.tekst
