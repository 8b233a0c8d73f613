"""One rol for many, and the rollen of one for another: the requests behind them (R02, R04)."""

from collections.abc import Collection
from datetime import datetime

from accounts.models import Account, Kenmerk
from autorisatie.models import Rol
from autorisatie.rules import Einde, Vraag
from autorisatie.services.beoordelen import read_held
from beheer.services.matrix import all_own_kenmerken


def ask_to_give(
    *, accounts: Collection[int], rol: Rol, kenmerken: Collection[int], tot: datetime | None
) -> list[Vraag]:
    """Give the rol for these kenmerken. Who has more, or for longer, keeps that: giving never takes away."""
    return [
        Vraag(account, rol.pk, erbij=frozenset(kenmerken), geven=True, tot=tot, einde=Einde.LATER)
        for account in accounts
    ]


def ask_to_take(*, accounts: Collection[int], rol: Rol, kenmerken: Collection[int]) -> list[Vraag]:
    """Take the rol for these kenmerken; without kenmerken the whole rol."""
    return [Vraag(account, rol.pk, eraf=frozenset(kenmerken), intrekken=not kenmerken) for account in accounts]


def ask_as_colleague(
    *, account: Account, collega: Account, now: datetime
) -> tuple[list[Vraag], list[tuple[Rol, Kenmerk]]]:
    """Give the account what a colleague has, ends included. What it has already stays.

    Also which kenmerken of his rollen are left out, because they are no longer the organisatie's.
    """
    held = read_held([collega.pk], now).get(collega.pk, {})
    own = set(all_own_kenmerken(collega.organisatie, now)) if collega.organisatie else set()
    rollen = Rol.objects.in_bulk(held)
    lost = Kenmerk.objects.in_bulk({pk for houdt in held.values() for pk in houdt.kenmerken - own})
    vragen, left_out = [], []
    for pk in rollen:
        houdt = held[pk]
        left_out += [(rollen[pk], lost[kenmerk]) for kenmerk in sorted(houdt.kenmerken - own)]
        kenmerken = houdt.kenmerken & own
        if kenmerken or not rollen[pk].kenmerksoorten:
            vragen.append(
                Vraag(
                    account.pk,
                    pk,
                    erbij=kenmerken,
                    geven=True,
                    tot=houdt.tot,
                    einde=Einde.LATER,
                    einden=houdt.einden,
                )
            )
    return vragen, left_out
