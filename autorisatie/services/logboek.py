from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from accounts.models import Account
from verantwoording.haken import logzinnen
from verantwoording.models import Logregel
from verantwoording.rules import ActorSoort

WIE = {
    ActorSoort.STAF: "een medewerker van DUO",
    ActorSoort.TAAK: "Mijn DUO, automatisch",
    ActorSoort.BEZOEKER: "iemand die niet was ingelogd",
    ActorSoort.GEZAG: "het bevoegd gezag",
}


class Regel(NamedTuple):
    """A line of the log in words: when, what, who, and for the reader's own acts from which address; and why."""

    op: datetime
    wat: str
    wie: str
    adres: str | None
    reden: str


def read_regels(regels: Iterable[Logregel], lezer: Account) -> list[Regel]:
    """Lines of the log in plain Dutch for this reader (R33). Names of other organisaties are not told."""
    rows = list(regels)
    ids = {row.actor_id for row in rows if row.actor_soort == ActorSoort.ACCOUNT and row.actor_id is not None}
    names = {
        account.pk: account.get_full_name()
        for account in Account.objects.filter(organisatie=lezer.organisatie, pk__in=ids - {lezer.pk})
    }
    return [
        Regel(
            op=row.op,
            wat=logzinnen[row.gebeurtenis](row.gegevens) if row.gebeurtenis in logzinnen else row.gebeurtenis,
            wie=_who(row, lezer, names),
            adres=row.adres if _is_own(row, lezer) else None,
            reden=row.reden,
        )
        for row in rows
    ]


def _is_own(row: Logregel, lezer: Account) -> bool:
    return row.actor_soort == ActorSoort.ACCOUNT and row.actor_id == lezer.pk


def _who(row: Logregel, lezer: Account, names: dict[int, str]) -> str:
    if _is_own(row, lezer):
        return "uzelf"
    if row.actor_soort == ActorSoort.ACCOUNT:
        return names.get(row.actor_id or 0, "iemand van een andere organisatie")
    return WIE[ActorSoort(row.actor_soort)]
