import json
import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, TypeAlias

from django.db import DataError, IntegrityError, InternalError, connection, transaction

from koppeling.emails.verval import write_waarschuwing_mail
from koppeling.models import Koppeling
from koppeling.rules import AMSTERDAM, WAARSCHUWING_MINSTENS_OUD, WAARSCHUWINGEN, Reden
from verantwoording.haken import Post
from verantwoording.models import Bericht, Taakrun
from verantwoording.rules import ActorSoort, describe_error
from verantwoording.services import Run, taakrun

logger = logging.getLogger(__name__)

TAAK: Final = "inactiviteit"
WAARSCHUWING_30: Final = "verval_30"
WAARSCHUWING_7: Final = "verval_7"
CHUNK = 1_000  # rows a transaction: somebody who logs in meanwhile waits for one chunk at most, some 20 ms

_Waarden: TypeAlias = dict[str, int | str | list[int] | date | datetime]
_Sleutel: TypeAlias = tuple[date, int]  # (vervalt_op, id): the order of the partial index koppeling_vervalt


@dataclass(frozen=True, slots=True)
class _Stap:
    """One thing the job does with the koppelingen (k) that meet a condition; names of columns and values are SQL."""

    telling: str
    voorwaarde: str
    wijziging: str
    soort: str
    sleutel: str
    logregel: bool = False


# No koppeling meets two of these conditions in one run, so a dry run can count them one by one.
STAPPEN: Final = (
    _Stap(
        telling="gewaarschuwd_30",
        voorwaarde="k.vervalt_op > %(binnen_7)s AND k.vervalt_op <= %(binnen_30)s AND k.gewaarschuwd_30_op IS NULL",
        wijziging="gewaarschuwd_30_op = %(now)s",
        soort=WAARSCHUWING_30,
        sleutel="'verval-30:' || k.id || ':' || k.vervalt_op",
    ),
    _Stap(
        telling="gewaarschuwd_7",
        voorwaarde="k.vervalt_op <= %(binnen_7)s AND k.gewaarschuwd_7_op IS NULL",
        wijziging="gewaarschuwd_7_op = %(now)s",
        soort=WAARSCHUWING_7,
        sleutel="'verval-7:' || k.id || ':' || k.vervalt_op",
    ),
    _Stap(
        telling="ontkoppeld",
        voorwaarde=(
            "k.vervalt_op <= %(vandaag)s AND k.gewaarschuwd_7_op <= %(gewaarschuwd_voor)s"
            " AND k.id <> ALL (%(onverzonden)s)"
        ),
        wijziging="beeindigd_op = %(now)s, reden = %(reden)s",
        soort="ontkoppeld",
        sleutel="'ontkoppeld:' || k.id",
        logregel=True,
    ),
)

CANDIDATES: Final = """
    FROM koppeling_koppeling k
    WHERE k.beeindigd_op IS NULL AND {voorwaarde}
      AND EXISTS (SELECT FROM accounts_account a WHERE a.id = k.account_id AND a.beeindigd_op IS NULL)
"""
LOGREGEL: Final = """
    , log AS (
        INSERT INTO verantwoording_logregel (op, gebeurtenis, organisatie_id, account_id, actor_soort, actor_naam,
                                             reden, object_soort, object_id, gegevens)
        SELECT %(now)s, 'ontkoppeld', organisatie_id, account_id, %(actor_soort)s, %(actor_naam)s,
               '', 'koppeling', id, %(gegevens)s::jsonb
        FROM gedaan
    )
"""


def unlink_inactive_koppelingen(*, now: datetime, proef: bool = False) -> Taakrun | None:
    """Warn who lapses within 30 and 7 days, and end the koppeling of who was silent for 18 months (R18, D15).

    Only the koppeling ends: an account with a live one has no open activatiecode, and no session after 18 months.
    Nobody lapses before a warning of 7 days is 7 days old: after an outage, of this job or of the mail, the lapse
    shifts. State decides, in short transactions: killed, late or twice at once, nothing is lost or done again.
    Returns the finished run with its counts, or None when this hour's run is done or at work elsewhere. A dry run
    (`proef`) counts what a real one would do, and writes nothing but its Taakrun.
    """
    with taakrun(naam=TAAK, now=now, proef=proef) as run:
        if run is None:
            return None
        waarden = _values(now)
        for stap in STAPPEN:
            if proef:
                run.count(**{stap.telling: _count(stap, waarden)})
            else:
                _carry_out(stap, waarden, run)
    return run.taakrun


def render_waarschuwing(bericht: Bericht, now: datetime) -> Post | None:
    """The warning mail, or None when it is no longer true: logged in, unlinked or ended since it was written.

    The 7 days count from here, the moment at which the mail leaves.
    """
    koppeling = (
        Koppeling.objects.live()
        .filter(pk=bericht.object_id or 0, account__beeindigd_op__isnull=True)
        .select_related("account", "organisatie")
        .select_for_update(of=("self",), no_key=True)
        .first()
    )
    if koppeling is None:
        return None
    if bericht.soort == WAARSCHUWING_30:
        if koppeling.gewaarschuwd_30_op is None or koppeling.gewaarschuwd_7_op is not None:
            return None
        return write_waarschuwing_mail(koppeling=koppeling, vervalt_op=koppeling.vervalt_op)
    if koppeling.gewaarschuwd_7_op is None:
        return None
    koppeling.gewaarschuwd_7_op = now
    koppeling.save(update_fields=["gewaarschuwd_7_op"])
    earliest = (now + WAARSCHUWING_MINSTENS_OUD).astimezone(AMSTERDAM).date()
    return write_waarschuwing_mail(koppeling=koppeling, vervalt_op=max(koppeling.vervalt_op, earliest))


