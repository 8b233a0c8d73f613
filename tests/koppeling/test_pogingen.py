"""R10, R11, D9: what a wrong combination costs, whom it blocks and for how long, and what nobody learns from it."""

import logging
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.apps import apps
from django.db import connection
from django.db.models.functions import Now
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account
from koppeling.models import Activatiecode, Koppeling, Teller
from koppeling.services.pogingen import name_key
from tests.factories import link, mail_code, make_account, make_middel, make_organisatie, make_tekst
from tests.formulier import Pagina, text_of
from tests.koppeling.stappen import CODE, browser_at_step_5, koppel
from tests.makelaar import KVK, PSEUDONIEM, Makelaar
from verantwoording.models import Logregel

pytestmark = pytest.mark.django_db

Clock = Callable[[datetime], None]
WRONG = "ZZZZZ-ZZZZZ"
NOBODY = "MDZZZZZZZZ"
CLOSED = "koppelen_geblokkeerd"


@pytest.fixture(autouse=True)
def texts() -> None:
    make_tekst("privacy")
    make_tekst("voorwaarden")


@pytest.fixture
def account(now: datetime, clock: Clock) -> Account:
    """Somebody who has his letter and his code, and no koppeling yet."""
    account = make_account()
    mail_code(account, now=now)
    return account


@pytest.fixture
def bezoeker(account: Account) -> Client:
    """His bezoeker, in front of step 5."""
    return browser_at_step_5(PSEUDONIEM)


def is_wrong(page: Pagina, over: int) -> bool:
    return page.status_code == 200 and f"U kunt het nog {over} keer proberen" in text_of(page)


def is_linked(page: Pagina) -> bool:
    return page.status_code == 302 and page["Location"] == reverse("koppelen_gelukt")


def evaluated() -> int:
    """How many tries were looked at and found wrong."""
    return Logregel.objects.filter(gebeurtenis__in=["koppelpoging_onjuist", CLOSED]).count()


def end_blocks() -> None:
    """Let the quarter of an hour pass for every counter that is blocked, by the clock that counts: the database's."""
    Teller.objects.filter(geblokkeerd_tot__isnull=False).update(geblokkeerd_tot=Now() - timedelta(microseconds=1))


def test_R10_the_fifth_wrong_combination_blocks_for_fifteen_minutes_and_says_until_when(
    bezoeker: Client, account: Account
) -> None:
    for over in (4, 3, 2, 1):
        assert is_wrong(koppel(bezoeker, account.gebruikersnaam, WRONG), over)

    page = koppel(bezoeker, account.gebruikersnaam, WRONG)

    assert page.status_code == 429
    ends = {teller.geblokkeerd_tot for teller in Teller.objects.all()}
    assert len(ends) == 2  # the middel's and the name's, moments apart
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (database_now,) = cursor.fetchone()
    for end in ends:
        assert end is not None
        assert timedelta(minutes=14, seconds=50) < end - database_now <= timedelta(minutes=15)
    last = max(end for end in ends if end)
    until = timezone.localtime(last + timedelta(seconds=59, microseconds=999_999)).strftime("%H.%M")
    assert f"kan koppelen niet tot {until} uur" in text_of(page)
    assert f"tot {until} uur" in text_of(bezoeker.get(reverse("koppelen_gegevens")))


def test_R10_while_blocked_the_right_combination_is_refused_too(bezoeker: Client, account: Account) -> None:
    for _ in range(5):
        koppel(bezoeker, account.gebruikersnaam, WRONG)

    assert koppel(bezoeker, account.gebruikersnaam).status_code == 429
    assert not Koppeling.objects.exists()
    assert Activatiecode.objects.get().gebruikt_op is None


