"""What DUO staff do in the place of a beheerder who is not there yet, or who cannot log in (R01, R07, R19)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction

from accounts.models import Account, Organisatie
from accounts.permissions import is_beheerder
from accounts.services.accounts import appoint_beheerder
from accounts.services.staf import check_staf
from autorisatie.models import Beheerdersrol
from autorisatie.services import Weigering, set_bevoegdheden
from beheer.emails.gezag import ONTKOPPELD_GEZAG, VRIJGEGEVEN_GEZAG
from beheer.services.brieven import Brief, make_brief
from beheer.services.gebruikers import Gegevens, has_able_collega, register_gebruiker
from beheer.services.leven import unblock_gebruiker, who_had_part
from koppeling.models import Koppeling, Middel
from koppeling.rules import Reden
from koppeling.services.activatiecodes import request_activatiecode
from koppeling.services.codeaanvragen import refuse_aanvraag
from koppeling.services.inloggen import who_can_log_in
from koppeling.services.ontkoppelen import lift_bar, unlink_account
from verantwoording.models import Bericht
from verantwoording.rules import Actor
from verantwoording.services import enqueue_bericht

DOOR_BEHEERDER: Final = "Een beheerder van de eigen organisatie kan dit doen. DUO doet het niet."


class NietDoorDuo(ValueError):  # noqa: N818  # a Dutch sentence's beginning
    """DUO staff leave this to the organisatie; the text says to whom, in Dutch."""


@transaction.atomic
def register_beheerder(
    *,
    organisatie: Organisatie,
    gegevens: Gegevens,
    beheerdersrollen: Sequence[Beheerdersrol],
    actor: Actor,
    now: datetime,
    tot: datetime | None = None,
) -> Account:
    """Register a beheerder at an organisatie with what she may hand out (R01, R02), with `tot` as noodbeheerder.

    With the name and e-mail address of a running account that one becomes beheerder. Raises
    `autorisatie.services.Weigering` for a beheerdersrol that does not fit the organisatie, and with `tot` for who is
    beheerder for good: what she would get for a while, she would keep.
    """
    account, _ = register_gebruiker(organisatie=organisatie, gegevens=gegevens, actor=actor, now=now)
    running = appoint_beheerder(account=account, actor=actor, now=now, tot=tot)
    if tot is not None and running.tot is None:
        raise Weigering("Deze persoon is al vast beheerder. Laat het bevoegd gezag een wijziging aanvragen.")
    set_bevoegdheden(account=account, beheerdersrollen=beheerdersrollen, actor=actor, now=now)
    return account


def depends_on_staf(*, account: Account, now: datetime) -> bool:
    """Whether only DUO can help (R07, R19): a beheerder, and no colleague beheerder of hers can log in."""
    return is_beheerder(account, now) and not has_able_collega(account=account, now=now)


def only_staf_unblocks(*, account: Account, now: datetime) -> bool:
    """Whether no beheerder who can log in may free this account (R16): none is left, or all had a part in it."""
    concerned = {account.pk, *who_had_part(account, now)}
    beheerders = Account.objects.filter(organisatie=account.organisatie_id).beheerders(now).exclude(pk__in=concerned)
    return not who_can_log_in(beheerders, now).exists()


def make_brief_as_staf(*, account: Account, actor: Actor, now: datetime, browser: str = "") -> Brief:
    """The letter of a first or sole beheerder (R07). NietDoorDuo when a colleague beheerder can make it."""
    _check_depends_on_staf(account, now)
    return make_brief(account=account, beheerder=None, actor=actor, now=now, browser=browser)


def request_activatiecode_as_staf(
    *, account: Account, actor: Actor, now: datetime, moment: datetime | None = None, vorige: int | None = None
) -> Bericht:
    """Request the code of a first or sole beheerder (R07). Raises NietDoorDuo, or what `request_activatiecode` does."""
    _check_depends_on_staf(account, now)
    return request_activatiecode(account=account, actor=actor, now=now, moment=moment, vorige=vorige)


def refuse_aanvraag_as_staf(*, account: Account, actor: Actor, now: datetime) -> bool:
    """Refuse the request of a first or sole beheerder (R07). Raises NietDoorDuo, or what `refuse_aanvraag` does."""
    _check_depends_on_staf(account, now)
    return refuse_aanvraag(account=account, actor=actor, now=now)


def _check_depends_on_staf(account: Account, now: datetime) -> None:
    if not depends_on_staf(account=account, now=now):
        raise NietDoorDuo(DOOR_BEHEERDER)


@transaction.atomic
def unlink_as_staf(*, account: Account, reden: Reden, actor: Actor, now: datetime) -> Koppeling | None:
    """Unlink a middel, with a reason in `actor` (R19); for a sole beheerder the bevoegd gezag is told.

    Returns the ended koppeling, None when there was none. ValueError without a reason.
    """
    if not actor.reden.strip():
        raise ValueError("Vul een reden in.")
    alone = depends_on_staf(account=account, now=now)
    koppeling = unlink_account(account=account, reden=reden, actor=actor, now=now)
    if koppeling is not None and alone:
        _tell_gezag(ONTKOPPELD_GEZAG, koppeling, actor, now)
    return koppeling


@transaction.atomic
def unblock_as_staf(*, account: Account, actor: Actor, now: datetime) -> bool:
    """Let somebody log in again whom no beheerder can free (R16), and tell the bevoegd gezag why.

    False when the account was not blocked. Raises NietDoorDuo, what `unblock_gebruiker` does, PermissionError for who
    is no longer staff, and ValueError without a reason.
    """
    check_staf(actor)
    if not actor.reden.strip():
        raise ValueError("Vul een reden in.")
    if not only_staf_unblocks(account=account, now=now):
        raise NietDoorDuo(DOOR_BEHEERDER)
    if not unblock_gebruiker(account=account, actor=actor, now=now):
        return False
    enqueue_bericht(
        soort=VRIJGEGEVEN_GEZAG,
        sleutel=f"{VRIJGEGEVEN_GEZAG}:account:{account.pk}:{now.isoformat()}",
        now=now,
        account_id=account.pk,
        organisatie_id=account.organisatie_id,
        gegevens={"reden": actor.reden},
    )
    return True


@transaction.atomic
def lift_bar_as_staf(*, middel: Middel, actor: Actor, now: datetime) -> bool:
    """Let a middel that was reported stolen be used again, and tell each bevoegd gezag concerned (R19).

    False when it was not barred; raises what `lift_bar` does, and PermissionError for who is no longer staff.
    """
    check_staf(actor)
    if not lift_bar(middel=middel, actor=actor, now=now):
        return False
    stolen = Koppeling.objects.filter(middel=middel, reden=Reden.GESTOLEN).order_by("account_id", "-id")
    for koppeling in stolen.distinct("account_id"):
        _tell_gezag(VRIJGEGEVEN_GEZAG, koppeling, actor, now)
    return True


def _tell_gezag(soort: str, koppeling: Koppeling, actor: Actor, now: datetime) -> None:
    enqueue_bericht(
        soort=soort,
        sleutel=f"{soort}:{koppeling.pk}:{now.isoformat()}",
        now=now,
        account_id=koppeling.account_id,
        organisatie_id=koppeling.organisatie_id,
        object_id=koppeling.pk,
        gegevens={"reden": actor.reden},
    )
