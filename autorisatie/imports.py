"""The catalogue: read from its files, checked, and brought into the database (docs/catalogus.md)."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import DateTimeField, Model, Value
from django.db.models.functions import Greatest

from accounts.models import Sector, Soort
from accounts.rules import KENMERKSOORTEN
from autorisatie.models import Beheerdersrol, Onderwerp, Portaal, Rol, Taak, TaakRol
from verantwoording.rules import Actor
from verantwoording.services import write_logregel

CATALOGUS = Path(__file__).parent / "catalogus"

# What each file's entries hold: plain fields with their type, and lists of sleutels with the file they stand in.
TEKST: dict[str, type] = {"sleutel": str, "naam": str}
VELDEN: dict[str, dict[str, type]] = {
    "sectoren": TEKST | {"toelichting": str, "contact": str},
    "soorten": TEKST | {"sector": str, "code_soort": str},
    "kenmerksoorten": {"sleutel": str, "uitleg": str},
    "domeinen": TEKST | {"omschrijving": str},
    "rollen": TEKST | {"omschrijving": str, "domein": str, "privacygevoelig": bool},
    "beheerdersrollen": TEKST | {"omschrijving": str, "domein": str, "alle_rollen": bool},
    "portalen": TEKST
    | dict.fromkeys(
        ("voorheen", "omschrijving", "eigenaar", "niveau", "dienstmachtiging", "adres", "informatie", "contact"), str
    )
    | {"actief": bool},
    "onderwerpen": TEKST | {"uitleg": str, "taken": list},
    "taken": TEKST | {"uitleg": str, "portaal": str},
}
LIJSTEN: dict[str, dict[str, str]] = {
    "rollen": {"kenmerksoorten": "kenmerksoorten", "soorten": "soorten", "sluit_uit": "rollen"},
    "beheerdersrollen": {"rollen": "rollen", "omvat": "beheerdersrollen", "soorten": "soorten"},
    "portalen": {"soorten": "soorten"},
    "taken": {"kenmerksoorten": "kenmerksoorten", "rollen": "rollen"},
}
VERWIJZINGEN = {
    ("soorten", "sector"): "sectoren",
    ("rollen", "domein"): "domeinen",
    ("beheerdersrollen", "domein"): "domeinen",
    ("taken", "portaal"): "portalen",
}

Entry = dict[str, Any]
Catalogus = dict[str, list[Entry]]
M = TypeVar("M", bound=Model)


class CatalogusFout(ValueError):  # noqa: N818  # a Dutch noun
    """A file of the catalogue cannot be used; the text names file, entry and field. Nothing was changed."""


def read_catalogus(folder: Path) -> Catalogus:
    """Read and check the files of the catalogue: file name → entries, taken taken out of their onderwerpen.

    Raises CatalogusFout when a file is missing or is no JSON, when an entry misses a field or has one of the wrong
    type, when a sleutel is used twice, or when an entry names something that does not exist.
    """
    catalogus = {bestand: _read_file(folder / f"{bestand}.json") for bestand in VELDEN if bestand != "taken"}
    for bestand, entries in catalogus.items():
        _check_fields(bestand, entries)
    catalogus["taken"] = [
        taak | {"onderwerp": onderwerp["sleutel"]} if isinstance(taak, dict) else taak
        for onderwerp in catalogus["onderwerpen"]
        for taak in onderwerp["taken"]
    ]
    _check_fields("taken", catalogus["taken"])
    known = {bestand: {entry["sleutel"] for entry in entries} for bestand, entries in catalogus.items()}
    if unknown := known["kenmerksoorten"] - set(KENMERKSOORTEN):
        raise CatalogusFout(f"kenmerksoorten.json: accounts/rules.py has no form for {', '.join(sorted(unknown))}")
    for bestand, entries in catalogus.items():
        for entry in entries:
            _check_references(bestand, entry, known)
    return catalogus


@cache
def domeinnamen() -> dict[str, str]:
    """What each domein is called on the screen, by its sleutel: domeinen stand in the catalogue's file only."""
    return {entry["sleutel"]: entry["naam"] for entry in _read_file(CATALOGUS / "domeinen.json")}


