from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.utils.formats import date_format

from accounts.models import Account, Kenmerk, OrganisatieKenmerk
from accounts.models.organisatie import live
from autorisatie.models import Autorisatie, AutorisatieKenmerk, Rol, Taak, TaakRol
from autorisatie.rules import Besluit, Feiten, Inlog, KenmerkFeit, RolFeit, VoorbijeRol, decide, last_day


def beslis(account: Account, taak: Taak, kenmerk: Kenmerk | None, op: datetime, inlog: Inlog | None = None) -> Besluit:
    """Decide whether the account may open the taak for the kenmerk at `op`, and explain it in Dutch (R22, D20).

    `op` may lie in the past. kenmerk None asks about a taak that needs none. With inlog the level of the login and the
    vestigingen it is limited to count too (D24). Nothing is cached: every call reads the rows.
    """
    fact = None
    if kenmerk is not None:
        owned = OrganisatieKenmerk.objects.filter(live(op), organisatie=account.organisatie, kenmerk=kenmerk)
        fact = fact_of(kenmerk, eigen=owned.exists())
    return decide(Momentopname([account], [taak], op).feiten(account, taak), fact, inlog)


def kenmerken_of_taak(account: Account, taak: Taak, op: datetime, inlog: Inlog | None = None) -> list[Kenmerk]:
    """The kenmerken for which `beslis` says yes on this taak, by soort and waarde. Always four queries."""
    feiten = Momentopname([account], [taak], op).feiten(account, taak)
    granted = {kenmerk for rol in feiten.rollen for kenmerk in rol.kenmerken}
    owned = Exists(OrganisatieKenmerk.objects.filter(live(op), organisatie=account.organisatie, kenmerk=OuterRef("pk")))
    return [
        kenmerk
        for kenmerk in Kenmerk.objects.filter(owned, pk__in=granted)
        if decide(feiten, fact_of(kenmerk, eigen=True), inlog).mag
    ]


def is_active(account: Account, op: datetime) -> bool:
    """Whether account and organisatie exist at `op` and have not been ended. DUO staff act for nobody: False."""
    organisatie = account.organisatie
    return organisatie is not None and all(
        row.gemaakt_op <= op and (row.beeindigd_op is None or row.beeindigd_op > op) for row in (account, organisatie)
    )


def fact_of(kenmerk: Kenmerk, *, eigen: bool, tot: datetime | None = None) -> KenmerkFeit:
    """The kenmerk as a decision reads it; tot: when it ceased to be the organisatie's, for the explanation."""
    sinds = "" if eigen or tot is None else date_format(last_day(tot), "j F Y")
    return KenmerkFeit(kenmerk.pk, kenmerk.soort, kenmerk.waarde, kenmerk.kvk_vestigingsnummer, eigen, sinds)


class Momentopname:
    """What the rows say of these accounts and taken at one moment. Three queries, however many of them there are.

    The one place where the facts of a decision are read: for one taak, and for an explanation of many.
    """

    def __init__(self, accounts: Collection[Account], taken: Collection[Taak], op: datetime) -> None:
        self._op = op
        self._openers: dict[int, dict[int, Rol]] = defaultdict(dict)  # taak → rollen that open it
        for row in TaakRol.objects.filter(live(op), taak__in=taken).select_related("rol"):
            self._openers[row.taak_id][row.rol_id] = row.rol
        rollen = {rol for openers in self._openers.values() for rol in openers}
        self._held: dict[int, dict[int, Autorisatie]] = defaultdict(dict)  # account → rol → grant
        self._past: dict[int, dict[int, datetime]] = defaultdict(dict)  # account → rol → when it ended
        grants = Autorisatie.objects.filter(account__in=accounts, rol__in=rollen, van__lte=op)
        for grant in grants.order_by("pk"):
            if grant.tot is None or grant.tot > op:
                self._held[grant.account_id][grant.rol_id] = grant
            elif grant.tot > grant.van:
                self._past[grant.account_id][grant.rol_id] = grant.tot
        self._kenmerken: dict[int, set[int]] = defaultdict(set)  # grant → kenmerken
        held = [grant.pk for grants in self._held.values() for grant in grants.values()]
        rows = AutorisatieKenmerk.objects.filter(live(op), autorisatie__in=held)
        for autorisatie_id, kenmerk_id in rows.values_list("autorisatie_id", "kenmerk_id"):
            self._kenmerken[autorisatie_id].add(kenmerk_id)

    def granted(self, account: Account) -> set[int]:
        """The kenmerken for which the account holds any of the rollen that open these taken."""
        return {kenmerk for grant in self._held[account.pk].values() for kenmerk in self._kenmerken[grant.pk]}

    def openers(self, taak: Taak) -> set[int]:
        """The rollen that open the taak."""
        return set(self._openers[taak.pk])

    def feiten(self, account: Account, taak: Taak) -> Feiten:
        """What `decide` rests on."""
        openers, held, past = self._openers[taak.pk], self._held[account.pk], self._past[account.pk]
        return Feiten(
            naam=account.get_full_name(),
            organisatie=account.organisatie.naam if account.organisatie else "DUO",
            taak=taak.naam,
            actief=is_active(account, self._op),
            kenmerksoorten=frozenset(taak.kenmerksoorten),
            niveau=taak.portaal.niveau if taak.portaal else None,
            openers=tuple(sorted(rol.naam for rol in openers.values())),
            rollen=tuple(
                RolFeit(
                    openers[rol].naam,
                    frozenset(openers[rol].kenmerksoorten),
                    frozenset(self._kenmerken[grant.pk]),
                    date_format(last_day(grant.tot), "j F Y") if grant.tot else "",
                )
                for rol, grant in held.items()
                if rol in openers
            ),
            voorbij=tuple(
                VoorbijeRol(openers[rol].naam, date_format(last_day(tot), "j F Y"))
                for rol, tot in past.items()
                if rol in openers and rol not in held
            ),
        )
