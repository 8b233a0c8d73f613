"""Mededelingen that were read, and the line about maintenance (R21)."""

import time
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from accounts.models import Account, Organisatie
from autorisatie.models import Mededeling, MededelingGelezen, Onderhoud
from autorisatie.rules import LEESBEVESTIGING_BEWAREN
from autorisatie.services.voorbereid import Voorbereid
from verantwoording.models import Taakrun
from verantwoording.services import taakrun

VERS: Final = 10.0  # seconds
_onderhoud: dict[str, tuple[float, str]] = {}


# Per restriction: none of this kind, or one that fits the reader. Columns by name: a plan that was made for m.* breaks
# when a migration adds one while the portal runs.
MEDEDELINGEN = """
SELECT m.id, m.titel, m.tekst, m.van, m.tot, m.urgent, m.leesbevestiging, m.leesbevestiging AND EXISTS (
    SELECT FROM autorisatie_mededelinggelezen g WHERE g.mededeling_id = m.id AND g.account_id = %(account)s
) AS gelezen
FROM autorisatie_mededeling m WHERE m.van <= %(now)s AND (m.tot IS NULL OR m.tot > %(now)s)
AND (NOT EXISTS (SELECT FROM autorisatie_mededeling_soorten s WHERE s.mededeling_id = m.id)
     OR EXISTS (SELECT FROM autorisatie_mededeling_soorten s JOIN accounts_organisatie_soorten os
                ON os.soort_id = s.soort_id WHERE s.mededeling_id = m.id AND os.organisatie_id = %(organisatie)s))
AND (NOT EXISTS (SELECT FROM autorisatie_mededeling_sectoren s WHERE s.mededeling_id = m.id)
     OR EXISTS (SELECT FROM autorisatie_mededeling_sectoren s
                JOIN accounts_soort so ON so.sector_id = s.sector_id
                JOIN accounts_organisatie_soorten os ON os.soort_id = so.id
                WHERE s.mededeling_id = m.id AND os.organisatie_id = %(organisatie)s))
AND (NOT EXISTS (SELECT FROM autorisatie_mededeling_organisaties o WHERE o.mededeling_id = m.id)
     OR EXISTS (SELECT FROM autorisatie_mededeling_organisaties o
                WHERE o.mededeling_id = m.id AND o.organisatie_id = %(organisatie)s))
AND (NOT EXISTS (SELECT FROM autorisatie_mededeling_rollen r WHERE r.mededeling_id = m.id)
     OR EXISTS (SELECT FROM autorisatie_mededeling_rollen r JOIN autorisatie_autorisatie a ON a.rol_id = r.rol_id
                WHERE r.mededeling_id = m.id AND a.account_id = %(account)s
                AND a.van <= %(now)s AND (a.tot IS NULL OR a.tot > %(now)s)))
ORDER BY m.urgent DESC, m.van DESC, m.id DESC
"""
_mededelingen = Voorbereid(
    "mededelingen", MEDEDELINGEN, {"now": "timestamptz", "account": "bigint", "organisatie": "bigint"}
)


def mededelingen_for(*, account: Account, organisatie: Organisatie, now: datetime) -> list[Mededeling]:
    """What this reader, at work for this organisatie, sees at `now` (R21). Urgent ones first.

    `gelezen` says whether she said that she read it. Asked on every visit of the overzicht.
    """
    values = {"now": now, "account": account.pk, "organisatie": organisatie.pk}
    return list(Mededeling.objects.raw(_mededelingen.statement(), values))


@transaction.atomic
def record_gelezen(*, account: Account, organisatie: Organisatie, mededeling_id: int, now: datetime) -> bool:
    """Note that the account read a mededeling, once; False when it is not hers to read, or asks for nothing."""
    mine = mededelingen_for(account=account, organisatie=organisatie, now=now)
    if not any(one.pk == mededeling_id and one.leesbevestiging for one in mine):
        return False
    MededelingGelezen.objects.bulk_create(
        [MededelingGelezen(mededeling_id=mededeling_id, account=account, op=now)], ignore_conflicts=True
    )
    return True


def forget_gelezen(*, now: datetime) -> Taakrun | None:
    """Delete read receipts of more than a year ago (R34). Safe to run twice, late, or to kill."""
    with taakrun(naam="leesbevestigingen", now=now) as run:
        if run is None:
            return None
        deleted, _ = MededelingGelezen.objects.filter(op__lte=now - LEESBEVESTIGING_BEWAREN).delete()
        run.count(leesbevestigingen=deleted)
    return run.taakrun


def current_onderhoud() -> str:
    """The line about maintenance that runs now, else empty.

    Every page asks, so each process looks once in VERS seconds.
    """
    since, tekst = _onderhoud.get("nu", (0.0, ""))
    if not since or time.monotonic() - since >= VERS:
        now = timezone.now()
        row = Onderhoud.objects.filter(van__lte=now, tot__gt=now).order_by("van", "id").first()
        tekst = row.tekst if row else ""
        _onderhoud["nu"] = (time.monotonic(), tekst)
    return tekst


def forget_onderhoud() -> None:
    """Look anew at the next page: after staff changed a line, in this process."""
    _onderhoud.clear()