def _read_file(path: Path) -> list[Entry]:
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise CatalogusFout(f"{path.name}: this file of the catalogue is missing") from error
    except ValueError as error:
        raise CatalogusFout(f"{path.name}: no JSON ({error})") from error
    if not isinstance(entries, list):
        raise CatalogusFout(f"{path.name}: must be a list of entries")
    return entries


def _check_fields(bestand: str, entries: list[Entry]) -> None:
    wanted = VELDEN[bestand] | dict.fromkeys(LIJSTEN.get(bestand, {}), list)
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict):
            raise CatalogusFout(f"{bestand}, entry {number}: must be an object")
        label = f"{bestand}, entry {entry.get('sleutel') or number}"
        for veld, soort in wanted.items():
            if not isinstance(entry.get(veld), soort):
                raise CatalogusFout(f"{label}: {veld} is missing or is no {soort.__name__}")
        if not all(isinstance(item, str) for veld in LIJSTEN.get(bestand, {}) for item in entry[veld]):
            raise CatalogusFout(f"{label}: lists hold sleutels, as text")
    twice = [sleutel for sleutel, times in Counter(entry["sleutel"] for entry in entries).items() if times > 1]
    if twice:
        raise CatalogusFout(f"{bestand}: used twice as sleutel: {', '.join(twice)}")


def _check_references(bestand: str, entry: Entry, known: Mapping[str, set[str]]) -> None:
    named = [(veld, target, entry[veld]) for veld, target in LIJSTEN.get(bestand, {}).items()]
    for (where, veld), target in VERWIJZINGEN.items():
        if where == bestand and entry[veld]:
            named.append((veld, target, [entry[veld]]))
    for veld, target, sleutels in named:
        if unknown := set(sleutels) - known[target]:
            names = ", ".join(sorted(unknown))
            raise CatalogusFout(f"{bestand}, entry {entry['sleutel']}: {veld}: {target} has no {names}")


@transaction.atomic
def load_catalogus(*, catalogus: Catalogus, actor: Actor, now: datetime) -> dict[str, int]:
    """Bring a checked catalogue into the database; returns how many rows were written, by kind. A second time: none.

    Nothing is ever deleted, because autorisaties and the log refer to it: a pair of taak and rol that is no longer in
    the files ends at `now` (D20), and a portaal that is not there any more is no longer active. Raises CatalogusFout
    when a text does not fit its column. One line in the log.
    """
    counts: Counter[str] = Counter()
    sectoren = _sync(counts, Sector, catalogus["sectoren"], ("naam", "toelichting", "contact"), order=True)
    soorten = _sync(
        counts, Soort, catalogus["soorten"], ("naam", "code_soort"), extra=lambda e: {"sector": sectoren[e["sector"]]}
    )
    rollen = _sync(
        counts, Rol, catalogus["rollen"], ("naam", "omschrijving", "domein", "privacygevoelig", "kenmerksoorten")
    )
    beheerdersrollen = _sync(
        counts, Beheerdersrol, catalogus["beheerdersrollen"], ("naam", "omschrijving", "domein", "alle_rollen")
    )
    velden = tuple(veld for veld in VELDEN["portalen"] if veld != "sleutel")
    portalen = _sync(counts, Portaal, catalogus["portalen"], velden)
    onderwerpen = _sync(counts, Onderwerp, catalogus["onderwerpen"], ("naam", "uitleg"), order=True)
    taken = _sync(
        counts,
        Taak,
        catalogus["taken"],
        ("naam", "uitleg", "kenmerksoorten"),
        order=True,
        extra=lambda e: {"onderwerp": onderwerpen[e["onderwerp"]], "portaal": portalen.get(e["portaal"])},
    )
    for entry in catalogus["rollen"]:
        rol = rollen[entry["sleutel"]]
        counts["verbindingen"] += _sync_links(rol.soorten, (soorten[s] for s in entry["soorten"]))
        counts["verbindingen"] += _sync_links(rol.sluit_uit, (rollen[s] for s in entry["sluit_uit"]))
    included = _closure({entry["sleutel"]: set(entry["omvat"]) for entry in catalogus["beheerdersrollen"]})
    for entry in catalogus["beheerdersrollen"]:
        beheerdersrol = beheerdersrollen[entry["sleutel"]]
        counts["verbindingen"] += _sync_links(beheerdersrol.rollen, (rollen[s] for s in entry["rollen"]))
        counts["verbindingen"] += _sync_links(beheerdersrol.soorten, (soorten[s] for s in entry["soorten"]))
        omvat = (beheerdersrollen[s] for s in included[entry["sleutel"]])
        counts["verbindingen"] += _sync_links(beheerdersrol.omvat, omvat)
    for entry in catalogus["portalen"]:
        counts["verbindingen"] += _sync_links(
            portalen[entry["sleutel"]].soorten, (soorten[s] for s in entry["soorten"])
        )
    gone = Portaal.objects.exclude(sleutel__in=portalen).filter(actief=True)
    counts["portalen"] += gone.update(actief=False)
    pairs = {(taken[e["sleutel"]].pk, rollen[sleutel].pk) for e in catalogus["taken"] for sleutel in e["rollen"]}
    _sync_taakrollen(counts, pairs, now)
    write_logregel(
        gebeurtenis="catalogus_geladen",
        actor=actor,
        now=now,
        object_soort="catalogus",
        gegevens={"aantal": counts.total()},
    )
    return dict(counts)


