"""What the planning of the overstap says: its moments, read as printed, and what is public of it (R26). Pure."""

import calendar
import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple

from koppeling.rules import AMSTERDAM

# R15: an account made since this day never has a token.
EERSTE_DAG_ZONDER_TOKEN = date(2022, 1, 1)
# R26: the overstap is to be finished before this day, so 30 December 2022 is the last day of a token.
TOKEN_EINDE = date(2022, 12, 31)
LAATSTE_DAG_VAN_TOKEN = TOKEN_EINDE - timedelta(days=1)

# A year outside these is a slip of the pen, and no day of a calendar.
EERSTE_JAAR, LAATSTE_JAAR = 1900, 2100

MAANDEN = (
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
)
_MOMENT = re.compile(
    r"(?:(?:vanaf|sinds|op|in|per|vóór) )?(?:(?P<dag>[0-9]{1,2}) )?"
    rf"(?P<maand>{'|'.join(MAANDEN)}) (?P<jaar>[1-9][0-9]{{3}})",
    re.IGNORECASE,
)


class Precisie(StrEnum):
    """How precise a moment is printed."""

    DAG = "dag"
    MAAND = "maand"
    TEKST = "tekst"


@dataclass(frozen=True, slots=True)
class Moment:
    """What a moment as printed is: a day, a month (from its first to its last day), or no more than a text."""

    precisie: Precisie
    eerste: date | None = None
    laatste: date | None = None


def read_moment(tekst: str) -> Moment:
    """Read a moment as it is printed. Without a year it stays a text, because no year is guessed (R26)."""
    found = _MOMENT.fullmatch(tekst.strip())
    if found is None or not EERSTE_JAAR <= int(found["jaar"]) <= LAATSTE_JAAR:
        return Moment(Precisie.TEKST)
    year, month = int(found["jaar"]), MAANDEN.index(found["maand"].lower()) + 1
    last = calendar.monthrange(year, month)[1]
    if found["dag"] is None:
        return Moment(Precisie.MAAND, date(year, month, 1), date(year, month, last))
    if not 1 <= int(found["dag"]) <= last:
        return Moment(Precisie.TEKST)
    day = date(year, month, int(found["dag"]))
    return Moment(Precisie.DAG, day, day)


def midnight(dag: date) -> datetime:
    """The moment at which this day begins in Amsterdam."""
    return datetime.combine(dag, time(), AMSTERDAM)


class Keuze(NamedTuple):
    """A soort or portaal that the table can be filtered by."""

    sleutel: str
    naam: str


class Regel(NamedTuple):
    """A row of the planning table as visitors see it: the words of Planningsregel, its soort and its portalen."""

    nummer: int
    soort: str
    soort_naam: str
    portaal: str
    bericht_stand: str
    bericht: str
    verplicht: str
    verplicht_voor: str
    toelichting: str
    gewijzigd_op: datetime
    portalen: tuple[str, ...]


class Los(NamedTuple):
    """A moment outside the table as visitors see it; without soorten or portalen it is for everybody."""

    sleutel: str
    moment: str
    omschrijving: str
    bron: str
    gewijzigd_op: datetime
    soorten: tuple[str, ...]
    portalen: tuple[str, ...]


class Filter(NamedTuple):
    """For which soort and portaal (sleutels) the planning is shown; empty for all."""

    soort: str
    portaal: str


@dataclass(frozen=True, slots=True)
class Planning:
    """Everything that is public of the planning (R26). Equal when nothing changed: what is made of it can be kept."""

    regels: tuple[Regel, ...]
    momenten: tuple[Los, ...]
    soorten: tuple[Keuze, ...]
    portalen: tuple[Keuze, ...]

    def chosen(self, keuze: Filter) -> "Planning":
        """Only what holds for this soort and portaal."""
        regels = (
            regel
            for regel in self.regels
            if keuze.soort in {"", regel.soort} and (not keuze.portaal or keuze.portaal in regel.portalen)
        )
        momenten = (
            los
            for los in self.momenten
            if (not keuze.soort or not los.soorten or keuze.soort in los.soorten)
            and (not keuze.portaal or not los.portalen or keuze.portaal in los.portalen)
        )
        return replace(self, regels=tuple(regels), momenten=tuple(momenten))

    def filter_of(self, soort: str, portaal: str) -> Filter:
        """What somebody asked for; what is not in the table leaves nothing out."""
        return Filter(
            soort if any(soort == keuze.sleutel for keuze in self.soorten) else "",
            portaal if any(portaal == keuze.sleutel for keuze in self.portalen) else "",
        )
