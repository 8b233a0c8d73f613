"""One rol of one account: the same judgement and the same writing as for many at once (`wijzigen`)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import Account, Kenmerk, Machtiging, Organisatie
from accounts.models.organisatie import live
from autorisatie.models import Autorisatie, Rol
from autorisatie.rules import Einde, Vraag
from autorisatie.services.beoordelen import Plan, Planner, Soort
from autorisatie.services.grants import Weigering
from autorisatie.services.wijzigen import carry_out, lock_accounts
from verantwoording.rules import Actor, ActorSoort


def plan_autorisatie(
    *,
    account: Account,
    rol: Rol,
    kenmerken: Sequence[Kenmerk],
    beheerder: Account | None,
    now: datetime,
    tot: datetime | None = None,
    einden: Mapping[int, datetime] = {},
    machtiging: Machtiging | None = None,
) -> Plan:
    """What `set_autorisatie` would do: one row, with why it is refused. Writes nothing."""
    vraag = Vraag(
        account=account.pk,
        rol=rol.pk,
        erbij=frozenset(kenmerk.pk for kenmerk in kenmerken),
        alleen=True,
        geven=True,
        tot=tot,
        einde=Einde.PRECIES,
        einden=frozenset(einden.items()),
    )
    return Planner(_organisatie(account, beheerder), [vraag], beheerder, now, machtiging).plan()


@transaction.atomic
def set_autorisatie(
    *,
    account: Account,
    rol: Rol,
    kenmerken: Sequence[Kenmerk],
    actor: Actor,
    beheerder: Account | None,
    now: datetime,
    tot: datetime | None = None,
    einden: Mapping[int, datetime] = {},
    machtiging: Machtiging | None = None,
) -> Autorisatie:
    """Give the account the rol for exactly these kenmerken, from now on until `tot` (R04, D20); None: without an end.

    What is there already is kept; of a rol that it has, the end becomes `tot`. einden: kenmerken (by id) with an end of
    their own; the others have none.

    beheerder is who decides; None for DUO staff and jobs, whom no beheerdersrol limits. Raises Weigering, before
    anything is written, when the account is not hers or has ended, when she may not hand out the rol, when rol or
    kenmerk do not belong to the organisatie, when the rol excludes one that the account has, and when she gives
    something to herself while there is another beheerder (R02). A sole beheerder may; bevoegd gezag and DUO hear it.
    An end that has passed is refused too.
    machtiging: for kenmerken of the organisatie that gave it, within its scope and only while it holds (R30).
    """
    _check_actor(beheerder, actor)
    lock_accounts({account.pk})
    if machtiging is not None:
        _check_machtiging(machtiging, rol, _organisatie(account, beheerder), now)
    plan = plan_autorisatie(
        account=account,
        rol=rol,
        kenmerken=kenmerken,
        beheerder=beheerder,
        now=now,
        tot=tot,
        einden=einden,
        machtiging=machtiging,
    )
    if plan.geweigerd:
        raise Weigering(plan.geweigerd[0].weigering)
    carry_out(plan, actor=actor, beheerder=beheerder, now=now)
    return Autorisatie.objects.not_ended(now).get(account=account, rol=rol, machtiging=machtiging)


@transaction.atomic
def withdraw_autorisatie(
    *,
    account: Account,
    rol: Rol,
    actor: Actor,
    beheerder: Account | None,
    now: datetime,
    machtiging: Machtiging | None = None,
) -> bool:
    """Take the rol and its kenmerken from the account, from now on (D20). False when it did not have it.

    Raises Weigering for another organisatie's account, and for a rol that is not this beheerder's to hand out.
    """
    _check_actor(beheerder, actor)
    lock_accounts({account.pk})
    vraag = Vraag(account=account.pk, rol=rol.pk, intrekken=True)
    plan = Planner(_organisatie(account, beheerder), [vraag], beheerder, now, machtiging).plan()
    if plan.geweigerd:
        raise Weigering(plan.geweigerd[0].weigering)
    carry_out(plan, actor=actor, beheerder=beheerder, now=now)
    return plan.regels[0].soort is Soort.INGETROKKEN


def _check_actor(beheerder: Account | None, actor: Actor) -> None:
    """A forgotten argument must not become the power of DUO staff."""
    if beheerder is None and actor.soort in {ActorSoort.ACCOUNT, ActorSoort.BEZOEKER}:
        raise Weigering("Alleen een beheerder of DUO kan rollen geven en intrekken.")


def _organisatie(account: Account, beheerder: Account | None) -> Organisatie:
    """Where it is done: at the beheerder's organisatie, or where DUO staff found the account."""
    organisatie = account.organisatie if beheerder is None else beheerder.organisatie
    if organisatie is None:
        raise Weigering("Dit account hoort niet bij een organisatie.")
    return organisatie


def _check_machtiging(machtiging: Machtiging, rol: Rol, organisatie: Organisatie, now: datetime) -> None:
    """Locks the machtiging as `stop_machtiging` does: nothing is given under one that is being stopped."""
    current = (
        Machtiging.objects.select_for_update(of=("self",), no_key=True).filter(live(now), pk=machtiging.pk).first()
    )
    if current is None or current.gemachtigde_id != organisatie.pk:
        raise Weigering("Deze machtiging geldt niet, of niet meer.")
    if not rol.machtigingen.filter(machtiging=current).exists():
        raise Weigering(f"De machtiging geldt niet voor de rol {rol.naam}.")
