from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from django.db import connection
from django.utils import timezone

from accounts.models import Account, Organisatie
from autorisatie.models import Taak
from autorisatie.rules import SNEL_NAAR_DAGEN, SNEL_NAAR_HOOGSTENS, Inlog
from autorisatie.services.besluit import exists_at, is_active
from autorisatie.services.voorbereid import Voorbereid


class Taakregel(NamedTuple):
    """A taak on the overzicht: its sleutel, naam and onderwerp, and how often it was opened in 90 days."""

    sleutel: str
    naam: str
    onderwerp: str
    gebruik: int


@dataclass(frozen=True, slots=True)
class Overzicht:
    """The onderwerpen with the taken one may open now, and the up to six of these that were opened most (R21)."""

    onderwerpen: list[tuple[str, list[Taakregel]]]
    snel_naar: list[Taakregel]


# All of R22 in one query, because the overzicht asks it on every visit and rights are never cached. It is the same
# decision as `decide` in rules.py, for all taken at once; a property test holds the two together. What one person holds
# is little, so it is read first: that also spares the planner most of its time, which is most of this query's.
EIGEN = """
WITH rollen AS MATERIALIZED (
    SELECT a.id, tr.taak_id, r.kenmerksoorten
    FROM autorisatie_autorisatie a
    JOIN autorisatie_rol r ON r.id = a.rol_id
    JOIN autorisatie_taakrol tr ON tr.rol_id = a.rol_id
    WHERE a.account_id = %(account)s AND a.van <= %(op)s AND (a.tot IS NULL OR a.tot > %(op)s)
    AND a.machtiging_id IS NULL
    AND tr.van <= %(op)s AND (tr.tot IS NULL OR tr.tot > %(op)s)
), kenmerken AS MATERIALIZED (
    SELECT ak.autorisatie_id, k.soort
    FROM autorisatie_autorisatiekenmerk ak
    JOIN accounts_kenmerk k ON k.id = ak.kenmerk_id
    JOIN accounts_organisatiekenmerk ok ON ok.kenmerk_id = k.id
    WHERE ak.autorisatie_id IN (SELECT id FROM rollen) AND ok.organisatie_id = %(organisatie)s
    AND ak.van <= %(op)s AND (ak.tot IS NULL OR ak.tot > %(op)s)
    AND ok.van <= %(op)s AND (ok.tot IS NULL OR ok.tot > %(op)s)
    AND (%(vestigingen)s = '{}' OR k.kvk_vestigingsnummer = '' OR k.kvk_vestigingsnummer = ANY(%(vestigingen)s))
)
"""
# The same for who acts by machtiging (R30, D5): rol and kenmerk are in the scope of one that holds, and the kenmerk
# belongs to `namens`, who gave it.
BY_MACHTIGING = """
WITH rollen AS MATERIALIZED (
    SELECT a.id, tr.taak_id, r.kenmerksoorten, b.id AS aanbod_id
    FROM autorisatie_autorisatie a
    JOIN accounts_machtiging m ON m.id = a.machtiging_id
    JOIN autorisatie_machtigingsaanbod b ON b.machtiging_id = m.id
    JOIN autorisatie_machtigingsaanbod_rollen br ON br.machtigingsaanbod_id = b.id AND br.rol_id = a.rol_id
    JOIN autorisatie_rol r ON r.id = a.rol_id
    JOIN autorisatie_taakrol tr ON tr.rol_id = a.rol_id
    WHERE a.account_id = %(account)s AND a.van <= %(op)s AND (a.tot IS NULL OR a.tot > %(op)s)
    AND m.verlener_id = %(namens)s AND m.gemachtigde_id = %(organisatie)s AND m.van <= %(op)s AND m.tot > %(op)s
    AND tr.van <= %(op)s AND (tr.tot IS NULL OR tr.tot > %(op)s)
), kenmerken AS MATERIALIZED (
    SELECT ak.autorisatie_id, k.soort
    FROM autorisatie_autorisatiekenmerk ak
    JOIN (SELECT DISTINCT id, aanbod_id FROM rollen) g ON g.id = ak.autorisatie_id
    JOIN autorisatie_machtigingsaanbod_kenmerken bk
      ON bk.machtigingsaanbod_id = g.aanbod_id AND bk.kenmerk_id = ak.kenmerk_id
    JOIN accounts_kenmerk k ON k.id = ak.kenmerk_id
    JOIN accounts_organisatiekenmerk ok ON ok.kenmerk_id = k.id
    WHERE ok.organisatie_id = %(namens)s
    AND ak.van <= %(op)s AND (ak.tot IS NULL OR ak.tot > %(op)s)
    AND ok.van <= %(op)s AND (ok.tot IS NULL OR ok.tot > %(op)s)
    AND (%(vestigingen)s = '{}' OR k.kvk_vestigingsnummer = '' OR k.kvk_vestigingsnummer = ANY(%(vestigingen)s))
)
"""
# A taak without kenmerk is nobody else's to open: then nothing of `namens` is in it.
TAKEN = """
SELECT t.sleutel, t.naam, o.naam, (
    SELECT coalesce(sum(g.aantal), 0) FROM autorisatie_taakgebruik g
    WHERE g.account_id = %(account)s AND g.taak_id = t.id AND g.dag > %(vanaf)s
)
FROM autorisatie_taak t
JOIN autorisatie_onderwerp o ON o.id = t.onderwerp_id
LEFT JOIN autorisatie_portaal p ON p.id = t.portaal_id
WHERE (p.id IS NULL OR p.niveau = ANY(%(niveaus)s) OR (p.niveau <> '' AND p.sleutel = ANY(%(portalen)s)))
AND NOT EXISTS (
    SELECT FROM accounts_tijdelijkeblokkade b
    WHERE b.account_id = %(account)s AND b.van <= %(op)s AND (b.tot IS NULL OR b.tot > %(op)s)
)
AND EXISTS (
    SELECT FROM rollen r WHERE r.taak_id = t.id AND (t.kenmerksoorten = '{}' AND %(namens)s = 0 OR EXISTS (
        SELECT FROM kenmerken k
        WHERE k.autorisatie_id = r.id AND k.soort = ANY(r.kenmerksoorten) AND k.soort = ANY(t.kenmerksoorten)
    ))
)
ORDER BY o.volgorde, o.naam, o.id, t.volgorde, t.naam
"""
AUTHORISED = EIGEN + TAKEN
NAMENS = BY_MACHTIGING + TAKEN

