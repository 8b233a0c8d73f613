"""Counters of wrong tries (R10, D9): of the koppelproces, and of every other login that somebody can guess at."""

from datetime import datetime

from django.conf import settings
from django.db import connection

from koppeling.models import Teller
from koppeling.rules import BLOKKADE, MAX_POGINGEN, hash_try

# Claim first, then look (D9): both counters in one statement, the middel's first so that two tries never wait for each
# other crosswise; a row comes back only when its key was not blocked. The clock is the database's, read after the wait.
CLAIM = """
INSERT INTO koppeling_teller AS t (sleutel, aantal, laatste_op)
SELECT sleutel, 1, clock_timestamp() FROM unnest(%(sleutels)s) WITH ORDINALITY AS k (sleutel, nr) ORDER BY nr
ON CONFLICT (sleutel) DO UPDATE SET
    aantal = CASE WHEN t.geblokkeerd_tot IS NULL THEN t.aantal + 1 ELSE 1 END,
    geblokkeerd_tot = CASE WHEN t.geblokkeerd_tot IS NULL AND t.aantal + 1 >= %(hoogstens)s
                           THEN clock_timestamp() + make_interval(secs => %(blokkade)s) END,
    laatste_op = clock_timestamp()
WHERE t.geblokkeerd_tot IS NULL OR t.geblokkeerd_tot <= clock_timestamp()
RETURNING aantal, geblokkeerd_tot
"""


def pepper() -> bytes:
    """The key of new hashes: of codes, and of what counters are kept by."""
    return bytes.fromhex(next(iter(settings.ACTIVATIECODE_PEPERS.values())))


def try_key(*, soort: str, waarde: str) -> str:
    """A counter's key: a keyed hash, so that no gebruikersnaam or address can be read out of it (D9)."""
    return hash_try(pepper=pepper(), soort=soort, waarde=waarde)


def name_key(*, kvk_nummer: str, gebruikersnaam: str) -> str:
    """The counter's key for tries on this gebruikersnaam, by middelen of this KvK number (D9)."""
    return try_key(soort="naam", waarde=f"{kvk_nummer}|{gebruikersnaam}")


def blocked_until(*, sleutels: list[str]) -> datetime | None:
    """Until when one of these counters is blocked, by the database's clock; None when none is (R10)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(geblokkeerd_tot) FROM koppeling_teller"
            " WHERE sleutel = ANY(%s) AND geblokkeerd_tot > clock_timestamp()",
            [sleutels],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def claim_try(keys: list[str]) -> tuple[int, datetime | None] | None:
    """Count this try on both keys: the highest count and the end of a block it caused. None when one was blocked."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"sleutels": keys, "hoogstens": MAX_POGINGEN, "blokkade": BLOKKADE.total_seconds()})
        rows = cursor.fetchall()
    if len(rows) < len(keys):
        return None
    return max(row[0] for row in rows), max((row[1] for row in rows if row[1]), default=None)


def forget_tries(keys: list[str]) -> None:
    """Start these counters again; one by one, in the order of CLAIM, so that no other try waits for us crosswise."""
    for key in keys:
        Teller.objects.filter(sleutel=key).delete()
