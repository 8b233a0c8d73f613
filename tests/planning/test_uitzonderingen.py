"""R26: the beheerders of an organisatie with an exception are told before it ends, each exactly once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.core import mail

from accounts.models import Account, Beheerderschap, Organisatie
from planning.models import Token, Uitzondering
from planning.rules.overstap import UITZONDERING_VOORAF
from planning.services.mails import send_herinneringen
from planning.services.overstappen import withdraw_uitzondering
from tests.factories import NOW, allow_token, link, make_account, make_beheerder, make_organisatie, make_token
from tests.parallel import in_parallel
from verantwoording.models import Bericht
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import sweep_berichten

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
Clock = Callable[[datetime], None]
STAF = Actor(ActorSoort.STAF, id=1, reden="Vergissing")
DUE = NOW + timedelta(days=60) - UITZONDERING_VOORAF


@pytest.fixture
def organisatie() -> Organisatie:
    """With an exception of sixty days, a beheerder, and somebody who still uses his token."""
    organisatie = make_organisatie()
    make_beheerder(organisatie, email="jolanda@regenboog.example")
    make_token(make_account(organisatie))
    allow_token(organisatie, 60)
    return organisatie


def told(at: datetime, clock: Clock) -> list[str]:
    """The job runs at this moment, and what is due leaves: to whom."""
    clock(at)
    mail.outbox.clear()
    send_herinneringen(now=at)
    sweep_berichten(now=at)
    return sorted(message.to[0] for message in mail.outbox)


def test_r26_a_beheerder_is_told_three_weeks_ahead_once_however_often_the_job_runs(
    organisatie: Organisatie, clock: Clock
) -> None:
    make_beheerder(organisatie, email="JOLANDA@regenboog.example")
    assert told(DUE - timedelta(days=1), clock) == []
    assert told(DUE, clock) == ["jolanda@regenboog.example"]
    (message,) = mail.outbox
    assert message.subject == "Op 1 mei 2026 werken uw tokens niet meer"
    assert "30 april 2026 is de laatste dag" in message.body
    assert "Stichting De Regenboog" in message.body
    for hours in (1, 2, 30, 24 * 10):
        assert told(DUE + timedelta(hours=hours), clock) == []


def test_r26_late_is_told_all_the_same_but_not_after_the_end(organisatie: Organisatie, clock: Clock) -> None:
    assert told(DUE + timedelta(days=19), clock) == ["jolanda@regenboog.example"]
    make_beheerder(organisatie, email="nieuw@regenboog.example")
    assert told(DUE + timedelta(days=20), clock) == ["nieuw@regenboog.example"]
    make_beheerder(organisatie, email="laat@regenboog.example")
    assert told(DUE + UITZONDERING_VOORAF, clock) == []


def no_holder(organisatie: Organisatie) -> None:
    Token.objects.update(ingetrokken_op=NOW)


def moved(organisatie: Organisatie) -> None:
    link(Token.objects.get().account)


def left(organisatie: Organisatie) -> None:
    Account.objects.filter(token__isnull=False).update(beeindigd_op=NOW)


def longer(organisatie: Organisatie) -> None:
    allow_token(organisatie, 200)


def withdrawn(organisatie: Organisatie) -> None:
    withdraw_uitzondering(uitzondering=Uitzondering.objects.get(), actor=STAF, now=NOW)


def ended(organisatie: Organisatie) -> None:
    Organisatie.objects.update(beeindigd_op=NOW)


def nobody(organisatie: Organisatie) -> None:
    Beheerderschap.objects.update(tot=NOW)


CAUSES = [no_holder, moved, left, longer, withdrawn, ended, nobody]


@pytest.mark.parametrize("become", CAUSES)
def test_r26_nobody_is_told_when_there_is_nothing_to_do(
    organisatie: Organisatie, clock: Clock, become: Callable[[Organisatie], None]
) -> None:
    become(organisatie)
    assert told(DUE, clock) == []


@pytest.mark.parametrize("become", [longer, withdrawn, nobody])
def test_r26_a_mail_that_waited_until_it_was_no_longer_true_does_not_leave(
    organisatie: Organisatie, clock: Clock, become: Callable[[Organisatie], None]
) -> None:
    send_herinneringen(now=DUE)
    become(organisatie)
    clock(DUE)
    sweep_berichten(now=DUE)
    assert mail.outbox == []
    assert Bericht.objects.get().status == Bericht.Status.VERVALLEN


@pytest.mark.django_db(transaction=True)
def test_r26_two_jobs_at_once_tell_once(organisatie: Organisatie) -> None:
    in_parallel(*[partial(send_herinneringen, now=DUE)] * 4)
    assert Bericht.objects.filter(soort="uitzondering_einde").count() == 1
