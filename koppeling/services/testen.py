import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts.emails.aanmelding import read_test_token
from accounts.models import Account
from koppeling.eherkenning.levels import Niveau
from koppeling.eherkenning.outcome import Aanmelding, Check, Geweigerd, Weigering
from koppeling.models import AssertieClaim, EherkenningTest, GeparkeerdeLogin, Middel
from koppeling.rules import AFRONDEN_BINNEN, MERKEN, TEST
from koppeling.services.eherkenning import CLAIM_BEWAREN, hash_text
from koppeling.services.inloggen import find_toegang
from koppeling.services.koppelproces import organisaties_open_to

Uitkomst = EherkenningTest.Uitkomst
BEWAARD = {
    Weigering.NIVEAU_TE_LAAG: Uitkomst.NIVEAU,
    Weigering.GEEN_DIENSTMACHTIGING: Uitkomst.DIENSTMACHTIGING,
}
"""Refusals that say something about somebody's middel; the others are kept with nobody."""


@dataclass(frozen=True, slots=True)
class Uitslag:
    """What a test at the makelaar showed (D11). geweigerd is None when a login with it would have been accepted.

    gekoppeld counts the accounts that the middel opens; eerder: it was linked once; gestolen: it is barred.
    """

    in_response_to: str
    geweigerd: Geweigerd | None
    niveau: str = ""
    kvk: str = ""
    organisatie: str = ""
    gekoppeld: int = 0
    eerder: bool = False
    gestolen: bool = False

    @property
    def dienstmachtiging(self) -> bool | None:
        """Whether there is one; None when the answer did not show it. A KvK is read after the service only."""
        if self.geweigerd and self.geweigerd.weigering is Weigering.GEEN_DIENSTMACHTIGING:
            return False
        return True if self.kvk else None


def is_test(outcome: Aanmelding | Geweigerd) -> bool:
    """Whether the makelaar signed an answer to a request that was made for a test."""
    return (outcome.in_response_to or "").startswith(f"_{MERKEN[TEST]}")


def park_test(*, outcome: Aanmelding | Geweigerd, now: datetime) -> str | None:
    """Keep the outcome of a test for the browser that asked, two minutes (D8). Returns its handle; None on a replay.

    No Middel is made and no pseudonym kept: a test leaves nothing behind (D11). Call it only with an answer that the
    makelaar signed (`is_test`); each is claimed, so that repeating one fills nothing.
    """
    gegevens = _read(outcome, now)
    handle = secrets.token_urlsafe(32)
    try:
        with transaction.atomic():
            AssertieClaim.objects.create(
                sleutel=hash_text(outcome.response_id or ""), verloopt_op=now + AFRONDEN_BINNEN + CLAIM_BEWAREN
            )
            GeparkeerdeLogin.objects.create(
                handvat_hash=_hash(handle),
                in_response_to=outcome.in_response_to or "",
                gegevens=gegevens,
                verloopt_op=now + AFRONDEN_BINNEN,
            )
    except IntegrityError:
        return None
    return handle


def _hash(handle: str) -> str:
    """A handle of a test is never one of a login, nor the other way round."""
    return hash_text(f"{TEST}:{handle}")


def _read(outcome: Aanmelding | Geweigerd, now: datetime) -> dict[str, Any]:
    if isinstance(outcome, Geweigerd):
        return {
            "geweigerd": [outcome.weigering, outcome.check, list(outcome.statuscodes)],
            "loa": outcome.loa,
            "kvk": outcome.kvk,
        }
    middel = Middel.objects.filter(pseudoniem=outcome.pseudoniem, kvk_nummer=outcome.kvk).first()
    toegang = find_toegang(middel=middel, now=now, keten=outcome.intermediair_kvk is not None) if middel else None
    return {
        "loa": outcome.loa,
        "kvk": outcome.kvk,
        "organisatie": outcome.bedrijfsnaam or "",
        "gekoppeld": len(toegang.open) if toegang else 0,
        "eerder": toegang is not None and toegang.eerder is not None,
        "gestolen": middel is not None and middel.gestolen_op is not None,
    }


def claim_test(*, handle: str, now: datetime) -> Uitslag | None:
    """Take the outcome of a test, once. None when the handle is unknown, used or older than two minutes."""
    parked = GeparkeerdeLogin.objects.filter(handvat_hash=_hash(handle), verloopt_op__gt=now)
    if not parked.filter(gebruikt_op__isnull=True).update(gebruikt_op=now):
        return None
    row = parked.get()
    gegevens = dict(row.gegevens)
    loa, kvk, geweigerd = gegevens.pop("loa"), gegevens.pop("kvk") or "", gegevens.pop("geweigerd", None)
    niveau = Niveau.of(loa or "")
    refused = None
    if geweigerd:
        weigering, check, codes = geweigerd
        refused = Geweigerd(
            weigering=Weigering(weigering),
            check=Check(check),
            statuscodes=tuple(codes),
            loa=loa,
            kvk=kvk,
            response_id="",
        )
    return Uitslag(row.in_response_to, refused, niveau=niveau.naam if niveau else "", kvk=kvk, **gegevens)


def account_of_token(token: str) -> Account | None:
    """Whose personal link this is; None when it is not ours, or its account has been ended."""
    return Account.objects.active().select_related("organisatie").filter(pk=read_test_token(token) or 0).first()


def record_test(*, account_id: int, uitslag: Uitslag, now: datetime) -> Uitkomst | None:
    """Keep outcome, level and moment with the account, in place of an earlier test (D11).

    Returns what was kept; None when the test says nothing about his middel, or the account has been ended since.
    """
    account = Account.objects.active().filter(pk=account_id).first()
    uitkomst = BEWAARD.get(uitslag.geweigerd.weigering) if uitslag.geweigerd else Uitkomst.GELUKT
    if account is None or uitkomst is None or uitslag.gestolen:
        return None
    if uitkomst is Uitkomst.GELUKT:
        middel = Middel(kvk_nummer=uitslag.kvk)
        if not organisaties_open_to(middel=middel, now=now).filter(pk=account.organisatie_id or 0).exists():
            uitkomst = Uitkomst.ORGANISATIE
    EherkenningTest.objects.update_or_create(
        account=account, defaults={"op": now, "uitkomst": uitkomst, "niveau": uitslag.niveau}
    )
    return uitkomst
