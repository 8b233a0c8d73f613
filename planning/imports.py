"""The planning: read from its files and brought into the database (docs/planning.md)."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Soort
from autorisatie.models import Portaal
from planning.models import Planningsmoment, Planningsregel
from verantwoording.rules import Actor
from verantwoording.services import write_logregel

CATALOGUS = Path(__file__).parent / "catalogus"

Entry = dict[str, Any]
# Of each file: the table, the key of an entry, its plain fields, and its lists of sleutels with the table they name.
TABELLEN: dict[
    str, tuple[type[Planningsregel | Planningsmoment], str, tuple[str, ...], dict[str, type[Soort | Portaal]]]
]
TABELLEN = {
    "regels": (
        Planningsregel,
        "nummer",
        ("portaal", "bericht", "bericht_stand", "verplicht", "verplicht_voor", "algemeen_einde", "toelichting"),
        {"portalen": Portaal, "verplichte_portalen": Portaal},
    ),
    "momenten": (
        Planningsmoment,
        "sleutel",
        ("volgorde", "moment", "omschrijving", "bron"),
        {"soorten": Soort, "portalen": Portaal},
    ),
}


class PlanningFout(ValueError):  # noqa: N818  # a Dutch noun
    """A file of the planning cannot be used; the text names file and entry. Nothing was changed."""


def read_planning(folder: Path) -> dict[str, list[Entry]]:
    """Read the files of the planning: file name → entries. Raises PlanningFout when one is missing or is no JSON."""
    planning = {}
    for bestand in TABELLEN:
        try:
            planning[bestand] = json.loads((folder / f"{bestand}.json").read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise PlanningFout(f"{bestand}.json: {error}") from error
    return planning


@transaction.atomic
def load_planning(*, planning: dict[str, list[Entry]], actor: Actor, now: datetime) -> dict[str, int]:
    """Bring the planning into the database; returns how many rows were written, and how many were left to DUO staff.

    A second time nothing is written. A row that staff changed since it was loaded stays as they made it, and so does
    one that is no longer in the files. Raises PlanningFout for an entry that misses a field, does not fit, or names a
    soort or portaal that is not there. One line in the log.
    """
    counts = {"geschreven": 0, "van DUO": 0}
    for bestand, entries in planning.items():
        for place, entry in enumerate(entries, start=1):
            try:
                outcome = _load(bestand, entry, now)
            except (AttributeError, KeyError, TypeError, ValidationError, Soort.DoesNotExist) as error:
                raise PlanningFout(f"{bestand}.json, entry {place}: {error}") from error
            if outcome:
                counts[outcome] += 1
    write_logregel(
        gebeurtenis="planning_geladen",
        actor=actor,
        now=now,
        object_soort="planning",
        gegevens={"aantal": counts["geschreven"]},
    )
    return counts


def _load(bestand: str, entry: Entry, now: datetime) -> str | None:
    """Write one entry, unless it stands there already or staff changed the row. What was done; None for nothing."""
    model, key, velden, lists = TABELLEN[bestand]
    known = model._default_manager.filter(**{key: entry[key]}).first()  # noqa: SLF001  # Django's documented API
    if known is not None:
        if describe(known) != known.geladen:
            return "van DUO"
        if known.geladen == entry:
            return None
    row = known or model(**{key: entry[key]})
    for veld in velden:
        setattr(row, veld, entry[veld])
    if isinstance(row, Planningsregel):
        row.soort = Soort.objects.get(sleutel=entry["soort"])
    row.geladen = entry
    row.gewijzigd_op = now
    row.clean_fields()
    row.save()
    for veld, target in lists.items():
        found = {other.sleutel: other for other in target.objects.filter(sleutel__in=entry[veld])}
        getattr(row, veld).set([found[sleutel] for sleutel in entry[veld]])
    return "geschreven"


def describe(row: Planningsregel | Planningsmoment) -> Entry:
    """The row as an entry of its file would say it: what differs from `geladen` was changed by staff."""
    bestand = next(bestand for bestand, (model, *_) in TABELLEN.items() if isinstance(row, model))
    _, key, velden, lists = TABELLEN[bestand]
    entry = {veld: getattr(row, veld) for veld in (key, *velden)}
    if isinstance(row, Planningsregel):
        entry["soort"] = row.soort.sleutel
    for veld in lists:
        entry[veld] = sorted(getattr(row, veld).values_list("sleutel", flat=True))
    return entry
