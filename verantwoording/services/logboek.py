import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from verantwoording.haken import logzinnen
from verantwoording.models import Logregel
from verantwoording.rules import Actor


def write_logregel(
    *,
    gebeurtenis: str,
    actor: Actor,
    now: datetime,
    organisatie_id: int | None = None,
    account_id: int | None = None,
    object_soort: str = "",
    object_id: int | None = None,
    gegevens: dict[str, Any] | None = None,
) -> Logregel:
    """Append one line to the log, in the caller's transaction (R33, D21). See `make_logregel`."""
    regel = make_logregel(
        gebeurtenis=gebeurtenis,
        actor=actor,
        now=now,
        organisatie_id=organisatie_id,
        account_id=account_id,
        object_soort=object_soort,
        object_id=object_id,
        gegevens=gegevens,
    )
    regel.save(force_insert=True)
    return regel


def write_logregels(regels: Iterable[Logregel]) -> None:
    """Append many lines at once, in the caller's transaction and in this order (R33, D21)."""
    Logregel.objects.bulk_create(regels, batch_size=2000)


def make_logregel(
    *,
    gebeurtenis: str,
    actor: Actor,
    now: datetime,
    organisatie_id: int | None = None,
    account_id: int | None = None,
    object_soort: str = "",
    object_id: int | None = None,
    gegevens: dict[str, Any] | None = None,
) -> Logregel:
    """A line for the log, not yet written.

    gebeurtenis must have a sentence in `logzinnen`: an event nobody can read is a mistake, so KeyError. account_id is
    on whom; gegevens fills the sentence and holds no secret, gebruikersnaam or pseudonym.
    """
    data = gegevens or {}
    logzinnen[gebeurtenis](data)
    return Logregel(
        op=now,
        gebeurtenis=gebeurtenis,
        organisatie_id=organisatie_id,
        account_id=account_id,
        actor_soort=actor.soort,
        actor_id=actor.id,
        actor_naam=actor.naam,
        namens_id=actor.namens,
        adres=actor.adres,
        reden=actor.reden,
        object_soort=object_soort,
        object_id=object_id,
        gegevens=data,
    )


class Regel(NamedTuple):
    """One of many lines on the same event: on whom, about which object, and what fills its sentence."""

    account_id: int
    object_id: int | None = None
    gegevens: dict[str, str] = {}


def write_gebeurtenis(
    *,
    gebeurtenis: str,
    regels: Sequence[Regel],
    actor: Actor,
    now: datetime,
    organisatie_id: int,
    object_soort: str = "",
) -> None:
    """Append one event for many accounts, in one statement and in this order; see `make_logregel`."""
    for regel in regels:
        logzinnen[gebeurtenis](regel.gegevens)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO verantwoording_logregel (op, gebeurtenis, organisatie_id, account_id, actor_soort, actor_id,"
            " actor_naam, namens_id, adres, reden, object_soort, object_id, gegevens)"
            " SELECT %(op)s, %(gebeurtenis)s, %(organisatie)s, r.account_id, %(soort)s, %(actor)s, %(naam)s,"
            " %(namens)s, %(adres)s, %(reden)s, %(object_soort)s, r.object_id, r.gegevens::jsonb"
            " FROM unnest(%(accounts)s::bigint[], %(objecten)s::bigint[], %(gegevens)s::text[])"
            " WITH ORDINALITY AS r (account_id, object_id, gegevens, nr) ORDER BY r.nr",
            {
                "op": now,
                "gebeurtenis": gebeurtenis,
                "organisatie": organisatie_id,
                "soort": actor.soort.value,
                "actor": actor.id,
                "naam": actor.naam,
                "namens": actor.namens,
                "adres": actor.adres,
                "reden": actor.reden,
                "object_soort": object_soort,
                "accounts": [regel.account_id for regel in regels],
                "objecten": [regel.object_id for regel in regels],
                "gegevens": [json.dumps(regel.gegevens) for regel in regels],
            },
        )
