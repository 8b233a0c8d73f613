"""The whole portal as it runs in a demo, on free ports: real processes, and a database and a Redis of its own."""

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg2
import redis

from mijnduo.lokaal.omgeving import ENTITY_ID, SERVICE_ID, portal_environment
from mijnduo.lokaal.processes import free_port
from mijnduo.lokaal.supervisor import Supervisor
from tests.processen import ROOT, wait_for

PYTHON = sys.executable
NUMBERS = count(9)  # of the databases in one Redis: no other worker, of a demo or of another stack, listens there
WACHTWOORD = "vier paarden lopen in de regen"
CODE = re.compile(r"Uw activatiecode: (\S+)")


class Stack:
    """Portal (gunicorn), Celery worker, makelaar and postvak. Portal and makelaar are two sites, as in life (D7)."""

    def __init__(self, folder: Path) -> None:
        self.ports = [free_port() for _ in range(3)]
        web, buitenwereld, smtp = self.ports
        self.portaal = f"http://127.0.0.1:{web}"
        self.buitenwereld = f"http://localhost:{buitenwereld}"
        self.buitenwereld_folder = folder / "buitenwereld"
        self.buitenwereld_folder.mkdir()
        server, _, database = os.environ["DATABASE_URL"].rpartition("/")
        number = next(NUMBERS)
        self._database = f"{database}_{number}"
        self._maintenance_url, self.database_url = f"{server}/postgres", f"{server}/{self._database}"
        self._redis_url = f"{os.environ['TEST_REDIS_URL'].rpartition('/')[0]}/{number}"
        self.supervisor = Supervisor(
            ROOT,
            folder,
            {
                **portal_environment(
                    folder,
                    omgeving="demo",
                    basis_url=self.portaal,
                    hm_metadata=str(self.buitenwereld_folder / "hm-metadata.xml"),
                    email_url=f"smtp://127.0.0.1:{smtp}",
                ),
                "DATABASE_URL": self.database_url,
                "REDIS_URL": self._redis_url,
                "BUITENWERELD_MAP": str(self.buitenwereld_folder),
                "BUITENWERELD_PORT": str(buitenwereld),
                "SMTP_PORT": str(smtp),
                "PORTAAL_METADATA_URL": f"{self.portaal}/inloggen/eherkenning/metadata/",
                "SERVICE_ID": SERVICE_ID,
                "MEDEWERKER_WACHTWOORD": WACHTWOORD,
            },
        )

    def start(self) -> None:
        """An empty portal: tables, catalogue and texts, and nobody in it. Returns once it answers."""
        self._drop()
        self._maintain(f'CREATE DATABASE "{self._database}"')
        redis.Redis.from_url(self._redis_url).flushdb()
        run, start = self.supervisor.run, self.supervisor.start
        start("buitenwereld", [PYTHON, "-m", "buitenwereld"])
        run("inrichten", [PYTHON, "manage.py", "inrichten"])
        start("worker", [PYTHON, "-m", "celery", "-A", "mijnduo", "worker", "--queues", "mail,taken", "-c", "2"])
        gunicorn = [PYTHON, "-m", "gunicorn", "mijnduo.wsgi", "--bind", f"127.0.0.1:{self.ports[0]}"]
        threads = ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--no-control-socket"]
        start("web", [*gunicorn, *threads])
        wait_for(lambda: self._answers(self.buitenwereld, "/makelaar/metadata"), 60)
        wait_for(lambda: self._answers(self.portaal, "/health/ready"), 60)

    def stop(self) -> None:
        """Stop every process and throw the database away."""
        self.supervisor.stop()
        self._drop()

    def manage(self, *words: str) -> str:
        """Run a command of manage.py, on the portal's database; what it printed."""
        return self.supervisor.run(words[0], [PYTHON, "manage.py", *words])

    def plant(self) -> None:
        """What tests.browser.seed lays down, for who is linked with the middel of a persona."""
        oin = ENTITY_ID.split(":")[3]
        rows = json.loads(self.supervisor.run("pseudoniemen", [PYTHON, "-m", "buitenwereld", "--pseudoniemen", oin]))
        pseudoniemen = {
            row["persona"]: row["pseudoniem"] for row in reversed(rows)
        }  # of several, that of the first KvK
        self.manage("shell", "--command", f"from tests.browser.seed import plant; plant({pseudoniemen!r})")

    @contextmanager
    def productie(self) -> Iterator[str]:
        """Beside it a web server with the settings of production, as behind a proxy with TLS. Yields its address."""
        folder, port = self.supervisor.logs, free_port()
        environment = {
            **self.supervisor.environment,
            "OMGEVING": "productie",
            "BASIS_URL": f"https://127.0.0.1:{port}",
            "VERTROUWDE_PROXIES": "127.0.0.1",
            "STATIC_ROOT": str(folder / "static"),
        }
        supervisor = Supervisor(ROOT, folder, environment)
        site = f"http://127.0.0.1:{port}"
        try:
            supervisor.run("static", [PYTHON, "manage.py", "collectstatic", "--no-input", "--skip-checks"])
            # Not mijnduo.wsgi, which refuses the keys of a demo.
            gunicorn = [PYTHON, "-m", "gunicorn", "django.core.wsgi:get_wsgi_application()", "--bind", site[7:]]
            supervisor.start("productie", [*gunicorn, "--worker-class", "gthread", "--no-control-socket"])
            wait_for(lambda: self._answers(site, "/health/ready"), 60)
            yield site
        finally:
            supervisor.stop()

    def sql(self, statement: str, *values: object) -> int:
        """Change the portal's database as time would; how many rows it touched."""
        with psycopg2.connect(self.database_url) as connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            count = cursor.rowcount
        connection.close()
        return int(count)

    def mails(self, aan: str) -> list[dict[str, Any]]:
        """What arrived for an address, newest first."""
        _, body = _get(self.buitenwereld, f"/postvak/berichten.json?aan={quote(aan)}")
        return list(json.loads(body)["berichten"])

    def codes(self, aan: str) -> list[str]:
        """The activatiecodes that were mailed to an address, newest first."""
        return [found[1] for mail in self.mails(aan) if (found := CODE.search(mail["tekst"]))]

    def next_code(self, aan: str, known: list[str]) -> str:
        """The code in the mail that comes after the known ones."""
        wait_for(lambda: len(self.codes(aan)) > len(known))
        return self.codes(aan)[0]

    def read(self, path: str) -> str:
        """A page of the portal as it is sent to somebody who passes by."""
        return _get(self.portaal, path)[1].decode()

    def _answers(self, site: str, path: str) -> bool:
        self.supervisor.check()
        try:
            return _get(site, path)[0] == HTTPStatus.OK
        except OSError:
            return False

    def _drop(self) -> None:
        self._maintain(f'DROP DATABASE IF EXISTS "{self._database}" WITH (FORCE)')

    def _maintain(self, statement: str) -> None:
        connection = psycopg2.connect(self._maintenance_url)
        connection.autocommit = True  # a database is made outside a transaction
        with connection.cursor() as cursor:
            cursor.execute(statement)
        connection.close()


def _get(site: str, path: str) -> tuple[int, bytes]:
    with closing(HTTPConnection(urlsplit(site).netloc, timeout=30)) as connection:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
