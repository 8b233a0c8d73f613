"""An authenticator: secrets under a label, and the six digits that belong to them now."""

import json
import re
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyotp

from buitenwereld.keys import write_private

MAX_SLEUTELS = 200
MAX_LENGTH = 500


@dataclass(frozen=True, slots=True)
class Code:
    """What the authenticator shows for one label: the code and for how many seconds it lasts."""

    label: str
    code: str
    seconden: int


def totp_of(secret: str) -> pyotp.TOTP:
    """The TOTP of a base32 secret (spaces and case ignored) or an otpauth:// URI; `ValueError` for anything else."""
    if len(secret) > MAX_LENGTH:
        raise ValueError("te lang")
    if secret.startswith("otpauth://"):
        otp = pyotp.parse_uri(secret)
        if not isinstance(otp, pyotp.TOTP) or otp.interval < 1:
            raise ValueError("geen code op tijd")
    else:
        otp = pyotp.TOTP(re.sub(r"[\s\-]", "", secret).upper())
    if not otp.byte_secret():
        raise ValueError("leeg")
    return otp


class Sleutels:
    """The secrets in one JSON file, label → secret; the demo writes its staff there, the page adds to it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    def codes(self, now: datetime) -> list[Code]:
        """Codes of this moment by label; an entry that is no secret is left out."""
        codes = []
        for label, secret in sorted(self._read().items()):
            try:
                totp = totp_of(secret)
            except ValueError:
                continue
            codes.append(Code(label, totp.at(now), totp.interval - int(now.timestamp()) % totp.interval))
        return codes

    def add(self, label: str, secret: str) -> None:
        """Remember a secret under a label, replacing an older one; `ValueError` when it is no secret or all is full."""
        totp_of(secret)
        with self._lock:
            known = self._read() | {label: secret}
            if len(known) > MAX_SLEUTELS:
                raise ValueError("vol")
            self._write(known)

    def remove(self, label: str) -> None:
        """Forget a label; an unknown one is fine."""
        with self._lock:
            self._write({key: value for key, value in self._read().items() if key != label})

    def _read(self) -> dict[str, str]:
        try:
            data = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(label): str(secret) for label, secret in data.items()} if isinstance(data, dict) else {}

    def _write(self, known: dict[str, str]) -> None:
        write_private(self._path, json.dumps(known, ensure_ascii=False, indent=2).encode())
