"""Changing what accounts may do, for one or for thousands at once: first a plan, then the same plan carried out."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from accounts.models import Account, Organisatie
from autorisatie.models import Autorisatie, AutorisatieKenmerk
from autorisatie.rules import Vraag, gives_more
from autorisatie.services.beoordelen import Plan, Planner, Planregel, Soort
from autorisatie.services.grants import end_rows, grant_events, in_words, rol_in_words, tell_others
from verantwoording.models import Logregel
from verantwoording.rules import Actor
from verantwoording.services import make_logregel, write_logregels


def plan_autorisaties(
    *, organisatie: Organisatie, vragen: Sequence[Vraag], beheerder: Account | None, now: datetime
) -> Plan:
    """Work out what these requests would change at the organisatie, and which are refused and why. Writes nothing.

    Two requests for the same account and rol are a mistake in the program. beheerder None: DUO staff and jobs, whom no
    beheerdersrol limits. At most eleven queries, however many requests there are.
    """
    return Planner(organisatie, vragen, beheerder, now).plan()


@transaction.atomic
def change_autorisaties(
    *,
    organisatie: Organisatie,
    vragen: Sequence[Vraag],
    stand: str,
    actor: Actor,
    beheerder: Account | None,
    now: datetime,
) -> tuple[bool, Plan]:
    """Carry out what was shown as a plan: all of its changes, in one transaction, or nothing (D20, D23, R33).

    stand is that of the plan that was shown. When by now something else would happen, nothing is written and the new
    plan comes back with False. When nothing is left to change, perhaps because it was posted twice, that is as asked:
    True. The accounts are locked first, so two at once never both write.
    """
    lock_accounts({vraag.account for vraag in vragen})
    plan = plan_autorisaties(organisatie=organisatie, vragen=vragen, beheerder=beheerder, now=now)
    if not plan.wijzigingen:
        return True, plan
    if plan.stand != stand:
        return False, plan
    carry_out(plan, actor=actor, beheerder=beheerder, now=now)
    return True, plan


def lock_accounts(accounts: Collection[int]) -> None:
    """Nobody else changes the rollen of these accounts until the transaction ends; always in the same order."""
    list(Account.objects.select_for_update().filter(pk__in=accounts).order_by("pk").values_list("pk"))


def carry_out(plan: Plan, *, actor: Actor, beheerder: Account | None, now: datetime) -> None:
    """Write the changes of a plan that was made behind the lock: rows in bulk, a line of the log for each act."""
    new = [regel for regel in plan.wijzigingen if regel.soort is Soort.NIEUW]
    created = Autorisatie.objects.bulk_create(
        Autorisatie(
            account=regel.account,
            rol=regel.rol,
            machtiging=plan.machtiging,
            van=now,
            tot=regel.na.tot if regel.na else None,
        )
        for regel in new
    )
    grants = {(grant.account_id, grant.rol_id): grant.pk for grant in created}
    changed = {(regel.account.pk, regel.rol.pk) for regel in plan.wijzigingen} - grants.keys()
    running = Autorisatie.objects.not_ended(now).filter(
        account__in={account for account, _ in changed},
        rol__in={rol for _, rol in changed},
        machtiging=plan.machtiging,
    )
    for pk, account, rol in running.values_list("pk", "account", "rol"):
        if (account, rol) in changed:
            grants[account, rol] = pk
    _write_ends(plan, grants, now)
    _write_kenmerken(plan, grants, now)
    write_logregels(_lines(plan, grants, actor, now))
    for regel in plan.wijzigingen:
        if beheerder is not None and regel.account.pk == beheerder.pk and gives_more(regel.voor, regel.na):
            tell_others(regel.account, regel.rol, regel.erbij, grants[regel.account.pk, regel.rol.pk], now)


Grants = Mapping[tuple[int, int], int]
"""The pk of the grant of each (account, rol) that changes."""


def _write_ends(plan: Plan, grants: Grants, now: datetime) -> None:
    ends: dict[datetime | None, list[int]] = defaultdict(list)
    for regel in plan.wijzigingen:
        pk = grants[regel.account.pk, regel.rol.pk]
        if regel.soort is Soort.INGETROKKEN:
            ends[now].append(pk)
        elif regel.na is not None and regel.ander_einde:
            ends[regel.na.tot].append(pk)
    for tot, pks in ends.items():
        rows = Autorisatie.objects.filter(pk__in=pks)
        if tot == now:
            end_rows(AutorisatieKenmerk.objects.not_ended(now).filter(autorisatie__in=pks), now)
            end_rows(rows, now)
        else:
            rows.update(tot=tot)


def _write_kenmerken(plan: Plan, grants: Grants, now: datetime) -> None:
    added: list[AutorisatieKenmerk] = []
    removed: dict[int, list[int]] = defaultdict(list)  # kenmerk → grants
    moved: dict[tuple[int, datetime | None], list[int]] = defaultdict(list)  # kenmerk and its own end → grants
    for regel in plan.wijzigingen:
        if regel.soort is Soort.INGETROKKEN:
            continue
        pk = grants[regel.account.pk, regel.rol.pk]
        ends = dict(regel.na.einden) if regel.na else {}
        added.extend(
            AutorisatieKenmerk(autorisatie_id=pk, kenmerk=kenmerk, van=now, tot=ends.get(kenmerk.pk))
            for kenmerk in regel.erbij
        )
        for kenmerk, tot in regel.einden:
            moved[kenmerk.pk, tot].append(pk)
        for kenmerk in regel.eraf:
            removed[kenmerk.pk].append(pk)
    running = AutorisatieKenmerk.objects.not_ended(now)
    for kenmerk_id, pks in removed.items():
        end_rows(running.filter(kenmerk=kenmerk_id, autorisatie__in=pks), now)
    for (kenmerk_id, tot), pks in moved.items():
        running.filter(kenmerk=kenmerk_id, autorisatie__in=pks).update(tot=tot)
    AutorisatieKenmerk.objects.bulk_create(added)


def _lines(plan: Plan, grants: Grants, actor: Actor, now: datetime) -> Iterable[Logregel]:
    for regel in plan.wijzigingen:
        for gebeurtenis, gegevens in _events(regel):
            yield make_logregel(
                gebeurtenis=gebeurtenis,
                actor=actor,
                now=now,
                organisatie_id=regel.account.organisatie_id,
                account_id=regel.account.pk,
                object_soort="autorisatie",
                object_id=grants[regel.account.pk, regel.rol.pk],
                gegevens={"rol": rol_in_words(regel.rol, plan.machtiging), **gegevens},
            )


def _events(regel: Planregel) -> Iterable[tuple[str, dict[str, str]]]:
    if regel.na is None:
        return [("rol_ingetrokken", {})]
    return grant_events(
        before=regel.voor,
        tot=regel.na.tot,
        erbij=in_words(regel.erbij),
        eraf=in_words(regel.eraf),
        changed=bool(regel.erbij or regel.eraf),
        einden=", ".join(regel.einden_in_woorden),
    )
