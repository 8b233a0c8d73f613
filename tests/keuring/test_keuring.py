"""The keuring itself: our portal passes it, and a portal that lacks a check, or refuses everybody, does not."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs

import pytest

from buitenwereld.keuring.__main__ import main
from buitenwereld.keuring.geval import Geval, Verwacht
from buitenwereld.keuring.gevallen import GEVALLEN
from buitenwereld.keuring.rapport import HANDTEKENING, RAPPORT
from buitenwereld.keuring.rit import Gezien, holds
from buitenwereld.keuring.vervalsing import Plan
from buitenwereld.keys import KeyPair, make_key_pair
from tests.buitenwereld import sp

ROOT = Path(__file__).resolve().parents[2]
Judge = Callable[[str], int]
"""What a lax portal makes of the field SAMLResponse: 302 lets in, another status refuses with that."""


@contextmanager
def portal(judge: Judge) -> Iterator[str]:
    """A portal that reads no message: whatever the judge lets in may open the overzicht. Gives its address."""
    pair = make_key_pair("dienstverlener", datetime.now(UTC))

    class Handler(BaseHTTPRequestHandler):
        def answer(self, status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/inloggen/eherkenning/":
                query = sp.Request("https://makelaar.example/sso").query(pair)
                self.answer(302, {"Location": f"https://makelaar.example/sso?{query}", "Set-Cookie": "s=1; Path=/"})
            elif path == "/inloggen/eherkenning/metadata/":
                acs = f"http://{self.headers['Host']}/acs/"
                self.answer(200, body=sp.metadata(pair).replace(sp.ACS.encode(), acs.encode()))
            elif path == "/afronden/":
                self.answer(200, {"Set-Cookie": "in=1; Path=/"})
            else:
                self.answer(200 if path == "/overzicht/" and "in=1" in self.headers.get("Cookie", "") else 404)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status = judge(parse_qs(body).get("SAMLResponse", [""])[0])
            self.answer(status, {"Location": "/afronden/"} if status == 302 else {})

        def log_message(self, *_: object) -> None:
            """Keep the test output quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def hm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key of the makelaar, in a file."""
    pair: KeyPair = make_key_pair("makelaar", datetime.now(UTC))
    path = tmp_path_factory.mktemp("hm") / "hm.pem"
    path.write_bytes(pair.key_pem + pair.cert_pem)
    return path


def try_out(judge: Judge, hm: Path, folder: Path, word: str = "") -> int:
    """Run the keuring on a portal with this judge, only the cases with this word."""
    with portal(judge) as adres:
        return main(["--portaal", adres, "--hm-sleutel", str(hm), "--map", str(folder), "--alleen", word])


def failed(folder: Path) -> set[str]:
    return set(json.loads((folder / RAPPORT).read_text())["niet_goed"])


def let_in(_: str) -> int:
    return 302


def refuse(_: str) -> int:
    return 400


def test_there_are_enough_cases_of_every_family_and_good_answers_among_them() -> None:
    assert len(GEVALLEN) >= 80
    assert len({geval.naam for geval in GEVALLEN}) == len(GEVALLEN)
    assert min(Counter(geval.familie for geval in GEVALLEN).values()) >= 3
    assert sum(geval.verwacht is Verwacht.TOEGANG for geval in GEVALLEN) >= 5


@pytest.mark.parametrize("word", ["niveau", "andere dienst", "wrapping", "opnieuw", "browser", "zonder handtekening"])
def test_a_portal_that_lets_everybody_in_fails_in_every_family(
    word: str, hm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert try_out(let_in, hm, tmp_path, word) == 1
    chosen = {geval.naam for geval in GEVALLEN if word in f"{geval.naam} {geval.familie}".lower()}
    assert failed(tmp_path) == chosen
    assert "NIET GOED" in capsys.readouterr().out


def test_a_portal_that_refuses_everybody_fails_too(hm: Path, tmp_path: Path) -> None:
    assert try_out(refuse, hm, tmp_path, "goed-") == 1
    assert failed(tmp_path) == {geval.naam for geval in GEVALLEN if geval.verwacht is Verwacht.TOEGANG} - {
        "goed-tweede-sleutel"
    }


def test_a_crash_is_no_refusal(hm: Path, tmp_path: Path) -> None:
    assert try_out(lambda _: 500, hm, tmp_path, "dtd") == 1
    assert try_out(refuse, hm, tmp_path, "dtd") == 0


def test_a_portal_that_cannot_be_tried_says_so(hm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--portaal", "http://127.0.0.1:9", "--hm-sleutel", str(hm), "--map", str(tmp_path)]) == 2
    assert "niet op te halen" in capsys.readouterr().err


def case(verwacht: Verwacht = Verwacht.GEWEIGERD, *, verbreken_mag: bool = False) -> Geval:
    return Geval("x", "y", "z", lambda _: Plan(), verwacht=verwacht, verbreken_mag=verbreken_mag)


@pytest.mark.parametrize(
    ("geval", "gezien", "good"),
    [
        (case(), Gezien((400,)), True),
        (case(), Gezien((200,)), False),
        (case(), Gezien((302,)), False),
        (case(), Gezien((500,)), False),
        (case(), Gezien((400,), onderweg=(500,)), False),
        (case(), Gezien((400,), deuren=("koppelen",)), False),
        (case(), Gezien((400, 400, 302)), False),
        (case(), Gezien((400,), bezwaar="het eerste antwoord werd al geweigerd"), False),
        (case(), Gezien((0,)), False),
        (case(verbreken_mag=True), Gezien((0,)), True),
        (case(Verwacht.TOEGANG), Gezien((200,), deuren=("koppelen",)), True),
        (case(Verwacht.TOEGANG), Gezien((200,)), False),
        (case(Verwacht.NIET_HET_ACCOUNT), Gezien((200,), deuren=("koppelen",)), True),
        (case(Verwacht.NIET_HET_ACCOUNT), Gezien((200,), deuren=("overzicht",)), False),
    ],
)
def test_the_judgement_is_of_what_an_outsider_sees(geval: Geval, gezien: Gezien, *, good: bool) -> None:
    assert holds(geval, gezien) is good


def test_a_filed_report_is_checked_by_its_signature(
    hm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try_out(refuse, hm, tmp_path, "dtd")
    check = ["--map", str(tmp_path), "--controleer"]
    assert main(check) == 0
    assert "De handtekening klopt" in capsys.readouterr().out

    assert main([*check, "--certificaat", str(hm)]) == 2  # signed, but not by who was expected
    report = tmp_path / RAPPORT
    report.write_text(report.read_text().replace("geweigerd: 400", "geweigerd: 403").replace("400", "403"))
    assert main(check) == 2
    (tmp_path / HANDTEKENING).unlink()
    assert main(check) == 2


@pytest.mark.zwaar
def test_our_portal_passes(tmp_path: Path) -> None:
    # Without the settings and servers of the tests: it makes its own.
    bare = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-m", "mijnduo.lokaal.keuring", "--map", str(tmp_path)],
        cwd=ROOT,
        env=bare,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((tmp_path / RAPPORT).read_text())
    assert report["aantal"] == len(GEVALLEN)
    assert report["niet_goed"] == []
    assert {"door", "begonnen", "klaar", "portaal"} <= set(report)
    assert main(["--map", str(tmp_path), "--controleer"]) == 0
