"""Who is at work in the stories of two sides. Run by manage.py, in a process of its own."""

from django.utils import timezone

from accounts.models import Organisatie
from autorisatie.models import Rol
from beheer.services.hercertificering import start_hercertificering
from tests.factories import KVK as KVK_BESTUUR
from tests.factories import (
    grant,
    link,
    make_account,
    make_beheerder,
    make_kenmerk,
    make_middel,
    make_organisatie,
    skip_numbers,
)
from verantwoording.rules import Actor, ActorSoort

BESTUUR, KANTOOR = "Stichting De Zonnewijzer", "Administratiekantoor Cijferwerk"
KVK_KANTOOR, CODE_KANTOOR = "90002342", "90234"
GEZAG, DIRECTIE = "bestuur@zonnewijzer.example", "directie@cijferwerk.example"
SCHOOL, ROL = "90CC", "ROD raadpleger PO"


def plant_samen(fatima: str, henk: str, tom: str) -> None:
    """A board with two beheerders and two gebruikers with a rol, an office with one: each with her pseudonym."""
    skip_numbers(10_000)
    now = timezone.now()
    bestuur = make_organisatie(BESTUUR, KVK_BESTUUR, code="90233", bevoegd_gezag_email=GEZAG)
    kantoor = make_organisatie(
        KANTOOR, KVK_KANTOOR, code=CODE_KANTOOR, bevoegd_gezag_email="directie@cijferwerk.example"
    )
    rol, school = Rol.objects.get(naam=ROL), make_kenmerk(bestuur, SCHOOL)
    names = [(bestuur, fatima, "Fatima", "El", "Amrani"), (bestuur, henk, "Henk", "van den", "Zande")]
    names.append((kantoor, tom, "Tom", "", "Post"))
    for organisatie, pseudoniem, voornaam, tussenvoegsel, achternaam in names:
        beheerder = make_beheerder(organisatie, voornaam=voornaam, tussenvoegsel=tussenvoegsel, achternaam=achternaam)
        link(beheerder, make_middel(organisatie.kvk_nummer, pseudoniem), used=now)
        if organisatie == bestuur:
            grant(beheerder, rol, school)
    for voornaam in ("Bea", "Cor"):
        grant(make_account(bestuur, voornaam=voornaam, tussenvoegsel="", achternaam="Blijft"), rol, school)


def begin_ronde() -> None:
    """What the job does once a year."""
    start_hercertificering(
        organisatie=Organisatie.objects.get(naam=BESTUUR),
        actor=Actor(ActorSoort.TAAK, naam="hercertificering"),
        now=timezone.now(),
    )
