from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Final

from accounts.models import Account, AccountQuerySet, Organisatie
from accounts.models.organisatie import live
from autorisatie.models import Autorisatie, AutorisatieKenmerk
from beheer.services.standen import read_standen
from koppeling.haken import inlogwijzen
from verantwoording.rules import Actor
from verantwoording.services import write_logregel

GEDOWNLOAD: Final = "gebruikersbestand_gedownload"
_CHUNK: Final = 2_000

KOP: Final = (
    "Voornaam",
    "Tussenvoegsel",
    "Achternaam",
    "E-mailadres",
    "Telefoonnummer",
    "Functie",
    "Werkgever",
    "Rollen",
    "Beheerder",
    "Inlogmiddel",
    "Gekoppeld sinds",
    "Laatst ingelogd",
    "Stand",
    "Aangemeld op",
)
"""The columns of the gebruikersbestand; those up to Rollen can be uploaded again as they are."""

Rij = tuple[str | datetime | bool | None, ...]


def read_gebruikersbestand(
    *, organisatie: Organisatie, gebruikers: AccountQuerySet, actor: Actor, now: datetime
) -> Iterator[Rij]:
    """Log that the gebruikersbestand is downloaded, and give its rows (R28): autorisaties, login means, last login.

    Without gebruikersnamen: a file is passed on, and they go by letter alone (R05). Read in chunks, a fixed number of
    queries each.
    """
    write_logregel(gebeurtenis=GEDOWNLOAD, actor=actor, now=now, organisatie_id=organisatie.pk)
    return _read(gebruikers.active().order_by("achternaam", "voornaam", "id"), organisatie, now)


def _read(gebruikers: AccountQuerySet, organisatie: Organisatie, now: datetime) -> Iterator[Rij]:
    accounts = gebruikers.iterator(_CHUNK)
    while chunk := list(islice(accounts, _CHUNK)):
        rollen, middelen = _rollen(chunk, now), _other_middelen(chunk, now)
        for found in read_standen(chunk, organisatie, now):
            account = found.account
            yield (
                account.voornaam,
                account.tussenvoegsel,
                account.achternaam,
                account.email,
                account.telefoon,
                account.functie,
                account.werkgever,
                rollen.get(account.pk, ""),
                found.is_beheerder,
                "; ".join(["eHerkenning"] * found.feiten.gekoppeld + middelen[account.pk]) or "geen",
                found.feiten.gekoppeld_op if found.feiten.gekoppeld else None,
                found.feiten.laatst_ingelogd,
                found.naam,
                account.gemaakt_op,
            )


def _other_middelen(accounts: list[Account], now: datetime) -> dict[int, list[str]]:
    """The means beside eHerkenning that each has, in words, as the other ways to log in know them."""
    found: dict[int, list[str]] = defaultdict(list)
    for wijze in inlogwijzen.values():
        for account, words in wijze.middelen([account.pk for account in accounts], now).items():
            found[account].append(words)
    return found


def _rollen(accounts: list[Account], now: datetime) -> dict[int, str]:
    """What each may do for the own organisatie, as the column Rollen of an upload has it: `rol: kenmerk; rol`."""
    ids = [account.pk for account in accounts]
    grants = Autorisatie.objects.live(now).eigen().filter(account__in=ids).order_by("rol__naam")
    kenmerken: dict[int, list[str]] = defaultdict(list)
    rows = AutorisatieKenmerk.objects.filter(live(now), live(now, "autorisatie__"), autorisatie__account__in=ids)
    for grant, waarde in rows.order_by("kenmerk__waarde").values_list("autorisatie_id", "kenmerk__waarde"):
        kenmerken[grant].append(waarde)
    parts: dict[int, list[str]] = defaultdict(list)
    for grant, account, rol in grants.values_list("pk", "account_id", "rol__naam"):
        parts[account].append(f"{rol}: {', '.join(kenmerken[grant])}" if grant in kenmerken else rol)
    return {account: "; ".join(texts) for account, texts in parts.items()}
