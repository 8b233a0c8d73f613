from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import Account, Kenmerk, Organisatie, OrganisatieKenmerk, TijdelijkeBlokkade
from accounts.models.organisatie import live
from autorisatie.models import Autorisatie, AutorisatieKenmerk, Machtigingsaanbod, Rol, Taak, TaakRol
from autorisatie.rules import (
    Besluit,
    Feiten,
    Inlog,
    KenmerkFeit,
    MachtigingFeit,
    NamensFeit,
    RolFeit,
    VoorbijeRol,
    decide,
    last_day,
)


def beslis(
    account: Account,
    taak: Taak,
    kenmerk: Kenmerk | None,
    op: datetime,
    inlog: Inlog | None = None,
    namens: Organisatie | None = None,
) -> Besluit:
    """Decide whether the account may open the taak for the kenmerk at `op`, and explain it in Dutch (R22, D20).

    `op` may lie in the past. kenmerk None asks about a taak that needs none. With inlog the level of the login and the
    vestigingen it is limited to count too (D24). namens: for the organisatie that gave a machtiging, and then only what
    that machtiging is for counts (R30, D5). Nothing is cached: every call reads the rows.
    """
    fact = None
    if kenmerk is not None:
        owned = OrganisatieKenmerk.objects.filter(live(op), organisatie=namens or account.organisatie, kenmerk=kenmerk)
        fact = fact_of(kenmerk, eigen=owned.exists())
    return decide(Momentopname([account], [taak], op, namens).feiten(account, taak), fact, inlog)


def kenmerken_of_taak(
    account: Account, taak: Taak, op: datetime, inlog: Inlog | None = None, namens: Organisatie | None = None
) -> list[Kenmerk]:
    """The kenmerken for which `beslis` says yes on this taak, by soort and waarde. The number of queries is fixed."""
    feiten = Momentopname([account], [taak], op, namens).feiten(account, taak)
    granted = {kenmerk for rol in feiten.rollen for kenmerk in rol.kenmerken}
    eigenaar = namens or account.organisatie
    owned = Exists(OrganisatieKenmerk.objects.filter(live(op), organisatie=eigenaar, kenmerk=OuterRef("pk")))
    return [
        kenmerk
        for kenmerk in Kenmerk.objects.filter(owned, pk__in=granted)
        if decide(feiten, fact_of(kenmerk, eigen=True), inlog).mag
    ]


def is_active(account: Account, op: datetime) -> bool:
    """Whether account and organisatie exist at `op` and have not been ended. DUO staff act for nobody: False."""
    return account.organisatie is not None and exists_at(account, op) and exists_at(account.organisatie, op)


def exists_at(row: Account | Organisatie, op: datetime) -> bool:
    """Whether the account or organisatie was there at `op` and had not been ended."""
    return row.gemaakt_op <= op and (row.beeindigd_op is None or row.beeindigd_op > op)


def fact_of(kenmerk: Kenmerk, *, eigen: bool, tot: datetime | None = None) -> KenmerkFeit:
    """The kenmerk as a decision reads it; tot: when it ceased to be the organisatie's, for the explanation."""
    sinds = "" if eigen or tot is None else date_format(timezone.localdate(tot), "j F Y")
    return KenmerkFeit(kenmerk.pk, kenmerk.soort, kenmerk.waarde, kenmerk.kvk_vestigingsnummer, eigen, sinds)


