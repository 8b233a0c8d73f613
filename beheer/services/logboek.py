from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Account, Organisatie
from beheer.rules import LOGGROEPEN, OVERIG
from verantwoording.haken import logzinnen
from verantwoording.models import Logregel
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import write_logregel

GEDOWNLOAD: Final = "logboek_gedownload"
_CHUNK: Final = 2_000


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
    door: str = "",
    van: date | None = None,
    tot: date | None = None,
    voor: int | None = None,
) -> QuerySet[Logregel]:
    """The lines of an organisatie, newest first (R33): of one group, on one account (over), on or by one (persoon).

    door is a kind of actor (an ActorSoort); van and tot are the first and the last day. `voor` is the id of a line:
    only what stands before it.
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
    if door:
        lines = lines.filter(actor_soort=door)
    if van is not None:
        lines = lines.filter(op__gte=_midnight(van))
    if tot is not None:
        lines = lines.filter(op__lt=_midnight(tot) + timedelta(days=1))
    return lines if voor is None else lines.filter(pk__lt=voor)


def download_lines(
    *, organisatie: Organisatie, filters: dict[str, Any], actor: Actor, now: datetime
) -> Iterator[list[str | datetime]]:
    """Log that the log is downloaded, and give its lines in words, newest first, read in chunks (R33).

    The line on this download stands in the next one.
    """
    lines = lines_of(organisatie, **filters).filter(op__lte=now)
    write_logregel(gebeurtenis=GEDOWNLOAD, actor=actor, now=now, organisatie_id=organisatie.pk)
    return _read_all(lines.exclude(gebeurtenis=GEDOWNLOAD, op=now), organisatie)


def _read_all(lines: QuerySet[Logregel], organisatie: Organisatie) -> Iterator[list[str | datetime]]:
    found = lines.iterator(_CHUNK)
    while chunk := list(islice(found, _CHUNK)):
        for regel in read_lines(chunk, organisatie):
            yield [regel.op, regel.wat, regel.over, regel.door, regel.adres, regel.reden]


def _midnight(dag: date) -> datetime:
    """When a day begins in Amsterdam; a year that nobody means is brought within what a moment can hold."""
    return timezone.make_aware(datetime.combine(dag.replace(year=min(max(dag.year, 1904), 9996)), time.min))


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
