import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Final
from urllib.request import HTTPRedirectHandler, Request, build_opener

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from koppeling.eherkenning.config import ConfiguratieFout, Eherkenning, MetadataFout, load_config
from koppeling.eherkenning.hm_metadata import (
    MAX_BYTES,
    HandtekeningFout,
    HMDocument,
    open_hm_metadata,
    pem_certificates,
)
from koppeling.models import HMMetadata
from verantwoording.models import Taakrun
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import taakrun, write_logregel

logger = logging.getLogger("mijnduo.eherkenning")

TAAK: Final = "metadata"
SECONDEN_STIL = 10  # for one answer of the network
SECONDEN_SAMEN = 30
CHUNK = 65_536
VERNIEUWD_HOOGSTENS_OUD = timedelta(hours=3)


class Uitkomst(StrEnum):
    """What came of looking at the source once. Whatever it is, the last accepted metadata stay in use."""

    VERNIEUWD = "vernieuwd"
    ONGEWIJZIGD = "ongewijzigd"
    NIET_BEREIKBAAR = "niet_bereikbaar"
    HANDTEKENING = "handtekening"
    ONBRUIKBAAR = "onbruikbaar"
    VERLOPEN = "verlopen"
    ANDERE_MAKELAAR = "andere_makelaar"

    @property
    def goed(self) -> bool:
        """Whether the source gave metadata that count."""
        return self in {Uitkomst.VERNIEUWD, Uitkomst.ONGEWIJZIGD}


class _NoRedirect(HTTPRedirectHandler):
    """The operator named an address; nobody else names another one."""

    def redirect_request(self, *args: object, **kwargs: object) -> Request | None:
        return None


def fetch_metadata() -> bytes:
    """The makelaar's metadata, unchecked, from the file or https address of EHERKENNING_HM_METADATA.

    Raises OSError when it cannot be read, also when the other side is too slow or sends us elsewhere; MetadataFout
    when there is more of it than any metadata need.
    """
    source = settings.EHERKENNING_HM_METADATA
    if not from_network():
        with Path(source).open("rb") as file:
            return _read(file.read)
    try:
        with build_opener(_NoRedirect).open(source, timeout=SECONDEN_STIL) as answer:
            response: HTTPResponse = answer
            return _read(response.read1)
    except HTTPException as error:
        raise ConnectionError("the source of the metadata does not speak HTTP") from error


def configure(raw: bytes) -> tuple[Eherkenning, HMDocument]:
    """The whole connection by the settings and these metadata, signature included.

    Raises ConfiguratieFout (MetadataFout when it is the makelaar's doing), and OSError when a file of ours can't be
    read.
    """
    signers = settings.EHERKENNING_HM_METADATA_CERT
    document = open_hm_metadata(raw, signers=pem_certificates(Path(signers).read_text()) if signers else ())
    config = load_config(
        hm_metadata=document.inhoud,
        entity_id=settings.EHERKENNING_ENTITY_ID,
        acs_url=settings.BASIS_URL + reverse("eherkenning_acs"),
        sp_key=Path(settings.EHERKENNING_SP_KEY).read_text(),
        sp_cert=Path(settings.EHERKENNING_SP_CERT).read_text(),
        previous_sp_key=_read_optional(settings.EHERKENNING_SP_KEY_VORIGE),
        previous_sp_cert=_read_optional(settings.EHERKENNING_SP_CERT_VORIGE),
        service_id=settings.EHERKENNING_SERVICE_ID,
        service_uuid=settings.EHERKENNING_SERVICE_UUID or None,
        minimum_loa=settings.EHERKENNING_MIN_LOA,
    )
    return config, document


def newest_metadata() -> HMMetadata | None:
    """What was accepted last from the source of now; another source has to prove itself first."""
    return HMMetadata.objects.filter(bron=settings.EHERKENNING_HM_METADATA).first()


def is_same_makelaar(document: HMDocument, last: HMMetadata | None) -> bool:
    """Whether the entityID is that of the last accepted metadata, if there are any: one source, one makelaar."""
    return last is None or open_hm_metadata(bytes(last.inhoud), signers=()).entity_id == document.entity_id


