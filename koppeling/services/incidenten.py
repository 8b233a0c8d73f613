import logging
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef, QuerySet

from koppeling.emails.incident import write_incident_mail
from koppeling.models import Incident, Koppeling, Middel
from koppeling.rules import GEWOON_OVER, INCIDENT_BINNEN, is_burst
from verantwoording.haken import Post
from verantwoording.models import Bericht
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import enqueue_bericht, write_logregel

logger = logging.getLogger("mijnduo.eherkenning")
SOORT: Final = "incident"
LOCK: Final = 20_210_510  # of this one decision, among PostgreSQL's advisory locks


def _of_known_organisaties() -> QuerySet[Middel]:
    """Middelen of KvK numbers that have linked gebruikers."""
    linked = Koppeling.objects.live().filter(middel__kvk_nummer=OuterRef("kvk_nummer"))
    return Middel.objects.filter(Exists(linked))


def _unknown() -> QuerySet[Middel]:
    """Of these: those that were never linked."""
    return _of_known_organisaties().filter(koppelingen__isnull=True)


def held_by(*, middel: Middel) -> Incident | None:
    """The open incident for which this middel waits before it may be linked; None when it need not."""
    with connection.cursor() as cursor:  # nearly always the answer, and asked at each step of the koppelproces
        cursor.execute("SELECT EXISTS (SELECT FROM koppeling_incident WHERE vrijgegeven_op IS NULL)")
        if not cursor.fetchone()[0]:
            return None
    incident = Incident.objects.filter(vrijgegeven_op__isnull=True).first()
    if incident is None:
        return None
    return incident if _unknown().filter(pk=middel.pk, eerst_gezien_op__gt=incident.begin).exists() else None


def watch_arrival(*, middel: Middel, now: datetime) -> Incident | None:
    """Count a middel that is linked nowhere, and raise the alarm when it completes a burst. As `held_by`.

    The row of the middel was committed before, and one lock makes arrivals look one after the other: the last of a
    burst sees all of it, and of any number at once exactly one opens the incident.
    """
    if not _unknown().filter(pk=middel.pk).exists():
        return None
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        if not Incident.objects.filter(vrijgegeven_op__isnull=True).exists():
            _open_if_burst(now)
    return held_by(middel=middel)


def _open_if_burst(now: datetime) -> None:
    released = Incident.objects.aggregate(op=Max("vrijgegeven_op"))["op"]
    begin = max(now - INCIDENT_BINNEN, released or now - INCIDENT_BINNEN)
    arrived = list(_unknown().filter(eerst_gezien_op__gt=begin).values_list("kvk_nummer", flat=True))
    before = _of_known_organisaties().filter(eerst_gezien_op__gt=begin - GEWOON_OVER, eerst_gezien_op__lte=begin)
    organisaties = len(set(arrived))
    if not is_burst(middelen=len(arrived), organisaties=organisaties, eerder=before.count()):
        return
    incident = Incident.objects.create(geopend_op=now, begin=begin, middelen=len(arrived), organisaties=organisaties)
    write_logregel(
        gebeurtenis="incident_geopend",
        actor=Actor(ActorSoort.TAAK, naam="incidentwacht"),
        now=now,
        object_soort="incident",
        object_id=incident.pk,
        gegevens={"middelen": incident.middelen, "organisaties": organisaties},
    )
    enqueue_bericht(
        soort=SOORT,
        sleutel=f"{SOORT}:{incident.pk}",
        now=now,
        object_id=incident.pk,
        prioriteit=Bericht.Prioriteit.HOOG,
    )
    logger.error(
        "eherkenning incident opened: incident=%s middelen=%s organisaties=%s", incident.pk, len(arrived), organisaties
    )


def render_incident(bericht: Bericht, now: datetime) -> Post | None:
    """The mail to DUO about an incident; None when it was released in the meantime."""
    incident = Incident.objects.filter(pk=bericht.object_id or 0, vrijgegeven_op__isnull=True).first()
    return write_incident_mail(aan=settings.MAIL_DUO, incident=incident) if incident else None


@transaction.atomic
def release_incident(*, incident: Incident, actor: Actor, now: datetime) -> bool:
    """Let the held middelen go on with the koppelproces, with a reason in `actor`. False when it was released before.

    ValueError without a reason. What arrived before counts for no next incident.
    """
    if not actor.reden.strip():
        raise ValueError("Vul een reden in.")
    released = Incident.objects.filter(pk=incident.pk, vrijgegeven_op__isnull=True).update(
        vrijgegeven_op=now, vrijgegeven_door_id=actor.id, reden=actor.reden
    )
    if not released:
        return False
    write_logregel(
        gebeurtenis="incident_vrijgegeven", actor=actor, now=now, object_soort="incident", object_id=incident.pk
    )
    return True
