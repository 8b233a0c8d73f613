"""The environment of a portal on one machine (demo, tests, bench): its keys and settings. Knows no Django."""

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

ENTITY_ID = "urn:etoegang:DV:00000001234567890000:entities:9001"  # 9000–9999 are eHerkenning's numbers for test systems
SERVICE_ID = "urn:etoegang:DV:00000001234567890000:services:9001"
SERVICE_UUID = "086a21fa-b72b-57b5-b0ab-303e1031d683"  # as the makelaar of the demo makes it from the ServiceID


def make_keypair(folder: Path, name: str) -> tuple[Path, Path]:
    """Make a self-signed RSA pair `name`.key and `name`.crt (PEM) in `folder`, or keep it. Returns both paths."""
    key_path, cert_path = folder / f"{name}.key", folder / f"{name}.crt"
    if key_path.exists() and cert_path.exists():
        return key_path, cert_path
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Mijn DUO demonstratie {name}")])
    now = datetime.now(UTC)
    cert = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    key_path.touch(mode=0o600)
    key_path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    cert_path.write_bytes(cert.public_bytes(serialization.Encoding.PEM))
    return key_path, cert_path


def kept_secret(folder: Path, name: str) -> str:
    """A random secret (64 hex signs) that stays the same from one start to the next."""
    path = folder / name
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return path.read_text()


def portal_environment(
    folder: Path,
    *,
    omgeving: str,
    basis_url: str,
    hm_metadata: str,
    email_url: str,
) -> dict[str, str]:
    """Every setting of the portal but DATABASE_URL and REDIS_URL; its keys are made in `folder` when absent."""
    key, cert = make_keypair(folder, "sp")
    return {
        "DJANGO_SETTINGS_MODULE": "mijnduo.settings",
        "OMGEVING": omgeving,
        "SECRET_KEY": kept_secret(folder, "secret_key"),
        "BASIS_URL": basis_url,
        "ACTIVATIECODE_PEPERS": f"{omgeving}1:{kept_secret(folder, 'peper')}",
        "EMAIL_URL": email_url,
        "EHERKENNING_HM_METADATA": hm_metadata,
        "EHERKENNING_ENTITY_ID": ENTITY_ID,
        "EHERKENNING_SP_KEY": str(key),
        "EHERKENNING_SP_CERT": str(cert),
        "EHERKENNING_SERVICE_ID": SERVICE_ID,
        "EHERKENNING_SERVICE_UUID": SERVICE_UUID,
    }
