"""Rollen × kenmerken as boxes to tick: of one gebruiker, and of one rol (R02, R04, R22)."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Account, AccountQuerySet, Kenmerk, Organisatie, OrganisatieKenmerk
from accounts.models.organisatie import live
from autorisatie.models import Autorisatie, Rol
from autorisatie.rules import Einde, Houdt, Vraag, last_day
from autorisatie.services import rollen_to_hand_out
from autorisatie.services.beoordelen import read_held
from beheer.rules.vakken import ZONDER, Vak, write_vakken


@dataclass(frozen=True, slots=True)
class Hokje:
    """One place of the matrix, under the heading `kop`. vak: its key in the form; None when it does not apply.

    laatste_dag: of a kenmerk with an end of its own.
    """

    kop: str
    naam: str
    vak: Vak | None
    aan: bool
    laatste_dag: date | None

    @property
    def sleutel(self) -> str:
        """As it is posted."""
        return write_vakken([self.vak] if self.vak else [])


@dataclass(frozen=True, slots=True)
class Rij:
    """A row: a rol of the gebruiker, or a gebruiker who can have the rol. mag: she may change it (R02).

    eigen: for how many kenmerken of the organisatie he has it; passend: whether she has any for this rol.
    """

    account: Account
    rol: Rol
    mag: bool
    hokjes: list[Hokje]
    tot: datetime | None
    heeft: bool
    eigen: int
    passend: bool

    @property
    def laatste_dag(self) -> object:
        """Until when the rol holds; None without an end."""
        return last_day(self.tot) if self.tot else None

    @property
    def opent_niets(self) -> bool:
        """R22: a rol without its kenmerk opens nothing, and the screen says so."""
        return self.heeft and bool(self.rol.kenmerksoorten) and not self.eigen


@dataclass(frozen=True, slots=True)
class Matrix:
    """The columns (kenmerken; None for `without`) and the rows under them.

    getoond: which boxes were ticked when it was shown, once something else is ticked in it.
    """

    kolommen: list[Kenmerk | None]
    rijen: list[Rij]
    getoond: str | None = None

    @property
    def domeinen(self) -> list[tuple[str, list[Rij]]]:
        """The rows by the domein of their rol."""
        domeinen: dict[str, list[Rij]] = defaultdict(list)
        for row in self.rijen:
            domeinen[row.rol.domein].append(row)
        return list(domeinen.items())

    @property
    def aan(self) -> frozenset[Vak]:
        """The boxes that are ticked and may be changed."""
        return frozenset(
            hokje.vak for rij in self.rijen if rij.mag for hokje in rij.hokjes if hokje.vak is not None and hokje.aan
        )

    @property
    def basis(self) -> str:
        """The same as text, to tell afterwards what was changed."""
        return write_vakken(self.aan) if self.getoond is None else self.getoond

    def as_posted(self, ticked: Collection[Vak], getoond: str) -> "Matrix":
        """The same matrix with the boxes as somebody left them, so that a refusal loses nothing."""
        rijen = [
            replace(
                rij,
                hokjes=[replace(hokje, aan=hokje.vak in ticked) if hokje.vak else hokje for hokje in rij.hokjes],
            )
            if rij.mag
            else rij
            for rij in self.rijen
        ]
        return replace(self, rijen=rijen, getoond=getoond)

    def names(self, vakken: Collection[Vak]) -> list[str]:
        """The words of these boxes, with whether they are ticked now; boxes that are not shown are left out."""
        return [
            f"{hokje.naam}: {'gegeven' if hokje.aan else 'ingetrokken'}"
            for rij in self.rijen
            for hokje in rij.hokjes
            if hokje.vak in vakken
        ]


def holders_of(gebruikers: AccountQuerySet, rol: Rol | None, now: datetime) -> AccountQuerySet:
    """Those of these accounts that have the rol at `now` for their own organisatie; None: that have any."""
    grants = Autorisatie.objects.live(now).eigen().filter(account=OuterRef("pk"))
    return gebruikers.filter(Exists(grants.filter(rol=rol) if rol else grants))


def all_own_kenmerken(organisatie: Organisatie, now: datetime) -> dict[int, str]:
    """The id and kind of every kenmerk that is the organisatie's at `now`."""
    owned = OrganisatieKenmerk.objects.filter(live(now), organisatie=organisatie)
    return dict(owned.values_list("kenmerk", "kenmerk__soort"))


