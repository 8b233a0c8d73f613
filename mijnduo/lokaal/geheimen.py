"""Fill the folder that docker-compose.yml reads: `python -m mijnduo.lokaal.geheimen MAP ADRES [--demo]`."""

import argparse
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from mijnduo.lokaal.errors import LokaalError
from mijnduo.lokaal.omgeving import make_keypair, portal_environment

UID = 10001  # of the containers, as the Dockerfile makes it
# What only the organisation itself can know: left empty, and refused at the start until it is filled in.
TO_FILL_IN = (
    "EMAIL_URL",
    "MAIL_VAN",
    "MAIL_DUO",
    "MAIL_STORINGEN",
    "EHERKENNING_HM_METADATA",
    "EHERKENNING_HM_METADATA_CERT",
    "EHERKENNING_ENTITY_ID",
    "EHERKENNING_SERVICE_ID",
    "EHERKENNING_SERVICE_UUID",
)
# Given by docker-compose.yml, because they are the same everywhere.
IN_COMPOSE = ("DJANGO_SETTINGS_MODULE", "EHERKENNING_SP_KEY", "EHERKENNING_SP_CERT")


def fill_folder(folder: Path, *, basis_url: str, demo: bool) -> None:
    """Write portaal.env, postgres.env and redis.env, with new secrets, and in a demo the keys and certificates too.

    What is there is never written over: LokaalError when the folder has been filled before.
    """
    if (folder / "portaal.env").exists():
        raise LokaalError(f"In {folder} staan al geheimen: kies een andere map, of gooi die eerst weg.")
    for name in ("hm", "vorige"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    password = {name: secrets.token_hex(24) for name in ("postgres", "redis")}
    portaal = {
        "OMGEVING": "productie",
        "SECRET_KEY": secrets.token_hex(32),
        "BASIS_URL": basis_url,
        "ACTIVATIECODE_PEPERS": f"p1:{secrets.token_hex(32)}",
        **dict.fromkeys(TO_FILL_IN, ""),
    }
    if demo:
        portaal = portal_environment(
            folder,
            omgeving="demo",
            basis_url=basis_url,
            hm_metadata="/hm/hm-metadata.xml",
            email_url="smtp://buitenwereld:8025",
        ) | {"EXTRA_HOSTS": "web"}  # by which the makelaar reads the portal's metadata
        make_keypair(folder, "tls")
    portaal |= {
        "DATABASE_URL": f"postgres://mijnduo:{password['postgres']}@postgres:5432/mijnduo",
        "REDIS_URL": f"redis://:{password['redis']}@redis:6379/0",
    }
    _write(folder / "portaal.env", {name: value for name, value in portaal.items() if name not in IN_COMPOSE})
    _write(
        folder / "postgres.env",
        {"POSTGRES_USER": "mijnduo", "POSTGRES_DB": "mijnduo", "POSTGRES_PASSWORD": password["postgres"]},
    )
    _write(folder / "redis.env", {"REDISCLI_AUTH": password["redis"]})
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, UID, UID)


def main() -> int:
    """0, or 1 with a Dutch sentence."""
    parser = argparse.ArgumentParser(prog="python -m mijnduo.lokaal.geheimen")
    parser.add_argument("map", type=Path, help="map voor de geheimen, buiten versiebeheer")
    parser.add_argument("adres", help="adres van het portaal, bijvoorbeeld https://mijnduo.example")
    parser.add_argument("--demo", action="store_true", help="maak ook sleutels voor een demonstratie")
    chosen = parser.parse_args()
    try:
        fill_folder(chosen.map, basis_url=chosen.adres, demo=chosen.demo)
    except LokaalError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename} is niet te gebruiken ({error.strerror}): kies een andere map.", file=sys.stderr)
        return 1
    print(f"De geheimen staan in {chosen.map}.")
    if not chosen.demo:
        print(f"Vul in portaal.env nog in: {', '.join(TO_FILL_IN)}. Zet er sp.key, sp.crt, tls.key en tls.crt bij.")
    return 0


def _write(path: Path, values: Mapping[str, str]) -> None:
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}={value}\n" for name, value in values.items()))


if __name__ == "__main__":
    sys.exit(main())
