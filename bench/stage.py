"""Where measuring happens: databases and a web server of our own, as in production but for the proxy with TLS."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import psycopg2

from bench.data import fill
from bench.load import Site, exchange
from mijnduo.lokaal.errors import LokaalError
from mijnduo.lokaal.omgeving import portal_environment
from mijnduo.lokaal.processes import die_with_parent, free_port
from mijnduo.lokaal.supervisor import Supervisor

ROOT = Path(__file__).resolve().parents[1]
MANAGE = (sys.executable, str(ROOT / "manage.py"))
ORIGIN = "https://mijnduo.example"
READY = "klaar"  # what a program says when it waits for us
START_TIMEOUT = 60.0  # seconds
FILE_COPY_SINCE = 150_000  # PostgreSQL 15; before it there was no other way


@dataclass(frozen=True)
class Program:
    """A program that runs beside us and answers when it is done."""

    child: "subprocess.Popen[str]"
    log: Path

    def finish(self, words: str) -> Any:
        """Hand it these words, close its stdin, and return what it prints, as JSON. LokaalError when it fails."""
        answer, _ = self.child.communicate(words)
        if self.child.returncode:
            raise LokaalError(f"Een meting is mislukt: {self.log.read_text()[-2000:]}")
        return json.loads(answer)


@dataclass(frozen=True)
class Stage:
    """A folder, a server to make databases on, and the environment of the portal. Databases are dropped at the end."""

    folder: Path
    url: str
    environment: dict[str, str]
    made: set[str] = field(default_factory=set)

    @classmethod
    @contextmanager
    def open(cls) -> Iterator[Self]:
        """Prepare one empty portal, of which the others are copies. Raises LokaalError when that is not possible."""
        if "DATABASE_URL" not in os.environ or "REDIS_URL" not in os.environ:
            raise LokaalError("Er is geen PostgreSQL of Redis: start de metingen met 'make bench'.")
        with tempfile.TemporaryDirectory(prefix="mijnduo-bench-") as name:
            folder = Path(name)
            environment = portal_environment(
                folder,
                omgeving="productie",
                basis_url=ORIGIN,
                hm_metadata="niet-nodig.xml",
                email_url="smtp://127.0.0.1:9",
            )
            extra = {
                "DJANGO_SETTINGS_MODULE": "bench.settings",
                "VERTROUWDE_PROXIES": "127.0.0.1",
                "STATIC_ROOT": str(folder / "static"),
            }
            stage = cls(folder, os.environ["DATABASE_URL"], environment | extra)
            try:
                stage._make("leeg", "template0")
                stage.supervise("leeg").run("inrichten", [*MANAGE, "inrichten", "--skip-checks"])
                stage.supervise("leeg").run("static", [*MANAGE, "collectstatic", "--no-input", "--skip-checks"])
                yield stage
            finally:
                stage._drop_all()

    def connect(self, database: str) -> Any:
        """A connection of psycopg2, in autocommit, to one of our databases."""
        connection = psycopg2.connect(self._url(database))
        connection.autocommit = True
        return connection

    def make_portal(self, database: str, *, accounts: int, rechten: bool) -> None:
        """A portal with this many linked accounts, analysed and written out. Asked twice, it is made once."""
        if database in self.made:
            return
        self._make(database, "leeg")
        with closing(self.connect(database)) as connection, connection.cursor() as cursor:
            fill(cursor, accounts=accounts, rechten=rechten)
            cursor.execute("VACUUM (ANALYZE)")
            cursor.execute("CHECKPOINT")
        self.made.add(database)

    @contextmanager
    def copy(self, source: str) -> Iterator[str]:
        """A fresh copy of a database, as long as the `with` lasts. Yields its name."""
        database = f"{source}_kopie"
        self._make(database, source)
        try:
            yield database
        finally:
            self._drop(database)

    def supervise(self, database: str) -> Supervisor:
        """Runs programs of the portal on one of our databases."""
        return Supervisor(ROOT, self.folder, self.environment | {"DATABASE_URL": self._url(database)})

    def ask(self, database: str, command: str, *words: str) -> Any:
        """Run a management command of ours and return what it printed, as JSON."""
        return json.loads(self.supervise(database).run(command, [*MANAGE, command, *words]))

    @contextmanager
    def program(self, database: str, command: str) -> Iterator["Program"]:
        """Start a management command of ours and wait until it says that it is ready. LokaalError if it does not."""
        log = self.folder / f"{command}.log"
        with log.open("w") as errors:
            child = subprocess.Popen(
                [*die_with_parent(signal.SIGTERM), *MANAGE, command],
                env={**os.environ, **self.environment, "DATABASE_URL": self._url(database)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        with child:
            try:
                if child.stdout is None or child.stdout.readline().strip() != READY:
                    raise LokaalError(f"Het onderdeel {command} start niet: {log.read_text()[-2000:]}")
                yield Program(child, log)
            finally:
                child.kill()

    @contextmanager
    def serve(self, database: str) -> Iterator[Site]:
        """The portal under the web server of production, answering. Raises LokaalError when it does not start."""
        site = Site(free_port(), ORIGIN)
        supervisor = self.supervise(database)
        words = [sys.executable, "-m", "gunicorn", "django.core.wsgi:get_wsgi_application()"]
        words += ["--bind", f"127.0.0.1:{site.port}", "--worker-class", "gthread", "--workers", "2", "--threads", "4"]
        try:
            supervisor.start("web", [*words, "--worker-tmp-dir", "/dev/shm", "--no-control-socket"])  # noqa: S108  # as in the Dockerfile
            _wait_until_ready(site, supervisor)
            yield site
        finally:
            supervisor.stop()

    def _url(self, database: str) -> str:
        return urlsplit(self.url)._replace(path=f"/mijnduo_bench_{database}").geturl()

    def _make(self, database: str, source: str) -> None:
        template = source if source == "template0" else f"mijnduo_bench_{source}"
        self._drop(database)
        with closing(self._connect_outside()) as connection, connection.cursor() as cursor:
            how = " STRATEGY FILE_COPY" if connection.server_version >= FILE_COPY_SINCE else ""
            cursor.execute(f"CREATE DATABASE mijnduo_bench_{database} TEMPLATE {template}{how}")

    def _drop(self, database: str) -> None:
        with closing(self._connect_outside()) as connection, connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS mijnduo_bench_{database} WITH (FORCE)")

    def _drop_all(self) -> None:
        with closing(self._connect_outside()) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'mijnduo\\_bench\\_%'")
            names = [name for (name,) in cursor.fetchall()]
            for name in names:
                cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _connect_outside(self) -> Any:
        """The database that was given: ours are made from there, and nothing is done in it."""
        connection = psycopg2.connect(self.url)
        connection.autocommit = True
        return connection


def _wait_until_ready(site: Site, supervisor: Supervisor) -> None:
    give_up = time.monotonic() + START_TIMEOUT
    while not _answers(site):
        supervisor.check()
        if time.monotonic() > give_up:
            raise LokaalError(f"Het portaal is na {START_TIMEOUT:.0f} seconden niet klaar.")
        time.sleep(0.1)


def _answers(site: Site) -> bool:
    try:
        with site.connect() as connection:
            return exchange(connection, site.get("/health/live", ""))[0] == HTTPStatus.OK
    except OSError:
        return False
