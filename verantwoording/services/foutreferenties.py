import secrets
from datetime import datetime, timedelta
from typing import Any

from verantwoording.models import Foutreferentie
from verantwoording.rules import FOUTREFERENTIES_PER_MINUUT, make_foutreferentie


def record_foutreferentie(
    *,
    oorzaak: str,
    bron: Foutreferentie.Bron,
    now: datetime,
    kvk_nummer: str = "",
    organisatie_id: int | None = None,
    account_id: int | None = None,
    gegevens: dict[str, Any] | None = None,
) -> str:
    """Give a refusal its short reference and keep what stands behind it for 30 days (R16, D13). Returns the reference.

    When this bron has had its number for the minute the reference stands in the log line of the caller alone. Tries at
    the same moment may pass that number by one each: a bound on the disk need not be exact, and a lock would let one
    flood hold up everybody's refusals.
    """
    recent = Foutreferentie.objects.filter(bron=bron, op__gt=now - timedelta(minutes=1))
    full = recent.count() >= FOUTREFERENTIES_PER_MINUUT
    while True:
        referentie = make_foutreferentie(secrets.randbelow)
        if full:
            return referentie
        row, new = Foutreferentie.objects.get_or_create(
            referentie=referentie,
            defaults={
                "op": now,
                "bron": bron,
                "oorzaak": oorzaak,
                "kvk_nummer": kvk_nummer,
                "organisatie_id": organisatie_id,
                "account_id": account_id,
                "gegevens": gegevens or {},
            },
        )
        if new:
            return row.referentie
