"""What has ended is deleted when its period is over (D16, R34)."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import models
from django.utils import timezone

from accounts.models import EmailWijziging
from koppeling.models import Activatiecode, AssertieClaim, EherkenningTest, GeparkeerdeLogin, Teller
from koppeling.services.opruimen import delete_what_has_ended
from koppeling.tasks import run_opruimen
from tests.factories import NOW, mail_code, make_account
from verantwoording.models import Bericht, Foutreferentie, Logregel, Taakrun

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
MONTH = timedelta(days=30)
YEAR = timedelta(days=365)


def claim(end: datetime) -> AssertieClaim:
    return AssertieClaim.objects.create(sleutel=f"claim {end}", verloopt_op=end)


def parked_login(end: datetime) -> GeparkeerdeLogin:
    return GeparkeerdeLogin.objects.create(
        handvat_hash=f"handvat {end}", in_response_to="_1", gegevens={}, verloopt_op=end
    )


def teller(end: datetime) -> Teller:
    return Teller.objects.create(sleutel=f"teller {end}", laatste_op=end)


def expired_code(end: datetime) -> Activatiecode:
    return mail_code(make_account(), now=end - timedelta(hours=24))


def used_code(end: datetime) -> Activatiecode:
    return mail_code(make_account(), now=end - timedelta(hours=1), gebruikt_op=end)


def void_code(end: datetime) -> Activatiecode:
    return mail_code(make_account(), now=end - timedelta(hours=1), ingetrokken_op=end)


def wijziging(end: datetime) -> EmailWijziging:
    return EmailWijziging.objects.create(
        account=make_account(),
        nieuw_adres="nieuw@regenboog.example",
        oud_adres="oud@regenboog.example",
        aangevraagd_op=end,
        geldig_tot=end + timedelta(days=1),
    )


def session(end: datetime) -> Session:
    return Session.objects.create(session_key=f"{end:%d%H%M%S}", session_data="", expire_date=end)


def eherkenningtest(end: datetime) -> EherkenningTest:
    return EherkenningTest.objects.create(account=make_account(), op=end, uitkomst="gelukt", niveau="EH3")


def foutreferentie(end: datetime) -> Foutreferentie:
    return Foutreferentie.objects.create(referentie=f"{end:%d%H%M%S}", op=end, bron="onbekend", oorzaak="ongeldig")


def mail(end: datetime, **fields: object) -> Bericht:
    return Bericht.objects.create(
        **{
            "soort": "proef",
            "sleutel": f"mail {end}",
            "gemaakt_op": end - timedelta(hours=1),
            "niet_voor": end,
            "verzonden_op": end,
            "status": "verzonden",
        }
        | fields
    )


def refused_mail(end: datetime) -> Bericht:
    return mail(end, gemaakt_op=end, verzonden_op=None, status="geweigerd")


@pytest.mark.parametrize(
    ("make", "period"),
    [
        (claim, timedelta(0)),
        (parked_login, timedelta(0)),
        (session, timedelta(0)),
        (teller, MONTH),
        (expired_code, MONTH),
        (used_code, MONTH),
        (void_code, MONTH),
        (wijziging, MONTH),
        (foutreferentie, MONTH),
        (eherkenningtest, YEAR),
        (mail, YEAR),
        (refused_mail, YEAR),
    ],
)
def test_a_row_goes_when_its_period_is_over_and_not_a_second_before(
    make: Callable[[datetime], models.Model], period: timedelta
) -> None:
    over, young = make(NOW - period), make(NOW - period + SECOND)

    run = delete_what_has_ended(now=NOW)

    assert run is not None
    assert sum(run.tellingen.values()) == 1
    assert list(type(over)._default_manager.values_list("pk", flat=True)) == [young.pk]


def test_mail_that_still_has_to_leave_is_kept_however_old() -> None:
    mail(NOW - 2 * YEAR, verzonden_op=None, status="wacht")
    delete_what_has_ended(now=NOW)
    assert Bericht.objects.count() == 1


def test_more_than_one_chunk_goes_in_one_run_and_the_log_stays() -> None:
    AssertieClaim.objects.bulk_create(AssertieClaim(sleutel=str(number), verloopt_op=NOW) for number in range(2_500))
    Logregel.objects.create(op=NOW - 20 * YEAR, gebeurtenis="ingelogd", actor_soort="taak")

    run = delete_what_has_ended(now=NOW)

    assert run is not None
    assert run.tellingen == {
        "assertieclaims": 2_500,
        "geparkeerde_logins": 0,
        "tellers": 0,
        "sporen": 0,
        "activatiecodes": 0,
        "codeaanvragen": 0,
        "emailwijzigingen": 0,
        "eherkenningtests": 0,
        "foutreferenties": 0,
        "sessies": 0,
        "berichten": 0,
    }
    assert (AssertieClaim.objects.count(), Logregel.objects.count()) == (0, 1)


def test_twice_in_an_hour_there_is_nothing_to_do() -> None:
    assert delete_what_has_ended(now=NOW) is not None
    assert delete_what_has_ended(now=NOW + timedelta(minutes=1)) is None


def test_beat_runs_it_at_the_time_of_the_clock() -> None:
    claim(timezone.now() - SECOND)
    run_opruimen()
    assert Taakrun.objects.get().tellingen["assertieclaims"] == 1
