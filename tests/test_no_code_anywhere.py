"""R05, R07, house trap 5: after the whole job no activatiecode is anywhere but in the mail to the gebruiker.

On real parts: gunicorn, a Celery worker, PostgreSQL, Redis (every command it gets is written down), SMTP and the
makelaar; with the mail server and the database failing at the worst moments.
"""

import io
import json
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

import psycopg2
import pyotp
import pytest
import redis
import requests
from lxml import html

from mijnduo.lokaal.omgeving import ENTITY_ID
from tests.browser.stack import Stack
from tests.processen import wait_for

pytestmark = pytest.mark.zwaar

SECRET = pyotp.random_base32()
THE_END = "the end of the test"
STORINGEN = "storingen@mijnduo.example"
PETER = "peter@regenboog.example"
NOT_READ = re.compile(r"\?|/autorisatie/|/logout/|/uitloggen/|/tweede-factor/")
WITH_A_DASH = re.compile(r"\b[A-HJKMNP-Z2-9]{5}-[A-HJKMNP-Z2-9]{5}\b")

PEOPLE = """
from allauth.mfa.models import Authenticator
from accounts.adapter import MFAAdapter
from tests.factories import link, make_beheerder, make_kenmerk, make_middel, make_organisatie, make_staf
from django.utils import timezone
organisatie = make_organisatie()
make_kenmerk(organisatie)
link(make_beheerder(organisatie), make_middel(pseudoniem={pseudoniem!r}), used=timezone.now())
Authenticator.objects.create(user=make_staf(), type="totp", data={{"secret": MFAAdapter().encrypt({secret!r})}})
"""
SWEEP = """
from verantwoording.models import Bericht
from verantwoording.tasks import sweep_berichten
Bericht.objects.filter(status="wacht").update(niet_voor="2026-01-01T00:00:00Z")
sweep_berichten.delay()
"""


class Bezoeker:
    """A browser without JavaScript that remembers every address it was at and every page it got."""

    def __init__(self) -> None:
        self._session = requests.Session()
        self.addresses: list[str] = []
        self.pages: list[str] = []

    def open(self, address: str) -> int:
        """GET a page: its status."""
        return self._take(self._session.get(address, timeout=60))

    def press(self, knop: str, **values: str) -> int:
        """Fill in the form with this button, as it stands on the page, and press it: the status of what comes."""
        page = html.fromstring(self.pages[-1], base_url=self.addresses[-1])
        button = next(b for b in page.xpath("//button | //input[@type='submit']") if _label(b).startswith(knop))
        form = button.xpath("ancestor::form")[0]
        pressed = {button.get("name"): button.get("value", "")} if button.get("name") else {}
        address = urljoin(self.addresses[-1], form.get("action") or "")
        data = {**dict(form.form_values()), **values, **pressed}
        return self._take(self._session.post(address, data=data, timeout=60))

    def log_in(self, stack: Stack, persona: str) -> None:
        """From the entrance over the makelaar, and back."""
        self.open(f"{stack.portaal}/inloggen/eherkenning/")
        self.open(self.addresses[-1] + ("&" if "?" in self.addresses[-1] else "?") + f"persona={persona}")
        self.press("Volgende")
        self.press("Inloggen")
        self.press("Verder")

    def links(self, below: str) -> set[str]:
        """The addresses on this page that begin like this."""
        page = html.fromstring(self.pages[-1], base_url=self.addresses[-1])
        page.make_links_absolute()
        return {link.split("#")[0] for _, _, link, _ in page.iterlinks() if link.startswith(below)}

    @property
    def text(self) -> str:
        return " ".join(html.fromstring(self.pages[-1]).text_content().split())

    def _take(self, response: requests.Response) -> int:
        self.addresses += [hop.url for hop in response.history] + [response.url]
        self.pages.append(response.text)
        return response.status_code


def _label(button: html.HtmlElement) -> str:
    return " ".join((button.text_content() or button.get("value", "")).split())


@contextmanager
def everything_redis_hears(url: str) -> Iterator[list[str]]:
    """Write down every command that Redis gets, with its arguments: tasks, their arguments, and results."""
    heard: list[str] = []
    client = redis.Redis.from_url(url)
    ready = threading.Event()

    def listen() -> None:
        with redis.Redis.from_url(url).monitor() as monitor:  # type: ignore[no-untyped-call]  # redis leaves it so
            ready.set()
            for command in monitor.listen():
                heard.append(str(command))
                if THE_END in heard[-1]:
                    return

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield heard
    finally:
        client.echo(THE_END)
        thread.join(10)
        client.close()


