"""R10, R07, D9 over HTTP: gunicorn with several processes and threads, PostgreSQL, and hundreds of tries at once."""

import selectors
import socket
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import timedelta
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account
from koppeling.models import Koppeling, Teller
from koppeling.views.sessie import Proces
from mijnduo.lokaal.processes import free_port
from mijnduo.lokaal.supervisor import Supervisor
from tests.factories import KVK, mail_code, make_account, make_middel, make_organisatie, make_tekst
from tests.processen import ROOT, database_url, wait_for
from verantwoording.models import Logregel

pytestmark = [pytest.mark.zwaar, pytest.mark.django_db(transaction=True)]

ROUNDS = 10
AT_ONCE = 200
CODE = "ABCDEFGHJK"
WRONG = "ZZZZZZZZZZ"
CSRF = "a" * 32
names = (f"MDZZ{number:06}".translate(str.maketrans("01", "YZ")) for number in count())


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """The portal, as it runs in production, on the database of this test."""
    port = free_port()
    supervisor = Supervisor(ROOT, tmp_path, {"DATABASE_URL": database_url()})
    gunicorn = [sys.executable, "-m", "gunicorn", "mijnduo.wsgi", "--bind", f"127.0.0.1:{port}", "--no-control-socket"]
    supervisor.start("web", [*gunicorn, "--worker-class", "gthread", "--workers", "2", "--threads", "4"])
    try:
        wait_for(lambda: answers(port))
        yield port
    finally:
        supervisor.stop()
    assert "Traceback" not in (tmp_path / "web.log").read_text()


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True


@pytest.fixture
def organisatie_account() -> Callable[[], Account]:
    """Makes somebody with a letter and a code; all of them at one organisatie."""
    organisatie = make_organisatie()

    def make() -> Account:
        account = make_account(organisatie, gebruikersnaam=next(names))
        mail_code(account, CODE, now=timezone.now())
        return account

    return make


def sessions(number: int, kvk: str = KVK) -> list[str]:
    """So many browsers in front of step 5, each with a middel of its own: the keys of their sessions."""
    now = timezone.now().isoformat()
    keys = []
    for _ in range(number):
        session = SessionStore()
        inlog = {"middel": make_middel(kvk).pk, "kvk": kvk, "loa": "", "organisatie": "", "op": now}
        texts = {"privacy": make_tekst("privacy").pk, "voorwaarden": make_tekst("voorwaarden").pk}
        session["koppelproces"] = asdict(Proces(inlog=inlog, begonnen=now, stap=4, akkoord_op=now, **texts))
        session.create()
        keys.append(session.session_key or "")
    return keys


