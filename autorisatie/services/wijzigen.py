"""Changing what accounts may do, for one or for thousands at once: first a plan, then the same plan carried out."""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from django.db import transaction
from django.utils.formats import date_format

from accounts.models import Account, Kenmerk, Organisatie, OrganisatieKenmerk
from accounts.models.organisatie import live
from autorisatie.models import Autorisatie, AutorisatieKenmerk, Rol
from autorisatie.rules import Houdt, Vraag, gives_more, last_day, wanted
from autorisatie.services.besluit import is_active
from autorisatie.services.grants import (
    EINDE_VOORBIJ,
    ZELF,
    end_rows,
    grant_events,
    in_words,
    rollen_for,
    rollen_of,
    tell_others,
)
from verantwoording.models import Logregel
from verantwoording.rules import Actor
from verantwoording.services import make_logregel, write_logregels


class Soort(StrEnum):
    """What becomes of one rol of one account."""

    NIEUW = "nieuw"
    GEWIJZIGD = "gewijzigd"
    INGETROKKEN = "ingetrokken"
    GELIJK = "gelijk"
    GEWEIGERD = "geweigerd"


@dataclass(frozen=True, slots=True)
class Planregel:
    """One rol of one account: what it holds now, what it will hold, or why that is refused (a sentence)."""

    account: Account
    rol: Rol
    voor: Houdt | None
    na: Houdt | None
    erbij: list[Kenmerk]
    eraf: list[Kenmerk]
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
    def ander_einde(self) -> bool:
        """Whether the end of a rol that somebody has already changes."""
        return self.voor is not None and self.na is not None and self.voor.tot != self.na.tot


@dataclass(frozen=True)
class Plan:
    """What would happen, row by row, in the order of the requests."""

    regels: list[Planregel]

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


def plan_autorisaties(
    *, organisatie: Organisatie, vragen: Sequence[Vraag], beheerder: Account | None, now: datetime
) -> Plan:
    """Work out what these requests would change at the organisatie, and which are refused and why. Writes nothing.

    Two requests for the same account and rol are a mistake in the program. beheerder None: DUO staff and jobs, whom no
    beheerdersrol limits. At most eleven queries, however many requests there are.
    """
    return Planner(organisatie, vragen, beheerder, now).plan()


@transaction.atomic
def change_autorisaties(
    *,
    organisatie: Organisatie,
    vragen: Sequence[Vraag],
    stand: str,
    actor: Actor,
    beheerder: Account | None,
    now: datetime,
) -> tuple[bool, Plan]:
    """Carry out what was shown as a plan: all of its changes, in one transaction, or nothing (D20, D23, R33).

    stand is that of the plan that was shown. When by now something else would happen, nothing is written and the new
    plan comes back with False. When nothing is left to change, perhaps because it was posted twice, that is as asked:
    True. The accounts are locked first, so two at once never both write.
    """
    lock_accounts({vraag.account for vraag in vragen})
    plan = plan_autorisaties(organisatie=organisatie, vragen=vragen, beheerder=beheerder, now=now)
    if not plan.wijzigingen:
        return True, plan
    if plan.stand != stand:
        return False, plan
    carry_out(plan, actor=actor, beheerder=beheerder, now=now)
    return True, plan


def lock_accounts(accounts: Collection[int]) -> None:
    """Nobody else changes the rollen of these accounts until the transaction ends; always in the same order."""
    list(Account.objects.select_for_update().filter(pk__in=accounts).order_by("pk").values_list("pk"))


def carry_out(plan: Plan, *, actor: Actor, beheerder: Account | None, now: datetime) -> None:
    """Write the changes of a plan that was made behind the lock: rows in bulk, a line of the log for each act."""
    new = [regel for regel in plan.wijzigingen if regel.soort is Soort.NIEUW]
    created = Autorisatie.objects.bulk_create(
        Autorisatie(account=regel.account, rol=regel.rol, van=now, tot=regel.na.tot if regel.na else None)
        for regel in new
    )
    grants = {(grant.account_id, grant.rol_id): grant.pk for grant in created}
    changed = {(regel.account.pk, regel.rol.pk) for regel in plan.wijzigingen} - grants.keys()
    running = (
        Autorisatie.objects.not_ended(now)
        .eigen()
        .filter(account__in={account for account, _ in changed}, rol__in={rol for _, rol in changed})
    )
    for pk, account, rol in running.values_list("pk", "account", "rol"):
        if (account, rol) in changed:
            grants[account, rol] = pk
    _write_ends(plan, grants, now)
    _write_kenmerken(plan, grants, now)
    write_logregels(_lines(plan, grants, actor, now))
    for regel in plan.wijzigingen:
        if beheerder is not None and regel.account.pk == beheerder.pk and gives_more(regel.voor, regel.na):
            tell_others(regel.account, regel.rol, regel.erbij, grants[regel.account.pk, regel.rol.pk], now)