@dataclass(frozen=True, slots=True)
class Stand:
    """How refreshing goes: when metadata were last seen to count, and what came of the last try (None: never tried)."""

    goed_op: datetime | None
    uitkomst: Uitkomst | None
    geprobeerd_op: datetime | None

    def is_fresh(self, now: datetime) -> bool:
        """Whether the last try succeeded, and not too long ago; a file need not have been tried yet."""
        if self.uitkomst is None:
            return not from_network()
        return self.uitkomst.goed and self.goed_op is not None and now - self.goed_op < VERNIEUWD_HOOGSTENS_OUD


def from_network() -> bool:
    """Whether the source is an https address, and no file of our own."""
    source: str = settings.EHERKENNING_HM_METADATA
    return source.startswith("https://")


def metadata_stand() -> Stand:
    """How refreshing goes, by the last runs of the job. A run that broke off has no outcome of its own: unusable."""
    runs = Taakrun.objects.filter(naam=TAAK, proef=False, klaar_op__isnull=False).order_by("-id")
    last = runs.first()
    if last is None:
        return Stand(None, None, None)
    good = runs.filter(tellingen__has_any_keys=[uitkomst for uitkomst in Uitkomst if uitkomst.goed]).first()
    uitkomst = next((found for found in Uitkomst if found in last.tellingen), Uitkomst.ONBRUIKBAAR)
    return Stand(good.begonnen_op if good else None, uitkomst, last.begonnen_op)


def refresh_metadata(*, now: datetime) -> Taakrun | None:
    """Look at the source once an hour and accept what is new, signed and usable; else keep what we have.

    Returns the finished run, which counts its Uitkomst, or None when this hour's run is done or at work elsewhere.
    Raises OSError when a file of our own cannot be read.
    """
    with taakrun(naam=TAAK, now=now) as run:
        if run is None:
            return None
        uitkomst = _refresh(now)
        run.count(**{uitkomst.value: 1})
    if not uitkomst.goed:
        logger.warning("metadata of the makelaar not refreshed: %s", uitkomst)
    return run.taakrun


def _refresh(now: datetime) -> Uitkomst:
    try:
        raw = fetch_metadata()
    except OSError:
        return Uitkomst.NIET_BEREIKBAAR
    except MetadataFout:
        return Uitkomst.ONBRUIKBAAR
    try:
        config, document = configure(raw)
    except HandtekeningFout:
        return Uitkomst.HANDTEKENING
    except ConfiguratieFout:
        return Uitkomst.ONBRUIKBAAR
    last, sha256 = newest_metadata(), hashlib.sha256(raw).hexdigest()
    uitkomst = _judge(config, document, last, now)
    if uitkomst is Uitkomst.VERNIEUWD:
        if last is not None and last.sha256 == sha256:
            return Uitkomst.ONGEWIJZIGD
        _accept(document, sha256, sleutels=len(config.makelaar.certificates), now=now)
    return uitkomst


def _judge(config: Eherkenning, document: HMDocument, last: HMMetadata | None, now: datetime) -> Uitkomst:
    if document.geldig_tot is not None and document.geldig_tot <= now:
        return Uitkomst.VERLOPEN
    if not settings.LOKAAL and not config.makelaar.sso_url.startswith("https://"):
        return Uitkomst.ONBRUIKBAAR
    if not is_same_makelaar(document, last):
        return Uitkomst.ANDERE_MAKELAAR
    return Uitkomst.VERNIEUWD


@transaction.atomic
def _accept(document: HMDocument, sha256: str, *, sleutels: int, now: datetime) -> None:
    row = HMMetadata.objects.create(
        inhoud=document.inhoud,
        sha256=sha256,
        bron=settings.EHERKENNING_HM_METADATA,
        opgehaald_op=now,
        geldig_tot=document.geldig_tot,
    )
    write_logregel(
        gebeurtenis="metadata_aanvaard",
        actor=Actor(soort=ActorSoort.TAAK, naam=TAAK),
        now=now,
        object_soort="hmmetadata",
        object_id=row.pk,
        gegevens={"sha256": sha256, "sleutels": sleutels},
    )


def _read(read: Callable[[int], bytes]) -> bytes:
    content, give_up = b"", time.monotonic() + SECONDEN_SAMEN
    while part := read(CHUNK):
        content += part
        if len(content) > MAX_BYTES:
            raise MetadataFout(f"the metadata is larger than {MAX_BYTES} bytes")
        if time.monotonic() > give_up:
            raise TimeoutError
    return content


def _read_optional(path: str) -> str | None:
    return Path(path).read_text() if path else None
