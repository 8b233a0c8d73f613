"""Giving rollen as a beheerder does, and what became of it."""

from datetime import timedelta

from accounts.models import Account, Kenmerk
from autorisatie.models import Autorisatie, Rol
from autorisatie.services import set_autorisatie
from tests.factories import NOW
from verantwoording.haken import logzinnen
from verantwoording.models import Logregel
from verantwoording.rules import Actor, ActorSoort

STAF = Actor(ActorSoort.STAF, id=1)
LATER = NOW + timedelta(days=1)


def act(account: Account) -> Actor:
    return Actor(ActorSoort.ACCOUNT, id=account.pk, namens=account.organisatie_id)


def give(beheerder: Account, account: Account, rol: Rol, *kenmerken: Kenmerk) -> Autorisatie:
    return set_autorisatie(
        account=account, rol=rol, kenmerken=kenmerken, actor=act(beheerder), beheerder=beheerder, now=NOW
    )


def live_kenmerken(autorisatie: Autorisatie) -> set[str]:
    return set(autorisatie.kenmerken.filter(tot=None).values_list("kenmerk__waarde", flat=True))


def log() -> list[str]:
    return [logzinnen[row.gebeurtenis](row.gegevens) for row in Logregel.objects.order_by("id")]
