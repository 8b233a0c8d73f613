"""What requests for rollen would change, and which are refused and why: for one, and for thousands (R02, R22)."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from django.utils.formats import date_format

from accounts.models import Account, Kenmerk, Machtiging, Organisatie, OrganisatieKenmerk
from accounts.models.organisatie import live
from autorisatie.models import Autorisatie, AutorisatieKenmerk, Rol
from autorisatie.rules import Houdt, Vraag, gives_more, last_day, wanted
from autorisatie.services.besluit import is_active
from autorisatie.services.grants import EINDE_VOORBIJ, ZELF, in_words, rollen_for, rollen_of


class Soort(StrEnum):
    """What becomes of one rol of one account."""

    NIEUW = "nieuw"
    GEWIJZIGD = "gewijzigd"
    INGETROKKEN = "ingetrokken"
    GELIJK = "gelijk"
    GEWEIGERD = "geweigerd"


@dataclass(frozen=True, slots=True)
class Planregel:
    """One rol of one account: what it holds now, what it will hold, or why that is refused (a sentence).

    einden: the kenmerken that get another end of their own (None: no longer one).
    """

    account: Account
    rol: Rol
    voor: Houdt | None
    na: Houdt | None
    erbij: list[Kenmerk]
    eraf: list[Kenmerk]
    einden: list[tuple[Kenmerk, datetime | None]]
    weigering: str = ""

    @property
    def soort(self) -> Soort:
        """What happens, in a word."""
        if self.weigering:
            return Soort.GEWEIGERD
        if self.voor == self.na:
            return Soort.GELIJK
        if self.na is None:
            return Soort.INGETROKKEN
        return Soort.NIEUW if self.voor is None else Soort.GEWIJZIGD

    @property
    def laatste_dag(self) -> str:
        """The last day on which the account will hold the rol, in words; empty without an end."""
        return date_format(last_day(self.na.tot), "j F Y") if self.na and self.na.tot else ""

    @property
    def einden_in_woorden(self) -> list[str]:
        """The ends of single kenmerken that change, each in a few words."""
        return [
            f"{kenmerk} {'tot en met ' + date_format(last_day(tot), 'j F Y') if tot else 'zonder eigen einddatum'}"
            for kenmerk, tot in self.einden
        ]

    @property
    def ander_einde(self) -> bool:
        """Whether the end of a rol that somebody has already changes."""
        return self.voor is not None and self.na is not None and self.voor.tot != self.na.tot


@dataclass(frozen=True)
class Plan:
    """What would happen, row by row, in the order of the requests; under a machtiging, or for the own organisatie."""

    regels: list[Planregel]
    machtiging: Machtiging | None = None

    @cached_property
    def wijzigingen(self) -> list[Planregel]:
        """The rows by which something changes."""
        return [regel for regel in self.regels if regel.soort not in {Soort.GELIJK, Soort.GEWEIGERD}]

    @cached_property
    def geweigerd(self) -> list[Planregel]:
        """The rows that are left out, each with its reason."""
        return [regel for regel in self.regels if regel.weigering]

    @cached_property
    def gelijk(self) -> list[Planregel]:
        """The rows that are so already."""
        return [regel for regel in self.regels if regel.soort is Soort.GELIJK]

    @cached_property
    def stand(self) -> str:
        """Names what would change and what is left out: two plans with the same stand do the same (D23)."""
        rows = [(regel.account.pk, regel.rol.pk, _key(regel.voor), _key(regel.na)) for regel in self.wijzigingen]
        refused = [(regel.account.pk, regel.rol.pk) for regel in self.geweigerd]
        return hashlib.sha256(repr((sorted(rows), sorted(refused))).encode()).hexdigest()


def _key(houdt: Houdt | None) -> tuple[object, ...]:
    if houdt is None:
        return ()
    ends = sorted((kenmerk, tot.isoformat()) for kenmerk, tot in houdt.einden)
    return sorted(houdt.kenmerken), houdt.tot and houdt.tot.isoformat(), ends


class Planner:
    """Everything that requests are judged by, read once for all of them.

    machtiging: they are for kenmerken of who gave it, within its scope (R30); that it holds is the caller's to see to.
    """

    def __init__(
        self,
        organisatie: Organisatie,
        vragen: Sequence[Vraag],
        beheerder: Account | None,
        now: datetime,
        machtiging: Machtiging | None = None,
    ) -> None:
        self._organisatie, self._vragen, self._beheerder, self._now = organisatie, vragen, beheerder, now
        self._machtiging = machtiging
        accounts = {vraag.account for vraag in vragen}
        self._accounts = Account.objects.select_related("organisatie").in_bulk(accounts)
        self._rollen = Rol.objects.prefetch_related("sluit_uit").in_bulk({vraag.rol for vraag in vragen})
        self._held = read_held(accounts, now, machtiging)
        self._besides = _read_besides(accounts, now, machtiging) if machtiging else {}
        made_for = Rol.objects.filter(machtigingen__machtiging=machtiging) if machtiging else rollen_for(organisatie)
        self._of_soort = set(made_for.filter(pk__in=self._rollen).values_list("pk", flat=True))
        self._uitdeelbaar = (
            set(rollen_of(beheerder, now).filter(pk__in=self._rollen).values_list("pk", flat=True))
            if beheerder is not None
            else set(self._rollen)
        )
        own = OrganisatieKenmerk.objects.filter(
            live(now), organisatie=machtiging.verlener_id if machtiging else organisatie.pk
        )
        if machtiging:
            own = own.filter(kenmerk__machtigingen__machtiging=machtiging)
        self._own = frozenset(own.values_list("kenmerk", flat=True))
        named = {pk for vraag in vragen for pk in vraag.erbij}
        named |= {pk for held in self._held.values() for houdt in held.values() for pk in houdt.kenmerken}
        self._kenmerken = Kenmerk.objects.in_bulk(named)

    def plan(self) -> Plan:
        """Judge the requests one after the other: what an earlier one gives counts for a later one."""
        after = {account: set(held) for account, held in self._held.items()}
        for account, rollen in self._besides.items():
            after.setdefault(account, set()).update(rollen)
        for vraag in self._vragen:
            if vraag.intrekken:
                after.setdefault(vraag.account, set()).discard(vraag.rol)
        regels = []
        for vraag in self._vragen:
            regel = self._judge(vraag, after.setdefault(vraag.account, set()))
            if regel.na is not None and not regel.weigering:
                after[vraag.account].add(vraag.rol)
            regels.append(regel)
        return Plan(regels, self._machtiging)

    def _judge(self, vraag: Vraag, held_after: set[int]) -> Planregel:
        account, rol = self._accounts[vraag.account], self._rollen[vraag.rol]
        held = self._held.get(account.pk, {}).get(rol.pk)
        after = wanted(vraag, held, met_kenmerk=bool(rol.kenmerksoorten), eigen=self._own)
        before_ids, after_ids = (houdt.kenmerken if houdt else frozenset() for houdt in (held, after))
        more = gives_more(held, after)
        weigering = self._refuse_account(account)
        if not weigering and (held != after or more):
            weigering = self._refuse_rol(rol, geven=more)
        if not weigering and more:
            weigering = self._refuse_together(rol, held_after)
        if not weigering and after is not None and held != after:
            weigering = self._refuse_kenmerken(rol, after, vraag)
        if not weigering and more and self._is_herself(account) and self._has_colleague:
            weigering = ZELF
        return Planregel(
            account=account,
            rol=rol,
            voor=held,
            na=after,
            erbij=[self._kenmerken[pk] for pk in sorted(after_ids - before_ids)],
            eraf=[self._kenmerken[pk] for pk in sorted(before_ids - after_ids)],
            einden=self._other_ends(held, after),
            weigering=weigering,
        )

    def _other_ends(self, held: Houdt | None, after: Houdt | None) -> list[tuple[Kenmerk, datetime | None]]:
        if after is None:
            return []
        before, ends = dict(held.einden) if held else {}, dict(after.einden)
        return [
            (self._kenmerken[pk], ends.get(pk))
            for pk in sorted(after.kenmerken)
            if pk in self._kenmerken and ends.get(pk) != before.get(pk)
        ]

    def _refuse_account(self, account: Account) -> str:
        if account.organisatie_id != self._organisatie.pk:
            return "Dit account hoort niet bij uw organisatie."
        return "" if is_active(account, self._now) else "Dit account is beëindigd."

    def _refuse_rol(self, rol: Rol, *, geven: bool) -> str:
        if geven and rol.pk not in self._of_soort:
            return f"De rol {rol.naam} bestaat niet voor deze soort organisatie."
        if rol.pk not in self._uitdeelbaar:
            wat = "geven" if geven else "intrekken"
            return f"U kunt de rol {rol.naam} niet {wat}: die hoort niet bij uw beheerdersrol."
        return ""

    def _refuse_together(self, rol: Rol, held_after: set[int]) -> str:
        for other in rol.sluit_uit.all():
            if other.pk in held_after:
                return f"De rol {rol.naam} gaat niet samen met de rol {other.naam}. Trek die eerst in."
        return ""

    def _refuse_kenmerken(self, rol: Rol, after: Houdt, vraag: Vraag) -> str:
        if rol.kenmerksoorten and not after.kenmerken:
            return f"Kies bij de rol {rol.naam} minstens één kenmerk."
        foreign = [
            self._kenmerken[pk]
            for pk in vraag.erbij
            if pk not in self._own or self._kenmerken[pk].soort not in rol.kenmerksoorten
        ]
        if foreign:
            return f"De rol {rol.naam} kan niet voor deze kenmerken: {in_words(foreign)}."
        if any(tot is not None and tot <= self._now for tot in (after.tot, *dict(after.einden).values())):
            return EINDE_VOORBIJ
        return ""

    def _is_herself(self, account: Account) -> bool:
        return self._beheerder is not None and account.pk == self._beheerder.pk

    @cached_property
    def _has_colleague(self) -> bool:
        """R02: whether there is another beheerder than the one who acts."""
        others = Account.objects.of_organisatie(self._organisatie).beheerders(self._now)
        return self._beheerder is not None and others.exclude(pk=self._beheerder.pk).exists()


def _read_besides(accounts: Collection[int], now: datetime, machtiging: Machtiging) -> dict[int, set[int]]:
    """The rollen that these accounts have by any machtiging of that organisatie: rollen exclude each other there."""
    found: dict[int, set[int]] = defaultdict(set)
    rows = Autorisatie.objects.live(now).filter(account__in=accounts, machtiging__verlener=machtiging.verlener_id)
    for account, rol in rows.values_list("account", "rol"):
        found[account].add(rol)
    return found


def read_held(
    accounts: Collection[int], now: datetime, machtiging: Machtiging | None = None
) -> dict[int, dict[int, Houdt]]:
    """What these accounts hold for their own organisatie, or under the machtiging. Two queries.

    account → rol → for which kenmerken and until when.
    """
    grants = {
        pk: (account, rol, tot)
        for pk, account, rol, tot in Autorisatie.objects.not_ended(now)
        .filter(account__in=accounts, machtiging=machtiging)
        .values_list("pk", "account", "rol", "tot")
    }
    kenmerken: dict[int, set[int]] = defaultdict(set)
    einden: dict[int, set[tuple[int, datetime]]] = defaultdict(set)
    rows = AutorisatieKenmerk.objects.not_ended(now).filter(autorisatie__in=grants)
    for autorisatie, kenmerk, tot in rows.values_list("autorisatie", "kenmerk", "tot"):
        kenmerken[autorisatie].add(kenmerk)
        if tot is not None:
            einden[autorisatie].add((kenmerk, tot))
    held: dict[int, dict[int, Houdt]] = defaultdict(dict)
    for pk, (account, rol, tot) in grants.items():
        held[account][rol] = Houdt(frozenset(kenmerken[pk]), tot, frozenset(einden[pk]))
    return held
