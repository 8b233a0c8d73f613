"""Registry that an upper app fills in AppConfig.ready: ways to log in beside eHerkenning (planning's token, R14)."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import Account, Sector
    from verantwoording.rules import Actor

INLOGWIJZE = "inlogwijze"
"""In the session of who logged in by another way than eHerkenning: the name of that way."""


@dataclass(frozen=True, slots=True)
class Knop:
    """A way in: a heading, a sentence that explains it, and the link."""

    kop: str
    uitleg: str
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Houder:
    """Somebody who has the means of another way: whether it lets him in at a moment, and when it last did."""

    geldig: bool
    laatst: datetime | None


@dataclass(frozen=True, slots=True)
class Inlogwijze:
    """Another way to log in.

    knop: what the entrance of a sector shows. middelen: of these accounts (ids) the means they have, in words.
    houders: those of these accounts (ids) who have this means, at this moment.
    na_koppelen: the sentence that somebody reads once his middel was linked, empty when he never had this means.
    intrekken: ends the account's means for good; called within the transaction that makes the koppeling (R14).
    portalen: for which portalen (sleutels) a session of this account, made in this way, counts at this moment.
    melding: what who is logged in this way reads on the overzicht, as HTML.
    opnieuw: the way to log in once more, when a page asks for a fresh login: nobody in this way has a middel.
    """

    knop: Callable[["Sector", datetime], Knop | None]
    middelen: Callable[[Collection[int], datetime], Mapping[int, str]]
    houders: Callable[[Iterable[int], datetime], Mapping[int, Houder]]
    na_koppelen: Callable[[int], str]
    intrekken: "Callable[[Account, Actor, datetime], None]"
    portalen: "Callable[[Account, datetime], frozenset[str]]"
    melding: "Callable[[Account, datetime], str]"
    opnieuw: Callable[[], Knop]


inlogwijzen: dict[str, Inlogwijze] = {}


def register_inlogwijze(naam: str, wijze: Inlogwijze) -> None:
    """Name a way to log in. ValueError when the name is taken."""
    if naam in inlogwijzen:
        message = f"inlogwijze {naam} is registered twice"
        raise ValueError(message)
    inlogwijzen[naam] = wijze


def read_houders(accounts: Iterable[int], op: datetime) -> dict[int, Houder]:
    """Those of these accounts (ids) who have the means of another way to log in, as it stands at `op`."""
    found: dict[int, Houder] = {}
    for wijze in inlogwijzen.values():
        found |= wijze.houders(accounts, op)
    return found


def after_linking(account_id: int) -> list[str]:
    """What somebody reads about his old means once he is linked (R14)."""
    return [zin for wijze in inlogwijzen.values() if (zin := wijze.na_koppelen(account_id))]
