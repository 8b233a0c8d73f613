"""Who still has to move, and what keeps them (R28)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from accounts.models import Account, AccountQuerySet, Organisatie
from beheer.services.standen import Gebruikersstand, read_standen
from koppeling.models import Koppeling
from planning.services.tokens import words_of_tokens


@dataclass(frozen=True, slots=True)
class Overstapper:
    """Somebody who still has to move: where he stands with koppelen, and his token in words; empty without one."""

    stand: Gebruikersstand
    token: str


def still_to_move(gebruikers: AccountQuerySet) -> AccountQuerySet:
    """Those of these gebruikers who are not ended and cannot log in with eHerkenning yet, by name (R28)."""
    linked = Exists(Koppeling.objects.live().filter(account=OuterRef("pk")))
    return gebruikers.active().exclude(linked).order_by("achternaam", "voornaam", "id")


def read_overstappers(*, accounts: Iterable[Account], organisatie: Organisatie, now: datetime) -> list[Overstapper]:
    """Where these accounts of one organisatie stand, in their order. Three queries, however many there are."""
    standen = read_standen(accounts, organisatie, now)
    tokens = words_of_tokens([stand.account.pk for stand in standen], now)
    return [Overstapper(stand, tokens.get(stand.account.pk, "")) for stand in standen]
