"""R05, R07, D10: a code is made just before it is mailed, kept as a hash only, and good for one day and one use."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.apps import apps
from pytest_django import Settings

from accounts.models import Account
from koppeling.models import Activatiecode
from koppeling.rules import Reden, make_activatiecode
from koppeling.services.activatiecodes import (
    GeenCodeMogelijk,
    issue_activatiecode,
    request_activatiecode,
    void_activatiecodes,
)
from koppeling.services.ontkoppelen import unlink_account
from tests.factories import link, make_account, make_organisatie, make_tekst
from tests.formulier import text_of
from tests.koppeling.stappen import browser_at_step_5, koppel
from verantwoording.haken import Post
from verantwoording.models import Bericht, Logregel
from verantwoording.rules import Actor, ActorSoort

pytestmark = pytest.mark.django_db

BEHEERDER = Actor(ActorSoort.ACCOUNT, id=901)


@pytest.fixture(autouse=True)
def texts(clock: Callable[[datetime], None]) -> None:
    make_tekst("privacy")
    make_tekst("voorwaarden")


@pytest.fixture
def account() -> Account:
    return make_account()


@pytest.fixture
def bericht(account: Account, now: datetime) -> Bericht:
    """The request of a beheerder: a mail that waits."""
    return request_activatiecode(account=account, actor=BEHEERDER, now=now)


def mailed(bericht: Bericht, now: datetime) -> Post:
    post = issue_activatiecode(bericht, now)
    assert post is not None
    return post


def code_in(post: Post) -> str:
    """The code as it stands in the mail: five signs, a dash, five signs."""
    (line,) = [line for line in post.tekst.splitlines() if line.startswith("Uw activatiecode: ")]
    return line.removeprefix("Uw activatiecode: ")


def test_D10_no_code_exists_until_its_mail_is_sent(bericht: Bericht) -> None:
    assert not Activatiecode.objects.exists()
    assert bericht.gegevens == {}
    assert bericht.prioriteit == Bericht.Prioriteit.HOOG


def test_R07_only_a_hash_of_the_code_is_stored(bericht: Bericht, now: datetime) -> None:
    code = code_in(mailed(bericht, now))

    rows = str([list(model._default_manager.values()) for model in apps.get_models()])
    assert Activatiecode.objects.get().hash in rows
    assert code not in rows
    assert code.replace("-", "") not in rows


def test_R07_the_hash_differs_per_account_and_per_organisatie(settings: Settings, now: datetime) -> None:
    hashes = set()
    for account in (make_account(), make_account(make_organisatie("De Zilverberk"))):
        mailed(request_activatiecode(account=account, actor=BEHEERDER, now=now), now)
        hashes.add(Activatiecode.objects.get(account=account).hash)

    assert len(hashes) == 2
    assert all(len(value) == 64 for value in hashes)


def test_R07_the_mailed_code_opens_the_koppeling(account: Account, bericht: Bericht, now: datetime) -> None:
    page = koppel(browser_at_step_5("F" * 64), account.gebruikersnaam, code_in(mailed(bericht, now)))

    assert page.status_code == 302
    assert Activatiecode.objects.get().gebruikt_op == now


def test_D6_a_code_is_ten_signs_without_those_that_look_alike(bericht: Bericht, now: datetime) -> None:
    code = code_in(mailed(bericht, now))

    assert len(code) == 11
    assert code[5] == "-"
    assert not set(code) & set("OIL01")


def test_D6_every_sign_of_a_code_is_drawn_at_random() -> None:
    drawn: list[int] = []

    code = make_activatiecode(lambda below: drawn.append(below) or len(drawn) - 1)  # type: ignore[func-returns-value]  # a list's append

    assert code == "ABCDEFGHJK"
    assert drawn == [31] * 10


def test_R07_a_newer_code_ends_the_older(account: Account, bericht: Bericht, now: datetime) -> None:
    older = code_in(mailed(bericht, now))
    Bericht.objects.update(status=Bericht.Status.VERZONDEN, verzonden_op=now)
    newer = code_in(mailed(request_activatiecode(account=account, actor=BEHEERDER, now=now), now))

    browser = browser_at_step_5("F" * 64)
    assert older != newer
    assert "niet meer geldig" in text_of(koppel(browser, account.gebruikersnaam, older))
    assert koppel(browser, account.gebruikersnaam, newer).status_code == 302


def test_R07_a_code_works_once(account: Account, bericht: Bericht, now: datetime) -> None:
    code = code_in(mailed(bericht, now))
    koppel(browser_at_step_5("F" * 64), account.gebruikersnaam, code)
    unlink_account(account=account, reden=Reden.DEFECT, actor=BEHEERDER, now=now)

    assert "niet meer geldig" in text_of(koppel(browser_at_step_5("E" * 64), account.gebruikersnaam, code))


def test_R07_a_request_that_still_waits_is_not_doubled(account: Account, bericht: Bericht, now: datetime) -> None:
    again = request_activatiecode(account=account, actor=BEHEERDER, now=now + timedelta(minutes=1))

    assert again == bericht
    assert Bericht.objects.count() == 1
    assert Logregel.objects.filter(gebeurtenis="activatiecode_aangevraagd").count() == 1


def test_R07_a_request_after_the_mail_went_is_a_new_one(account: Account, bericht: Bericht, now: datetime) -> None:
    Bericht.objects.update(status=Bericht.Status.VERZONDEN, verzonden_op=now)

    assert request_activatiecode(account=account, actor=BEHEERDER, now=now) != bericht


@pytest.mark.parametrize(("state", "why"), [("ended", "beëindigd"), ("linked", "al gekoppeld")])
def test_R07_no_code_for_who_cannot_use_it(account: Account, now: datetime, state: str, why: str) -> None:
    if state == "ended":
        Account.objects.update(beeindigd_op=now)
    else:
        link(account)

    with pytest.raises(GeenCodeMogelijk, match=why):
        request_activatiecode(account=account, actor=BEHEERDER, now=now)
    assert not Bericht.objects.exists()
    assert not Logregel.objects.exists()


@pytest.mark.parametrize("state", ["ended", "linked"])
def test_D10_a_request_lapses_when_the_account_was_ended_or_linked_since(
    account: Account, bericht: Bericht, now: datetime, state: str
) -> None:
    if state == "ended":
        Account.objects.update(beeindigd_op=now)
    else:
        link(account)

    assert issue_activatiecode(bericht, now) is None
    assert not Activatiecode.objects.exists()


def test_D10_a_retry_makes_a_new_code_and_says_that_the_earlier_one_works_no_more(
    account: Account, bericht: Bericht, now: datetime
) -> None:
    first = mailed(bericht, now)
    retry = mailed(bericht, now + timedelta(minutes=1))

    assert "Kreeg u eerder een code?" not in first.tekst
    assert "Kreeg u eerder een code? Die werkt nu niet meer." in retry.tekst
    assert code_in(first) != code_in(retry)
    assert Activatiecode.objects.filter(ingetrokken_op=None).count() == 1


def test_D10_the_24_hours_begin_when_the_code_is_made_and_the_mail_names_the_end(
    bericht: Bericht, now: datetime
) -> None:
    later = now + timedelta(hours=3)  # the worker was down

    post = mailed(bericht, later)

    code = Activatiecode.objects.get()
    assert (code.gemaakt_op, code.geldig_tot) == (later, later + timedelta(hours=24))
    assert "24 uur geldig: tot dinsdag 3 maart 2026 om 13.00 uur" in post.tekst


def test_R05_the_mail_goes_to_the_gebruiker_and_holds_no_gebruikersnaam(
    account: Account, bericht: Bericht, now: datetime
) -> None:
    post = mailed(bericht, now)

    assert post.aan == account.email
    assert "Fatima El Amrani" in post.tekst
    assert "Stichting De Regenboog" in post.tekst
    assert "http://testserver/inloggen/" in post.tekst
    assert account.gebruikersnaam not in post.tekst + post.onderwerp
    assert code_in(post) not in post.onderwerp


def test_R07_a_code_still_works_after_the_pepper_was_rolled(
    account: Account, bericht: Bericht, now: datetime, settings: Settings
) -> None:
    code = code_in(mailed(bericht, now))
    settings.ACTIVATIECODE_PEPERS = {"nieuw": "ab" * 32, **settings.ACTIVATIECODE_PEPERS}

    assert koppel(browser_at_step_5("F" * 64), account.gebruikersnaam, code).status_code == 302


def test_R07_a_code_works_no_more_once_its_pepper_is_gone(
    account: Account, bericht: Bericht, now: datetime, settings: Settings
) -> None:
    code = code_in(mailed(bericht, now))
    settings.ACTIVATIECODE_PEPERS = {"nieuw": "ab" * 32}

    page = koppel(browser_at_step_5("F" * 64), account.gebruikersnaam, code)

    assert "klopt niet" in text_of(page)


def test_R19_voiding_says_how_many_codes_were_open(account: Account, bericht: Bericht, now: datetime) -> None:
    mailed(bericht, now)

    assert void_activatiecodes(account=account, now=now) == 1
    assert void_activatiecodes(account=account, now=now) == 0


def test_R33_the_log_says_who_asked_for_a_code_and_that_it_was_sent(
    account: Account, bericht: Bericht, now: datetime
) -> None:
    mailed(bericht, now)

    lines = Logregel.objects.order_by("pk")
    assert [(line.gebeurtenis, line.actor_id, line.actor_naam) for line in lines] == [
        ("activatiecode_aangevraagd", 901, ""),
        ("activatiecode_verstuurd", None, "mail"),
    ]
    assert {(line.account_id, line.organisatie_id) for line in lines} == {(account.pk, account.organisatie_id)}
