"""R19, D12: unlinking works at once, everywhere, and ends nothing but the koppeling."""

from collections.abc import Callable
from datetime import datetime
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from koppeling.emails.ontkoppeld import write_ontkoppeld_mail
from koppeling.models import Activatiecode, Koppeling, Middel
from koppeling.rules import Reden
from koppeling.services.ontkoppelen import lift_bar, unlink_account
from tests.factories import grant, link, mail_code, make_account, make_middel, make_organisatie, make_rol, make_tekst
from tests.formulier import text_of
from tests.koppeling.stappen import browser_at_step_5, koppel
from tests.makelaar import PSEUDONIEM, Makelaar
from verantwoording.models import Bericht, Logregel
from verantwoording.rules import Actor, ActorSoort

pytestmark = pytest.mark.django_db

BEHEERDER = Actor(ActorSoort.ACCOUNT, id=901, reden="Telefoon gestolen.")
COLLEAGUE = Actor(ActorSoort.ACCOUNT, id=902, reden="Teruggevonden.")


@pytest.fixture(autouse=True)
def texts() -> None:
    make_tekst("privacy")
    make_tekst("voorwaarden")


@pytest.fixture
def account(clock: Callable[[datetime], None]) -> Account:
    """Somebody with a koppeling to the middel of the makelaar's persona."""
    account = make_account()
    link(account, make_middel(pseudoniem=PSEUDONIEM))
    return account


def is_in(browser: Client) -> bool:
    return browser.get(reverse("overzicht")).status_code == 200


def test_R19_every_open_browser_is_out_at_its_next_click(account: Account, now: datetime) -> None:
    browsers = [Client(), Client()]
    for browser in browsers:
        Makelaar(browser)()
    somebody_else = Client()
    somebody_else.force_login(make_account())
    assert all(is_in(browser) for browser in [*browsers, somebody_else])

    unlink_account(account=account, reden=Reden.VERLOREN, actor=BEHEERDER, now=now)

    assert not any(is_in(browser) for browser in browsers)
    assert is_in(somebody_else)


def test_R19_the_middel_opens_the_account_no_more(makelaar: Makelaar, account: Account, now: datetime) -> None:
    unlink_account(account=account, reden=Reden.VERLOREN, actor=BEHEERDER, now=now)

    assert makelaar()["Location"] == reverse("koppelen_eerder")


def test_R19_only_the_koppeling_ends(account: Account, now: datetime) -> None:
    autorisatie = grant(account, make_rol())

    ended = unlink_account(account=account, reden=Reden.DEFECT, actor=BEHEERDER, now=now)

    assert ended == Koppeling.objects.get()
    assert (ended.beeindigd_op, ended.reden) == (now, "defect")
    before = account.gebruikersnaam
    account.refresh_from_db()
    autorisatie.refresh_from_db()
    assert account.beeindigd_op is None
    assert account.gebruikersnaam == before
    assert autorisatie.tot is None


def test_R19_open_codes_are_void(account: Account, now: datetime) -> None:
    mail_code(account, now=now)

    unlink_account(account=account, reden=Reden.VERLOREN, actor=BEHEERDER, now=now)

    assert Activatiecode.objects.get().ingetrokken_op == now
    assert "niet meer geldig" in text_of(koppel(browser_at_step_5("F" * 64), account.gebruikersnaam))


def test_R19_codes_are_void_also_when_nothing_was_linked(now: datetime) -> None:
    account = make_account()
    mail_code(account, now=now)

    assert unlink_account(account=account, reden=Reden.VERLOREN, actor=BEHEERDER, now=now) is None
    assert Activatiecode.objects.get().ingetrokken_op == now
    assert not Bericht.objects.exists()
    assert not Logregel.objects.exists()


def test_R19_linking_again_takes_a_new_code_and_no_new_gebruikersnaam(account: Account, now: datetime) -> None:
    unlink_account(account=account, reden=Reden.VERLOREN, actor=BEHEERDER, now=now)
    mail_code(account, now=now)

    page = koppel(browser_at_step_5("F" * 64), account.gebruikersnaam)

    assert page["Location"] == reverse("koppelen_gelukt")
    assert Koppeling.objects.filter(account=account).count() == 2


def test_R33_the_log_says_who_unlinked_and_why(account: Account, now: datetime) -> None:
    unlink_account(account=account, reden=Reden.VERLOREN, actor=BEHEERDER, now=now)

    (line,) = Logregel.objects.filter(gebeurtenis="ontkoppeld")
    assert (line.actor_id, line.account_id, line.reden) == (901, account.pk, "Telefoon gestolen.")
    assert line.gegevens == {"reden": "verloren"}


def test_R19_unlinking_twice_is_one_end_one_line_and_one_mail(account: Account, now: datetime) -> None:
    for _ in range(2):
        unlink_account(account=account, reden=Reden.VERLOREN, actor=BEHEERDER, now=now)

    assert Bericht.objects.filter(soort="ontkoppeld").count() == 1
    assert Logregel.objects.filter(gebeurtenis="ontkoppeld").count() == 1


