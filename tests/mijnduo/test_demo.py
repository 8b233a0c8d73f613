"""The demo as a person starts it: real processes, a throw-away folder, ports of its own (issue 2, `make demo`)."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mijnduo.lokaal.folders import remove_home
from mijnduo.lokaal.processes import free_port
from tests.processen import wait_for

pytestmark = pytest.mark.zwaar

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT = 180.0
PARTS = ("buitenwereld", "worker", "beat", "web")


@dataclass
class Demo:
    """One folder and two ports; the demo on them can be started more than once."""

    folder: Path
    port: int = field(default_factory=free_port)
    buitenwereld_port: int = field(default_factory=free_port)
    process: "subprocess.Popen[str] | None" = None

    def start(self, *words: str, **extra: str) -> "subprocess.Popen[str]":
        # Without the settings and servers of the tests: a demo makes its own.
        bare = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        own = {"DEMO_MAP": str(self.folder), "PORT": str(self.port), "BUITENWERELD_PORT": str(self.buitenwereld_port)}
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "demo", *words],
            cwd=ROOT,
            env=bare | own | extra,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return self.process

    def run(self, *words: str, **extra: str) -> tuple[int, str, str]:
        """Start it where it cannot run: exit code, stdout and stderr."""
        process = self.start(*words, **extra)
        out, err = process.communicate(timeout=START_TIMEOUT)
        return process.returncode, out, err

    def start_and_wait(self, *words: str) -> str:
        """Start it and wait until it says that it is ready; returns what it printed."""
        process = self.start(*words)
        assert process.stdout is not None
        printed = ""
        for line in process.stdout:
            printed += line
            if line.startswith("Stoppen"):
                return printed
        assert process.stderr is not None
        raise AssertionError(printed + process.stderr.read())

    def stop(self, signum: signal.Signals = signal.SIGTERM) -> tuple[int, str, str]:
        assert self.process is not None
        self.process.send_signal(signum)
        out, err = self.process.communicate(timeout=90)
        return self.process.returncode, out, err

    def get(self, port: int, path: str) -> tuple[int, str]:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
            connection.request("GET", path, headers={"Host": f"127.0.0.1:{port}"})
            response = connection.getresponse()
            return response.status, response.read().decode()

    def mails_to(self, aan: str) -> list[dict[str, str]]:
        """What the postvak received for an address, newest first."""
        found: list[dict[str, str]] = json.loads(
            self.get(self.buitenwereld_port, f"/postvak/berichten.json?aan={aan}")[1]
        )["berichten"]
        return found

    def processes(self) -> dict[int, str]:
        """Every process that has to do with this demo, by its number: its command line."""
        marks = [str(self.folder), f":{self.port}"]
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                environ = (folder / "environ").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if int(folder.name) != os.getpid() and any(mark in command or mark in environ for mark in marks):
                found[int(folder.name)] = command
        return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("demo") / "gegevens"
    yield path
    remove_home(path)


@pytest.fixture
def demo(folder: Path) -> Iterator[Demo]:
    """A demo on the folder of this module, so that only the first test waits for a new database."""
    it = Demo(folder)
    yield it
    if it.process is not None and it.process.poll() is None:
        it.stop()


def gebruikersnaam_of(printed: str, naam: str) -> str:
    match = re.search(rf"^  {naam}\s.*gebruikersnaam (MD[A-Z2-9]{{8}})", printed, re.MULTILINE)
    assert match is not None, printed
    return match[1]


def test_it_starts_everything_tells_who_can_log_in_and_leaves_no_process(demo: Demo) -> None:
    printed = demo.start_and_wait()
    assert demo.get(demo.port, "/health/ready")[0] == 200
    status, page = demo.get(demo.port, "/inloggen/")
    assert (status, "Demonstratie" in page) == (200, True)
    for path in ("/makelaar/", "/postvak/", "/sleutel/"):
        assert demo.get(demo.buitenwereld_port, path)[0] == 200
        assert f"http://localhost:{demo.buitenwereld_port}{path}" in printed
    assert f"http://127.0.0.1:{demo.port}/duo-beheer/" in printed
    labels = {row["label"] for row in json.loads(demo.get(demo.buitenwereld_port, "/sleutel/codes.json")[1])}
    tokens = {"Token 90000001 van Wil de Haan", "Token 90000003 van Ria Koning"}
    assert labels == {"dana.duo", "bram.duo"} | tokens
    wait_for(lambda: demo.mails_to("els.dijkstra@regenboog.example"), 60)
    (mail,) = demo.mails_to("els.dijkstra@regenboog.example")
    assert re.search(r"Uw activatiecode: \w{5}-\w{5}", mail["tekst"])
    for words in ([], ["--reset"]):
        code, _, err = Demo(demo.folder).run(*words)
        assert (code, err.count("\n"), "is al in gebruik" in err) == (1, 1, True)
    assert len(demo.processes()) > len(PARTS)
    code, out, err = demo.stop()
    assert (code, err) == (0, ""), err
    assert "Alles is gestopt" in out
    assert demo.processes() == {}


def test_a_killed_demo_leaves_nothing_behind_and_the_next_start_keeps_the_data(demo: Demo) -> None:
    before = gebruikersnaam_of(demo.start_and_wait(), "Noor Hendriks")
    assert demo.process is not None
    worker = min(pid for pid, command in demo.processes().items() if " worker " in command)
    os.kill(worker, signal.SIGSTOP)  # one that no longer heeds a request to stop
    demo.process.kill()
    demo.process.communicate()
    wait_for(lambda: not demo.processes(), 60)
    assert gebruikersnaam_of(demo.start_and_wait(), "Noor Hendriks") == before
    os.kill(next(pid for pid, command in demo.processes().items() if " beat " in command), signal.SIGKILL)
    _, err = demo.process.communicate(timeout=90)
    assert demo.process.returncode == 1, "a part that stops, stops everything"
    assert err.startswith("Het onderdeel beat is gestopt (code -9).")
    assert demo.processes() == {}


def test_a_reset_starts_over_also_when_it_was_stopped_half_way(demo: Demo) -> None:
    log = demo.folder / "voorbeelden.log"
    before = log.read_text() if log.exists() else ""
    log.unlink(missing_ok=True)
    demo.start("--reset")
    wait_for(log.exists, 120)
    time.sleep(1)
    assert demo.stop(signal.SIGINT)[0] == 0
    assert demo.processes() == {}
    printed = demo.start_and_wait()
    assert gebruikersnaam_of(printed, "Noor Hendriks") not in before
    assert printed.count("Jolanda de Vries      beheerder  Gekoppeld") == 2


@pytest.mark.parametrize("name", ["port", "buitenwereld_port"])
def test_a_port_in_use_is_one_clear_sentence(tmp_path: Path, name: str) -> None:
    demo = Demo(tmp_path / "demo")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", getattr(demo, name)))
        taken.listen()
        code, _, err = demo.run()
    assert (code, err.count("\n")) == (1, 1)
    assert err.startswith(f"Poort {getattr(demo, name)} is niet vrij")
    assert not demo.folder.exists()


@pytest.mark.parametrize(
    ("port", "buitenwereld_port", "said"),
    [("http", "8101", "PORT is 'http'"), ("70000", "8101", "PORT is '70000'"), ("8100", "8100", "zijn gelijk")],
)
def test_a_port_that_is_none_is_one_clear_sentence(
    tmp_path: Path, port: str, buitenwereld_port: str, said: str
) -> None:
    code, _, err = Demo(tmp_path / "demo").run(PORT=port, BUITENWERELD_PORT=buitenwereld_port)
    assert (code, err.count("\n")) == (1, 1)
    assert said in err


def test_a_folder_that_cannot_be_written_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "bestand").write_text("")
    code, _, err = Demo(tmp_path / "bestand" / "demo").run()
    assert (code, err.count("\n")) == (1, 1)
    assert "is niet te gebruiken" in err


def test_a_reset_never_throws_away_a_folder_that_is_not_the_demos(tmp_path: Path) -> None:
    (tmp_path / "foto.jpg").write_text("onvervangbaar")
    code, _, err = Demo(tmp_path).run("--reset")
    assert (code, "is niet van de demo" in err) == (1, True)
    assert (tmp_path / "foto.jpg").exists()


def test_a_reset_never_touches_a_database_of_somebody_else(tmp_path: Path) -> None:
    code, _, err = Demo(tmp_path / "demo").run("--reset", DATABASE_URL="postgres://localhost/belangrijk")
    assert (code, "eigen database" in err) == (1, True)