WAARDEN = {
    "account": "bigint",
    "organisatie": "bigint",
    "op": "timestamptz",
    "vanaf": "date",
    "niveaus": "text[]",
    "portalen": "text[]",
    "vestigingen": "text[]",
    "namens": "bigint",
}
_eigen = Voorbereid("taken", AUTHORISED, WAARDEN)
_namens = Voorbereid("taken_namens", NAMENS, WAARDEN)


def list_taken(*, account: Account, inlog: Inlog, now: datetime, namens: Organisatie | None = None) -> Overzicht:
    """Everything the account may open at `now` in this session, in the order of the catalogue (R21, R22). One query.

    namens: for the organisatie that gave a machtiging, instead of the own one (R30, D5).
    """
    if not is_active(account, now) or (namens and (inlog.doorgegeven or not exists_at(namens, now))):
        return Overzicht([], [])
    with connection.cursor() as cursor:
        cursor.execute(
            (_namens if namens else _eigen).statement(),
            {
                "account": account.pk,
                "organisatie": account.organisatie_id,
                "op": now,
                "vanaf": timezone.localdate(now) - SNEL_NAAR_DAGEN,
                "niveaus": list(inlog.niveaus),
                "portalen": list(inlog.portalen),
                "vestigingen": list(inlog.vestigingen),
                "namens": namens.pk if namens else 0,
            },
        )
        taken = [Taakregel(*row) for row in cursor.fetchall()]
    used = sorted((taak for taak in taken if taak.gebruik), key=attrgetter("gebruik"), reverse=True)
    return Overzicht(
        onderwerpen=[(naam, list(group)) for naam, group in groupby(taken, key=attrgetter("onderwerp"))],
        snel_naar=used[:SNEL_NAAR_HOOGSTENS],
    )


def record_taakgebruik(*, account: Account, taak: Taak, now: datetime) -> None:
    """Count that the account opened the taak today, Amsterdam time (R21). One statement: safe in parallel."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO autorisatie_taakgebruik (account_id, taak_id, dag, aantal) VALUES (%s, %s, %s, 1)"
            " ON CONFLICT (account_id, taak_id, dag) DO UPDATE SET aantal = autorisatie_taakgebruik.aantal + 1",
            [account.pk, taak.pk, timezone.localdate(now)],
        )
