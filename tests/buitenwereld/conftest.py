"""The real program on free ports, with a dienstverlener whose metadata is served over HTTP."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from lxml import html

from buitenwereld.config import Config
from buitenwereld.keys import KeyPair, make_key_pair
from buitenwereld.server import Buitenwereld
from tests.buitenwereld import sp


@dataclass(frozen=True)
class Page:
    """What came back: status, final address, headers and body."""

    status: int
    url: str
    headers: dict[str, str]
    body: str

    def form(self, index: int = 0) -> tuple[str, dict[str, str]]:
        """Action and filled-in fields of a form on the page, without its buttons."""
        form = html.fromstring(self.body, base_url=self.url).forms[index]
        form.make_links_absolute()
        return form.action or self.url, dict(form.form_values())


def open_page(url: str, data: dict[str, str] | None = None, headers: dict[str, str] | None = None) -> Page:
    """GET, or POST when there is `data`; redirects are followed, a refusal is a Page too."""
    request = Request(url, urlencode(data).encode() if data is not None else None, headers or {})  # noqa: S310  our own addresses
    try:
        with urlopen(request, timeout=10) as answer:  # noqa: S310  as above
            return Page(answer.status, answer.url, dict(answer.headers), answer.read().decode())
    except HTTPError as error:
        with error:
            return Page(error.code, url, dict(error.headers), error.read().decode())


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


class Portal:
    """Serves the metadata of a dienstverlener; `pair` can be changed for a new key."""

    def __init__(self, pair: KeyPair) -> None:
        self.pair = pair
        portal = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = sp.metadata(portal.pair)
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Keep the test output quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/metadata"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def stop(self) -> None:
        """Stop serving."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture(scope="session")
def sp_pair() -> KeyPair:
    """The portal's key."""
    return make_key_pair("dienstverlener", datetime.now(UTC))


@pytest.fixture(scope="session")
def other_pair() -> KeyPair:
    """Somebody else's key."""
    return make_key_pair("iemand anders", datetime.now(UTC))


@pytest.fixture(scope="session")
def portal(sp_pair: KeyPair) -> Iterator[Portal]:
    """The portal's metadata on HTTP."""
    portal = Portal(sp_pair)
    yield portal
    portal.stop()


@dataclass(frozen=True)
class Wereld:
    """The running program, with its settings."""

    config: Config
    program: Buitenwereld

    def url(self, path: str) -> str:
        """Address of a page."""
        return f"{self.config.base_url}{path}"


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory, portal: Portal) -> Iterator[Wereld]:
    """One program for all tests."""
    folder: Path = tmp_path_factory.mktemp("buitenwereld")
    config = Config(folder, port=free_port(), smtp_port=free_port(), sp_metadata=portal.url)
    program = Buitenwereld(config)
    program.start()
    yield Wereld(config, program)
    program.stop()


@pytest.fixture
def wereld(running: Wereld, portal: Portal, sp_pair: KeyPair) -> Wereld:
    """The running program as it is after a start: no mail, no fault, and the portal has its first key."""
    running.program.postvak.leeg()
    open_page(running.url("/postvak/storing"), {"soort": ""})
    (running.config.folder / "sleutels.json").unlink(missing_ok=True)
    portal.pair = sp_pair
    return running
