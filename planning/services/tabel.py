import time
from functools import lru_cache
from typing import Final

from django.db import connection

from planning.rules import Keuze, Los, Planning, Regel

# By hand, because this page is asked most, and putting the queries together would cost more than answering them.
REGELS = """
SELECT r.nummer, s.sleutel, s.naam, r.portaal, r.bericht_stand, r.bericht, r.verplicht, r.verplicht_voor, r.toelichting,
    r.gewijzigd_op, ARRAY(
        SELECT p.sleutel || '|' || p.naam FROM planning_planningsregel_portalen rp
        JOIN autorisatie_portaal p ON p.id = rp.portaal_id WHERE rp.planningsregel_id = r.id ORDER BY p.naam
    )
FROM planning_planningsregel r JOIN accounts_soort s ON s.id = r.soort_id
WHERE r.tonen ORDER BY r.nummer
"""
MOMENTEN = """
SELECT m.sleutel, m.moment, m.omschrijving, m.bron, m.gewijzigd_op, ARRAY(
        SELECT s.sleutel FROM planning_planningsmoment_soorten ms JOIN accounts_soort s ON s.id = ms.soort_id
        WHERE ms.planningsmoment_id = m.id
    ), ARRAY(
        SELECT p.sleutel || '|' || p.naam FROM planning_planningsmoment_portalen mp
        JOIN autorisatie_portaal p ON p.id = mp.portaal_id WHERE mp.planningsmoment_id = m.id
    )
FROM planning_planningsmoment m WHERE m.tonen ORDER BY m.volgorde, m.id
"""


# Which versions of which rows there are: where a row was written, and by which transaction. No change escapes it.
STEMPEL = "SELECT " + ", ".join(  # noqa: S608  # names of our own tables
    f"(SELECT sum(hashtextextended(t.xmin::text || t.ctid::text, 0)) FROM {tabel} t)"  # noqa: S608
    for tabel in (
        "planning_planningsregel",
        "planning_planningsregel_portalen",
        "planning_planningsmoment",
        "planning_planningsmoment_soorten",
        "planning_planningsmoment_portalen",
        "accounts_soort",
        "autorisatie_portaal",
    )
)


VERS: Final = 1.0  # seconds
_laatst: dict[str, tuple[float, Planning]] = {}


def list_planning() -> Planning:
    """What is public of the planning, in the order of the table.

    Each process looks at most once in VERS seconds, so that a rush of visitors asks nothing of the database: one query
    whether a row was written since it was read here; if so, two more.
    """
    since, known = _laatst.get("planning", (0.0, None))
    if known is None or time.monotonic() - since >= VERS:
        with connection.cursor() as cursor:
            cursor.execute(STEMPEL)
            known = _read(cursor.fetchone())
        _laatst["planning"] = (time.monotonic(), known)
    return known


def forget_planning() -> None:
    """Look anew at the next page: after staff changed a row, in this process."""
    _laatst.clear()


@lru_cache(maxsize=2)
def _read(stempel: tuple[object, ...]) -> Planning:
    with connection.cursor() as cursor:
        cursor.execute(REGELS)
        regels = cursor.fetchall()
        cursor.execute(MOMENTEN)
        momenten = cursor.fetchall()
    portalen = {Keuze(*pair.split("|", 1)) for row in [*regels, *momenten] for pair in row[-1]}
    return Planning(
        regels=tuple(Regel._make([*row[:-1], _sleutels(row[-1])]) for row in regels),
        momenten=tuple(Los._make([*row[:-2], tuple(row[-2]), _sleutels(row[-1])]) for row in momenten),
        soorten=tuple(dict.fromkeys(Keuze(row[1], row[2]) for row in regels)),
        portalen=tuple(sorted(portalen, key=lambda keuze: keuze.naam)),
    )


def _sleutels(pairs: list[str]) -> tuple[str, ...]:
    return tuple(pair.split("|", 1)[0] for pair in pairs)
