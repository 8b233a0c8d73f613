from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account, AccountQuerySet
from koppeling.haken import read_houders
from koppeling.models import Koppeling, Spoor
from koppeling.services.sporen import record_spoor
from verantwoording.models import Logregel
from verantwoording.rules import Actor
from verantwoording.services import write_logregel

BRIEF: Final = "brief_"
"""What the events of a letter begin with: the log has an index for them (`logregel_brief`)."""
BRIEF_GEMAAKT: Final = "brief_gemaakt"
OVERHANDIGD: Final = "brief_overhandigd"
NIET_OVERHANDIGD: Final = "brief_niet_overhandigd"


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


class Lijst(StrEnum):
    """Whom the page with letters shows."""

    NODIG = "nodig"
    GEMAAKT = "gemaakt"
    ALLEN = "allen"


def list_for_brieven(gebruikers: AccountQuerySet, lijst: Lijst, now: datetime) -> AccountQuerySet:
    """Who of them are on this list, in the order of the list, with `brief`: the last event of a letter, or None.

    NODIG: never had a letter and was never linked, for who links again needs no new one (manual 1.5), nor does who has
    or had a token (D14). GEMAAKT: has one that was not handed over yet, and is not linked. ALLEN: everybody who was not
    ended.
    """
    last = Logregel.objects.filter(account_id=OuterRef("pk"), gebeurtenis__startswith=BRIEF).order_by("-id")
    rows = gebruikers.active().annotate(
        brief=Subquery(last.values("gebeurtenis")[:1]), brief_op=Subquery(last.values("op")[:1])
    )
    koppelingen = Koppeling.objects.filter(account=OuterRef("pk"))
    if lijst is Lijst.NODIG:
        knows = read_houders(gebruikers.active().order_by().values_list("pk", flat=True), now)
        rows = rows.filter(~Exists(koppelingen), brief=None).exclude(pk__in=list(knows))
    elif lijst is Lijst.GEMAAKT:
        rows = rows.filter(~Exists(koppelingen.live()), brief__in=[BRIEF_GEMAAKT, NIET_OVERHANDIGD])
    return rows.order_by("achternaam", "voornaam", "id")


@transaction.atomic
def make_brieven(
    *, accounts: Sequence[Account], beheerder: Account | None, actor: Actor, now: datetime, browser: str = ""
) -> list[Brief]:
    """Make a letter for each of these accounts, in their order; see `make_brief`."""
    return [
        make_brief(account=account, beheerder=beheerder, actor=actor, now=now, browser=browser) for account in accounts
    ]


def make_brief(*, account: Account, beheerder: Account | None, actor: Actor, now: datetime, browser: str = "") -> Brief:
    """Make the letter with somebody's gebruikersnaam and log that it was made (R05).

    `beheerder` hands it over in person; None when DUO does, for a first or sole beheerder (R07). browser: the keyed
    hash of the browser in which it is made, for its spoor. ValueError for DUO staff, who have no organisatie and get
    no letter.
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
    record_spoor(soort=Spoor.Soort.BRIEF, account=account, actor=actor, browser=browser, now=now)
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


@transaction.atomic
def record_overhandigd(*, account: Account, overhandigd: bool, actor: Actor, now: datetime) -> bool:
    """Note that the beheerder gave the letter to this person, or that she takes that back (R05).

    False, and nothing written, when that is how it stood already, or when there is no letter to hand over.
    """
    Account.objects.select_for_update().get(pk=account.pk)
    last = Logregel.objects.filter(account_id=account.pk, gebeurtenis__startswith=BRIEF).order_by("-id").first()
    if last is None or (last.gebeurtenis == OVERHANDIGD) is overhandigd:
        return False
    write_logregel(
        gebeurtenis=OVERHANDIGD if overhandigd else NIET_OVERHANDIGD,
        actor=actor,
        now=now,
        organisatie_id=account.organisatie_id,
        account_id=account.pk,
    )
    return True
