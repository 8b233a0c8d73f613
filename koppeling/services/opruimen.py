from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from accounts.models import EmailWijziging
from koppeling.models import (
    Activatiecode,
    AssertieClaim,
    CodeAanvraag,
    EherkenningTest,
    GeparkeerdeLogin,
    Spoor,
    Teller,
)
from verantwoording.models import Bericht, Foutreferentie, Taakrun
from verantwoording.services import taakrun

TAAK: Final = "opruimen"
CHUNK = 1_000  # rows a transaction
# The periods that the models promise in their bewaarregel (R34).
MAAND = timedelta(days=30)
JAAR = timedelta(days=365)


def delete_what_has_ended(*, now: datetime) -> Taakrun | None:
    """Delete what is no longer needed, in short transactions (D16, R34). Safe to run twice, late, or to kill.

    Returns the finished run with counts per kind, or None when this hour's run is done or at work elsewhere.
    """
    with taakrun(naam=TAAK, now=now) as run:
        if run is None:
            return None
        for naam, rows in _ended(now).items():
            while True:
                with transaction.atomic():
                    # The condition stands outside too: a counter that is touched at this moment is not idle.
                    deleted, _ = rows.filter(pk__in=rows.values("pk")[:CHUNK]).delete()
                    run.count(**{naam: deleted})
                if deleted < CHUNK:
                    break
    return run.taakrun


def _ended(now: datetime) -> dict[str, QuerySet[Any]]:
    return {
        "assertieclaims": AssertieClaim.objects.filter(verloopt_op__lte=now),
        "geparkeerde_logins": GeparkeerdeLogin.objects.filter(verloopt_op__lte=now),
        "tellers": Teller.objects.filter(laatste_op__lte=now - MAAND),
        "sporen": Spoor.objects.filter(op__lte=now - MAAND),
        "activatiecodes": Activatiecode.objects.annotate(
            einde=Coalesce("gebruikt_op", "ingetrokken_op", "geldig_tot")
        ).filter(einde__lte=now - MAAND),
        "codeaanvragen": CodeAanvraag.objects.filter(gevraagd_op__lte=now - MAAND),
        "emailwijzigingen": EmailWijziging.objects.filter(aangevraagd_op__lte=now - MAAND),
        "eherkenningtests": EherkenningTest.objects.filter(op__lte=now - JAAR),
        "foutreferenties": Foutreferentie.objects.filter(op__lte=now - MAAND),
        "sessies": Session.objects.filter(expire_date__lte=now),
        "berichten": Bericht.objects.annotate(einde=Coalesce("verzonden_op", "gemaakt_op"))
        .filter(einde__lte=now - JAAR)
        .exclude(status__in=[Bericht.Status.WACHT, Bericht.Status.BEZIG]),
    }