def everything_in_redis(url: str) -> str:
    client = redis.Redis.from_url(url)
    found = [repr((key, client.dump(key))) for key in client.scan_iter()]
    client.close()
    return "\n".join(found)


def everything_in_the_database(url: str) -> str:
    """Every row of every table, as pg_dump writes them: by COPY."""
    dump = io.StringIO()
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.copy_expert(f"COPY {table} TO STDOUT", dump)
    connection.close()
    return dump.getvalue()


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """A portal with DUO staff, an organisatie and its beheerder, who has linked her middel."""
    monkeypatch.setenv("MAIL_STORINGEN", STORINGEN)
    stack = Stack(tmp_path)
    try:
        stack.start()
        stack.manage("shell", "-c", PEOPLE.format(pseudoniem=pseudoniem_of("jolanda-de-vries", stack), secret=SECRET))
        yield stack
    finally:
        stack.stop()


def pseudoniem_of(persona: str, stack: Stack) -> str:
    """Which pseudonym the makelaar gives to us for this persona."""
    words = [sys.executable, "-m", "buitenwereld", "--pseudoniemen", ENTITY_ID.split(":")[3]]
    rows = json.loads(stack.supervisor.run("pseudoniemen", words))
    return next(str(row["pseudoniem"]) for row in rows if row["persona"] == persona)


def send_anew(stack: Stack) -> None:
    """Let a minute pass: the worker takes up what waits."""
    stack.manage("shell", "-c", SWEEP)


@contextmanager
def database_refuses(stack: Stack, gebeurtenis: str) -> Iterator[None]:
    """The database breaks off the act that writes this line in the log: at the end of its transaction."""
    stack.sql(
        f"ALTER TABLE verantwoording_logregel ADD CONSTRAINT kapot CHECK (gebeurtenis <> '{gebeurtenis}') NOT VALID"
    )
    yield
    stack.sql("ALTER TABLE verantwoording_logregel DROP CONSTRAINT kapot")


def register_and_request_code(stack: Stack, beheerder: Bezoeker) -> str:
    """The beheerder at work, to the request of the code: the gebruikersnaam that is on the letter."""
    beheerder.log_in(stack, "jolanda-de-vries")
    beheerder.open(f"{stack.portaal}/beheer/gebruikers/aanmelden/")
    beheerder.press("Aanmelden", voornaam="Peter", achternaam="Jansen", email=PETER, middel_bevestigd="on")
    gebruiker = beheerder.addresses[-1].removesuffix("rollen/")
    beheerder.open(f"{gebruiker}brief/")
    beheerder.press("Brief maken")
    (name,) = html.fromstring(beheerder.pages[-1]).xpath("//dl[@class='gebruikersnaam']/dd")
    beheerder.open(f"{gebruiker}code/")
    beheerder.press("Code aanvragen")
    return str(name.text_content()).strip()


def read_everything_of_staff(stack: Stack) -> Bezoeker:
    """Every page of the admin that DUO staff can reach by links, but for filters and the catalogue of autorisatie."""
    staf = Bezoeker()
    below = f"{stack.portaal}/duo-beheer/"
    staf.open(below)
    staf.press("Verder", login="medewerker.duo", password="een lang wachtwoord voor de test")
    staf.press("Inloggen", code=pyotp.TOTP(SECRET).now())
    assert staf.open(below) == 200
    todo, done = staf.links(below), {below}
    while todo := {link for link in todo - done if not NOT_READ.search(link)}:
        address = todo.pop()
        done.add(address)
        if staf.open(address) == 200:
            todo |= staf.links(below)
    for read in ("accounts/account/", "verantwoording/bericht/", "verantwoording/logregel/"):
        assert re.search(rf"{read}\d+/", "\n".join(done)), read
    return staf


