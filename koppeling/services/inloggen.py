from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import AccountQuerySet, Machtiging, TijdelijkeBlokkade
from accounts.models.organisatie import live
from koppeling.models import Koppeling, Middel
from koppeling.rules import lapse_day
from koppeling.services.koppelproces import organisaties_open_to
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import write_logregel


@dataclass(frozen=True, slots=True)
class Toegang:
    """What a middel opens (R08): koppelingen that may be used now, those that may not and why, and ended ones."""

    open: list[Koppeling]
    zonder_machtiging: list[Koppeling]
    geblokkeerd: list[Koppeling]
    eerder: Koppeling | None


def find_toegang(*, middel: Middel, now: datetime, keten: bool = False) -> Toegang:
    """Look up what this middel opens at `now`; keten: with a ketenmachtiging.

    A koppeling of an ended account opens nothing (R20).
    """
    blocked = TijdelijkeBlokkade.objects.filter(live(now), account=OuterRef("account"))
    koppelingen = list(Koppeling.objects.of_middel(middel).annotate(geblokkeerd=Exists(blocked)))
    own = {k.organisatie_id for k in koppelingen if k.organisatie.kvk_nummer == middel.kvk_nummer}
    others = {k.organisatie_id for k in koppelingen} - own
    allowed = own
    if others:  # only then machtigingen matter; most logins are spared the question
        asked = organisaties_open_to(middel=middel, now=now, keten=keten).filter(pk__in=others)
        allowed |= set(asked.values_list("pk", flat=True))
    eerder = None
    if not koppelingen:
        eerder = (
            Koppeling.objects.filter(middel=middel).select_related("organisatie", "account").order_by("-id").first()
        )
    return Toegang(
        open=[k for k in koppelingen if k.organisatie_id in allowed and not vars(k)["geblokkeerd"]],
        zonder_machtiging=[k for k in koppelingen if k.organisatie_id not in allowed],
        geblokkeerd=[k for k in koppelingen if k.organisatie_id in allowed and vars(k)["geblokkeerd"]],
        eerder=eerder,
    )


def who_can_log_in(accounts: AccountQuerySet, now: datetime) -> AccountQuerySet:
    """Those of these accounts that are linked to a middel that may be used, and are not blocked at `now`."""
    linked = Koppeling.objects.live().filter(account=OuterRef("pk"), middel__gestolen_op__isnull=True)
    blocked = TijdelijkeBlokkade.objects.filter(live(now), account=OuterRef("pk"))
    return accounts.filter(Exists(linked), ~Exists(blocked))


def may_act_for_others(*, koppeling: Koppeling, inlog: dict[str, Any], now: datetime) -> bool:
    """Whether this login is of the account's own organisatie, and another one gave that a machtiging (R30, D5).

    A login that rests on a machtiging or ketenmachtiging itself passes none on (docs/ketenmachtiging.md).
    """
    if inlog.get("intermediair") or inlog.get("kvk") != koppeling.organisatie.kvk_nummer:
        return False
    return Machtiging.objects.filter(live(now), gemachtigde=koppeling.organisatie_id).exists()


@transaction.atomic(savepoint=False)
def record_login(*, koppeling: Koppeling, inlog: dict[str, Any], actor: Actor, now: datetime) -> bool:
    """Note a login on its koppeling, so that the eighteen months start again (R18), and in the log (R33).

    False when the koppeling ended in the meantime: the caller then logs nobody in. The condition stands in the UPDATE,
    so that unlinking and a login never both win; no join in it, for Django would read the koppeling in a subquery that
    is not looked at again after waiting.
    """
    used = Koppeling.objects.live().filter(pk=koppeling.pk, middel__in=Middel.objects.filter(gestolen_op__isnull=True))
    if not used.update(laatst_gebruikt=now, vervalt_op=lapse_day(now), gewaarschuwd_30_op=None, gewaarschuwd_7_op=None):
        return False
    write_logregel(
        gebeurtenis="ingelogd",
        actor=Actor(ActorSoort.ACCOUNT, id=koppeling.account_id, namens=koppeling.organisatie_id, adres=actor.adres),
        now=now,
        organisatie_id=koppeling.organisatie_id,
        account_id=koppeling.account_id,
        object_soort="koppeling",
        object_id=koppeling.pk,
        gegevens={key: inlog.get(key) for key in ("loa", "service", "vestigingen", "intermediair")},
    )
    return True
