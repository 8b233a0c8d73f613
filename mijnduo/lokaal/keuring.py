"""`make keuring`: a portal of its own, thrown away afterwards, and the keuring that tries it from outside."""

import json
import os
import sys
import tempfile
import time
import tomllib
from pathlib import Path

from mijnduo.lokaal.diensten import Diensten
from mijnduo.lokaal.errors import LokaalError
from mijnduo.lokaal.foreground import run_command
from mijnduo.lokaal.omgeving import ENTITY_ID, portal_environment
from mijnduo.lokaal.processes import answers, free_port
from mijnduo.lokaal.supervisor import Supervisor

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sys.executable
START_TIMEOUT = 120.0  # seconds
PERSONA = "fatima-el-amrani"  # has one account, with a live koppeling, in the sample data


def main(arguments: list[str]) -> int:
    """The exit code of `python -m buitenwereld.keuring`, which gets the arguments; 1 when no portal starts."""
    # Sample data go into it: never into a database that somebody already has.
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    try:
        with tempfile.TemporaryDirectory(prefix="mijnduo-keuring-") as folder, Diensten.start() as diensten:
            return _run(Path(folder), diensten, arguments)
    except LokaalError as error:
        print(error, file=sys.stderr)
        return 1


def _run(folder: Path, diensten: Diensten, arguments: list[str]) -> int:
    port = free_port()
    portaal, buitenwereld, static = f"http://127.0.0.1:{port}", folder / "buitenwereld", folder / "static"
    static.mkdir()
    settings = portal_environment(
        folder,
        omgeving="test",
        basis_url=portaal,
        hm_metadata=str(buitenwereld / "hm-metadata.xml"),
        email_url="smtp://127.0.0.1:9",
    )
    environment = {
        **diensten.environment,
        **settings,
        "STATIC_ROOT": str(static),
        "BUITENWERELD_MAP": str(buitenwereld),
    }
    supervisor = Supervisor(ROOT, folder, environment)
    try:
        print("Er wordt een portaal klaargezet om te keuren.", flush=True)
        pseudoniem, kvk = _prepare(folder, supervisor)
        gunicorn = [PYTHON, "-m", "gunicorn", "mijnduo.wsgi", "--bind", f"127.0.0.1:{port}", "--no-control-socket"]
        supervisor.start("web", [*gunicorn, "--worker-class", "gthread", "--workers", "1", "--threads", "4"])
        _wait_until_ready(port, supervisor)
        return run_command(
            [PYTHON, "-m", "buitenwereld.keuring", *arguments],
            {
                "PORTAAL": portaal,
                "HM_SLEUTEL": str(buitenwereld / "hm.pem"),
                "HM_TWEEDE_SLEUTEL": str(buitenwereld / "hm-2.pem"),
                "EHERKENNING_SERVICE_UUID": settings.get("EHERKENNING_SERVICE_UUID", ""),
                "KEURING_PSEUDONIEM": pseudoniem,
                "KEURING_KVK": kvk,
                "KEURING_VERSIE": _version(),
            },
        )
    finally:
        supervisor.stop()


def _prepare(folder: Path, supervisor: Supervisor) -> tuple[str, str]:
    """Keys, tables and sample data; the pseudonym and KvK-nummer of somebody who is linked."""
    supervisor.run("sleutels", [PYTHON, "-m", "buitenwereld", "--sleutels-alleen", "--tweede-sleutel"])
    pseudoniemen = folder / "pseudoniemen.json"
    oin = ENTITY_ID.split(":")[3]
    pseudoniemen.write_text(supervisor.run("pseudoniemen", [PYTHON, "-m", "buitenwereld", "--pseudoniemen", oin]))
    supervisor.run("inrichten", [PYTHON, "manage.py", "inrichten"])
    supervisor.run(
        "voorbeelden",
        [
            *(PYTHON, "manage.py", "laad_voorbeelden"),
            *("--pseudoniemen", pseudoniemen),
            *("--sleutels", folder / "sleutels.json"),
        ],
    )
    row = next(row for row in json.loads(pseudoniemen.read_text()) if row["persona"] == PERSONA)
    return row["pseudoniem"], row["kvk"]


def _wait_until_ready(port: int, supervisor: Supervisor) -> None:
    give_up = time.monotonic() + START_TIMEOUT
    while not answers(port, "/health/ready"):
        supervisor.check()
        if time.monotonic() > give_up:
            raise LokaalError(f"Het portaal is na {START_TIMEOUT:.0f} seconden niet klaar.")
        time.sleep(0.2)


def _version() -> str:
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
