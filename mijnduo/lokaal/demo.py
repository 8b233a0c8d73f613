"""`manage.py demo`: the whole portal on one machine, with sample data. Runs before Django, whose settings it makes."""

import argparse
import os
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from mijnduo.lokaal.diensten import Diensten
from mijnduo.lokaal.errors import LokaalError
from mijnduo.lokaal.folders import remove_home
from mijnduo.lokaal.omgeving import ENTITY_ID, SERVICE_ID, portal_environment
from mijnduo.lokaal.pango import find_pango
from mijnduo.lokaal.processes import answers, free_port
from mijnduo.lokaal.supervisor import Supervisor

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sys.executable
HOST = "127.0.0.1"
START_TIMEOUT = 120.0  # seconds
WATCH_EVERY = 1.0  # seconds


@dataclass(frozen=True)
class Demo:
    """What is chosen by the environment: DEMO_MAP, PORT and BUITENWERELD_PORT."""

    folder: Path
    port: int
    buitenwereld_port: int

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Demo":
        """Raises LokaalError for a port that is none, or twice the same."""
        ports = {name: _port(name, environ.get(name, preset)) for name, preset in PORTS.items()}
        if len(set(ports.values())) < len(ports):
            raise LokaalError("PORT en BUITENWERELD_PORT zijn gelijk: kies twee verschillende poorten.")
        return cls(Path(environ.get("DEMO_MAP") or ROOT / "var" / "demo").resolve(), *ports.values())

    @property
    def portaal(self) -> str:
        """Where browsers find the portal. Not on localhost: portal and makelaar are two sites, as in life (D7)."""
        return f"http://{HOST}:{self.port}"

    @property
    def buitenwereld(self) -> str:
        """Where browsers find makelaar, postvak and sleutel."""
        return f"http://localhost:{self.buitenwereld_port}"

    @property
    def buitenwereld_folder(self) -> Path:
        """Its keys, its mail, and the authenticator's secrets."""
        return self.folder / "buitenwereld"

    @property
    def static_folder(self) -> Path:
        """Where nothing is collected: the demo serves what stands in static/. It must be there all the same."""
        return self.folder / "static"


PORTS = {"PORT": "8000", "BUITENWERELD_PORT": "8001"}


def main(arguments: list[str]) -> int:
    """Start everything, and stop it on Ctrl-C, TERM or HUP: 0. When something is wrong, a Dutch sentence and 1."""
    parser = argparse.ArgumentParser(prog="manage.py demo", description="Start het portaal met voorbeeldgegevens.")
    parser.add_argument("--reset", action="store_true", help="gooi eerst de gegevens weg")
    chosen = parser.parse_args(arguments)
    try:
        demo = Demo.read(os.environ)
        try:
            _serve(demo, reset=chosen.reset)
        except (KeyboardInterrupt, SystemExit):  # what Diensten makes of a stop signal
            print(f"Alles is gestopt. De gegevens blijven bewaard in {demo.folder}.")
    except LokaalError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        where = error.filename or "De map van de demo"
        print(f"{where} is niet te gebruiken ({error.strerror}): kies een andere map in DEMO_MAP.", file=sys.stderr)
        return 1
    return 0


def _serve(demo: Demo, *, reset: bool) -> None:
    if reset:
        _remove(demo.folder)
    for port in (demo.port, demo.buitenwereld_port):
        _check_free(port)
    for folder in (demo.buitenwereld_folder, demo.static_folder):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        find_pango()
    except LokaalError as error:
        print(f"{error} De demo start ook zonder: brieven zijn dan alleen af te drukken.", flush=True)
    with Diensten.start(folder=demo.folder) as diensten:
        print(diensten.bron, flush=True)
        _run(demo, diensten)


def _run(demo: Demo, diensten: Diensten) -> None:
    """Prepare, start, tell, and watch until a signal comes. Raises LokaalError when a part stops by itself."""
    smtp_port = free_port()
    environment = {
        **diensten.environment,
        **portal_environment(
            demo.folder,
            omgeving="demo",
            basis_url=demo.portaal,
            hm_metadata=str(demo.buitenwereld_folder / "hm-metadata.xml"),
            email_url=f"smtp://{HOST}:{smtp_port}",
        ),
        "STATIC_ROOT": str(demo.static_folder),
        "BUITENWERELD_MAP": str(demo.buitenwereld_folder),
        "BUITENWERELD_PORT": str(demo.buitenwereld_port),
        "SMTP_PORT": str(smtp_port),
        "PORTAAL_METADATA_URL": f"{demo.portaal}/inloggen/eherkenning/metadata/",
        "SERVICE_ID": SERVICE_ID,
        "PYTHONUNBUFFERED": "1",
    }
    supervisor = Supervisor(ROOT, demo.folder, environment)
    try:
        print("De gegevens worden klaargezet.", flush=True)
        overview = _prepare(demo, supervisor)
        _start(demo, supervisor)
        _wait_until_ready(demo, supervisor)
        print(f"\n{overview}\n{_addresses(demo)}\n\nStoppen: Ctrl-C.", flush=True)
        while True:
            time.sleep(WATCH_EVERY)
            supervisor.check()
            _check_answers(diensten, demo.folder)
    finally:
        supervisor.stop()


