import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse

from koppeling.eherkenning.config import Eherkenning, load_config
from koppeling.eherkenning.outcome import Aanmelding
from koppeling.eherkenning.request import AuthnRedirect, build_authn_request
from koppeling.models import AssertieClaim, GeparkeerdeLogin, Middel
from koppeling.rules import AFRONDEN_BINNEN

# A message is refused when it is this much past its end at the latest, whatever clock the makelaar has.
CLAIM_BEWAREN = timedelta(hours=1)
METADATA_SECONDEN = 10


@lru_cache(maxsize=1)
def load_eherkenning() -> Eherkenning:
    """The eHerkenning configuration of this process, from the settings (keys, makelaar's metadata, minimum level).

    Raises koppeling.eherkenning.config.ConfiguratieFout when the metadata or a key is no good, OSError when it can't
    be read: the portal then does not start (mijnduo.checks).
    """
    return load_config(
        hm_metadata=_read(settings.EHERKENNING_HM_METADATA),
        entity_id=settings.EHERKENNING_ENTITY_ID,
        acs_url=settings.BASIS_URL + reverse("eherkenning_acs"),
        sp_key=Path(settings.EHERKENNING_SP_KEY).read_text(),
        sp_cert=Path(settings.EHERKENNING_SP_CERT).read_text(),
        service_id=settings.EHERKENNING_SERVICE_ID,
        minimum_loa=settings.EHERKENNING_MIN_LOA,
    )


def _read(source: str) -> bytes:
    if source.startswith("https://"):
        with urlopen(source, timeout=METADATA_SECONDEN) as answer:  # noqa: S310  # https only, named by the operator
            return bytes(answer.read())
    return Path(source).read_bytes()


def start_login(*, now: datetime) -> AuthnRedirect:
    """A signed request to the makelaar, with its ID for the browser's session."""
    return build_authn_request(load_eherkenning(), relay_state=secrets.token_urlsafe(24), now=now)


@dataclass(frozen=True, slots=True)
class Parkeerkaart:
    """A parked login that reached a browser: to which request it answers, whose middel it is, and what was stated."""

    in_response_to: str
    middel: Middel
    inlog: dict[str, Any]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def park_login(*, aanmelding: Aanmelding, now: datetime) -> str | None:
    """Keep a verified login until the browser that asked for it comes to fetch it (D8). Returns its handle.

    None when one of the message's ids was used before: a replay, also in parallel, leaves nothing behind. Call it only
    with a verified Aanmelding: nobody can fill the database (D13).
    """
    handle = secrets.token_urlsafe(32)
    try:
        with transaction.atomic():
            AssertieClaim.objects.bulk_create(
                AssertieClaim(sleutel=_hash(message_id), verloopt_op=aanmelding.not_on_or_after + CLAIM_BEWAREN)
                for message_id in sorted({aanmelding.response_id, aanmelding.assertion_id})
            )
            middel, _ = Middel.objects.update_or_create(
                pseudoniem=aanmelding.pseudoniem, kvk_nummer=aanmelding.kvk, defaults={"gezien_op": now}
            )
            GeparkeerdeLogin.objects.create(
                handvat_hash=_hash(handle),
                in_response_to=aanmelding.in_response_to,
                gegevens={
                    "middel": middel.pk,
                    "kvk": aanmelding.kvk,
                    "loa": aanmelding.loa,
                    "service": aanmelding.service_id,
                    "vestigingen": list(aanmelding.vestigingen),
                    "intermediair": aanmelding.intermediair_kvk,
                    "organisatie": aanmelding.bedrijfsnaam or "",
                },
                verloopt_op=now + AFRONDEN_BINNEN,
            )
    except IntegrityError:
        return None
    return handle


def claim_parked_login(*, handle: str, now: datetime) -> Parkeerkaart | None:
    """Take a parked login, once (D8). None when the handle is unknown, used or older than two minutes."""
    parked = GeparkeerdeLogin.objects.filter(handvat_hash=_hash(handle), verloopt_op__gt=now)
    if not parked.filter(gebruikt_op__isnull=True).update(gebruikt_op=now):
        return None
    row = parked.get()
    return Parkeerkaart(
        in_response_to=row.in_response_to,
        middel=Middel.objects.get(pk=row.gegevens["middel"]),
        inlog={**row.gegevens, "op": now.isoformat()},
    )
