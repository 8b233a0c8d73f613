from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.models import Account, Organisatie
from beheer.rules import LOGGROEPEN, OVERIG
from verantwoording.haken import logzinnen
from verantwoording.models import Logregel
from verantwoording.rules import ActorSoort


@dataclass(frozen=True, slots=True)
class Regel:
    """One line of the log in words (R33): when, what, on whom, by whom, from where and why."""

    id: int
    op: datetime
    wat: str
    over: str
    door: str
    adres: str
    reden: str


def lines_of(
    organisatie: Organisatie,
    *,
    groep: str = "",
    over: int | None = None,
    persoon: int | None = None,
    voor: int | None = None,
) -> QuerySet[Logregel]:
    """The lines of an organisatie, newest first (R33): of one group, on one account (over), on or by one (persoon).

    `voor` is the id of a line: only what stands before it.
    """
    lines = Logregel.objects.filter(organisatie_id=organisatie.pk).order_by("-id")
    if groep == OVERIG:
        lines = lines.exclude(gebeurtenis__in=[event for _, events in LOGGROEPEN.values() for event in events])
    elif groep:
        lines = lines.filter(gebeurtenis__in=LOGGROEPEN[groep][1])
    if over is not None:
        lines = lines.filter(account_id=over)
    if persoon is not None:
        lines = lines.filter(Q(account_id=persoon) | Q(actor_id=persoon, actor_soort=ActorSoort.ACCOUNT))
    return lines if voor is None else lines.filter(pk__lt=voor)


def read_lines(lines: Iterable[Logregel], organisatie: Organisatie) -> list[Regel]:
    """Put lines into words, names looked up in one query. Who belongs to another organisatie or to DUO has no name."""
    lines = list(lines)
    ids = {pk for line in lines for pk in (line.account_id, line.actor_id) if pk is not None}
    names = {
        account.pk: account.get_full_name()
        for account in Account.objects.of_organisatie(organisatie).filter(pk__in=ids)
    }
    return [
        Regel(
            id=line.pk,
            op=line.op,
            wat=logzinnen[line.gebeurtenis](line.gegevens) if line.gebeurtenis in logzinnen else line.gebeurtenis,
            over=_name(line.account_id, names),
            door=_actor(line, names),
            adres=line.adres or "",
            reden=line.reden,
        )
        for line in lines
    ]


def _name(account_id: int | None, names: dict[int, str]) -> str:
    return "" if account_id is None else names.get(account_id, "Iemand van een andere organisatie")


def _actor(line: Logregel, names: dict[int, str]) -> str:
    match ActorSoort(line.actor_soort):
        case ActorSoort.ACCOUNT:
            return _name(line.actor_id, names)
        case ActorSoort.STAF:
            return "Medewerker van DUO"
        case ActorSoort.TAAK:
            return "Mijn DUO, automatisch"
        case ActorSoort.BEZOEKER:
            return "Iemand die niet was ingelogd"
        case ActorSoort.GEZAG:
            own = line.actor_id == line.organisatie_id
            return "Het bevoegd gezag" if own else "Het bevoegd gezag van een andere organisatie"
