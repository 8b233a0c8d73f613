from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from accounts.models import Account, Kenmerk, Machtiging, OrganisatieKenmerk
from accounts.models.organisatie import live
from autorisatie.models import Autorisatie, AutorisatieKenmerk, Rol
from autorisatie.rules import last_day
from autorisatie.services import rollen_of_machtiging, rollen_to_hand_out, set_autorisatie, withdraw_autorisatie
from verantwoording.rules import Actor


@dataclass(frozen=True, slots=True)
class GegevenRol:
    """A rol that a gebruiker has. `stand` names the grant as it was read, to notice that somebody changed it (D23).

    mag: this beheerder may change and withdraw it (R02). vervallen: kenmerken that are no longer the organisatie's.
    laatste_dag: until when it holds; None without an end. einden: the last days of kenmerken with an end of their own.
    """

    rol: Rol
    kenmerken: list[Kenmerk]
    vervallen: list[Kenmerk]
    stand: str
    mag: bool
    laatste_dag: date | None
    einden: dict[int, date]

    @property
    def met_einde(self) -> list[tuple[Kenmerk, date | None]]:
        """The kenmerken, each with the last day of its own if it has one."""
        return [(kenmerk, self.einden.get(kenmerk.pk)) for kenmerk in self.kenmerken]

    @property
    def opent_niets(self) -> bool:
        """A rol that works with kenmerken and has none opens nothing (R22); the screen says so."""
        return bool(self.rol.kenmerksoorten) and not self.kenmerken


def read_rollen(
    *, account: Account, beheerder: Account, now: datetime, machtiging: Machtiging | None = None
) -> list[GegevenRol]:
    """The rollen of a gebruiker with their kenmerken, as this beheerder sees them. Four queries.

    For the own organisatie, or those under one machtiging (R30).
    """
    held = Autorisatie.objects.live(now).filter(account=account, machtiging=machtiging)
    grants = held.select_related("rol").order_by("rol__naam")
    found: dict[int, list[Kenmerk]] = {grant.pk: [] for grant in grants}
    rows = AutorisatieKenmerk.objects.filter(live(now), autorisatie__in=found).select_related("kenmerk")
    einden: dict[int, dict[int, datetime]] = {grant.pk: {} for grant in grants}
    for row in rows.order_by("kenmerk__soort", "kenmerk__waarde"):
        found[row.autorisatie_id].append(row.kenmerk)
        if row.tot is not None:
            einden[row.autorisatie_id][row.kenmerk_id] = row.tot
    eigenaar = machtiging.verlener_id if machtiging else account.organisatie_id
    owned = set(OrganisatieKenmerk.objects.filter(live(now), organisatie=eigenaar).values_list("kenmerk", flat=True))
    if machtiging:
        to_hand_out = rollen_of_machtiging(machtiging=machtiging, beheerder=beheerder, now=now)
    else:
        to_hand_out = rollen_to_hand_out(beheerder=beheerder, now=now)
    own_rollen = set(to_hand_out.values_list("pk", flat=True))
    return [
        GegevenRol(
            rol=grant.rol,
            kenmerken=[kenmerk for kenmerk in found[grant.pk] if kenmerk.pk in owned],
            vervallen=[kenmerk for kenmerk in found[grant.pk] if kenmerk.pk not in owned],
            stand=_stand(grant, [kenmerk.pk for kenmerk in found[grant.pk]], einden[grant.pk]),
            mag=grant.rol_id in own_rollen,
            laatste_dag=grant.laatste_dag,
            einden={kenmerk: last_day(tot) for kenmerk, tot in einden[grant.pk].items()},
        )
        for grant in grants
    ]


def read_stand(*, account: Account, rol: Rol, now: datetime, machtiging: Machtiging | None = None) -> str:
    """The grant of this rol as it stands at `now`; empty when the account does not have it."""
    grant = Autorisatie.objects.live(now).filter(account=account, rol=rol, machtiging=machtiging).first()
    if grant is None:
        return ""
    held = dict(AutorisatieKenmerk.objects.filter(live(now), autorisatie=grant).values_list("kenmerk", "tot"))
    return _stand(grant, list(held), {pk: tot for pk, tot in held.items() if tot is not None})


def _stand(grant: Autorisatie, kenmerken: Sequence[int], einden: Mapping[int, datetime]) -> str:
    return f"{grant.pk}:{_asked(kenmerken, grant.tot, einden)}"


def _asked(kenmerken: Iterable[int], tot: datetime | None, einden: Mapping[int, datetime]) -> str:
    """The part of a stand that says what is held: two beheerders who ask the same do not stand in each other's way."""
    held = (f"{pk}@{einden[pk].isoformat()}" if pk in einden else str(pk) for pk in sorted(kenmerken))
    return f"{','.join(held)}:{tot.isoformat() if tot else ''}"


@transaction.atomic
def grant_rol(
    *,
    account: Account,
    rol: Rol,
    kenmerken: Sequence[Kenmerk],
    stand: str,
    actor: Actor,
    beheerder: Account,
    now: datetime,
    tot: datetime | None = None,
    einden: Mapping[int, datetime] = {},
    machtiging: Machtiging | None = None,
) -> bool:
    """Give a rol for exactly these kenmerken until `tot`, if it still stands as the form showed it (D23).

    See `set_autorisatie`.
    False, and nothing written, when somebody else changed it in between to something else than what is asked. Raises
    `autorisatie.services.Weigering`.
    """
    Account.objects.select_for_update().get(pk=account.pk)
    current = read_stand(account=account, rol=rol, now=now, machtiging=machtiging)
    asked = _asked([kenmerk.pk for kenmerk in kenmerken], tot, einden)
    already_so = current != "" and current.partition(":")[2] == asked
    if current != stand and not already_so:
        return False
    set_autorisatie(
        account=account,
        rol=rol,
        kenmerken=kenmerken,
        actor=actor,
        beheerder=beheerder,
        now=now,
        tot=tot,
        einden=einden,
        machtiging=machtiging,
    )
    return True


@transaction.atomic
def withdraw_rol(
    *,
    account: Account,
    rol: Rol,
    stand: str,
    actor: Actor,
    beheerder: Account,
    now: datetime,
    machtiging: Machtiging | None = None,
) -> bool:
    """Withdraw a rol, if it still stands as the page showed it (D23). See `withdraw_autorisatie`.

    False, and nothing written, when somebody else changed it in between. A rol that is already gone is as asked: True.
    """
    Account.objects.select_for_update().get(pk=account.pk)
    current = read_stand(account=account, rol=rol, now=now, machtiging=machtiging)
    if current not in {stand, ""}:
        return False
    withdraw_autorisatie(account=account, rol=rol, actor=actor, beheerder=beheerder, now=now, machtiging=machtiging)
    return True