def test_R10_a_refused_try_counts_nowhere_and_does_not_lengthen_the_block(bezoeker: Client, account: Account) -> None:
    for _ in range(5):
        koppel(bezoeker, account.gebruikersnaam, WRONG)
    before = list(Teller.objects.order_by("pk").values())

    for name in (account.gebruikersnaam, NOBODY):
        assert koppel(bezoeker, name, WRONG).status_code == 429
    other = browser_at_step_5("F" * 64)
    assert koppel(other, account.gebruikersnaam, WRONG).status_code == 429

    assert list(Teller.objects.order_by("pk").values()) == before
    assert evaluated() == 5
    assert is_wrong(koppel(other, NOBODY, WRONG), 4)  # the other middel has not lost a try


def test_R10_after_the_block_one_may_try_five_times_again(bezoeker: Client, account: Account) -> None:
    for _ in range(5):
        koppel(bezoeker, account.gebruikersnaam, WRONG)
    end_blocks()

    for over in (4, 3, 2, 1):
        assert is_wrong(koppel(bezoeker, account.gebruikersnaam, WRONG), over)
    assert koppel(bezoeker, account.gebruikersnaam, WRONG).status_code == 429
    assert evaluated() == 10


def test_R10_after_the_block_the_right_combination_is_accepted(bezoeker: Client, account: Account) -> None:
    for _ in range(5):
        koppel(bezoeker, account.gebruikersnaam, WRONG)
    end_blocks()

    assert is_linked(koppel(bezoeker, account.gebruikersnaam))


def test_R10_a_right_fifth_try_is_accepted_and_clears_the_counts(bezoeker: Client, account: Account) -> None:
    for _ in range(4):
        koppel(bezoeker, account.gebruikersnaam, WRONG)

    assert is_linked(koppel(bezoeker, account.gebruikersnaam))
    assert not Teller.objects.exists()


def test_R10_neither_time_nor_a_new_code_gives_more_tries(
    bezoeker: Client, account: Account, now: datetime, clock: Clock
) -> None:
    for _ in range(4):
        koppel(bezoeker, account.gebruikersnaam, WRONG)
    Teller.objects.update(laatste_op=Now() - timedelta(days=29))
    Activatiecode.objects.update(ingetrokken_op=now)
    mail_code(account, "QRSTUVWXYZ", now=now)

    assert koppel(bezoeker, account.gebruikersnaam, WRONG).status_code == 429


def test_R10_changing_middelen_gives_no_sixth_try_on_one_gebruikersnaam(account: Account) -> None:
    pages = [koppel(browser_at_step_5(sign * 64), account.gebruikersnaam, WRONG) for sign in "ABCDEF"]

    assert [page.status_code for page in pages] == [200, 200, 200, 200, 429, 429]
    assert evaluated() == 5
    assert koppel(browser_at_step_5(PSEUDONIEM), account.gebruikersnaam).status_code == 429


def test_R10_changing_gebruikersnamen_gives_no_sixth_try_to_one_middel(bezoeker: Client, account: Account) -> None:
    pages = [koppel(bezoeker, f"MDZZZZZZZ{sign}", WRONG) for sign in "ABCDEF"]

    assert [page.status_code for page in pages] == [200, 200, 200, 200, 429, 429]
    assert evaluated() == 5
    assert koppel(bezoeker, account.gebruikersnaam).status_code == 429


def test_R10_a_name_that_nobody_has_is_counted_the_same(account: Account) -> None:
    pages = [koppel(browser_at_step_5(sign * 64), NOBODY, WRONG) for sign in "ABCDEF"]

    assert [page.status_code for page in pages] == [200, 200, 200, 200, 429, 429]


def test_R10_how_a_name_is_typed_makes_no_new_name_of_it(account: Account) -> None:
    name = account.gebruikersnaam
    typed = [name, name.lower(), f" {name}", f"{name[:2]}-{name[2:]}", f"{name[:5]} {name[5:]}"]

    pages = [koppel(browser_at_step_5(sign * 64), name, WRONG) for sign, name in zip("ABCDE", typed, strict=True)]

    assert pages[-1].status_code == 429
    assert Teller.objects.filter(sleutel=name_key(kvk_nummer=KVK, gebruikersnaam=name)).get().aantal == 5


