from datetime import datetime

from django.db import transaction

from accounts.models import Account, TijdelijkeBlokkade
from accounts.models.organisatie import live
from accounts.services.accounts import end_sessions
from verantwoording.rules import Actor
from verantwoording.services import write_logregel


@transaction.atomic
def block_account(*, account: Account, actor: Actor, now: datetime) -> bool:
    """Keep an account out until `unblock_account` (R16): its sessions end at once. False when it was blocked already.

    Raises ValueError for an account that has been ended, and without a reason in `actor`.
    """
    if not actor.reden.strip():
        raise ValueError("Vul een reden in.")
    account = Account.objects.select_for_update().get(pk=account.pk)
    if account.beeindigd_op is not None:
        raise ValueError("Dit account is beëindigd.")
    _, new = TijdelijkeBlokkade.objects.get_or_create(account=account, tot=None, defaults={"van": now})
    if new:
        end_sessions(account=account)
        _log("account_geblokkeerd", account, actor, now)
    return new


@transaction.atomic
def unblock_account(*, account: Account, actor: Actor, now: datetime) -> bool:
    """Let a blocked account log in again, as it was. False when it was not blocked."""
    account = Account.objects.select_for_update().get(pk=account.pk)
    ended = TijdelijkeBlokkade.objects.filter(account=account, tot=None).update(tot=now)
    if ended:
        _log("account_vrijgegeven", account, actor, now)
    return bool(ended)


def is_blocked(account: Account, now: datetime) -> bool:
    """Whether the account is kept out at `now`, which may lie in the past."""
    return TijdelijkeBlokkade.objects.filter(live(now), account=account).exists()


def _log(gebeurtenis: str, account: Account, actor: Actor, now: datetime) -> None:
    write_logregel(
        gebeurtenis=gebeurtenis,
        actor=actor,
        now=now,
        organisatie_id=account.organisatie_id,
        account_id=account.pk,
    )
