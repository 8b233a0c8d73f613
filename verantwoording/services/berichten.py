from datetime import datetime
from typing import Any

from verantwoording.haken import berichtsoorten
from verantwoording.models import Bericht


def enqueue_bericht(
    *,
    soort: str,
    sleutel: str,
    now: datetime,
    account_id: int | None = None,
    organisatie_id: int | None = None,
    object_id: int | None = None,
    gegevens: dict[str, Any] | None = None,
    prioriteit: Bericht.Prioriteit = Bericht.Prioriteit.GEWOON,
) -> Bericht:
    """Put a mail in the outbox, in the caller's transaction; it leaves after commit (D17).

    sleutel makes it "once": a second call with the same key returns the first row. KeyError for an unknown kind.
    """
    berichtsoorten[soort]
    bericht, new = Bericht.objects.get_or_create(
        sleutel=sleutel,
        defaults={
            "soort": soort,
            "account_id": account_id,
            "organisatie_id": organisatie_id,
            "object_id": object_id,
            "gegevens": gegevens or {},
            "prioriteit": prioriteit,
            "gemaakt_op": now,
            "niet_voor": now,
        },
    )
    if new:
        bericht.hint()
    return bericht