def a_try(session: str, gebruikersnaam: str, code: str = WRONG) -> bytes:
    """Pressing Koppel, as the browser of this session sends it."""
    body = urlencode({"csrfmiddlewaretoken": CSRF, "gebruikersnaam": gebruikersnaam, "activatiecode": code})
    return (
        f"POST {reverse('koppelen_gegevens')} HTTP/1.1\r\nHost: testserver\r\nConnection: close\r\n"
        f"Cookie: sessionid={session}; csrftoken={CSRF}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


def at_once(port: int, tries: list[bytes]) -> list[int]:
    """Send all tries before any answer is read: the status of each answer, in the order in which they come."""
    with selectors.DefaultSelector() as answers:
        for request in tries:
            browser = socket.create_connection(("127.0.0.1", port), timeout=60)
            browser.sendall(request)
            answers.register(browser, selectors.EVENT_READ, browser)
        statuses = []
        while answers.get_map():
            ready = answers.select(60)
            assert ready, "no answer within a minute"
            for answer, _ in ready:
                browser = answer.data
                statuses.append(int(browser.recv(65536).split(b" ", 2)[1]))
                answers.unregister(browser)
                browser.close()
    return statuses


def send(port: int, request: bytes) -> int:
    return at_once(port, [request])[0]


def evaluated() -> int:
    """How many tries were looked at and found wrong, ever."""
    return Logregel.objects.filter(gebeurtenis__in=["koppelpoging_onjuist", "koppelen_geblokkeerd"]).count()


def assert_exactly_five_of(port: int, tries: list[bytes]) -> None:
    before = evaluated()

    statuses = Counter(at_once(port, tries))

    assert evaluated() - before == 5
    assert statuses == {200: 4, 429: len(tries) - 4}


def pass_fifteen_minutes() -> None:
    """By the clock that counts: the database's."""
    Teller.objects.filter(geblokkeerd_tot__isnull=False).update(geblokkeerd_tot=Now() - timedelta(microseconds=1))


def test_R10_of_200_tries_at_once_on_one_account_by_200_middelen_five_are_looked_at(
    port: int, organisatie_account: Callable[[], Account]
) -> None:
    for _ in range(ROUNDS):
        name = organisatie_account().gebruikersnaam
        browsers = sessions(AT_ONCE)

        assert_exactly_five_of(port, [a_try(browser, name) for browser in browsers])

        fresh = sessions(1)[0]
        assert send(port, a_try(fresh, name, CODE)) == 429
        pass_fifteen_minutes()
        assert send(port, a_try(fresh, name, CODE)) == 302


def test_R10_of_200_tries_at_once_by_one_middel_on_200_gebruikersnamen_five_are_looked_at(
    port: int, organisatie_account: Callable[[], Account]
) -> None:
    account = organisatie_account()
    browser = sessions(1)[0]
    for _ in range(ROUNDS):
        assert_exactly_five_of(port, [a_try(browser, next(names)) for _ in range(AT_ONCE)])

        assert send(port, a_try(browser, account.gebruikersnaam, CODE)) == 429
        pass_fifteen_minutes()
    assert send(port, a_try(browser, account.gebruikersnaam, CODE)) == 302


def test_R10_of_200_tries_at_once_on_a_gebruikersnaam_that_does_not_exist_five_are_looked_at(port: int) -> None:
    for _ in range(ROUNDS):
        name = next(names)

        assert_exactly_five_of(port, [a_try(browser, name) for browser in sessions(AT_ONCE)])


def test_R10_after_a_block_200_tries_at_once_get_five_again_and_no_more(
    port: int, organisatie_account: Callable[[], Account]
) -> None:
    name = organisatie_account().gebruikersnaam
    browsers = sessions(AT_ONCE)
    for _ in range(3):
        assert_exactly_five_of(port, [a_try(browser, name) for browser in browsers])
        pass_fifteen_minutes()


def test_R10_the_right_combination_is_accepted_as_the_fifth(
    port: int, organisatie_account: Callable[[], Account]
) -> None:
    name = organisatie_account().gebruikersnaam
    browsers = sessions(5)
    assert at_once(port, [a_try(browser, name) for browser in browsers[:4]]) == [200] * 4

    assert send(port, a_try(browsers[4], name, CODE)) == 302
    assert not Teller.objects.filter(aantal=4).exists()


@pytest.mark.parametrize("middelen", [1, 30])
def test_R07_of_30_right_codes_at_once_exactly_one_makes_a_koppeling(
    port: int, organisatie_account: Callable[[], Account], middelen: int
) -> None:
    for _ in range(3):
        account = organisatie_account()
        browsers = sessions(middelen)
        before = Koppeling.objects.count()

        tries = [a_try(browsers[place % middelen], account.gebruikersnaam, CODE) for place in range(30)]
        statuses = Counter(at_once(port, tries))

        assert Koppeling.objects.count() - before == 1
        assert Koppeling.objects.live().filter(account=account).count() == 1
        assert statuses[302] == 1
        assert statuses[500] == 0
        assert evaluated() == 0


def test_R10_a_right_code_among_wrong_ones_waits_for_nobody_crosswise(
    port: int, organisatie_account: Callable[[], Account]
) -> None:
    for _ in range(5):
        name = organisatie_account().gebruikersnaam
        browsers = sessions(10)
        tries = [a_try(browser, name, CODE if place % 10 == 3 else WRONG) for place, browser in enumerate(browsers * 4)]

        assert set(at_once(port, tries)) <= {200, 302, 400, 429}


def test_R10_an_answer_takes_as_long_for_a_gebruikersnaam_that_does_not_exist(
    port: int, organisatie_account: Callable[[], Account], capsys: pytest.CaptureFixture[str]
) -> None:
    took: dict[str, list[float]] = {"existing": [], "not existing": []}
    for browser in sessions(AT_ONCE):
        kind = "existing" if len(took["existing"]) <= len(took["not existing"]) else "not existing"
        request = a_try(browser, organisatie_account().gebruikersnaam if kind == "existing" else next(names))
        start = time.perf_counter()
        assert send(port, request) == 200
        took[kind].append(time.perf_counter() - start)

    medians = {kind: statistics.median(times) * 1000 for kind, times in took.items()}
    with capsys.disabled():
        print("\nmedian ms of a wrong try:", {kind: round(median, 2) for kind, median in medians.items()})  # noqa: T201
    assert 0.6 < medians["existing"] / medians["not existing"] < 1.6
