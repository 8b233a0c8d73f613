from collections.abc import Iterable
from datetime import datetime
from typing import Any

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
