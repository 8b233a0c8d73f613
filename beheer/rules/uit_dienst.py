"""Who is a gebruiker here, and not in a list of who is employed (R20). Pure."""

import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from beheer.rules.aanmeldlijst import KOPPEN
from beheer.rules.tabel import Bestandsfout, Plek, Probleem, Tabel

TE_BEEINDIGEN_HOOGSTENS: Final = 500
"""So many are shown to choose from at once, and so many can be ended at once."""

_NAAM: Final = ("naam", "volledige naam", "medewerker", "werknemer")
_WORD: Final = re.compile(r"[^\W_]+")
_LIKE: Final = 0.85
_COMPARED_HOOGSTENS: Final = 300  # names that begin alike, to look for one that is nearly the same


class Persoon(NamedTuple):
    """Somebody in the list, or a gebruiker: his number, name and e-mail address."""

    id: int
    naam: str
    email: str


@dataclass(frozen=True, slots=True)
class Vergelijking:
    """ontbreekt: gebruikers who are not in the list, each with who there looks like him (None: nobody)."""

    ontbreekt: tuple[tuple[Persoon, Persoon | None], ...]
    op_email: int
    op_naam: int


def read_medewerkers(tabel: Tabel) -> list[Persoon]:
    """The people in a list of who is employed, by row. Raises Bestandsfout when it has no names and no addresses."""
    columns = {" ".join(naam.split()).casefold(): index for index, naam in reversed([*enumerate(tabel.kop)])}

    def find(*names: str) -> int | None:
        return next((columns[name.casefold()] for name in names if name.casefold() in columns), None)

    email = find(*KOPPEN["email"])
    parts = [find(*KOPPEN[veld]) for veld in ("voornaam", "tussenvoegsel", "achternaam")]
    whole = find(*_NAAM)
    naam = [at for at in parts if at is not None] if parts[2] is not None else [whole] if whole is not None else []
    if email is None and not naam:
        zin = "Zet in de eerste rij de naam van een kolom: E-mailadres, Naam, of Voornaam en Achternaam."
        raise Bestandsfout(Probleem(Plek(), zin))
    return [
        Persoon(nummer, " ".join(cellen[at] for at in naam if cellen[at]), "" if email is None else cellen[email])
        for nummer, cellen in tabel.rijen
    ]


def compare(gebruikers: Iterable[Persoon], medewerkers: Sequence[Persoon]) -> Vergelijking:
    """Look each gebruiker up by e-mail address, else by name; the order of the words and accents do not count."""
    addresses = {medewerker.email.strip().casefold() for medewerker in medewerkers if medewerker.email}
    names = {_key(medewerker.naam) for medewerker in medewerkers if medewerker.naam}
    missing: list[Persoon] = []
    by_email = by_name = 0
    for gebruiker in gebruikers:
        if gebruiker.email.casefold() in addresses:
            by_email += 1
        elif _key(gebruiker.naam) in names:
            by_name += 1
        else:
            missing.append(gebruiker)
    near = _Near(medewerkers)
    shown = [(gebruiker, near.find(gebruiker)) for gebruiker in missing[:TE_BEEINDIGEN_HOOGSTENS]]
    return Vergelijking((*shown, *((gebruiker, None) for gebruiker in missing[len(shown) :])), by_email, by_name)


def _words(naam: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", naam.casefold())
    return sorted(_WORD.findall("".join(sign for sign in plain if not unicodedata.combining(sign))))


def _key(naam: str) -> str:
    return " ".join(_words(naam))


class _Near:
    """Finds who in a list looks like somebody: the same address before the @, or nearly the same name."""

    def __init__(self, medewerkers: Sequence[Persoon]) -> None:
        self._by_local: dict[str, Persoon] = {}
        self._by_word: dict[str, list[tuple[str, Persoon]]] = defaultdict(list)
        for medewerker in medewerkers:
            if "@" in medewerker.email:
                self._by_local.setdefault(medewerker.email.casefold().partition("@")[0], medewerker)
            words = _words(medewerker.naam)
            for start in {word[:3] for word in words if len(word) > 2}:  # noqa: PLR2004  # "de" and "van" say nothing
                self._by_word[start].append((" ".join(words), medewerker))

    def find(self, gebruiker: Persoon) -> Persoon | None:
        local = self._by_local.get(gebruiker.email.casefold().partition("@")[0])
        if local is not None:
            return local
        words = _words(gebruiker.naam)
        alike = {
            key: medewerker
            for word in words
            for key, medewerker in self._by_word.get(word[:3], [])[:_COMPARED_HOOGSTENS]
        }
        found = difflib.get_close_matches(" ".join(words), alike, n=1, cutoff=_LIKE)
        return alike[found[0]] if found else None
