import logging
import smtplib
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from email.utils import format_datetime, parseaddr
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import BadHeaderError
from django.core.validators import validate_email
from django.db import connection as database
from django.db import transaction

from verantwoording.haken import Post, berichtsoorten
from verantwoording.models import Bericht, BerichtQuerySet
from verantwoording.rules import SWEEP_DUURT_HOOGSTENS, VERZENDEN_DUURT_HOOGSTENS, describe_error, next_try
from verantwoording.services.klok import running_clock

logger = logging.getLogger(__name__)


def enqueue_bericht(
    *,
    soort: str,
    sleutel: str,
    now: datetime,
    account_id: int | None = None,
    organisatie_id: int | None = None,
    object_id: int | None = None,
    gegevens: dict[str, Any] | None = None,
    prioriteit: Bericht.Prioriteit = Bericht.Prioriteit.GEWOON,
    niet_voor: datetime | None = None,
) -> Bericht:
    """Put a mail in the outbox, in the caller's transaction; it leaves after commit (D17).

    With `niet_voor` it waits until then, and the first sweep from that moment on sends it. sleutel makes it "once": a
    second call with the same key returns the first row. KeyError for an unknown kind.
    """
    berichtsoorten[soort]
    bericht, new = Bericht.objects.get_or_create(
        sleutel=sleutel,
        defaults={
            "soort": soort,
            "account_id": account_id,
            "organisatie_id": organisatie_id,
            "object_id": object_id,
            "gegevens": gegevens or {},
            "prioriteit": prioriteit,
            "gemaakt_op": now,
            "niet_voor": niet_voor or now,
        },
    )
    if new and bericht.niet_voor <= now:
        bericht.hint()
    return bericht


def enqueue_berichten(*, soort: str, sleutels: Mapping[str, int], organisatie_id: int, now: datetime) -> None:
    """Put many mails in the outbox at once, one for each key with the account it is for; the sweep sends them (D17).

    They are bulk: whoever waits for an activatiecode does not wait for them. A key that is there already is left alone.
    KeyError for an unknown kind.
    """
    berichtsoorten[soort]
    with database.cursor() as cursor:
        cursor.execute(
            "INSERT INTO verantwoording_bericht (soort, sleutel, account_id, organisatie_id, gegevens, prioriteit,"
            " status, pogingen, message_id, gemaakt_op, niet_voor, fout)"
            " SELECT %s, sleutel, account, %s, '{}', %s, %s, 0, '', %s, %s, ''"
            " FROM unnest(%s::text[], %s::bigint[]) AS b (sleutel, account) ON CONFLICT (sleutel) DO NOTHING",
            [
                soort,
                organisatie_id,
                Bericht.Prioriteit.BULK.value,
                Bericht.Status.WACHT.value,
                now,
                now,
                list(sleutels),
                list(sleutels.values()),
            ],
        )


def send_bericht(*, bericht_id: int, now: datetime) -> int:
    """Send one mail if it may go now and nobody else is sending it (D17). Returns how many were tried: 0 or 1."""
    return _send_due(Bericht.objects.filter(pk=bericht_id), running_clock(now), until=now + SWEEP_DUURT_HOOGSTENS)


def sweep_berichten(*, now: datetime) -> int:
    """Send what is due, most urgent first, and take up what a process that died left behind (D17).

    Works for SWEEP_DUURT_HOOGSTENS at most; several sweeps at once share the work. Returns how many mails were tried.
    """
    left_behind = Bericht.objects.filter(status=Bericht.Status.BEZIG, begonnen_op__lte=now - VERZENDEN_DUURT_HOOGSTENS)
    for bericht in left_behind:
        _put_off(bericht, "afgebroken")
    return _send_due(Bericht.objects.all(), running_clock(now), until=now + SWEEP_DUURT_HOOGSTENS)


def _send_due(rows: BerichtQuerySet, clock: Callable[[], datetime], *, until: datetime) -> int:
    """Claim and deliver rows one by one over one connection.

    The connection is opened before a row is claimed: a mail server that is down costs no tries and makes no codes.
    """
    tried = 0
    if not rows.due(clock()).exists():
        return tried
    connection: BaseEmailBackend = get_connection()
    try:
        while clock() < until:
            connection.open()
            bericht = _claim(rows, clock())
            if bericht is None:
                break
            tried += 1
            _deliver(bericht, connection, clock)
    except OSError as error:  # smtplib's errors are OSErrors too
        logger.error("mail waits, the mail server cannot be used: %s", describe_error(error))  # noqa: TRY400  # R05
    finally:
        _hang_up(connection)
    return tried


