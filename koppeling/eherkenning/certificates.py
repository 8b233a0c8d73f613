from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes


@dataclass(frozen=True, kw_only=True, slots=True)
class Certificaat:
    """A certificate that must be replaced in time. `wat` says whose it is, in Dutch.

    `naam` is its SHA-256 fingerprint in hex, which is the KeyName of ours; `einde` the moment it ends.
    """

    wat: str
    naam: str
    einde: datetime


def read_certificate(wat: str, pem: str) -> Certificaat:
    """Read this certificate (PEM). ValueError when it is none."""
    certificate = x509.load_pem_x509_certificate(pem.encode())
    return Certificaat(
        wat=wat, naam=certificate.fingerprint(hashes.SHA256()).hex(), einde=certificate.not_valid_after_utc
    )
