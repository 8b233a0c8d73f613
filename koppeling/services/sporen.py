from datetime import datetime

from accounts.models import Account
from koppeling.models import Middel, Spoor
from koppeling.services.pogingen import try_key
from verantwoording.rules import Actor, ActorSoort


def record_spoor(
    *,
    soort: Spoor.Soort,
    account: Account | None,
    actor: Actor,
    browser: str,
    now: datetime,
    middel: Middel | None = None,
) -> None:
    """Note who made a letter, or which middel was tried in which browser, in the caller's transaction."""
    known = actor.soort in {ActorSoort.ACCOUNT, ActorSoort.STAF}
    Spoor.objects.create(
        soort=soort, account=account, middel=middel, door_id=actor.id if known else None, browser=browser, op=now
    )


def hash_browser(nummer: str) -> str:
    """The keyed hash that is kept instead of a browser's id; empty for a browser without one."""
    return try_key(soort="browser", waarde=nummer) if nummer else ""