def test_D9_a_middel_of_another_kvk_number_locks_nobody_out(bezoeker: Client, account: Account) -> None:
    stranger = browser_at_step_5("F" * 64, kvk="90009999")
    for _ in range(5):
        koppel(stranger, account.gebruikersnaam, WRONG)

    assert koppel(stranger, account.gebruikersnaam, WRONG).status_code == 429
    assert is_linked(koppel(bezoeker, account.gebruikersnaam))


def test_D9_a_block_is_no_block_for_a_middel_that_is_linked(
    makelaar: Makelaar, bezoeker: Client, account: Account
) -> None:
    for _ in range(5):
        koppel(bezoeker, account.gebruikersnaam, WRONG)
    link(make_account(make_organisatie("De Zilverberk")), make_middel(pseudoniem="E" * 64))

    assert makelaar(pseudonym="E" * 64)["Location"] == reverse("overzicht")


def without_what_differs(page: Pagina, typed: str) -> bytes:
    """The body without what is new in each: the token against forgery, what was typed, a minute, the reference."""
    differs = rb'name="csrfmiddlewaretoken" value="\w+"|\d\d\.\d\d uur|\b[A-Z0-9]{4}-[A-Z0-9]{4}\b'
    body = re.sub(differs, b"", page.content)
    return body.replace(typed.encode(), b"")


@pytest.mark.parametrize("tries", [1, 4, 5, 6])
def test_R10_no_answer_says_whether_a_gebruikersnaam_exists_or_which_field_was_wrong(
    account: Account, tries: int
) -> None:
    elsewhere = make_account(make_organisatie("Een ander", kvk="90009999"))
    linked = make_account()
    link(linked, make_middel(pseudoniem="9" * 64))
    ended = make_account(beeindigd_op=timezone.now())
    mail_code(ended, now=timezone.now())
    cases = {
        account.gebruikersnaam: WRONG,
        NOBODY: WRONG,
        elsewhere.gebruikersnaam: WRONG,
        linked.gebruikersnaam: WRONG,
        ended.gebruikersnaam: CODE,
    }
    answers = set()
    for sign, (name, code) in zip("ABCDE", cases.items(), strict=True):
        bezoeker = browser_at_step_5(sign * 64)
        for _ in range(tries):
            page = koppel(bezoeker, name, code)
        answers.add((page.status_code, tuple(page.headers.items()), without_what_differs(page, name)))

    assert len(answers) == 1


def test_R10_the_message_names_both_fields_and_none_in_particular(bezoeker: Client, account: Account) -> None:
    page = koppel(bezoeker, account.gebruikersnaam, WRONG)

    assert "Deze combinatie van gebruikersnaam en activatiecode klopt niet" in text_of(page)
    assert page.context["form"].errors == {}


@pytest.mark.parametrize("code", ["ABCDE", "ABCDEFGHJKL", "-", "ABCDE-FGHJ"])
def test_R10_a_code_of_another_length_is_a_slip_and_costs_no_try(bezoeker: Client, account: Account, code: str) -> None:
    page = koppel(bezoeker, account.gebruikersnaam, code)

    assert "Een activatiecode heeft 10 tekens" in text_of(page)
    assert not Teller.objects.exists()


@pytest.mark.parametrize(
    ("gebruikersnaam", "code"),
    [
        ("", ""),
        ("MD" * 400, CODE),
        ("MD\x00", CODE),
        ("MD", "A\x00"),
        ("𝕄𝔻ß" * 5, "éééééééééé"),
        ("' OR 1=1 --", WRONG),
    ],
)
def test_R10_odd_input_gets_the_form_again(bezoeker: Client, account: Account, gebruikersnaam: str, code: str) -> None:
    assert koppel(bezoeker, gebruikersnaam, code).status_code == 200


def test_R10_what_was_typed_as_code_is_not_shown_again(bezoeker: Client, account: Account) -> None:
    for code in (WRONG, "ABCDEFGHJKL"):
        assert code not in koppel(bezoeker, account.gebruikersnaam, code).content.decode()