Grants = Mapping[tuple[int, int], int]
"""The pk of the grant of each (account, rol) that changes."""


def _write_ends(plan: Plan, grants: Grants, now: datetime) -> None:
    ends: dict[datetime | None, list[int]] = defaultdict(list)
    for regel in plan.wijzigingen:
        pk = grants[regel.account.pk, regel.rol.pk]
        if regel.soort is Soort.INGETROKKEN:
            ends[now].append(pk)
        elif regel.na is not None and regel.ander_einde:
            ends[regel.na.tot].append(pk)
    for tot, pks in ends.items():
        rows = Autorisatie.objects.filter(pk__in=pks)
        if tot == now:
            end_rows(AutorisatieKenmerk.objects.filter(autorisatie__in=pks, tot=None), now)
            end_rows(rows, now)
        else:
            rows.update(tot=tot)


def _write_kenmerken(plan: Plan, grants: Grants, now: datetime) -> None:
    added: list[AutorisatieKenmerk] = []
    removed: dict[int, list[int]] = defaultdict(list)  # kenmerk → grants
    for regel in plan.wijzigingen:
        if regel.soort is Soort.INGETROKKEN:
            continue
        pk = grants[regel.account.pk, regel.rol.pk]
        added.extend(AutorisatieKenmerk(autorisatie_id=pk, kenmerk=kenmerk, van=now) for kenmerk in regel.erbij)
        for kenmerk in regel.eraf:
            removed[kenmerk.pk].append(pk)
    for kenmerk_id, pks in removed.items():
        end_rows(AutorisatieKenmerk.objects.filter(kenmerk=kenmerk_id, autorisatie__in=pks, tot=None), now)
    AutorisatieKenmerk.objects.bulk_create(added)


def _lines(plan: Plan, grants: Grants, actor: Actor, now: datetime) -> Iterable[Logregel]:
    for regel in plan.wijzigingen:
        for gebeurtenis, gegevens in _events(regel):
            yield make_logregel(
                gebeurtenis=gebeurtenis,
                actor=actor,
                now=now,
                organisatie_id=regel.account.organisatie_id,
                account_id=regel.account.pk,
                object_soort="autorisatie",
                object_id=grants[regel.account.pk, regel.rol.pk],
                gegevens={"rol": regel.rol.naam, **gegevens},
            )


def _events(regel: Planregel) -> Iterable[tuple[str, dict[str, str]]]:
    if regel.na is None:
        return [("rol_ingetrokken", {})]
    return grant_events(
        before=regel.voor,
        tot=regel.na.tot,
        erbij=in_words(regel.erbij),
        eraf=in_words(regel.eraf),
        changed=bool(regel.erbij or regel.eraf),
    )


def _key(houdt: Houdt | None) -> tuple[object, ...]:
    return (sorted(houdt.kenmerken), houdt.tot and houdt.tot.isoformat()) if houdt else ()


