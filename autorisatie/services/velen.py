"""Rollen for hundreds of new accounts at once, each thing in one statement."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from accounts.models import Account, Kenmerk, Organisatie
from autorisatie.models import Autorisatie, AutorisatieKenmerk, Rol
from autorisatie.services.grants import Weigering, end_rows, kenmerken_for, rollen_to_hand_out
from verantwoording.rules import Actor
from verantwoording.services import write_gebeurtenis
from verantwoording.services.logboek import Regel


class Toekenning(NamedTuple):
    """A rol for an account, for these kenmerken: all by their ids."""

    account_id: int
    rol_id: int
    kenmerken: tuple[int, ...]


@transaction.atomic
def grant_autorisaties(
    *, organisatie: Organisatie, toekenningen: Sequence[Toekenning], actor: Actor, beheerder: Account, now: datetime
) -> None:
    """Give rollen to accounts of the organisatie that have none yet, each as `set_autorisatie` does (R04, D20).

    Raises Weigering, before anything is written, for what this beheerder may not hand out (R02), for a kenmerk that is
    not the organisatie's, for rollen that exclude each other, and for an account that has rollen already.
    """
    rollen, kenmerken = check_toekenningen(
        organisatie=organisatie,
        keuzes={(row.rol_id, row.kenmerken) for row in toekenningen},
        beheerder=beheerder,
        now=now,
    )
    _check_accounts(organisatie, toekenningen, beheerder)
    _check_together(toekenningen, rollen)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO autorisatie_autorisatie (account_id, rol_id, van)"
            " SELECT account, rol, %s FROM unnest(%s::bigint[], %s::bigint[]) AS t (account, rol)"
            " RETURNING account_id, rol_id, id",
            [now, [row.account_id for row in toekenningen], [row.rol_id for row in toekenningen]],
        )
        ids = {(account, rol): pk for account, rol, pk in cursor.fetchall()}
        pairs = [(ids[row[:2]], pk) for row in toekenningen for pk in row.kenmerken]
        cursor.execute(
            "INSERT INTO autorisatie_autorisatiekenmerk (autorisatie_id, kenmerk_id, van)"
            " SELECT autorisatie, kenmerk, %s FROM unnest(%s::bigint[], %s::bigint[]) AS t (autorisatie, kenmerk)",
            [now, [autorisatie for autorisatie, _ in pairs], [kenmerk for _, kenmerk in pairs]],
        )
    words = {
        (rol, chosen): {
            "rol": rollen[rol].naam,
            "kenmerken": ", ".join(sorted(kenmerken[pk].waarde for pk in chosen)) or "geen",
        }
        for _, rol, chosen in toekenningen
    }
    write_gebeurtenis(
        gebeurtenis="rol_gegeven",
        regels=[Regel(row.account_id, ids[row[:2]], words[row[1:]]) for row in toekenningen],
        actor=actor,
        now=now,
        organisatie_id=organisatie.pk,
        object_soort="autorisatie",
    )


def check_toekenningen(
    *, organisatie: Organisatie, keuzes: set[tuple[int, tuple[int, ...]]], beheerder: Account, now: datetime
) -> tuple[dict[int, Rol], dict[int, Kenmerk]]:
    """The rollen and kenmerken of these choices (rol id, kenmerk ids). Raises Weigering as `grant_autorisaties`."""
    rollen = rollen_to_hand_out(beheerder=beheerder, now=now).prefetch_related("sluit_uit")
    found = rollen.in_bulk({rol for rol, _ in keuzes})
    if beheerder.organisatie_id != organisatie.pk or len(found) != len({rol for rol, _ in keuzes}):
        raise Weigering("Een van deze rollen mag u niet (meer) geven.")
    owned: dict[int, Kenmerk] = {}
    for pk, rol in found.items():
        wanted = {kenmerk for of, chosen in keuzes if of == pk for kenmerk in chosen}
        fitting = kenmerken_for(rol=rol, organisatie=organisatie, now=now).in_bulk(wanted)
        if len(fitting) != len(wanted):
            raise Weigering(f"De rol {rol.naam} kan niet (meer) voor al deze kenmerken.")
        if rol.kenmerksoorten and any(of == pk and not chosen for of, chosen in keuzes):
            raise Weigering(f"Kies bij de rol {rol.naam} minstens één kenmerk.")
        owned |= fitting
    return found, owned


@transaction.atomic
def end_autorisaties_of(*, organisatie: Organisatie, ids: Sequence[int], actor: Actor, now: datetime) -> None:
    """End everything that these accounts of the organisatie may do (R20), each as `end_autorisaties` does."""
    running = Autorisatie.objects.not_ended(now).filter(account__in=ids, account__organisatie=organisatie)
    counts: dict[int, int] = defaultdict(int)
    for account_id in running.order_by("account_id").values_list("account_id", flat=True):
        counts[account_id] += 1
    end_rows(AutorisatieKenmerk.objects.not_ended(now).filter(autorisatie__in=running), now)
    end_rows(running, now)
    write_gebeurtenis(
        gebeurtenis="rollen_beeindigd",
        regels=[Regel(pk, None, {"aantal": str(count)}) for pk, count in counts.items()],
        actor=actor,
        now=now,
        organisatie_id=organisatie.pk,
    )


def _check_accounts(organisatie: Organisatie, toekenningen: Sequence[Toekenning], beheerder: Account) -> None:
    ids = {row.account_id for row in toekenningen}
    with connection.cursor() as cursor:  # one parameter for all ids: thousands of them cost more than the answer
        cursor.execute(
            "SELECT (SELECT count(*) FROM accounts_account WHERE id = ANY(%(ids)s::bigint[])"
            " AND organisatie_id = %(organisatie)s AND beeindigd_op IS NULL),"
            " EXISTS (SELECT FROM autorisatie_autorisatie WHERE account_id = ANY(%(ids)s::bigint[]))",
            {"ids": list(ids), "organisatie": organisatie.pk},
        )
        known, held = cursor.fetchone()
    if known != len(ids) or beheerder.pk in ids or held:
        raise Weigering("Deze rollen kunnen alleen aan nieuwe gebruikers van uw organisatie.")


def _check_together(toekenningen: Sequence[Toekenning], rollen: dict[int, Rol]) -> None:
    held: dict[int, set[int]] = defaultdict(set)
    for row in toekenningen:
        held[row.account_id].add(row.rol_id)
    excluded = {pk: {other.pk for other in rol.sluit_uit.all()} for pk, rol in rollen.items()}
    for together in {frozenset(ids) for ids in held.values()}:
        for pk in together:
            if excluded[pk] & together:
                raise Weigering(f"De rol {rollen[pk].naam} gaat niet samen met een andere rol in het bestand.")