def _claim(rows: BerichtQuerySet, now: datetime) -> Bericht | None:
    """Make the most urgent row that is due ours. Committed at once: who dies while sending leaves it 'bezig'."""
    with transaction.atomic(durable=True):
        bericht = (
            rows.due(now)
            .select_for_update(skip_locked=True, no_key=True)
            .order_by("prioriteit", "niet_voor", "id")
            .first()
        )
        if bericht is None:
            return None
        soort = berichtsoorten.get(bericht.soort)
        if not bericht.message_id or (soort and soort.nieuw_bij_elke_poging):
            domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
            bericht.message_id = f"<{uuid4().hex}@{domain}>"
        bericht.status = Bericht.Status.BEZIG
        bericht.pogingen += 1
        bericht.begonnen_op = now
        bericht.save(update_fields=["message_id", "status", "pogingen", "begonnen_op"])
    return bericht


def _deliver(bericht: Bericht, connection: BaseEmailBackend, clock: Callable[[], datetime]) -> None:
    """Render, commit what rendering wrote, hand over to the mail server, and note the outcome."""
    try:
        with transaction.atomic(durable=True):
            now = clock()
            post = berichtsoorten[bericht.soort].render(bericht, now)
            mail = _compose(bericht, post, now) if post else None
        if mail:
            connection.send_messages([mail])
    except Exception as error:  # noqa: BLE001  # whatever a renderer or mail server raises: only its type is told
        _hang_up(connection)
        _note_failure(bericht, error)
    else:
        if mail:
            _finish(bericht, status=Bericht.Status.VERZONDEN, verzonden_op=clock(), fout="")
        else:
            _finish(bericht, status=Bericht.Status.VERVALLEN, fout="")


def _compose(bericht: Bericht, post: Post, now: datetime) -> EmailMessage:
    """The mail itself. Raises ValidationError when the address is not one address, so that nothing slips in with it."""
    validate_email(post.aan)
    mail = EmailMessage(
        subject=post.onderwerp,
        body=post.tekst,
        to=[post.aan],
        headers={
            **post.kopregels,
            "Message-ID": bericht.message_id,
            "Date": format_datetime(now),
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.message()  # raises BadHeaderError for a line break in the subject
    return mail


def _note_failure(bericht: Bericht, error: Exception) -> None:
    codes = _smtp_codes(error)
    fout = " ".join([type(error).__name__, *map(str, codes)])
    logger.warning("bericht %s (%s) was not sent: %s %s", bericht.pk, bericht.soort, describe_error(error), codes)
    refused = isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError)
    if refused and codes and all(500 <= code < 600 for code in codes):  # noqa: PLR2004  # 5xx: for good
        _finish(bericht, status=Bericht.Status.GEWEIGERD, fout=fout)
    elif isinstance(error, ValidationError | BadHeaderError):
        _give_up(bericht, fout)
    else:
        _put_off(bericht, fout)


def _smtp_codes(error: Exception) -> list[int]:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return [code for code, _ in error.recipients.values()]
    return [error.smtp_code] if isinstance(error, smtplib.SMTPResponseException) else []


def _put_off(bericht: Bericht, fout: str) -> None:
    """Wait for the next try, counted from the beginning of this one, or give up when none is left."""
    wait = next_try(bericht.pogingen)
    if wait is None or bericht.begonnen_op is None:
        _give_up(bericht, fout)
    else:
        _finish(bericht, status=Bericht.Status.WACHT, niet_voor=bericht.begonnen_op + wait, fout=fout)


def _give_up(bericht: Bericht, fout: str) -> None:
    _finish(bericht, status=Bericht.Status.MISLUKT, fout=fout)
    logger.error("bericht %s (%s) is given up after %s tries: %s", bericht.pk, bericht.soort, bericht.pogingen, fout)


def _finish(bericht: Bericht, **fields: Any) -> None:
    """Note an outcome, unless a sweep thought us dead and somebody else has taken the row up since."""
    Bericht.objects.filter(pk=bericht.pk, status=Bericht.Status.BEZIG, pogingen=bericht.pogingen).update(**fields)


def _hang_up(connection: BaseEmailBackend) -> None:
    with suppress(OSError):
        connection.close()