@pytest.mark.parametrize("reden", Reden)
def test_R19_the_mail_says_why_and_what_to_do_and_no_gebruikersnaam(
    account: Account, now: datetime, reden: Reden
) -> None:
    unlink_account(account=account, reden=reden, actor=BEHEERDER, now=now)

    post = write_ontkoppeld_mail(Bericht.objects.get(soort="ontkoppeld"), now)

    assert post.aan == account.email
    assert "Op 2 maart 2026 is uw eHerkenningsmiddel losgemaakt" in post.tekst
    assert ("nieuwe activatiecode" in post.tekst) is (reden is not Reden.VERTREK)
    assert "Neem dan meteen contact op met uw beheerder" in post.tekst
    assert account.gebruikersnaam not in post.tekst + post.onderwerp


@pytest.fixture
def stolen(account: Account, now: datetime) -> Middel:
    """The middel of the account, reported stolen by the beheerder; it serves another account too."""
    link(make_account(make_organisatie("De Zilverberk")), Middel.objects.get())
    unlink_account(account=account, reden=Reden.GESTOLEN, actor=BEHEERDER, now=now)
    return Middel.objects.get()


def test_R19_a_stolen_middel_is_barred_for_every_account_it_is_linked_to(makelaar: Makelaar, stolen: Middel) -> None:
    assert (stolen.gestolen_door_id, Koppeling.objects.live().count()) == (901, 1)

    page = makelaar()

    assert page.status_code == 403
    assert "gemeld als gestolen" in text_of(page)


def test_R19_the_sessions_of_every_account_of_a_stolen_middel_end(account: Account, now: datetime) -> None:
    other = make_account(make_organisatie("De Zilverberk"))
    link(other, Middel.objects.get())
    browser = Client()
    browser.force_login(other)
    assert is_in(browser)

    unlink_account(account=account, reden=Reden.GESTOLEN, actor=BEHEERDER, now=now)

    assert not is_in(browser)
    (line,) = Logregel.objects.filter(gebeurtenis="middel_gestolen")
    assert line.organisatie_id == other.organisatie_id


@pytest.mark.parametrize("reden", [reden for reden in Reden if reden is not Reden.GESTOLEN])
def test_R19_for_another_reason_the_middel_is_not_barred(account: Account, now: datetime, reden: Reden) -> None:
    unlink_account(account=account, reden=reden, actor=BEHEERDER, now=now)

    assert Middel.objects.get().gestolen_op is None


def test_R19_a_second_person_lifts_the_bar(makelaar: Makelaar, stolen: Middel, now: datetime) -> None:
    assert lift_bar(middel=stolen, actor=COLLEAGUE, now=now)

    assert makelaar()["Location"] == reverse("overzicht")
    (line,) = Logregel.objects.filter(gebeurtenis="middel_vrijgegeven")
    assert (line.actor_id, line.object_id, line.reden) == (902, stolen.pk, "Teruggevonden.")


@pytest.mark.parametrize("actor", [BEHEERDER, Actor(ActorSoort.TAAK, naam="opruimen", reden="Tijd om.")])
def test_R19_who_reported_it_cannot_lift_the_bar_and_neither_can_nobody(
    stolen: Middel, now: datetime, actor: Actor
) -> None:
    with pytest.raises(PermissionError):
        lift_bar(middel=stolen, actor=actor, now=now)

    stolen.refresh_from_db()
    assert stolen.gestolen_op == now
    assert not Logregel.objects.filter(gebeurtenis="middel_vrijgegeven").exists()


def test_R19_lifting_the_bar_takes_a_reason(stolen: Middel, now: datetime) -> None:
    with pytest.raises(ValueError, match="Vul een reden in"):
        lift_bar(middel=stolen, actor=Actor(ActorSoort.ACCOUNT, id=902, reden="  "), now=now)


def test_R19_there_is_nothing_to_lift_of_a_middel_that_is_not_barred(account: Account, now: datetime) -> None:
    assert not lift_bar(middel=Middel.objects.get(), actor=COLLEAGUE, now=now)


def test_R19_who_reports_a_stolen_middel_again_does_not_take_the_report_over(
    account: Account, stolen: Middel, now: datetime
) -> None:
    other = Koppeling.objects.live().get().account
    unlink_account(account=other, reden=Reden.GESTOLEN, actor=COLLEAGUE, now=now)

    stolen.refresh_from_db()
    assert stolen.gestolen_door_id == 901


@pytest.mark.django_db(transaction=True)
def test_R19_two_organisaties_that_report_one_middel_at_the_same_time_do_not_wait_for_each_other(
    now: datetime,
) -> None:
    for attempt in range(5):
        middel = make_middel()
        accounts = [make_account(make_organisatie(f"Organisatie {attempt}-{place}")) for place in range(4)]
        for account in accounts:
            link(account, middel)
        at_once = Barrier(len(accounts))
        failures: list[BaseException] = []

        def report(account: Account, at_once: Barrier = at_once, failures: list[BaseException] = failures) -> None:
            try:
                at_once.wait(10)
                unlink_account(account=account, reden=Reden.GESTOLEN, actor=BEHEERDER, now=now)
            except BaseException as error:  # noqa: BLE001  # what a thread raises is asserted below
                failures.append(error)
            finally:
                connection.close()

        threads = [Thread(target=report, args=(account,)) for account in reversed(accounts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)

        assert failures == []
        assert not Koppeling.objects.live().filter(middel=middel).exists()
