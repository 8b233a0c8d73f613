from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Account, Machtiging, Organisatie
from accounts.models.organisatie import live
from autorisatie.models import Autorisatie
from verantwoording.rules import Actor
from verantwoording.services import write_logregel


def verleners_of(*, account: Account, now: datetime) -> QuerySet[Organisatie]:
    """The organisaties that this account may act for at `now`, by name (R30, D5).

    Those that gave its organisatie a machtiging under which its own beheerder gave it a rol.
    """
    grants = Autorisatie.objects.filter(
        live(now), live(now, "machtiging__"), account=account, machtiging__verlener=OuterRef("pk")
    )
    return Organisatie.objects.filter(Exists(grants), beeindigd_op=None)


def verleners_ever(*, account: Account) -> QuerySet[Organisatie]:
    """The organisaties that this account acts for by machtiging, or did once, by name (D20)."""
    grants = Autorisatie.objects.filter(account=account, machtiging__verlener=OuterRef("pk"))
    return Organisatie.objects.filter(Exists(grants))


def received_machtigingen(*, organisatie: Organisatie, now: datetime) -> QuerySet[Machtiging]:
    """The machtigingen with a scope that this organisatie has at `now`, by who gave them (R30)."""
    rows = Machtiging.objects.filter(live(now), gemachtigde=organisatie, aanbod__isnull=False)
    return rows.select_related("verlener", "aanbod").order_by("verlener__naam", "pk")


@transaction.atomic
def record_namens(*, account: Account, verlener: Organisatie, actor: Actor, now: datetime) -> None:
    """Note that somebody starts to act for another organisatie, in the log of both (R33)."""
    if account.organisatie is None:
        raise TypeError("staff acts for nobody")
    gegevens = {"verlener": verlener.naam, "gemachtigde": account.organisatie.naam}
    for organisatie in (verlener, account.organisatie):
        write_logregel(
            gebeurtenis="namens_gekozen",
            actor=actor,
            now=now,
            organisatie_id=organisatie.pk,
            account_id=account.pk if organisatie == account.organisatie else None,
            gegevens=gegevens,
        )
