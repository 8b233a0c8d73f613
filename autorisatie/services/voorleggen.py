"""A beheerder who has a colleague asks her for a rol for herself (R02, D22)."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from accounts.models import Account
from autorisatie.emails.eigen_rol import EIGEN_ROL_VOORSTEL
from autorisatie.models import Rol
from autorisatie.rules import Einde, Vraag
from autorisatie.services.beoordelen import Plan, Planregel
from autorisatie.services.grants import ZELF, Weigering, in_words, rollen_to_hand_out
from autorisatie.services.wijzigen import carry_out, lock_accounts, plan_autorisaties
from verantwoording.models import Voorstel
from verantwoording.rules import Actor
from verantwoording.services import decide, enqueue_bericht, propose

EIGEN_ROL: Final = "eigen_rol"
TERMIJN: Final = timedelta(days=14)


def to_propose(plan: Plan) -> list[Planregel]:
    """The rows of a plan that are refused for one reason only: she cannot give herself something (R02)."""
    return [regel for regel in plan.geweigerd if regel.weigering == ZELF]


@transaction.atomic
def propose_eigen_rollen(*, beheerder: Account, regels: Sequence[Planregel], actor: Actor, now: datetime) -> Voorstel:
    """Put before her colleagues what a beheerder may not give herself: all of it as one voorstel, for two weeks.

    They are told by mail. The same asked twice is one voorstel. regels come out of `to_propose`.
    """
    vragen = [
        {
            "rol": regel.rol.pk,
            "erbij": sorted(kenmerk.pk for kenmerk in regel.erbij),
            "tot": regel.na.tot.isoformat() if regel.na and regel.na.tot else "",
            "einden": [(kenmerk.pk, tot.isoformat()) for kenmerk, tot in regel.einden if tot],
        }
        for regel in regels
    ]
    key = hashlib.sha256(repr(vragen).encode()).hexdigest()[:32]
    words = [f"{regel.rol} ({in_words(regel.erbij)})" if regel.erbij else str(regel.rol) for regel in regels]
    voorstel = propose(
        soort=EIGEN_ROL,
        sleutel=f"{EIGEN_ROL}:{beheerder.pk}:{key}",
        actor=actor,
        now=now,
        verloopt_op=now + TERMIJN,
        organisatie_id=beheerder.organisatie_id,
        account_id=beheerder.pk,
        gegevens={"vragen": vragen},
        loggegevens={"rollen": ", ".join(words)},
    )
    colleagues = Account.objects.filter(organisatie=beheerder.organisatie_id).beheerders(now).exclude(pk=beheerder.pk)
    for collega in colleagues.order_by("pk"):
        enqueue_bericht(
            soort=EIGEN_ROL_VOORSTEL,
            sleutel=f"{EIGEN_ROL_VOORSTEL}:{voorstel.pk}:{collega.pk}",
            now=now,
            account_id=collega.pk,
            organisatie_id=collega.organisatie_id,
            object_id=voorstel.pk,
        )
    return voorstel


def plan_voorstel(*, voorstel: Voorstel, beheerder: Account, now: datetime) -> Plan:
    """What would change if this beheerder agreed, and what she cannot give. Writes nothing."""
    if beheerder.organisatie is None or voorstel.account_id is None:
        raise TypeError("a voorstel of a beheerder, for a beheerder")
    rows = voorstel.gegevens["vragen"]
    known = Rol.objects.in_bulk([row["rol"] for row in rows])
    vragen = [
        Vraag(
            account=voorstel.account_id,
            rol=row["rol"],
            erbij=frozenset(row["erbij"]),
            geven=True,
            tot=datetime.fromisoformat(row["tot"]) if row["tot"] else None,
            einde=Einde.LATER,
            einden=frozenset((pk, datetime.fromisoformat(tot)) for pk, tot in row.get("einden", [])),
        )
        for row in rows
        if row["rol"] in known
    ]
    return plan_autorisaties(organisatie=beheerder.organisatie, vragen=vragen, beheerder=beheerder, now=now)


@transaction.atomic
def decide_eigen_rollen(*, voorstel: Voorstel, akkoord: bool, actor: Actor, beheerder: Account, now: datetime) -> None:
    """Decide as colleague, and give what was asked when she agrees: all of it, in one transaction (R02, D22).

    Raises, and writes nothing: AlBesloten, ZelfdePersoon, and Weigering when the voorstel is not of her organisatie,
    when her beheerdersrol does not hand out these rollen, and when something of it cannot be given any more.
    """
    if voorstel.soort != EIGEN_ROL or voorstel.organisatie_id != beheerder.organisatie_id:
        raise Weigering("Dit voorstel hoort niet bij uw organisatie.")
    asked = {row["rol"] for row in voorstel.gegevens["vragen"]}
    if not asked <= set(rollen_to_hand_out(beheerder=beheerder, now=now).values_list("pk", flat=True)):
        raise Weigering("U kunt hierover niet beslissen: niet al deze rollen horen bij uw beheerdersrol.")
    decide(voorstel=voorstel, akkoord=akkoord, actor=actor, now=now)
    if not akkoord:
        return
    lock_accounts({voorstel.account_id or 0})
    plan = plan_voorstel(voorstel=voorstel, beheerder=beheerder, now=now)
    if plan.geweigerd:
        raise Weigering(plan.geweigerd[0].weigering)
    carry_out(plan, actor=actor, beheerder=beheerder, now=now)