def test_R05_after_the_whole_job_no_code_is_anywhere_but_in_the_mail(stack: Stack, tmp_path: Path) -> None:
    beheerder, peter = Bezoeker(), Bezoeker()
    redis_url, log = stack.supervisor.environment["REDIS_URL"], tmp_path / "worker.log"
    with everything_redis_hears(redis_url) as heard:
        with database_refuses(stack, "activatiecode_verstuurd"):  # the code was made, its hash is refused
            gebruikersnaam = register_and_request_code(stack, beheerder)
            wait_for(lambda: "(activatiecode) was not sent: IntegrityError" in log.read_text())
        wait_for(lambda: stack.mails(PETER))  # the confirmation: the fault is not for it
        fault = {"soort": "verbreken", "adres": PETER, "keer": "1"}  # the mail is taken, and the connection dropped
        requests.post(f"{stack.buitenwereld}/postvak/storing", data=fault, timeout=10)
        send_anew(stack)
        wait_for(lambda: len(stack.codes(PETER)) == 1)
        wait_for(lambda: "(activatiecode) was not sent: SMTPServerDisconnected" in log.read_text())
        send_anew(stack)
        wait_for(lambda: len(stack.codes(PETER)) == 2)
        code, earlier = stack.codes(PETER)
        assert code != earlier

        peter.log_in(stack, "peter-jansen")
        peter.press("Verder", gebruikersnaam="on", activatiecode="on")
        peter.press("Verder", toegewezen="on", privacy="on")
        peter.press("Verder", voorwaarden="on")
        peter.press("Koppel", gebruikersnaam=code, activatiecode=earlier)  # in the wrong field
        assert "klopt niet" in peter.text
        peter.pages.pop()  # what he typed as gebruikersnaam he sees again; nobody else does
        peter.open(f"{stack.portaal}/koppelen/gegevens/")
        peter.press("Koppel", gebruikersnaam=gebruikersnaam, activatiecode=earlier)
        assert "niet meer geldig" in peter.text
        with database_refuses(stack, "gekoppeld"):  # the code is in the form, in variables and in a transaction
            assert peter.press("Koppel", gebruikersnaam=gebruikersnaam, activatiecode=code) == 500
        wait_for(lambda: stack.mails(STORINGEN))
        peter.open(f"{stack.portaal}/koppelen/gegevens/")
        peter.press("Koppel", gebruikersnaam=gebruikersnaam, activatiecode=code)
        assert "Koppeling gelukt" in peter.text
        wait_for(lambda: any("is gekoppeld" in mail["onderwerp"] for mail in stack.mails(PETER)))
        staf = read_everything_of_staff(stack)
        beheerder.open(f"{stack.portaal}/beheer/logboek/")

    places = {
        "database": everything_in_the_database(stack.database_url),
        "Redis, all it heard": "\n".join(heard),
        "Redis, what it keeps": everything_in_redis(redis_url),
        "output of the web": (tmp_path / "web.log").read_text(),
        "output of the worker": log.read_text(),
        "addresses": "\n".join(beheerder.addresses + peter.addresses + staf.addresses),
        "pages of the beheerder": "\n".join(beheerder.pages),
        "pages of the gebruiker": "\n".join(peter.pages),
        "pages of staff": "\n".join(staf.pages),
        "mails about crashes": "\n".join(mail["tekst"] + mail["onderwerp"] for mail in stack.mails(STORINGEN)),
    }
    for name, content in places.items():
        for secret in (code, earlier):
            for written in (secret, secret.replace("-", "")):
                assert written.lower() not in content.lower(), name
    for name in ("output of the web", "output of the worker", "Redis, all it heard", "mails about crashes"):
        assert not WITH_A_DASH.search(places[name]), name  # nor the code of the mail that was never sent
        assert gebruikersnaam not in places[name], name
        assert "Failing row contains" not in places[name], name
    assert gebruikersnaam not in places["addresses"]
    assert gebruikersnaam not in str(stack.mails(PETER))

    # Where it would have been found: the search sees what is there.
    assert gebruikersnaam in places["database"]
    assert gebruikersnaam in places["pages of the beheerder"]
    assert "verantwoording.tasks.send_bericht" in places["Redis, all it heard"]
    assert "IntegrityError" in places["mails about crashes"]
    assert "koppelen_gegevens" in places["mails about crashes"]
    assert "SMTPServerDisconnected" in places["output of the worker"]
    assert "Peter Jansen" in places["pages of staff"]
