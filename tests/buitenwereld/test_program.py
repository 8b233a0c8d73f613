"""The program as a process: its keys, its addresses, and how it ends."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from buitenwereld.config import DEFAULT_PERSONAS
from buitenwereld.personas import load_personas
from buitenwereld.safexml import NS
from tests.buitenwereld.conftest import free_port, open_page

ROOT = Path(__file__).parents[2]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "BUITENWERELD_MAP": str(tmp_path / "map"),
        "BUITENWERELD_PORT": str(free_port()),
        "SMTP_PORT": str(free_port()),
    }


@pytest.fixture
def run(environment: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "buitenwereld", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
        )

    return run


def signing_keys(folder: Path) -> list[str]:
    root = etree.parse(folder / "hm-metadata.xml").getroot()
    return [element.text or "" for element in root.findall(".//md:KeyDescriptor/ds:KeyInfo/ds:KeyName", NS)]


def test_keys_and_metadata_are_made_once_and_only_the_owner_reads_them(
    run: Callable[..., subprocess.CompletedProcess[str]], environment: dict[str, str]
) -> None:
    folder = Path(environment["BUITENWERELD_MAP"])
    assert run("--sleutels-alleen").returncode == 0
    keys = {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".xml"}
    assert set(keys) == {"hm.pem", "ad.pem", "mr.pem", "pseudoniem.geheim"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert run("--sleutels-alleen").returncode == 0
    assert keys == {name: (folder / name).read_bytes() for name in keys}
    address = etree.parse(folder / "hm-metadata.xml").getroot().find(".//md:SingleSignOnService", NS)
    assert address is not None
    assert address.get("Location") == f"http://localhost:{environment['BUITENWERELD_PORT']}/makelaar/sso"


def test_a_second_key_is_published_beside_the_first_and_stays(
    run: Callable[..., subprocess.CompletedProcess[str]], environment: dict[str, str]
) -> None:
    folder = Path(environment["BUITENWERELD_MAP"])
    run("--sleutels-alleen")
    (first,) = signing_keys(folder)
    run("--sleutels-alleen", "--tweede-sleutel")
    assert signing_keys(folder)[0] == first
    run("--sleutels-alleen")
    assert len(signing_keys(folder)) == 2


def test_pseudonyms_for_sample_data_are_the_same_every_time(
    run: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    rows = json.loads(run("--pseudoniemen", "00000001234567890000").stdout)
    assert rows == json.loads(run("--pseudoniemen", "00000001234567890000").stdout)
    assert {(row["persona"], row["kvk"]) for row in rows} >= {("tom-post", "90002342"), ("tom-post", "90001354")}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_starts_and_ends_on_a_signal(environment: dict[str, str], number: signal.Signals) -> None:
    command = [sys.executable, "-m", "buitenwereld"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert "http://localhost:" in process.stdout.readline()
        assert open_page(f"http://localhost:{environment['BUITENWERELD_PORT']}/").status == 200
        process.send_signal(number)
        assert process.wait(timeout=10) == 0
        assert process.stderr.read() == ""


@pytest.mark.parametrize("name", ["BUITENWERELD_PORT", "SMTP_PORT"])
def test_a_port_in_use_is_a_clear_sentence(
    run: Callable[..., subprocess.CompletedProcess[str]], environment: dict[str, str], name: str
) -> None:
    with socket.create_server(("127.0.0.1", int(environment[name]))):
        result = run()
    assert result.returncode == 1
    assert "kan niet starten" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_broken_file_of_personas_is_a_clear_sentence(
    run: Callable[..., subprocess.CompletedProcess[str]], environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "personas.json").write_text('[{"id": "x"}]')
    environment["BUITENWERELD_PERSONAS"] = str(tmp_path / "personas.json")
    result = run()
    assert result.returncode == 1
    assert "personas" in result.stderr
    assert "Traceback" not in result.stderr


def test_the_personas_that_come_with_it_can_be_told_apart() -> None:
    personas = load_personas(DEFAULT_PERSONAS).values()
    assert len(personas) == 19
    assert len({persona.naam for persona in personas}) == 19
    assert all(len(organisatie.kvk) == 8 for persona in personas for organisatie in persona.organisaties)
