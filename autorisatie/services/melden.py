from datetime import datetime

from django.db import transaction

from accounts.models import Account
from autorisatie.emails.middel import MIDDEL_GEMELD, MIDDEL_GEMELD_DUO
from koppeling.models import Koppeling
from koppeling.rules import Reden
from koppeling.services.inloggen import who_can_log_in
from koppeling.services.ontkoppelen import unlink_account
from verantwoording.models import Bericht
from verantwoording.rules import Actor
from verantwoording.services import enqueue_bericht


@transaction.atomic
def report_own_middel(*, account: Account, reden: Reden, actor: Actor, now: datetime) -> Koppeling | None:
    """Somebody reports his own middel lost, stolen or broken from a session that is still open (R19).

    It is unlinked at once, which ends every session of the account. Each other beheerder of his organisatie is told;
    when none of them can log in DUO is too, because nobody else can ask for a new code. Returns the ended koppeling;
    None when there was none (any more), and then nobody is told.
    """
    koppeling = unlink_account(account=account, reden=reden, actor=actor, now=now)
    if koppeling is None:
        return None
    same = Account.objects.filter(organisatie=account.organisatie_id)
    beheerders = same.beheerders(now).exclude(pk=account.pk)
    for beheerder in beheerders.order_by("pk").values_list("pk", flat=True):
        _tell(MIDDEL_GEMELD, koppeling, now, beheerder)
    if not who_can_log_in(beheerders, now).exists():
        _tell(MIDDEL_GEMELD_DUO, koppeling, now)
    return koppeling


def _tell(soort: str, koppeling: Koppeling, now: datetime, beheerder: int | None = None) -> None:
    enqueue_bericht(
        soort=soort,
        sleutel=f"{soort}:{koppeling.pk}:{beheerder or 'duo'}",
        now=now,
        account_id=beheerder,
        organisatie_id=koppeling.organisatie_id,
        object_id=koppeling.pk,
        prioriteit=Bericht.Prioriteit.HOOG,
    )
