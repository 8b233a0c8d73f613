"""Try a running portal from outside: `python -m buitenwereld.keuring --portaal URL --hm-sleutel hm.pem`.

Each option may come from the environment too, under the name that `--help` shows. The keys are those that the portal
knows from the makelaar's metadata: a test makelaar's, never a real one's.
"""

import argparse
import getpass
import os
import secrets
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from buitenwereld.config import DEFAULT_SERVICE_ID
from buitenwereld.keuring.bouwstenen import Key, Sleutelbos, certificate_key, key_of
from buitenwereld.keuring.geval import Geval
from buitenwereld.keuring.gevallen import GEVALLEN
from buitenwereld.keuring.rapport import RAPPORT, Uitslag, describe, read_report, table, write_report
from buitenwereld.keuring.rit import Keuring, KeuringFout
from buitenwereld.keys import load_or_make_key_pair, read_key_pair
from buitenwereld.safexml import Refused
from buitenwereld.saml import HM_ENTITY_ID
from buitenwereld.spmetadata import MetadataSource

METADATA = "/inloggen/eherkenning/metadata/"
# Of nobody: no organisatie has it, so that a keuring links and alarms nobody.
KVK = "90009999"


def parser(environ: Mapping[str, str]) -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="python -m buitenwereld.keuring", description="Keurt een draaiend portaal van buitenaf."
    )

    def add(name: str, variable: str, text: str, default: str = "") -> None:
        made.add_argument(name, default=environ.get(variable) or default, help=f"{text} ({variable})")

    add("--portaal", "PORTAAL", "adres van het portaal")
    add("--metadata", "PORTAAL_METADATA_URL", "adres of bestand van zijn SAML-metadata; anders op zijn vaste plek")
    add("--hm-sleutel", "HM_SLEUTEL", "sleutel en certificaat van de makelaar, PEM in één bestand")
    add("--hm-tweede-sleutel", "HM_TWEEDE_SLEUTEL", "een tweede sleutel die het portaal ook vertrouwt")
    add("--hm-entityid", "HM_ENTITY_ID", "naam van de makelaar", HM_ENTITY_ID)
    add("--pseudoniem", "KEURING_PSEUDONIEM", "pseudoniem van een gekoppeld middel; anders een onbekend middel")
    add("--kvk", "KEURING_KVK", "KvK-nummer dat bij het pseudoniem hoort", KVK)
    add(
        "--dienst-uuid", "EHERKENNING_SERVICE_UUID", "ServiceUUID van de dienst; anders die van de makelaar van de demo"
    )
    add("--wachten", "KEURING_WACHTEN", "seconden voordat iets later opnieuw wordt gebruikt", "5")
    add("--map", "KEURING_MAP", "map voor het rapport", "var/keuring")
    add("--rapport-sleutel", "KEURING_SLEUTEL", "sleutel en certificaat voor het rapport; anders een eigen, in de map")
    add("--door", "KEURING_DOOR", "wie keurt", _user())
    add("--versie", "KEURING_VERSIE", "versie van het portaal, voor in het rapport", "onbekend")
    made.add_argument("--alleen", metavar="WOORD", default="", help="alleen gevallen met dit woord in naam of familie")
    made.add_argument("--controleer", action="store_true", help="controleer de handtekening van het rapport in de map")
    made.add_argument("--certificaat", type=Path, help="certificaat waarmee het rapport ondertekend moet zijn")
    return made


def main(arguments: list[str] | None = None) -> int:
    """0 when every case holds (or the signature does), 1 when one does not, 2 when the portal could not be tried."""
    options = parser(os.environ).parse_args(arguments)
    try:
        return check(Path(options.map), options.certificaat) if options.controleer else run(options)
    except (KeuringFout, Refused, OSError, ValueError, TypeError) as error:
        print(f"De keuring is niet gelukt: {error}", file=sys.stderr)
        return 2


def check(folder: Path, certificate: Path | None) -> int:
    """Check a filed report and say what is in it. ValueError when its signature does not hold."""
    report, fingerprint = read_report(folder, certificate.read_bytes() if certificate else None)
    print(f"De handtekening klopt. Ondertekend met het certificaat met SHA-256-vingerafdruk {fingerprint}.")
    print(f"{report['door']} keurde {report['portaal']['adres']} op {report['begonnen']}: {_summary(report)}")
    return 0


def run(options: argparse.Namespace) -> int:
    """Try everything, print the table, write the signed report."""
    if not options.portaal or not options.hm_sleutel:
        raise ValueError("geef het adres van het portaal en de sleutel van de makelaar (--portaal en --hm-sleutel).")
    begonnen = datetime.now(UTC)
    source = MetadataSource(
        options.metadata or urljoin(options.portaal, METADATA), fallback_service_id=DEFAULT_SERVICE_ID
    )
    sp = source.get()
    known = {
        "hm": key_of(read_key_pair(Path(options.hm_sleutel))),
        "sp": certificate_key(sp.reader.cert_pem, sp.reader.key_name),
    }
    if options.hm_tweede_sleutel:
        known["hm-2"] = key_of(read_key_pair(Path(options.hm_tweede_sleutel)))
    keuring = Keuring(
        adres=options.portaal,
        sp=sp,
        hm=options.hm_entityid,
        key=Sleutelbos(known, begonnen),
        pseudoniem=options.pseudoniem or f"{secrets.token_hex(32)}@{secrets.token_hex(16)}",
        kvk=options.kvk,
        dienst_uuid=options.dienst_uuid,
        wachten=float(options.wachten),
    )
    if opened := keuring.doors(keuring.browser()):
        raise KeuringFout(f"zonder inloggen gaat al open: {', '.join(opened)}.")
    chosen = [geval for geval in GEVALLEN if _is_chosen(geval, options.alleen, second="hm-2" in known)]
    if not chosen:
        raise ValueError(f"geen enkel geval heeft '{options.alleen}' in naam of familie.")
    uitslagen = [Uitslag(geval, keuring.try_out(geval)) for geval in chosen]
    report = describe(
        uitslagen,
        door=options.door,
        begonnen=begonnen,
        klaar=datetime.now(UTC),
        portaal={
            "adres": options.portaal,
            "entityid": sp.entity_id,
            "versie": options.versie,
            "certificaat_sha256": Key(known["sp"].cert).key_name,
        },
    )
    folder = Path(options.map)
    folder.mkdir(parents=True, exist_ok=True)
    own = Path(options.rapport_sleutel) if options.rapport_sleutel else None
    signer = read_key_pair(own) if own else load_or_make_key_pair(folder / "keuring.pem", "Keuring", begonnen)
    write_report(folder, report, signer)
    print(f"{table(uitslagen)}\n\n{_summary(report)} Het rapport staat in {folder / RAPPORT}.")
    return 1 if report["niet_goed"] else 0


def _is_chosen(geval: Geval, word: str, *, second: bool) -> bool:
    return word.lower() in f"{geval.naam} {geval.familie}".lower() and (second or not geval.tweede_sleutel)


def _summary(report: Mapping[str, Any]) -> str:
    wrong = report["niet_goed"]
    return f"Niet goed: {', '.join(wrong)}." if wrong else f"Alle {report['aantal']} gevallen zijn goed."


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no name belongs to this user id, as in a container
        return "onbekend"


if __name__ == "__main__":
    sys.exit(main())
