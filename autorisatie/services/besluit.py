from datetime import datetime

from django.db.models import Exists, OuterRef

from accounts.models import Account, Kenmerk, OrganisatieKenmerk
from accounts.models.organisatie import live
from autorisatie.models import Autorisatie, AutorisatieKenmerk, Taak, TaakRol
from autorisatie.rules import Besluit, Feiten, Inlog, KenmerkFeit, RolFeit, decide


def beslis(account: Account, taak: Taak, kenmerk: Kenmerk | None, op: datetime, inlog: Inlog | None = None) -> Besluit:
    """Decide whether the account may open the taak for the kenmerk at `op`, and explain it in Dutch (R22, D20).

    `op` may lie in the past. kenmerk None asks about a taak that needs none. With inlog the level of the login and the
    vestigingen it is limited to count too (D24). Nothing is cached: every call reads the rows.
    """
    fact = None
    if kenmerk is not None:
        owned = OrganisatieKenmerk.objects.filter(live(op), organisatie=account.organisatie, kenmerk=kenmerk)
        fact = _fact_of(kenmerk, eigen=owned.exists())
    return decide(_read_feiten(account, taak, op), fact, inlog)


def kenmerken_of_taak(account: Account, taak: Taak, op: datetime, inlog: Inlog | None = None) -> list[Kenmerk]:
    """The kenmerken for which `beslis` says yes on this taak, by soort and waarde. Always four queries."""
    feiten = _read_feiten(account, taak, op)
    granted = {kenmerk for rol in feiten.rollen for kenmerk in rol.kenmerken}
    owned = Exists(OrganisatieKenmerk.objects.filter(live(op), organisatie=account.organisatie, kenmerk=OuterRef("pk")))
    return [
        kenmerk
        for kenmerk in Kenmerk.objects.filter(owned, pk__in=granted)
        if decide(feiten, _fact_of(kenmerk, eigen=True), inlog).mag
    ]


def is_active(account: Account, op: datetime) -> bool:
    """Whether account and organisatie exist at `op` and have not been ended. DUO staff act for nobody: False."""
    organisatie = account.organisatie
    return organisatie is not None and all(
        row.gemaakt_op <= op and (row.beeindigd_op is None or row.beeindigd_op > op) for row in (account, organisatie)
    )


def _fact_of(kenmerk: Kenmerk, *, eigen: bool) -> KenmerkFeit:
    return KenmerkFeit(kenmerk.pk, kenmerk.soort, kenmerk.waarde, kenmerk.kvk_vestigingsnummer, eigen)


def _read_feiten(account: Account, taak: Taak, op: datetime) -> Feiten:
    openers = {row.rol_id: row.rol for row in TaakRol.objects.filter(live(op), taak=taak).select_related("rol")}
    grants = list(Autorisatie.objects.live(op).filter(account=account, rol__in=openers.keys()).order_by("pk"))
    kenmerken: dict[int, set[int]] = {grant.pk: set() for grant in grants}
    rows = AutorisatieKenmerk.objects.filter(live(op), autorisatie__in=kenmerken.keys())
    for autorisatie_id, kenmerk_id in rows.values_list("autorisatie_id", "kenmerk_id"):
        kenmerken[autorisatie_id].add(kenmerk_id)
    return Feiten(
        naam=account.get_full_name(),
        organisatie=account.organisatie.naam if account.organisatie else "DUO",
        taak=taak.naam,
        actief=is_active(account, op),
        kenmerksoorten=frozenset(taak.kenmerksoorten),
        niveau=taak.portaal.niveau if taak.portaal else None,
        openers=tuple(sorted(rol.naam for rol in openers.values())),
        rollen=tuple(
            RolFeit(rol.naam, frozenset(rol.kenmerksoorten), frozenset(kenmerken[grant.pk]))
            for grant in grants
            for rol in [openers[grant.rol_id]]
        ),
    )
