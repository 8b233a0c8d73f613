from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import Organisatie
from planning.models import Voorbereiding
from planning.rules.voorbereiding import PUNTEN
from verantwoording.rules import Actor
from verantwoording.services import write_logregel


@dataclass(frozen=True, slots=True)
class Verouderd:
    """A colleague changed the list first: nothing was saved, and this is how it stands now (D23)."""

    huidig: Voorbereiding


def read_voorbereiding(organisatie: Organisatie, now: datetime) -> Voorbereiding:
    """The list of this organisatie; an empty one that is not in the database when nothing was filled in yet."""
    found = Voorbereiding.objects.filter(organisatie=organisatie).first()
    return found or Voorbereiding(organisatie=organisatie, gewijzigd_op=now)


@transaction.atomic
def change_voorbereiding(
    *, organisatie: Organisatie, versie: int, antwoorden: Mapping[str, str], actor: Actor, now: datetime
) -> Voorbereiding | Verouderd:
    """Change the list, if `versie` is still the one that the form was shown with (R28, D23).

    Returns the changed list, or Verouderd. Sending what is already there writes nothing. The log tells which points
    were changed, not what stands there.
    """
    Voorbereiding.objects.get_or_create(organisatie=organisatie, defaults={"gewijzigd_op": now})
    current = Voorbereiding.objects.select_for_update().get(organisatie=organisatie)
    if current.versie != versie:
        return Verouderd(current)
    changed = [veld for veld in PUNTEN if getattr(current, veld) != antwoorden[veld]]
    if not changed:
        return current
    for veld in changed:
        setattr(current, veld, antwoorden[veld])
    current.versie, current.gewijzigd_op = versie + 1, now
    current.save(update_fields=[*changed, "versie", "gewijzigd_op"])
    write_logregel(
        gebeurtenis="voorbereiding_gewijzigd",
        actor=actor,
        now=now,
        organisatie_id=organisatie.pk,
        gegevens={"punten": " ".join(PUNTEN[veld] for veld in changed)},
    )
    return current