def own_kenmerken(organisatie: Organisatie, soorten: Collection[str], now: datetime) -> QuerySet[Kenmerk]:
    """The kenmerken of these kinds that are the organisatie's at `now`."""
    owned = OrganisatieKenmerk.objects.filter(live(now), organisatie=organisatie).values("kenmerk")
    return Kenmerk.objects.filter(pk__in=owned, soort__in=soorten).order_by("soort", "waarde")


def rollen_of_gebruiker(*, account: Account, beheerder: Account, now: datetime) -> list[tuple[Rol, bool]]:
    """The rollen for the rows of a gebruiker: those she may hand out, and others that he has (mag False), by domein."""
    mag = set(rollen_to_hand_out(beheerder=beheerder, now=now).values_list("pk", flat=True))
    held = Autorisatie.objects.not_ended(now).eigen().filter(account=account).values_list("rol", flat=True)
    return [(rol, rol.pk in mag) for rol in Rol.objects.filter(pk__in=mag | set(held))]


def read_matrix(
    *, rijen: Sequence[tuple[Account, Rol, bool]], kenmerken: Sequence[Kenmerk], organisatie: Organisatie, now: datetime
) -> Matrix:
    """Put boxes to (account, rol, mag) for these kenmerken. Three queries, however many rows there are."""
    held = read_held({account.pk for account, _, _ in rijen}, now)
    own = all_own_kenmerken(organisatie, now)
    kolommen: list[Kenmerk | None] = [*kenmerken]
    if any(not rol.kenmerksoorten for _, rol, _ in rijen):
        kolommen.insert(0, None)
    rows = []
    for account, rol, mag in rijen:
        houdt = held.get(account.pk, {}).get(rol.pk)
        hokjes = [_box(account, rol, kenmerk, houdt) for kenmerk in kolommen]
        eigen = len(houdt.kenmerken & own.keys()) if houdt else 0
        passend = not rol.kenmerksoorten or not set(own.values()).isdisjoint(rol.kenmerksoorten)
        rows.append(Rij(account, rol, mag, hokjes, houdt.tot if houdt else None, houdt is not None, eigen, passend))
    return Matrix(kolommen, rows)


def _box(account: Account, rol: Rol, kenmerk: Kenmerk | None, held: Houdt | None) -> Hokje:
    kop = kenmerk.waarde if kenmerk else "Zonder kenmerk"
    naam = f"{rol} voor {account}, {kop}"
    if kenmerk is None:
        fits, aan = not rol.kenmerksoorten, held is not None
    else:
        fits, aan = kenmerk.soort in rol.kenmerksoorten, held is not None and kenmerk.pk in held.kenmerken
    tot = dict(held.einden).get(kenmerk.pk) if held is not None and kenmerk is not None else None
    vak = (account.pk, rol.pk, kenmerk.pk if kenmerk else ZONDER) if fits else None
    return Hokje(kop, naam, vak, fits and aan, last_day(tot) if tot else None)


def ask_boxes(erbij: Collection[Vak], eraf: Collection[Vak], tot: datetime | None = None) -> list[Vraag]:
    """The requests behind boxes that were ticked and cleared: one for each account and rol.

    tot: until when what was ticked holds; a rol that works without kenmerk gets it as its own end. What was there
    already keeps its end.
    """
    added: dict[tuple[int, int], set[int]] = defaultdict(set)
    removed: dict[tuple[int, int], set[int]] = defaultdict(set)
    for boxes, found in ((erbij, added), (eraf, removed)):
        for account, rol, kenmerk in boxes:
            found[account, rol].add(kenmerk)
    vragen = []
    for account, rol in sorted(added.keys() | removed.keys()):
        plus, minus = added[account, rol], removed[account, rol]
        vragen.append(
            Vraag(
                account=account,
                rol=rol,
                erbij=frozenset(plus - {ZONDER}),
                eraf=frozenset(minus - {ZONDER}),
                geven=bool(plus),
                intrekken=ZONDER in minus and not plus,
                tot=tot if ZONDER in plus else None,
                einde=Einde.BEHOUD,
                einden=frozenset((kenmerk, tot) for kenmerk in plus - {ZONDER}) if tot else frozenset(),
            )
        )
    return vragen
