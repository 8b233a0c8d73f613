"""Run the outside world: `python -m buitenwereld`.

| variable | meaning | default |
| --- | --- | --- |
| `BUITENWERELD_MAP` | folder for keys, `hm-metadata.xml`, mail and `sleutels.json` | `var/buitenwereld` |
| `BUITENWERELD_PORT` | HTTP port | 8001 |
| `SMTP_PORT` | SMTP port | 8025 |
| `BUITENWERELD_HOST` | host name in its own addresses | `localhost` |
| `BUITENWERELD_BIND` | address to listen on; `0.0.0.0` in a container | `127.0.0.1` |
| `PORTAAL_METADATA_URL` | the portal's SAML metadata; read at the first login, and when a request does not fit | |
| `PORTAAL_METADATA` | the same as a file, when there is no URL | |
| `BUITENWERELD_PERSONAS` | JSON file with personas | `buitenwereld/personas.json` |
| `SERVICE_ID` | when the portal's metadata names no ServiceID | `urn:etoegang:DV:00000001234567890000:services:9001` |
"""

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from buitenwereld.config import DEFAULT_PERSONAS, DEFAULT_SERVICE_ID, Config
from buitenwereld.personas import load_personas
from buitenwereld.saml import pseudonym
from buitenwereld.server import Buitenwereld, write_metadata


def read_config(environ: Mapping[str, str]) -> Config:
    """Settings from environment variables; `ValueError` when a port is no number."""
    return Config(
        folder=Path(environ.get("BUITENWERELD_MAP", "var/buitenwereld")),
        port=int(environ.get("BUITENWERELD_PORT", "8001")),
        smtp_port=int(environ.get("SMTP_PORT", "8025")),
        host=environ.get("BUITENWERELD_HOST", "localhost"),
        bind=environ.get("BUITENWERELD_BIND", "127.0.0.1"),
        sp_metadata=environ.get("PORTAAL_METADATA_URL") or environ.get("PORTAAL_METADATA", ""),
        personas=Path(environ.get("BUITENWERELD_PERSONAS") or DEFAULT_PERSONAS),
        service_id=environ.get("SERVICE_ID", DEFAULT_SERVICE_ID),
    )


def print_pseudonyms(config: Config, secret: bytes, oin: str) -> None:
    """Print as JSON which pseudonym every persona gets at the dienstverlener with this OIN, for sample data."""
    rows = [
        {
            "persona": persona.id,
            "naam": persona.naam,
            "niveau": persona.niveau,
            "kvk": organisatie.kvk,
            "pseudoniem": pseudonym(secret, oin, persona.id, organisatie.kvk),
        }
        for persona in load_personas(config.personas).values()
        for organisatie in persona.organisaties
    ]
    print(json.dumps(rows, ensure_ascii=False, indent=2))


def serve(config: Config) -> None:
    """Run until TERM or INT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    buitenwereld = Buitenwereld(config)
    buitenwereld.start()
    print(f"Buitenwereld: {config.base_url}/ (mail: smtp://{config.host}:{config.smtp_port})", flush=True)
    stop.wait()
    buitenwereld.stop()


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m buitenwereld", description="Makelaar, postvak en sleutel.")
    parser.add_argument("--sleutels-alleen", action="store_true", help="maak sleutels en hm-metadata.xml en stop")
    parser.add_argument("--tweede-sleutel", action="store_true", help="maak ook een tweede sleutel van de makelaar")
    parser.add_argument("--pseudoniemen", metavar="OIN", help="toon de pseudoniemen van de personas als JSON en stop")
    options = parser.parse_args(arguments)
    try:
        config = read_config(os.environ)
        keys = write_metadata(config, second=options.tweede_sleutel)
        if options.pseudoniemen:
            print_pseudonyms(config, keys.secret, options.pseudoniemen)
        elif not options.sleutels_alleen:
            serve(config)
    except OSError as error:
        print(f"Buitenwereld kan niet starten: {error}. Is een poort of map al in gebruik?", file=sys.stderr)
        return 1
    except ValueError as error:
        print(f"Buitenwereld kan niet starten: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
