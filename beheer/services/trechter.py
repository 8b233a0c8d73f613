from datetime import datetime
from typing import Final

from accounts.models import Organisatie
from verantwoording.rules import Actor
from verantwoording.services import write_logregel

TRECHTER_GEDOWNLOAD: Final = "trechter_gedownload"


def record_download(*, organisatie: Organisatie, aantal: int, actor: Actor, now: datetime) -> None:
    """Log that the list of gebruikers left the portal as a file, and how many were in it (R33)."""
    write_logregel(
        gebeurtenis=TRECHTER_GEDOWNLOAD,
        actor=actor,
        now=now,
        organisatie_id=organisatie.pk,
        gegevens={"aantal": aantal},
    )