class Momentopname:
    """What the rows say of these accounts and taken at one moment. Four queries, however many of them there are.

    The one place where the facts of a decision are read: for one taak, and for an explanation of many. namens: for the
    organisatie that gave a machtiging to that of the accounts, instead of for their own; three queries more.
    """

    def __init__(
        self, accounts: Collection[Account], taken: Collection[Taak], op: datetime, namens: Organisatie | None = None
    ) -> None:
        self._op = op
        self._namens = _read_namens(accounts, namens, op) if namens else None
        blocked = TijdelijkeBlokkade.objects.filter(live(op), account__in=accounts)
        self._blocked = set(blocked.values_list("account_id", flat=True))
        self._openers: dict[int, dict[int, Rol]] = defaultdict(dict)  # taak → rollen that open it
        for row in TaakRol.objects.filter(live(op), taak__in=taken).select_related("rol"):
            self._openers[row.taak_id][row.rol_id] = row.rol
        rollen = {rol for openers in self._openers.values() for rol in openers}
        self._held: dict[int, list[Autorisatie]] = defaultdict(list)  # account → grants
        self._past: dict[int, dict[int, datetime]] = defaultdict(dict)  # account → rol → when it ended
        grants = Autorisatie.objects.filter(account__in=accounts, rol__in=rollen, van__lte=op)
        if self._namens:
            grants = grants.filter(machtiging__in=[row.id for row in self._namens.machtigingen])
        else:
            grants = grants.eigen()
        for grant in grants.order_by("pk"):
            if grant.tot is None or grant.tot > op:
                self._held[grant.account_id].append(grant)
            elif grant.tot > grant.van:
                self._past[grant.account_id][grant.rol_id] = grant.tot
        self._kenmerken: dict[int, set[int]] = defaultdict(set)  # grant → kenmerken
        self._einden: dict[int, list[tuple[int, str]]] = defaultdict(list)  # grant → kenmerken with an end of their own
        held = [grant.pk for grants in self._held.values() for grant in grants]
        rows = AutorisatieKenmerk.objects.filter(live(op), autorisatie__in=held)
        for autorisatie_id, kenmerk_id, tot in rows.values_list("autorisatie_id", "kenmerk_id", "tot"):
            self._kenmerken[autorisatie_id].add(kenmerk_id)
            if tot is not None:
                self._einden[autorisatie_id].append((kenmerk_id, date_format(last_day(tot), "j F Y")))

    def belet(self, account: Account) -> str:
        """Why the account does not count at that moment, as the end of a sentence; empty when it does.

        It counts when `is_active` says so and nobody keeps it out for a while (R16).
        """
        if is_active(account, self._op):
            return "is tijdelijk geblokkeerd" if account.pk in self._blocked else ""
        if exists_at(account, self._op):
            return "telt niet: de organisatie was er nog niet, of is beëindigd"
        return "was er nog niet" if account.gemaakt_op > self._op else "is beëindigd"

    def granted(self, account: Account) -> set[int]:
        """The kenmerken for which the account holds any of the rollen that open these taken."""
        return {kenmerk for grant in self._held[account.pk] for kenmerk in self._kenmerken[grant.pk]}

    def openers(self, taak: Taak) -> set[int]:
        """The rollen that open the taak."""
        return set(self._openers[taak.pk])

    def feiten(self, account: Account, taak: Taak) -> Feiten:
        """What `decide` rests on."""
        openers, past = self._openers[taak.pk], self._past[account.pk]
        held = [grant for grant in self._held[account.pk] if grant.rol_id in openers]
        return Feiten(
            naam=account.get_full_name(),
            organisatie=account.organisatie.naam if account.organisatie else "DUO",
            taak=taak.naam,
            belet=self.belet(account),
            kenmerksoorten=frozenset(taak.kenmerksoorten),
            portaal=taak.portaal.sleutel if taak.portaal else None,
            niveau=taak.portaal.niveau if taak.portaal else None,
            openers=tuple(sorted(rol.naam for rol in openers.values())),
            rollen=tuple(
                RolFeit(
                    openers[grant.rol_id].naam,
                    frozenset(openers[grant.rol_id].kenmerksoorten),
                    frozenset(self._kenmerken[grant.pk]),
                    date_format(last_day(grant.tot), "j F Y") if grant.tot else "",
                    grant.rol_id,
                    grant.machtiging_id,
                    tuple(self._einden[grant.pk]),
                )
                for grant in held
            ),
            voorbij=tuple(
                VoorbijeRol(openers[rol].naam, date_format(last_day(tot), "j F Y"))
                for rol, tot in past.items()
                if rol in openers and rol not in {grant.rol_id for grant in held}
            ),
            namens=self._namens,
        )


def _read_namens(accounts: Collection[Account], verlener: Organisatie, op: datetime) -> NamensFeit:
    """The machtigingen of the verlener to the accounts' organisatie that hold at `op`, with what they are for."""
    rows = Machtigingsaanbod.objects.filter(
        live(op, "machtiging__"),
        machtiging__verlener=verlener,
        machtiging__gemachtigde__in={account.organisatie_id for account in accounts},
    )
    return NamensFeit(
        verlener=verlener.naam,
        machtigingen=tuple(
            MachtigingFeit(
                id=row.machtiging.pk,
                laatste_dag=date_format(row.machtiging.laatste_dag, "j F Y"),
                rollen=frozenset(rol.pk for rol in row.rollen.all()),
                kenmerken=frozenset(kenmerk.pk for kenmerk in row.kenmerken.all()),
            )
            for row in rows.select_related("machtiging").prefetch_related("rollen", "kenmerken").order_by("machtiging")
            if row.machtiging is not None and exists_at(verlener, op)
        ),
    )
