"""Kenmerken that go from one organisatie to another: closed schools, merged gemeenten (D3, D20)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import DateTimeField, Q, Value
from django.db.models.functions import Greatest

from accounts.models import Account, Kenmerk, Organisatie, OrganisatieKenmerk
from accounts.models.organisatie import live
from autorisatie.models import Autorisatie, AutorisatieKenmerk, Rol
from verantwoording.rules import Actor
from verantwoording.services import write_logregel


@dataclass(frozen=True, slots=True)
class Gevolg:
    """One grant that a move touches: who loses it, and the account at the other organisatie that gets it, if any."""

    rij: AutorisatieKenmerk
    opvolger: Account | None


def preview_overgang(
    *, van: Organisatie, naar: Organisatie, kenmerken: Sequence[Kenmerk], per: datetime
) -> list[Gevolg]:
    """Who would lose which rol for which kenmerk, and who would get it, by name (D20). Writes nothing.

    Somebody gets it at the other organisatie when a running account there has the same e-mail address and surname, and
    the rol is made for its soort and not excluded by one that the account has.
    """
    rows = (
        AutorisatieKenmerk.objects.filter(
            Q(tot=None) | Q(tot__gt=per),
            autorisatie__account__organisatie=van,
            autorisatie__account__beeindigd_op=None,
            kenmerk__in=kenmerken,
        )
        .select_related("kenmerk", "autorisatie__rol", "autorisatie__account")
        .order_by(
            "autorisatie__account__achternaam", "autorisatie__account_id", "autorisatie__rol__naam", "kenmerk__waarde"
        )
    )
    fitting = set(Rol.objects.filter(soorten__organisaties=naar).values_list("pk", flat=True))
    there = {
        (account.email.lower(), account.achternaam.lower()): account
        for account in Account.objects.of_organisatie(naar).active()
    }
    found = []
    for row in rows:
        account, rol = row.autorisatie.account, row.autorisatie.rol
        other = there.get((account.email.lower(), account.achternaam.lower())) if rol.pk in fitting else None
        if other is not None and _is_excluded(other, rol, per):
            other = None
        found.append(Gevolg(row, other))
    return found


def _is_excluded(account: Account, rol: Rol, per: datetime) -> bool:
    return Autorisatie.objects.live(per).filter(account=account, rol__in=rol.sluit_uit.all()).exists()


@transaction.atomic
def move_kenmerken(
    *, van: Organisatie, naar: Organisatie, kenmerken: Sequence[Kenmerk], per: datetime, actor: Actor, now: datetime
) -> list[Gevolg]:
    """Let kenmerken and the grants on them go to another organisatie from `per` on (D3, D20).

    No row is edited: the old ones get `per` as end, the new ones begin there. Returns what it did, as the preview said
    it at this moment. Only by who had it decided by two persons.
    """
    list(Organisatie.objects.select_for_update(no_key=True).filter(pk__in=[van.pk, naar.pk]).order_by("pk"))
    gevolgen = preview_overgang(van=van, naar=naar, kenmerken=kenmerken, per=per)
    end = Greatest("van", Value(per, output_field=DateTimeField()))
    later = Q(tot=None) | Q(tot__gt=per)
    OrganisatieKenmerk.objects.filter(later, organisatie=van, kenmerk__in=kenmerken).update(tot=end)
    for kenmerk in kenmerken:
        owned = OrganisatieKenmerk.objects.filter(live(per), organisatie=naar, kenmerk=kenmerk, tot=None)
        if not owned.exists():
            OrganisatieKenmerk.objects.create(organisatie=naar, kenmerk=kenmerk, van=per)
    rows = [gevolg.rij.pk for gevolg in gevolgen]
    AutorisatieKenmerk.objects.filter(pk__in=rows).update(tot=end)
    _end_empty(gevolgen, per)
    for gevolg in gevolgen:
        if gevolg.opvolger is not None:
            _grant(gevolg.opvolger, gevolg.rij, per)
    _log(van, naar, kenmerken, gevolgen, actor, now)
    return gevolgen


def _end_empty(gevolgen: Sequence[Gevolg], per: datetime) -> None:
    """End the rollen for which no kenmerk is left."""
    later = Q(kenmerken__tot=None) | Q(kenmerken__tot__gt=per)
    touched = Autorisatie.objects.filter(pk__in={gevolg.rij.autorisatie_id for gevolg in gevolgen})
    left = touched.filter(later).values("pk")
    end = Greatest("van", Value(per, output_field=DateTimeField()))
    Autorisatie.objects.filter(Q(tot=None) | Q(tot__gt=per), pk__in=touched).exclude(pk__in=left).update(tot=end)


def _grant(account: Account, row: AutorisatieKenmerk, per: datetime) -> None:
    autorisatie, _ = Autorisatie.objects.get_or_create(
        account=account, rol=row.autorisatie.rol, tot=None, defaults={"van": per}
    )
    AutorisatieKenmerk.objects.get_or_create(
        autorisatie=autorisatie, kenmerk=row.kenmerk, tot=None, defaults={"van": per}
    )


def _log(
    van: Organisatie,
    naar: Organisatie,
    kenmerken: Sequence[Kenmerk],
    gevolgen: Sequence[Gevolg],
    actor: Actor,
    now: datetime,
) -> None:
    words = ", ".join(sorted(kenmerk.waarde for kenmerk in kenmerken))
    told: list[tuple[str, Organisatie, int | None, str]] = [
        ("kenmerken_overgedragen", van, None, words),
        ("kenmerken_ontvangen", naar, None, words),
    ]
    for gevolg in gevolgen:
        wat = f"{gevolg.rij.autorisatie.rol} voor {gevolg.rij.kenmerk.waarde}"
        told.append(("rol_overgedragen", van, gevolg.rij.autorisatie.account_id, wat))
        if gevolg.opvolger is not None:
            told.append(("rol_ontvangen", naar, gevolg.opvolger.pk, wat))
    for gebeurtenis, organisatie, account_id, wat in told:
        write_logregel(
            gebeurtenis=gebeurtenis,
            actor=actor,
            now=now,
            organisatie_id=organisatie.pk,
            account_id=account_id,
            gegevens={"wat": wat},
        )
