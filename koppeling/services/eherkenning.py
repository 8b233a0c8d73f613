import hashlib
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from koppeling.eherkenning.config import ConfiguratieFout, Eherkenning
from koppeling.eherkenning.metadata import Dienstverlener
from koppeling.eherkenning.outcome import Aanmelding
from koppeling.eherkenning.request import AuthnRedirect, build_authn_request
from koppeling.models import AssertieClaim, GeparkeerdeLogin, Middel
from koppeling.rules import AFRONDEN_BINNEN
from koppeling.services.metadata import (
    configure,
    fetch_metadata,
    from_network,
    is_same_makelaar,
    newest_metadata,
)

logger = logging.getLogger("mijnduo.eherkenning")

# A message is refused when it is this much past its end at the latest, whatever clock the makelaar has.
CLAIM_BEWAREN = timedelta(hours=1)
NAKIJKEN_NA = timedelta(minutes=1)


class EherkenningOnbeschikbaarError(Exception):
    """There are no metadata of the makelaar that count: nobody can log in until there are."""


@dataclass(frozen=True, slots=True)
class _Bewaard:
    """What this process made of a source; without a config nothing counted when it looked."""

    sha256: str
    config: Eherkenning | None
    geldig_tot: datetime | None
    nagekeken_op: datetime

    def counts(self, now: datetime) -> bool:
        return self.config is not None and (self.geldig_tot is None or now < self.geldig_tot)


_bewaard: dict[str, _Bewaard] = {}


def load_eherkenning() -> Eherkenning:
    """The eHerkenning configuration of this process: the settings, and the newest metadata that were accepted.

    A file of the operator's own counts as soon as it is there, and the last accepted metadata when it is no good. An
    address is asked only while nothing has been accepted from it. Once a minute a process looks whether there is
    something new, so that it needs no restart. Raises EherkenningOnbeschikbaarError when nothing counts (any more).
    """
    now, source = timezone.now(), settings.EHERKENNING_HM_METADATA
    known = _bewaard.get(source)
    if known is None or not timedelta(0) <= now - known.nagekeken_op < NAKIJKEN_NA:
        known = _bewaard[source] = _look(known, now)
    if known.config is None or not known.counts(now):
        raise EherkenningOnbeschikbaarError
    return known.config


def _look(known: _Bewaard | None, now: datetime) -> _Bewaard:
    newest, remote = newest_metadata(), from_network()
    stored: list[Callable[[], bytes]] = [partial(bytes, newest.inhoud)] if newest else []
    for read in [*stored, fetch_metadata] if remote else [fetch_metadata, *stored]:
        if known is not None and known.counts(now) and remote and read is fetch_metadata:
            return replace(known, nagekeken_op=now)
        try:
            raw = read()
            sha256 = hashlib.sha256(raw).hexdigest()
            if known is not None and known.counts(now) and known.sha256 == sha256:
                return replace(known, nagekeken_op=now)
            config, document = configure(raw)
        except (ConfiguratieFout, OSError) as error:
            logger.error("metadata of the makelaar cannot be used: %s", type(error).__name__)  # noqa: TRY400  # R05
            continue
        found = _Bewaard(sha256, config, document.geldig_tot, now)
        if found.counts(now) and is_same_makelaar(document, newest):
            return found
        logger.error("metadata of the makelaar do not count: expired, or of another makelaar")
    return _Bewaard("", None, None, now)


def describe_dienstverlener() -> Dienstverlener:
    """Who we are, for the makelaar: in our metadata and in the dienstencatalogus."""
    return Dienstverlener(
        naam="Dienst Uitvoering Onderwijs",
        url=settings.BASIS_URL,
        dienst="Mijn DUO voor zakelijke klanten",
        email=settings.MAIL_DUO,
        telefoon="+31 50 000 00 00",
    )


def start_login(*, now: datetime, merk: str = "") -> AuthnRedirect:
    """A signed request to the makelaar, with its ID for the browser's session (`build_authn_request`)."""
    return build_authn_request(load_eherkenning(), relay_state=secrets.token_urlsafe(24), now=now, merk=merk)


@dataclass(frozen=True, slots=True)
class Parkeerkaart:
    """A parked login that reached a browser: to which request it answers, whose middel it is, and what was stated."""

    in_response_to: str
    middel: Middel
    inlog: dict[str, Any]


def hash_text(text: str) -> str:
    """What is kept of a handle, or of the id of a message."""
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
                AssertieClaim(sleutel=hash_text(message_id), verloopt_op=aanmelding.not_on_or_after + CLAIM_BEWAREN)
                for message_id in sorted({aanmelding.response_id, aanmelding.assertion_id})
            )
            [middel] = Middel.objects.bulk_create(
                [
                    Middel(
                        pseudoniem=aanmelding.pseudoniem,
                        kvk_nummer=aanmelding.kvk,
                        gezien_op=now,
                        eerst_gezien_op=now,
                    )
                ],
                update_conflicts=True,
                unique_fields=["pseudoniem", "kvk_nummer"],
                update_fields=["gezien_op"],
            )
            GeparkeerdeLogin.objects.create(
                handvat_hash=hash_text(handle),
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
    claimed = GeparkeerdeLogin.objects.raw(
        "UPDATE koppeling_geparkeerdelogin SET gebruikt_op = %(now)s"
        " WHERE handvat_hash = %(hash)s AND verloopt_op > %(now)s AND gebruikt_op IS NULL RETURNING *",
        {"hash": hash_text(handle), "now": now},
    )
    row = next(iter(claimed), None)
    if row is None:
        return None
    return Parkeerkaart(
        in_response_to=row.in_response_to,
        middel=Middel.objects.get(pk=row.gegevens["middel"]),
        inlog={**row.gegevens, "op": now.isoformat()},
    )
