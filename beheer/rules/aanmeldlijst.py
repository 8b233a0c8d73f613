"""What each row of a file with people means: whom to register with which rollen, or what is wrong with it. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NamedTuple

from accounts.rules import GEGEVENS, check_gegeven, normalise_kenmerk, normalise_regel
from beheer.rules.tabel import Bestandsfout, Plek, Probleem, Tabel, column_letter

BEWAARD: Final = timedelta(hours=23)
"""How long an uploaded file is kept and can be undone: then the hourly job deletes it, so before it is 24 (D23)."""

DIRECT_HOOGSTENS: Final = 300
"""So many rows are registered while the beheerder waits; more by a job."""

KOPPEN: Final[dict[str, tuple[str, ...]]] = {
    "voornaam": ("Voornaam", "Roepnaam", "Voornamen"),
    "tussenvoegsel": ("Tussenvoegsel", "Tussenvoegsels", "Voorvoegsel", "Voorvoegsels"),
    "achternaam": ("Achternaam", "Familienaam"),
    "email": ("E-mailadres", "E-mail", "Email", "Emailadres", "Mail", "Mailadres"),
    "telefoon": ("Telefoonnummer", "Telefoon", "Mobiel", "Tel"),
    "functie": ("Functie",),
    "werkgever": ("Werkgever",),
    "rollen": ("Rollen", "Rol"),
    "kenmerken": ("Kenmerken", "Kenmerk"),
}
"""The columns that are read, by the name we give them first and by what else they are called."""

_VERPLICHT: Final = ("voornaam", "achternaam", "email")
_COLUMNS: Final = {name.casefold(): veld for veld, names in KOPPEN.items() for name in names}
_VELDEN: Final = tuple(GEGEVENS)
_ROLLEN: Final = re.compile(r"[;|\r\n]+")
_KENMERKEN: Final = re.compile(r"[,;|\r\n]+")


class Rolkeuze(NamedTuple):
    """A rol for kenmerken, by their ids."""

    rol: int
    kenmerken: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rolaanbod:
    """A rol that this beheerder may hand out (R02). kenmerken: what one may type → the ids that it can mean."""

    id: int
    naam: str
    sleutel: str
    met_kenmerk: bool
    sluit_uit: frozenset[int]
    kenmerken: Mapping[str, frozenset[int]]


class Persoonrij(NamedTuple):
    """One row: the values in the order of GEGEVENS, the rollen, and what is wrong as (name of the column, sentence)."""

    nummer: int
    gegevens: tuple[str, ...]
    rollen: tuple[Rolkeuze, ...]
    fouten: tuple[tuple[str, str], ...]


def kenmerk_keys(soort: str, soortnaam: str, waarde: str) -> tuple[str, ...]:
    """What one may type for a kenmerk: its waarde, or that after the name of its soort."""
    return waarde, normalise_kenmerk(soortnaam + waarde), normalise_kenmerk(soort + waarde)


def read_kolommen(kop: Sequence[str]) -> tuple[dict[str, int], list[str]]:
    """Which column holds what, and a sentence on each column that is not read.

    Raises Bestandsfout when a column is there twice, or one that we need is not there.
    """
    found: dict[str, int] = {}
    onbekend: list[str] = []
    problemen: list[Probleem] = []
    for index, naam in enumerate(kop):
        veld = _COLUMNS.get(" ".join(naam.split()).casefold())
        if veld is None:
            onbekend.append(f"De kolom ‘{naam[:40]}’ ({column_letter(index)}) kennen we niet. Die is niet gelezen.")
        elif veld in found:
            zin = f"De kolom {KOPPEN[veld][0]} staat er twee keer in."
            problemen.append(Probleem(Plek(kolom=column_letter(index)), zin))
        else:
            found[veld] = index
    problemen += [
        Probleem(Plek(), f"De kolom {KOPPEN[veld][0]} ontbreekt. Zet die naam in de eerste rij.")
        for veld in _VERPLICHT
        if veld not in found
    ]
    if problemen:
        raise Bestandsfout(*problemen)
    return found, onbekend


def read_personen(tabel: Tabel, kolommen: Mapping[str, int], aanbod: Iterable[Rolaanbod]) -> list[Persoonrij]:
    """Judge every row (R04): each value by the rules of the form, each rol and kenmerk by what may be handed out (R02).

    A person who stands in the file twice is a problem of the second row.
    """
    by_name = {name: rol for rol in aanbod for name in (rol.naam.casefold(), rol.sleutel.casefold())}
    choices: dict[tuple[str, str], tuple[tuple[Rolkeuze, ...], tuple[tuple[str, str], ...]]] = {}
    places = [(veld, kolommen.get(veld)) for veld in _VELDEN]
    rollen_at, kenmerken_at = kolommen.get("rollen"), kolommen.get("kenmerken")
    seen: dict[tuple[str, ...], int] = {}
    rows: list[Persoonrij] = []
    for nummer, cellen in tabel.rijen:
        gegevens = tuple("" if at is None else normalise_regel(cellen[at]) for _, at in places)
        fouten = [
            (KOPPEN[veld][0], fout)
            for (veld, _), waarde in zip(places, gegevens, strict=True)
            if (fout := check_gegeven(veld, waarde)) is not None
        ]
        typed = (
            "" if rollen_at is None else cellen[rollen_at],
            "" if kenmerken_at is None else cellen[kenmerken_at],
        )
        if typed not in choices:
            choices[typed] = _read_rollen(*typed, by_name)
        rollen, mistakes = choices[typed]
        fouten += mistakes
        if not fouten:
            person = person_key(*gegevens[:4])
            if person in seen:
                fouten.append(("Achternaam", f"Deze persoon staat ook in rij {seen[person]}."))
            else:
                seen[person] = nummer
        rows.append(Persoonrij(nummer, gegevens, rollen, tuple(fouten)))
    return rows


def person_key(voornaam: str, tussenvoegsel: str, achternaam: str, email: str) -> tuple[str, str, str, str]:
    """Two rows with the same key are one person at an organisatie: the same name and e-mail address."""
    return voornaam.upper(), tussenvoegsel.upper(), achternaam.upper(), email.upper()


def _read_rollen(
    rollen: str, kenmerken: str, by_name: Mapping[str, Rolaanbod]
) -> tuple[tuple[Rolkeuze, ...], tuple[tuple[str, str], ...]]:
    """`rol; rol: kenmerk, kenmerk`. The column kenmerken counts for the rollen that name none themselves."""
    chosen: dict[int, Rolkeuze] = {}
    fouten: list[tuple[str, str]] = []
    shared = [part for part in map(str.strip, _KENMERKEN.split(kenmerken)) if part]
    unused = set(shared)
    for part in map(str.strip, _ROLLEN.split(rollen)):
        naam, _, own = part.partition(":")
        naam = " ".join(naam.split())
        if not naam:
            continue
        rol = by_name.get(naam.casefold())
        if rol is None:
            fouten.append(("Rollen", f"De rol ‘{naam[:60]}’ bestaat niet bij uw organisatie, of u mag die niet geven."))
            continue
        if rol.id in chosen:
            fouten.append(("Rollen", f"De rol {rol.naam} staat er twee keer."))
            continue
        excluded = [by.naam for by in by_name.values() if by.id in rol.sluit_uit and by.id in chosen]
        if excluded:
            fouten.append(("Rollen", f"De rol {rol.naam} gaat niet samen met de rol {excluded[0]}."))
        names = [part for part in map(str.strip, own.split(",")) if part] or [
            name for name in shared if rol.met_kenmerk and normalise_kenmerk(name) in rol.kenmerken
        ]
        unused -= set(names)
        ids, wrong = _read_kenmerken(rol, names)
        fouten += [("Rollen" if own else "Kenmerken", fout) for fout in wrong]
        chosen[rol.id] = Rolkeuze(rol.id, tuple(sorted(ids)))
    fouten += [
        ("Kenmerken", f"Het kenmerk ‘{name[:40]}’ hoort niet bij uw organisatie, of niet bij deze rollen.")
        for name in shared
        if name in unused
    ]
    return tuple(chosen.values()), tuple(fouten)


def _read_kenmerken(rol: Rolaanbod, names: Sequence[str]) -> tuple[set[int], list[str]]:
    if not rol.met_kenmerk:
        return set(), [f"De rol {rol.naam} werkt zonder kenmerk."] if names else []
    ids: set[int] = set()
    fouten: list[str] = []
    for name in names:
        meant = rol.kenmerken.get(normalise_kenmerk(name), frozenset())
        if not meant:
            fouten.append(f"De rol {rol.naam} kan niet voor het kenmerk ‘{name[:40]}’.")
        elif len(meant) > 1:
            fouten.append(f"Het kenmerk ‘{name[:40]}’ komt twee keer voor. Zet de soort ervoor, zoals BRIN 21AZ.")
        ids |= meant
    if not names:
        fouten.append(f"Zet bij de rol {rol.naam} minstens één kenmerk.")
    return ids, fouten
