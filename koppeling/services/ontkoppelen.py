from datetime import datetime

from django.db import transaction

from accounts.models import Account
from accounts.services.accounts import end_sessions
from koppeling.models import Koppeling, Middel
from koppeling.rules import Reden
from koppeling.services.activatiecodes import void_activatiecodes, void_planned
from verantwoording.rules import Actor
from verantwoording.services import enqueue_bericht, write_logregel


@transaction.atomic
def unlink_account(*, account: Account, reden: Reden, actor: Actor, now: datetime) -> Koppeling | None:
    """End the koppeling of an account at once: its sessions end and open codes are void (R19).

    Only the koppeling ends: account, gebruikersnaam, rollen and kenmerken stay. A middel reported stolen is barred, and
    the sessions of every account it is linked to end too. Returns the ended koppeling, None when there was none.
    """
    account = _lock(account, reden)
    void_activatiecodes(account=account, now=now)
    void_planned(account=account, now=now)
    end_sessions(account=account)
    koppeling = Koppeling.objects.live().select_for_update(of=("self",)).filter(account=account).first()
    if koppeling is None:
        return None
    koppeling.beeindigd_op = now
    koppeling.reden = reden
    koppeling.save(update_fields=["beeindigd_op", "reden"])
    write_logregel(
        gebeurtenis="ontkoppeld",
        actor=actor,
        now=now,
        organisatie_id=account.organisatie_id,
        account_id=account.pk,
        object_soort="koppeling",
        object_id=koppeling.pk,
        gegevens={"reden": reden},
    )
    if reden is Reden.GESTOLEN:
        _bar_middel(middel_id=koppeling.middel_id, actor=actor, now=now)
    enqueue_bericht(
        soort="ontkoppeld",
        sleutel=f"ontkoppeld:{koppeling.pk}",
        now=now,
        account_id=account.pk,
        organisatie_id=account.organisatie_id,
        object_id=koppeling.pk,
    )
    return koppeling


def _lock(account: Account, reden: Reden) -> Account:
    """Lock the account, and for a stolen middel every account it is linked to, in one order for everybody."""
    wanted = {account.pk}
    if reden is Reden.GESTOLEN:
        of_middel = Koppeling.objects.live().filter(account=account).values("middel")
        wanted |= set(Koppeling.objects.live().filter(middel__in=of_middel).values_list("account_id", flat=True))
    locked = Account.objects.select_for_update().filter(pk__in=wanted).order_by("pk")
    return next(row for row in locked if row.pk == account.pk)


def _bar_middel(*, middel_id: int, actor: Actor, now: datetime) -> None:
    Middel.objects.filter(pk=middel_id, gestolen_op__isnull=True).update(gestolen_op=now, gestolen_door_id=actor.id)
    others = Account.objects.filter(koppelingen__middel_id=middel_id, koppelingen__beeindigd_op__isnull=True)
    for account in others.order_by("pk"):
        end_sessions(account=account)
        write_logregel(
            gebeurtenis="middel_gestolen",
            actor=actor,
            now=now,
            organisatie_id=account.organisatie_id,
            account_id=account.pk,
            object_soort="middel",
            object_id=middel_id,
        )


@transaction.atomic
def lift_bar(*, middel: Middel, actor: Actor, now: datetime) -> bool:
    """Let a middel that was reported stolen be used again (R19). False when it was not barred.

    Raises PermissionError when the one who lifts is the one who reported it, or nobody; ValueError without a reason.
    """
    if not actor.reden.strip():
        raise ValueError("Vul een reden in.")
    middel = Middel.objects.select_for_update().get(pk=middel.pk)
    if middel.gestolen_op is None:
        return False
    if actor.id in (None, middel.gestolen_door_id):
        raise PermissionError("Iemand anders dan de melder moet dit doen.")
    middel.gestolen_op = None
    middel.gestolen_door_id = None
    middel.save(update_fields=["gestolen_op", "gestolen_door_id"])
    stolen = Koppeling.objects.filter(middel=middel, reden=Reden.GESTOLEN)
    for koppeling in stolen.order_by("account_id", "-id").distinct("account_id"):
        write_logregel(
            gebeurtenis="middel_vrijgegeven",
            actor=actor,
            now=now,
            organisatie_id=koppeling.organisatie_id,
            account_id=koppeling.account_id,
            object_soort="middel",
            object_id=middel.pk,
        )
    return True
