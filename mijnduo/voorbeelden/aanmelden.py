"""A file with people to register that waits for its beheerder: three rows are faulty, one is there already (R04)."""

from datetime import datetime
from pathlib import Path
from typing import Final

from accounts.models import Account
from beheer.imports import read_tabel
from beheer.services.aanmeldlijsten import store_aanmeldlijst

BESTAND: Final = Path(__file__).with_name("aanmelden.csv")


def leave_aanmeldlijst(*, beheerder: Account, now: datetime) -> None:
    """Upload aanmelden.csv as she would, and leave it at its preview; it is kept for a day, as any (D23)."""
    store_aanmeldlijst(beheerder=beheerder, tabel=read_tabel(BESTAND.read_bytes()), now=now)
