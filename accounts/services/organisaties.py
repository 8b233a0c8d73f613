"""What is kept of an organisatie itself: contactpersonen, contracts, and who its bevoegd gezag is."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import F

from accounts.models import Contactpersoon, Contract, Organisatie
from verantwoording.models import Taakrun
from verantwoording.rules import Actor
from verantwoording.services import taakrun, write_logregel

BEWAARD: Final = timedelta(days=365)
NAMEN: Final = {Contactpersoon: "contactpersoon", Contract: "contract"}
Rij = Contactpersoon | Contract


class AndersGewijzigd(Exception):  # noqa: N818  # a Dutch sentence's beginning
    """Somebody else changed the row first: nothing was saved; `huidig` is how it stands now (D23)."""

    def __init__(self, huidig: Rij) -> None:
        super().__init__("Een collega heeft dit net gewijzigd.")
        self.huidig = huidig


@transaction.atomic
def save_rij(*, rij: Rij, versie: int, waarden: dict[str, Any], actor: Actor, now: datetime) -> Rij:
    """Keep a contactpersoon or contract of an organisatie: a new one, or one that exists with other values.

    AndersGewijzigd when `versie` is not the one the form was shown with (D23), the row's own DoesNotExist when a
    colleague removed it. Sending what is already there writes nothing.
    """
    model = type(rij)
    naam = NAMEN[model]
    if not rij.pk:
        new: Rij = model.objects.create(organisatie=rij.organisatie, gewijzigd_op=now, **waarden)
        _log(f"{naam}_toegevoegd", new, actor, now)
        return new
    current: Rij = model.objects.select_for_update(of=("self",)).get(pk=rij.pk)
    if all(getattr(current, veld) == waarde for veld, waarde in waarden.items()):
        return current
    if current.versie != versie:
        raise AndersGewijzigd(current)
    for veld, waarde in waarden.items():
        setattr(current, veld, waarde)
    current.versie += 1
    current.gewijzigd_op = now
    current.save()
    _log(f"{naam}_gewijzigd", current, actor, now)
    return current


@transaction.atomic
def delete_rij(*, rij: Rij, actor: Actor, now: datetime) -> bool:
    """Remove a contactpersoon or contract. False when a colleague was first."""
    deleted, _ = type(rij).objects.filter(pk=rij.pk).delete()
    if deleted:
        _log(f"{NAMEN[type(rij)]}_verwijderd", rij, actor, now)
    return deleted > 0


@transaction.atomic
def change_bevoegd_gezag(
    *, organisatie: Organisatie, naam: str, functie: str, email: str, actor: Actor, now: datetime
) -> None:
    """Replace name, function and e-mail address of the bevoegd gezag. Only by who had it decided by two (R01)."""
    Organisatie.objects.filter(pk=organisatie.pk).update(
        bevoegd_gezag_naam=naam,
        bevoegd_gezag_functie=functie,
        bevoegd_gezag_email=email,
        versie=F("versie") + 1,
    )
    write_logregel(gebeurtenis="gezag_gewijzigd", actor=actor, now=now, organisatie_id=organisatie.pk)


def delete_old_contactpersonen(*, now: datetime) -> Taakrun | None:
    """Delete the contactpersonen of organisaties that ended a year ago (R34). None when this hour's run is done."""
    with taakrun(naam="contactpersonen", now=now) as run:
        if run is None:
            return None
        with transaction.atomic():
            deleted, _ = Contactpersoon.objects.filter(organisatie__beeindigd_op__lte=now - BEWAARD).delete()
            run.count(contactpersonen=deleted)
    return run.taakrun


def _log(gebeurtenis: str, rij: Rij, actor: Actor, now: datetime) -> None:
    wat = rij.get_onderwerp_display() if isinstance(rij, Contactpersoon) else rij.waarover
    write_logregel(
        gebeurtenis=gebeurtenis,
        actor=actor,
        now=now,
        organisatie_id=rij.organisatie_id,
        object_soort=NAMEN[type(rij)],
        object_id=rij.pk,
        gegevens={"wat": wat},
    )
