from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import Q
from django.utils.crypto import salted_hmac

from publiek.emails.nieuwsbrieven import BEVESTIGEN, EDITIE, read_afmelding, read_bevestiging
from publiek.models import Abonnement, Editie, Nieuwsbrief
from publiek.rules import BEVESTIGEN_BINNEN, BEVESTIGINGEN_PER_DAG
from verantwoording.models import Bericht
from verantwoording.rules import Actor
from verantwoording.services import enqueue_bericht, write_logregel

# One row of the outbox for each abonnee; the key makes it once, however often it is asked (D17). The sweep sends them.
VERZENDEN: Final = """
INSERT INTO verantwoording_bericht (soort, sleutel, object_id, gegevens, prioriteit, status, pogingen, message_id,
                                    gemaakt_op, niet_voor, fout)
SELECT %(soort)s, %(soort)s || ':' || %(editie)s || ':' || a.id, a.id, jsonb_build_object('editie', %(editie)s),
       %(prioriteit)s, %(status)s, 0, '', %(now)s, %(now)s, ''
FROM publiek_abonnement a
WHERE a.nieuwsbrief_id = %(nieuwsbrief)s AND a.bevestigd_op IS NOT NULL AND a.afgemeld_op IS NULL
ON CONFLICT (sleutel) DO NOTHING
"""


class AlVerzondenError(Exception):
    """Sent already; nothing was done."""


@transaction.atomic
def request_abonnementen(*, email: str, nieuwsbrieven: Iterable[Nieuwsbrief], now: datetime) -> None:
    """Ask an address to confirm that it wants these newsletters (R31). They count once it did.

    Nothing tells the caller whether the address was known. A newsletter it gets already is left as it is; more than
    BEVESTIGINGEN_PER_DAG mails a day are not sent.
    """
    asked = []
    for nieuwsbrief in nieuwsbrieven:
        row = Abonnement.objects.filter(nieuwsbrief=nieuwsbrief, email__iexact=email).select_for_update().first()
        if row is None:
            Abonnement.objects.bulk_create(
                [Abonnement(nieuwsbrief=nieuwsbrief, email=email, gevraagd_op=now)], ignore_conflicts=True
            )
            row = Abonnement.objects.get(nieuwsbrief=nieuwsbrief, email__iexact=email)
        elif row.bevestigd_op and not row.afgemeld_op:
            continue
        row.gevraagd_op = now
        row.save(update_fields=["gevraagd_op"])
        asked.append(row.pk)
    sleutel = f"{BEVESTIGEN}:{_mark(email)}:"
    recent = Bericht.objects.filter(sleutel__startswith=sleutel, gemaakt_op__gt=now - timedelta(days=1))
    if asked and recent.count() < BEVESTIGINGEN_PER_DAG:
        enqueue_bericht(
            soort=BEVESTIGEN,
            sleutel=f"{sleutel}{now.timestamp():.0f}",
            now=now,
            gegevens={"abonnementen": asked},
        )


def find_bevestiging(*, token: str, now: datetime) -> list[Abonnement]:
    """The abonnementen that this link would confirm at `now`; none for a link that is old or not ours. Only looks."""
    content = read_bevestiging(token)
    if content is None or datetime.fromtimestamp(content[0], now.tzinfo) + BEVESTIGEN_BINNEN <= now:
        return []
    asked = datetime.fromtimestamp(content[0] + 1, now.tzinfo)
    rows = Abonnement.objects.select_related("nieuwsbrief").filter(pk__in=content[1])
    # Who left after this link was made has changed his mind: an old mail does not bring him back.
    return list(rows.filter(Q(afgemeld_op__isnull=True) | Q(afgemeld_op__lt=asked)))


@transaction.atomic
def confirm_abonnementen(*, token: str, now: datetime) -> list[Abonnement]:
    """Let the newsletters of this link begin (R31); pressing twice does no harm. Returns them, none for a dead link."""
    rows = find_bevestiging(token=token, now=now)
    ids = [row.pk for row in rows]
    Abonnement.objects.waiting().filter(pk__in=ids).update(bevestigd_op=now, afgemeld_op=None)
    return rows


def find_afmelding(*, token: str) -> Abonnement | None:
    """The abonnement that this link leaves; None when it is not ours, or forgotten since."""
    return Abonnement.objects.select_related("nieuwsbrief").filter(pk=read_afmelding(token) or 0).first()


@transaction.atomic
def leave_nieuwsbrief(*, token: str, now: datetime) -> Abonnement | None:
    """Stop a newsletter at once (R31, RFC 8058); again changes nothing. Returns it, None for a dead link."""
    row = find_afmelding(token=token)
    if row is not None:
        Abonnement.objects.filter(pk=row.pk, afgemeld_op=None).update(afgemeld_op=now)
    return row


@transaction.atomic
def send_editie(*, editie: Editie, actor: Actor, now: datetime) -> int:
    """Put an issue in the outbox, once for each abonnee of the moment (R31, D17). Returns how many there are.

    Raises AlVerzondenError the second time.
    """
    editie = Editie.objects.select_for_update().get(pk=editie.pk)
    if editie.verzonden_op is not None:
        raise AlVerzondenError
    with connection.cursor() as cursor:
        cursor.execute(
            VERZENDEN,
            {
                "soort": EDITIE,
                "editie": editie.pk,
                "nieuwsbrief": editie.nieuwsbrief_id,
                "prioriteit": Bericht.Prioriteit.BULK,
                "status": Bericht.Status.WACHT,
                "now": now,
            },
        )
        editie.aantal = cursor.rowcount
    editie.verzonden_op = now
    editie.save(update_fields=["aantal", "verzonden_op"])
    write_logregel(
        gebeurtenis="nieuwsbrief_verzonden",
        actor=actor,
        now=now,
        object_soort="editie",
        object_id=editie.pk,
        gegevens={"onderwerp": editie.onderwerp, "aantal": editie.aantal},
    )
    return editie.aantal


def _mark(email: str) -> str:
    """What the outbox knows an address by: it holds none itself (D17)."""
    return salted_hmac("publiek.nieuwsbrief.adres", email.lower()).hexdigest()[:32]
