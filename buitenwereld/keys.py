"""Keys made on the spot: the makelaar's, those of its AD and MR, and the secret behind the pseudonyms."""

import base64
import os
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

CERT_START = b"-----BEGIN CERTIFICATE-----"
LIFETIME = timedelta(days=3650)


def key_name(cert_pem: bytes) -> str:
    """KeyName of a certificate: its SHA-256 fingerprint in lower-case hex."""
    return x509.load_pem_x509_certificate(cert_pem).fingerprint(hashes.SHA256()).hex()


def cert_base64(cert_pem: bytes) -> str:
    """The certificate as `ds:X509Certificate` wants it: DER in base64, one line."""
    der = x509.load_pem_x509_certificate(cert_pem).public_bytes(serialization.Encoding.DER)
    return base64.b64encode(der).decode()


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A private RSA key and its self-signed certificate, both PEM."""

    key_pem: bytes
    cert_pem: bytes


def make_key_pair(common_name: str, now: datetime) -> KeyPair:
    """New RSA-2048 key with a certificate of ten years from a day before `now`."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    cert = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + LIFETIME)
        .sign(key, hashes.SHA256())
    )
    return KeyPair(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
        cert.public_bytes(serialization.Encoding.PEM),
    )


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    draft.replace(path)


def load_or_make_key_pair(path: Path, common_name: str, now: datetime) -> KeyPair:
    """The pair in `path` (key, then certificate), made and written when the file is absent."""
    if not path.exists():
        pair = make_key_pair(common_name, now)
        write_private(path, pair.key_pem + pair.cert_pem)
        return pair
    return read_key_pair(path)


def read_key_pair(path: Path) -> KeyPair:
    """The pair in a file that holds the key and then the certificate."""
    key_pem, marker, rest = path.read_bytes().partition(CERT_START)
    return KeyPair(key_pem, marker + rest)


def load_or_make_secret(path: Path) -> bytes:
    """The 32 bytes in `path`, made when absent: the same secret gives the same pseudonyms after a restart."""
    if not path.exists():
        write_private(path, secrets.token_bytes(32))
    return path.read_bytes()


@dataclass(frozen=True, slots=True)
class Keys:
    """All that the makelaar keeps secret; `hm` has a second pair when a key change is being played."""

    hm: tuple[KeyPair, ...]
    ad: KeyPair
    mr: KeyPair
    secret: bytes


def load_keys(folder: Path, now: datetime, *, second: bool = False) -> Keys:
    """Keys of `folder`, made where absent. `second` also makes a second signing key; once made it stays published."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ["hm.pem", "hm-2.pem"] if second or (folder / "hm-2.pem").exists() else ["hm.pem"]
    return Keys(
        hm=tuple(load_or_make_key_pair(folder / name, "Herkenningsmakelaar demonstratie", now) for name in names),
        ad=load_or_make_key_pair(folder / "ad.pem", "Authenticatiedienst demonstratie", now),
        mr=load_or_make_key_pair(folder / "mr.pem", "Machtigingenregister demonstratie", now),
        secret=load_or_make_secret(folder / "pseudoniem.geheim"),
    )