def _sync(
    counts: Counter[str],
    model: type[M],
    entries: Iterable[Entry],
    velden: tuple[str, ...],
    *,
    order: bool = False,
    extra: Any = lambda _entry: {},
) -> dict[str, M]:
    """Make or update the row of every entry, by sleutel. order: the place in the file is the place on the screen."""
    soort = str(model._meta.verbose_name_plural)  # noqa: SLF001  # Django's documented API
    counts[soort] += 0
    known = {row.sleutel: row for row in model._default_manager.all()}  # type: ignore[attr-defined]  # noqa: SLF001  # all seven have one
    rows: dict[str, M] = {}
    for place, entry in enumerate(entries):
        values = {veld: entry[veld] for veld in velden} | extra(entry) | ({"volgorde": place} if order else {})
        row = known.get(entry["sleutel"])
        if row is None or any(getattr(row, veld) != value for veld, value in values.items()):
            row = row or model(sleutel=entry["sleutel"])
            for veld, value in values.items():
                setattr(row, veld, value)
            try:
                row.clean_fields()
            except ValidationError as error:
                raise CatalogusFout(f"{soort}, entry {entry['sleutel']}: {error.message_dict}") from error
            row.save()
            counts[soort] += 1
        rows[entry["sleutel"]] = row
    return rows


def _sync_links(relation: Any, rows: Iterable[Model]) -> int:
    """Make a many-to-many exactly these rows; returns 1 when that changed something."""
    wanted = {row.pk for row in rows}
    if wanted == set(relation.values_list("pk", flat=True)):
        return 0
    relation.set(wanted)
    return 1


def _closure(omvat: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """What comes with each beheerdersrol, also at one remove, itself left out."""
    result = {}
    for sleutel, direct in omvat.items():
        found: set[str] = set()
        todo = set(direct)
        while todo:
            found |= todo
            todo = set().union(*(omvat[other] for other in todo)) - found
        result[sleutel] = found - {sleutel}
    return result


def _sync_taakrollen(counts: Counter[str], pairs: set[tuple[int, int]], now: datetime) -> None:
    running = {(row.taak_id, row.rol_id): row.pk for row in TaakRol.objects.filter(tot=None)}
    ended = TaakRol.objects.filter(pk__in=[pk for pair, pk in running.items() if pair not in pairs]).update(
        tot=Greatest("van", Value(now, output_field=DateTimeField()))
    )
    new = TaakRol.objects.bulk_create(TaakRol(taak_id=t, rol_id=r, van=now) for t, r in sorted(pairs - running.keys()))
    counts["geopende taken"] += len(new)
    counts["beëindigde taken"] += ended