class Planner:
    """Everything that requests are judged by, read once for all of them."""

    def __init__(
        self, organisatie: Organisatie, vragen: Sequence[Vraag], beheerder: Account | None, now: datetime
    ) -> None:
        self._organisatie, self._vragen, self._beheerder, self._now = organisatie, vragen, beheerder, now
        accounts = {vraag.account for vraag in vragen}
        self._accounts = Account.objects.select_related("organisatie").in_bulk(accounts)
        self._rollen = Rol.objects.prefetch_related("sluit_uit").in_bulk({vraag.rol for vraag in vragen})
        self._held = read_held(accounts, now)
        self._of_soort = set(rollen_for(organisatie).filter(pk__in=self._rollen).values_list("pk", flat=True))
        self._uitdeelbaar = (
            set(rollen_of(beheerder, now).filter(pk__in=self._rollen).values_list("pk", flat=True))
            if beheerder is not None
            else set(self._rollen)
        )
        own = OrganisatieKenmerk.objects.filter(live(now), organisatie=organisatie).values_list("kenmerk", flat=True)
        self._own = frozenset(own)
        named = {pk for vraag in vragen for pk in vraag.erbij}
        named |= {pk for held in self._held.values() for houdt in held.values() for pk in houdt.kenmerken}
        self._kenmerken = Kenmerk.objects.in_bulk(named)

    def plan(self) -> Plan:
        """Judge the requests one after the other: what an earlier one gives counts for a later one."""
        after = {account: set(held) for account, held in self._held.items()}
        for vraag in self._vragen:
            if vraag.intrekken:
                after.setdefault(vraag.account, set()).discard(vraag.rol)
        regels = []
        for vraag in self._vragen:
            regel = self._judge(vraag, after.setdefault(vraag.account, set()))
            if regel.na is not None and not regel.weigering:
                after[vraag.account].add(vraag.rol)
            regels.append(regel)
        return Plan(regels)

    def _judge(self, vraag: Vraag, held_after: set[int]) -> Planregel:
        account, rol = self._accounts[vraag.account], self._rollen[vraag.rol]
        held = self._held.get(account.pk, {}).get(rol.pk)
        after = wanted(vraag, held, met_kenmerk=bool(rol.kenmerksoorten), eigen=self._own)
        before_ids, after_ids = (houdt.kenmerken if houdt else frozenset() for houdt in (held, after))
        more = gives_more(held, after)
        weigering = self._refuse_account(account)
        if not weigering and (held != after or more):
            weigering = self._refuse_rol(rol, geven=more)
        if not weigering and more and after is not None:
            weigering = self._refuse_grant(account, rol, after, vraag, held_after)
        return Planregel(
            account=account,
            rol=rol,
            voor=held,
            na=after,
            erbij=[self._kenmerken[pk] for pk in sorted(after_ids - before_ids)],
            eraf=[self._kenmerken[pk] for pk in sorted(before_ids - after_ids)],
            weigering=weigering,
        )

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

    def _refuse_grant(self, account: Account, rol: Rol, after: Houdt, vraag: Vraag, held_after: set[int]) -> str:
        for other in rol.sluit_uit.all():
            if other.pk in held_after:
                return f"De rol {rol.naam} gaat niet samen met de rol {other.naam}. Trek die eerst in."
        if rol.kenmerksoorten and not after.kenmerken:
            return f"Kies bij de rol {rol.naam} minstens één kenmerk."
        foreign = [
            self._kenmerken[pk]
            for pk in vraag.erbij
            if pk not in self._own or self._kenmerken[pk].soort not in rol.kenmerksoorten
        ]
        if foreign:
            return f"De rol {rol.naam} kan niet voor deze kenmerken: {in_words(foreign)}."
        if after.tot is not None and after.tot <= self._now:
            return EINDE_VOORBIJ
        if self._beheerder is not None and account.pk == self._beheerder.pk and self._has_colleague:
            return ZELF
        return ""

    @cached_property
    def _has_colleague(self) -> bool:
        """R02: whether there is another beheerder than the one who acts."""
        others = Account.objects.of_organisatie(self._organisatie).beheerders(self._now)
        return self._beheerder is not None and others.exclude(pk=self._beheerder.pk).exists()


def read_held(accounts: Collection[int], now: datetime) -> dict[int, dict[int, Houdt]]:
    """What these accounts hold: account → rol → for which kenmerken and until when. Two queries."""
    grants = {
        pk: (account, rol, tot)
        for pk, account, rol, tot in Autorisatie.objects.not_ended(now)
        .eigen()
        .filter(account__in=accounts)
        .values_list("pk", "account", "rol", "tot")
    }
    kenmerken: dict[int, set[int]] = defaultdict(set)
    rows = AutorisatieKenmerk.objects.filter(autorisatie__in=grants, tot=None)
    for autorisatie, kenmerk in rows.values_list("autorisatie", "kenmerk"):
        kenmerken[autorisatie].add(kenmerk)
    held: dict[int, dict[int, Houdt]] = defaultdict(dict)
    for pk, (account, rol, tot) in grants.items():
        held[account][rol] = Houdt(frozenset(kenmerken[pk]), tot)
    return held
