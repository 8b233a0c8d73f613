"""The report of a keuring: who tried which portal when, and what came of each case; signed, so that it can be filed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from buitenwereld.keuring.bouwstenen import key_of
from buitenwereld.keuring.geval import Geval
from buitenwereld.keuring.rit import Gezien, holds
from buitenwereld.keys import KeyPair

RAPPORT, HANDTEKENING, CERTIFICAAT = "keuring.json", "keuring.json.sig", "keuring.crt"


@dataclass(frozen=True, slots=True)
class Uitslag:
    """One case and what was seen of it."""

    geval: Geval
    gezien: Gezien

    @property
    def goed(self) -> bool:
        """Whether the portal did what it must."""
        return holds(self.geval, self.gezien)


def describe(
    uitslagen: Sequence[Uitslag], *, door: str, begonnen: datetime, klaar: datetime, portaal: dict[str, str]
) -> dict[str, Any]:
    """The report as data: `portaal` holds what is known of it (address, entityID, version, hash of its metadata)."""
    return {
        "keuring": "eHerkenning-koppelvlak van buitenaf",
        "door": door,
        "begonnen": begonnen.astimezone(UTC).isoformat(timespec="seconds"),
        "klaar": klaar.astimezone(UTC).isoformat(timespec="seconds"),
        "portaal": portaal,
        "aantal": len(uitslagen),
        "niet_goed": [uitslag.geval.naam for uitslag in uitslagen if not uitslag.goed],
        "gevallen": [
            {
                "naam": uitslag.geval.naam,
                "familie": uitslag.geval.familie,
                "wat": uitslag.geval.tekst,
                "weg": uitslag.geval.weg.value,
                "verwacht": uitslag.geval.verwacht.value,
                "gezien": str(uitslag.gezien),
                "goed": uitslag.goed,
            }
            for uitslag in uitslagen
        ],
    }


def write_report(folder: Path, report: dict[str, Any], signer: KeyPair) -> None:
    """Write the report, its signature (RSA, SHA-256, apart) and the certificate to check it with."""
    folder.mkdir(parents=True, exist_ok=True)
    data = json.dumps(report, ensure_ascii=False, indent=2).encode() + b"\n"
    signature = key_of(signer).signing_key().sign(data, padding.PKCS1v15(), hashes.SHA256())
    for name, content in ((RAPPORT, data), (HANDTEKENING, signature), (CERTIFICAAT, signer.cert_pem)):
        (folder / name).write_bytes(content)


def read_report(folder: Path, certificate: bytes | None = None) -> tuple[dict[str, Any], str]:
    """The report and the fingerprint of who signed it, after its signature held.

    certificate: PEM of the signer that is expected; without it the one beside the report, whose fingerprint the
    reader compares. ValueError when the signature does not hold, OSError when a file is absent.
    """
    data = (folder / RAPPORT).read_bytes()
    cert = x509.load_pem_x509_certificate(certificate or (folder / CERTIFICAAT).read_bytes())
    public = cert.public_key()
    if not isinstance(public, rsa.RSAPublicKey):
        raise ValueError("Het certificaat heeft geen RSA-sleutel.")  # noqa: TRY004  what is wrong is the file
    try:
        public.verify((folder / HANDTEKENING).read_bytes(), data, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        raise ValueError("De handtekening hoort niet bij dit rapport of niet bij dit certificaat.") from None
    return json.loads(data), cert.fingerprint(hashes.SHA256()).hex()


def table(uitslagen: Sequence[Uitslag]) -> str:
    """The outcomes as a table for people, family by family."""
    width = max(len(uitslag.geval.tekst) for uitslag in uitslagen)
    lines, familie = [], ""
    for uitslag in uitslagen:
        geval = uitslag.geval
        if geval.familie != familie:
            familie = geval.familie
            lines += ["", familie]
        mark = "goed     " if uitslag.goed else "NIET GOED"
        lines.append(f"  {mark}  {geval.tekst:<{width}}  {geval.verwacht}: {uitslag.gezien}")
    return "\n".join(lines)