def test_R11_a_code_is_good_for_exactly_24_hours(account: Account, now: datetime, clock: Clock) -> None:
    clock(now + timedelta(hours=24))

    assert is_linked(koppel(browser_at_step_5(PSEUDONIEM), account.gebruikersnaam))


def test_R11_a_second_later_it_has_expired(account: Account, now: datetime, clock: Clock) -> None:
    clock(now + timedelta(hours=24, seconds=1))

    page = koppel(browser_at_step_5(PSEUDONIEM), account.gebruikersnaam)

    assert "Deze activatiecode is niet meer geldig" in text_of(page)
    assert "Vraag uw beheerder om een nieuwe activatiecode" in text_of(page)
    assert not Koppeling.objects.exists()


@pytest.fixture(params=["expired", "superseded", "used"])
def stale(request: pytest.FixtureRequest, account: Account, now: datetime) -> Account:
    """Somebody whose code was right once, and is no longer good."""
    fields = {
        "expired": {"gemaakt_op": now - timedelta(days=2), "geldig_tot": now - timedelta(days=1)},
        "superseded": {"ingetrokken_op": now},
        "used": {"gebruikt_op": now},
    }[request.param]
    Activatiecode.objects.update(**fields)
    if request.param == "superseded":
        mail_code(account, "QRSTUVWXYZ", now=now)
    return account


def test_R11_an_expired_used_or_superseded_code_says_so_to_who_typed_the_right_combination(
    bezoeker: Client, stale: Account
) -> None:
    page = koppel(bezoeker, stale.gebruikersnaam)

    assert "Deze activatiecode is niet meer geldig" in text_of(page)
    assert "Vraag uw beheerder om een nieuwe activatiecode" in text_of(page)
    assert not Koppeling.objects.exists()


def test_R11_it_says_so_to_nobody_else(bezoeker: Client, stale: Account) -> None:
    assert is_wrong(koppel(bezoeker, stale.gebruikersnaam, WRONG), 4)
    assert is_wrong(koppel(bezoeker, NOBODY, CODE), 3)
    assert is_wrong(koppel(browser_at_step_5("F" * 64, kvk="90009999"), stale.gebruikersnaam), 4)


def test_R11_it_is_no_wrong_try_and_clears_none(bezoeker: Client, stale: Account) -> None:
    for _ in range(4):
        koppel(bezoeker, stale.gebruikersnaam, WRONG)
    before = list(Teller.objects.order_by("pk").values())

    for _ in range(6):
        assert "niet meer geldig" in text_of(koppel(bezoeker, stale.gebruikersnaam))

    assert list(Teller.objects.order_by("pk").values()) == before
    assert evaluated() == 4
    assert koppel(bezoeker, stale.gebruikersnaam, WRONG).status_code == 429


def test_R05_a_code_that_was_typed_in_the_field_of_the_gebruikersnaam_stays_nowhere(
    bezoeker: Client, account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        for typed in (CODE, CODE.replace("-", "")):
            koppel(bezoeker, typed, WRONG)

    rows = str([list(model._default_manager.values()) for model in apps.get_models()])
    kept = rows + str(dict(bezoeker.session.items())) + caplog.text
    assert Teller.objects.count() == 2
    for written in (CODE, CODE.replace("-", ""), CODE.lower()):
        assert written not in kept


def test_R33_a_wrong_try_is_in_the_log_of_the_organisatie_it_was_aimed_at(bezoeker: Client, account: Account) -> None:
    for _ in range(5):
        koppel(bezoeker, account.gebruikersnaam, WRONG)

    lines = Logregel.objects.filter(account_id=account.pk).order_by("pk")
    assert [line.gebeurtenis for line in lines] == ["koppelpoging_onjuist"] * 4 + [CLOSED]
    assert {line.organisatie_id for line in lines} == {account.organisatie_id}
    assert {line.adres for line in lines} == {"127.0.0.1"}
    assert {line.actor_id for line in lines} == {None}