def _prepare(demo: Demo, supervisor: Supervisor) -> str:
    """Keys, tables, catalogue and sample data; returns who can log in as what, as it stands in the database."""
    oin = ENTITY_ID.split(":")[3]
    pseudoniemen = demo.folder / "pseudoniemen.json"
    pseudoniemen.write_text(supervisor.run("pseudoniemen", [PYTHON, "-m", "buitenwereld", "--pseudoniemen", oin]))
    supervisor.run("inrichten", [PYTHON, "manage.py", "inrichten"])
    return supervisor.run(
        "voorbeelden",
        [
            *(PYTHON, "manage.py", "laad_voorbeelden"),
            *("--pseudoniemen", pseudoniemen),
            *("--sleutels", demo.buitenwereld_folder / "sleutels.json"),
        ],
    )


def _start(demo: Demo, supervisor: Supervisor) -> None:
    """Stopped in the reverse order: what takes work in before what does it."""
    celery = [PYTHON, "-m", "celery", "-A", "mijnduo"]
    supervisor.start("buitenwereld", [PYTHON, "-m", "buitenwereld"])
    supervisor.start("worker", [*celery, "worker", "--queues", "mail,taken", "--concurrency", "2", "-l", "INFO"])
    supervisor.start("beat", [*celery, "beat", "--schedule", demo.folder / "beat", "-l", "INFO"])
    gunicorn = [PYTHON, "-m", "gunicorn", "mijnduo.wsgi", "--bind", f"{HOST}:{demo.port}", "--no-control-socket"]
    supervisor.start("web", [*gunicorn, "--worker-class", "gthread", "--workers", "2", "--threads", "4"])


def _wait_until_ready(demo: Demo, supervisor: Supervisor) -> None:
    give_up = time.monotonic() + START_TIMEOUT
    while not (answers(demo.port, "/health/ready") and answers(demo.buitenwereld_port, "/makelaar/metadata")):
        supervisor.check()
        if time.monotonic() > give_up:
            raise LokaalError(f"Het portaal is na {START_TIMEOUT:.0f} seconden niet klaar: zie {demo.folder}/*.log.")
        time.sleep(0.2)


def _check_answers(diensten: Diensten, folder: Path) -> None:
    """Raises LokaalError when PostgreSQL or Redis is gone."""
    for name, url in (("PostgreSQL", diensten.database_url), ("Redis", diensten.redis_url)):
        address = urlsplit(url)
        if not address.hostname or not address.port:
            continue  # a socket in the file system
        try:
            socket.create_connection((address.hostname, address.port), timeout=10).close()
        except OSError:
            raise LokaalError(f"{name} antwoordt niet meer: zie {folder}/diensten/*.log.") from None


def _addresses(demo: Demo) -> str:
    rows = {
        "Portaal": f"{demo.portaal}/",
        "Beheer van DUO": f"{demo.portaal}/duo-beheer/",
        "Makelaar": f"{demo.buitenwereld}/makelaar/",
        "Postvak": f"{demo.buitenwereld}/postvak/",
        "Sleutel": f"{demo.buitenwereld}/sleutel/",
    }
    return "\n".join(f"{name:<18}{address}" for name, address in rows.items())


def _remove(folder: Path) -> None:
    """Raises LokaalError when a demo runs on the folder, when it is not ours, or when the data are not in it."""
    if os.environ.get("DATABASE_URL"):
        raise LokaalError("DATABASE_URL wijst naar een eigen database: maak die zelf leeg, of haal DATABASE_URL weg.")
    if folder.is_dir() and any(folder.iterdir()) and not os.path.lexists(folder / "diensten"):
        raise LokaalError(f"De map {folder} is niet van de demo: kies een andere map in DEMO_MAP.")
    remove_home(folder)


def _port(name: str, value: str) -> int:
    if value.isascii() and value.isdigit() and 0 < int(value[:6]) < 2**16:
        return int(value)
    raise LokaalError(f"{name} is '{value}': kies een poort van 1 tot en met 65535.")


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise LokaalError(
                f"Poort {port} is niet vrij ({error.strerror}): "
                "stop wat daar draait, of kies andere met PORT= en BUITENWERELD_PORT=."
            ) from None
