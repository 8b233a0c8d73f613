from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account
from verantwoording.rules import Actor
from verantwoording.services import write_logregel

BRIEF_GEMAAKT: Final = "brief_gemaakt"


@dataclass(frozen=True, slots=True)
class Brief:
    """What stands on one letter (templates/brief/gebruikersnaam.html). Made for the screen, stored nowhere (R05)."""

    organisatie_naam: str
    adresregels: list[str]
    naam: str
    functie: str
    beheerder_naam: str
    datum: datetime
    gebruikersnaam: str = field(repr=False)
    inlogadres: str


def make_brief(*, account: Account, beheerder: Account | None, actor: Actor, now: datetime) -> Brief:
    """Make the letter with somebody's gebruikersnaam and log that it was made (R05).

    `beheerder` hands it over in person; None when DUO does, for a first or sole beheerder (R07). ValueError for DUO
    staff, who have no organisatie and get no letter.
    """
    organisatie = account.organisatie
    if organisatie is None:
        raise ValueError("only an account at an organisatie gets a letter")
    write_logregel(
        gebeurtenis=BRIEF_GEMAAKT,
        actor=actor,
        now=now,
        organisatie_id=organisatie.pk,
        account_id=account.pk,
    )
    plaats = f"{organisatie.postcode}  {organisatie.plaats}".strip()
    return Brief(
        organisatie_naam=organisatie.naam,
        adresregels=[regel for regel in (organisatie.straat, plaats) if regel],
        naam=account.get_full_name(),
        functie=account.functie,
        beheerder_naam=beheerder.get_full_name() if beheerder else "",
        datum=timezone.localtime(now),
        gebruikersnaam=account.gebruikersnaam,
        inlogadres=settings.BASIS_URL.split("://", 1)[-1] + reverse("inloggen"),
    )