def _values(now: datetime) -> _Waarden:
    vandaag = now.astimezone(AMSTERDAM).date()
    gewaarschuwd_voor = now - WAARSCHUWING_MINSTENS_OUD
    # A warning that still waits for a mail server after seven days has warned nobody.
    onverzonden = Bericht.objects.filter(
        soort=WAARSCHUWING_7, status=Bericht.Status.WACHT, gemaakt_op__lte=gewaarschuwd_voor, object_id__isnull=False
    )
    ver, dichtbij = (vandaag + timedelta(days=days) for days in WAARSCHUWINGEN)
    return {
        "now": now,
        "vandaag": vandaag,
        "binnen_30": ver,
        "binnen_7": dichtbij,
        "gewaarschuwd_voor": gewaarschuwd_voor,
        "onverzonden": [pk for pk in onverzonden.values_list("object_id", flat=True) if pk],
        "reden": Reden.INACTIEF.value,
        "gegevens": json.dumps({"reden": Reden.INACTIEF}),
        "actor_soort": ActorSoort.TAAK.value,
        "actor_naam": TAAK,
        "prioriteit": Bericht.Prioriteit.BULK.value,
        "status": Bericht.Status.WACHT.value,
    }


def _count(stap: _Stap, waarden: _Waarden) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*)" + CANDIDATES.format(voorwaarde=stap.voorwaarde), waarden)
        return int(cursor.fetchone()[0])


def _carry_out(stap: _Stap, waarden: _Waarden, run: Run) -> None:
    """Do a step for everybody, chunk by chunk. A row that cannot be written is found, logged and stepped over."""
    after: _Sleutel = (date.min, 0)
    size = CHUNK
    while True:
        values = waarden | {"na_dag": after[0], "na_id": after[1], "aantal": size}
        try:
            with transaction.atomic():
                done, seen, last = _carry_out_chunk(stap, values)
                run.count(**{stap.telling: done})
        except (DataError, IntegrityError, InternalError) as error:
            if size > 1:
                size //= 10
                continue
            last = _first(stap, values)
            logger.error("%s of koppeling %s failed: %s", stap.telling, last[1], describe_error(error))  # noqa: TRY400
            run.count(mislukt=1)
            seen = size = CHUNK
        if seen < size:
            return
        after = last


def _carry_out_chunk(stap: _Stap, waarden: _Waarden) -> tuple[int, int, _Sleutel]:
    """Do a step for the next koppelingen in one statement. Returns how many were done and seen, and the last one.

    Who is logging in at this moment is locked and so left out; the conditions are read again once we hold the lock.
    """
    statement = f"""
    WITH rij AS (
        SELECT k.id, k.vervalt_op {CANDIDATES.format(voorwaarde=stap.voorwaarde)}
          AND (k.vervalt_op, k.id) > (%(na_dag)s, %(na_id)s)
        ORDER BY k.vervalt_op, k.id LIMIT %(aantal)s FOR NO KEY UPDATE OF k SKIP LOCKED
    ), gedaan AS (
        UPDATE koppeling_koppeling k SET {stap.wijziging} FROM rij
        WHERE k.id = rij.id AND k.vervalt_op = rij.vervalt_op AND k.beeindigd_op IS NULL
        RETURNING k.id, k.account_id, k.organisatie_id, k.vervalt_op
    ), mail AS (
        INSERT INTO verantwoording_bericht (soort, sleutel, account_id, organisatie_id, object_id, gegevens, prioriteit,
                                            status, pogingen, message_id, gemaakt_op, niet_voor, fout)
        SELECT '{stap.soort}', {stap.sleutel}, k.account_id, k.organisatie_id, k.id, '{{}}'::jsonb, %(prioriteit)s,
               %(status)s, 0, '', %(now)s, %(now)s, ''
        FROM gedaan k ON CONFLICT (sleutel) DO NOTHING
    ){LOGREGEL if stap.logregel else ""}
    SELECT (SELECT count(*) FROM gedaan), (SELECT count(*) FROM rij), vervalt_op, id
    FROM rij ORDER BY vervalt_op DESC, id DESC LIMIT 1
    """  # noqa: S608  # composed of this module's own constants; every value is a parameter
    with connection.cursor() as cursor:
        cursor.execute(statement, waarden)
        row = cursor.fetchone()
    return (row[0], row[1], (row[2], row[3])) if row else (0, 0, (date.max, 0))


def _first(stap: _Stap, waarden: _Waarden) -> _Sleutel:
    """The koppeling that a chunk of one row would take."""
    statement = f"""
    SELECT k.vervalt_op, k.id {CANDIDATES.format(voorwaarde=stap.voorwaarde)}
      AND (k.vervalt_op, k.id) > (%(na_dag)s, %(na_id)s)
    ORDER BY k.vervalt_op, k.id LIMIT 1
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, waarden)
        vervalt_op, pk = cursor.fetchone()
    return vervalt_op, pk
