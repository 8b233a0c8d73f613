"""Mededelingen that were read, and the line about maintenance (R21)."""

import time
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import timezone

from accounts.models import Account, Organisatie
from autorisatie.models import Mededeling, MededelingGelezen, Onderhoud
from autorisatie.rules import LEESBEVESTIGING_BEWAREN
from verantwoording.models import Taakrun
from verantwoording.services import taakrun

VERS: Final = 10.0  # seconds
_onderhoud: dict[str, tuple[float, str]] = {}


@transaction.atomic
def record_gelezen(*, account: Account, organisatie: Organisatie, mededeling_id: int, now: datetime) -> bool:
    """Note that the account read a mededeling, once; False when it is not hers to read, or asks for nothing."""
    mine = Mededeling.objects.for_lezer(account, organisatie, now)
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
