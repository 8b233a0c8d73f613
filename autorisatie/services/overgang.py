"""Kenmerken that go from one organisatie to another: closed schools, merged gemeenten (D3, D20)."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import DateTimeField, Q, QuerySet, Value
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import Account, Kenmerk, Machtiging, Organisatie, OrganisatieKenmerk
from accounts.models.organisatie import live
from autorisatie.emails.machtiging import MACHTIGING_INGEKORT
from autorisatie.models import Autorisatie, AutorisatieKenmerk, Rol
from autorisatie.services.grants import in_words, rol_in_words, rollen_for
from autorisatie.services.machtigingen import impact_of
from autorisatie.services.wijzigen import lock_accounts
from verantwoording.rules import Actor
from verantwoording.services import enqueue_bericht, write_logregel


@dataclass(frozen=True, slots=True)
class Gevolg:
    """One grant that a move touches: who loses it, and the account at the other organisatie that gets it, if any.

    Whoever held it by machtiging keeps it, as an own rol, when the kenmerk goes to her own organisatie.
    """

    rij: AutorisatieKenmerk
    opvolger: Account | None


@dataclass(frozen=True, slots=True)
class Ingekort:
    """A machtiging that loses kenmerken. It does not go along: the other organisatie has agreed to nothing (R30).

    stopt: nothing is left of it, so it ends on the day of the move, and with it the logins of `inloggers` people.
    """

    machtiging: Machtiging
    kenmerken: list[Kenmerk]
    stopt: bool
    inloggers: int


@dataclass(frozen=True, slots=True)
class Overgang:
    """What a move does to people, and to the machtigingen of the organisatie that loses the kenmerken."""

    gevolgen: list[Gevolg]
    machtigingen: list[Ingekort]

    @property
    def stand(self) -> str:
        """Names what would happen: two moves with the same stand do the same (D23)."""
        people = [(gevolg.rij.pk, gevolg.opvolger and gevolg.opvolger.pk) for gevolg in self.gevolgen]
        cut = [(row.machtiging.pk, in_words(row.kenmerken), row.stopt) for row in self.machtigingen]
        return hashlib.sha256(repr((people, cut)).encode()).hexdigest()


def preview_overgang(*, van: Organisatie, naar: Organisatie, kenmerken: Sequence[Kenmerk], per: datetime) -> Overgang:
    """Who would lose which rol for which kenmerk, who would get it, and which machtigingen shrink (D20, R30).

    Somebody gets it at the other organisatie when a running account there has the same e-mail address and surname, or
    held it by machtiging, and the rol is made for its soort and not excluded by one that the account has. Writes
    nothing.
    """
    rows = (
        _find_grants(van, kenmerken, per)
        .select_related(
            "kenmerk", "autorisatie__rol", "autorisatie__account__organisatie", "autorisatie__machtiging__verlener"
        )
        .order_by(
            "autorisatie__account__achternaam", "autorisatie__account_id", "autorisatie__rol__naam", "kenmerk__waarde"
        )
    )
    found = _find_opvolgers(list(rows), naar, per)
    return Overgang(found, _find_ingekort(van, kenmerken, per))


def is_in_use(*, van: Organisatie, kenmerk: Kenmerk, per: datetime) -> bool:
    """Whether a grant or a machtiging of this organisatie rests on the kenmerk at `per` or later (D3)."""
    given = Machtiging.objects.filter(verlener=van, tot__gt=per, aanbod__kenmerken=kenmerk)
    return _find_grants(van, [kenmerk], per).exists() or given.exists()


def _find_grants(van: Organisatie, kenmerken: Sequence[Kenmerk], per: datetime) -> QuerySet[AutorisatieKenmerk]:
    own = Q(autorisatie__account__organisatie=van, autorisatie__machtiging=None)
    by_machtiging = Q(autorisatie__machtiging__verlener=van, autorisatie__machtiging__tot__gt=per)
    return AutorisatieKenmerk.objects.filter(
        own | by_machtiging,
        _later(per),
        _later(per, "autorisatie__"),
        autorisatie__account__beeindigd_op=None,
        kenmerk__in=kenmerken,
    )


def _later(per: datetime, prefix: str = "") -> Q:
    """Rows that have not ended at `per`, those that begin later included."""
    return Q(**{f"{prefix}tot": None}) | Q(**{f"{prefix}tot__gt": per})


def _find_opvolgers(rows: Sequence[AutorisatieKenmerk], naar: Organisatie, per: datetime) -> list[Gevolg]:
    fitting = set(rollen_for(naar).values_list("pk", flat=True))
    there = {
        (account.email.lower(), account.achternaam.lower()): account
        for account in Account.objects.of_organisatie(naar).active()
    }
    rollen = Rol.objects.prefetch_related("sluit_uit").in_bulk({row.autorisatie.rol_id for row in rows})
    held: dict[int, set[int]] = defaultdict(set)
    grants = Autorisatie.objects.live(per).eigen().filter(account__organisatie=naar)
    for account_id, rol_id in grants.values_list("account", "rol"):
        held[account_id].add(rol_id)
    found = []
    for row in rows:
        account, rol = row.autorisatie.account, rollen[row.autorisatie.rol_id]
        other = there.get((account.email.lower(), account.achternaam.lower()))
        if row.autorisatie.machtiging is not None:
            other = account if account.organisatie_id == naar.pk else None
        if other is not None:
            excluded = {one.pk for one in rol.sluit_uit.all()} & held[other.pk]
            if excluded or rol.pk not in fitting:
                other = None
            else:
                held[other.pk].add(rol.pk)
        found.append(Gevolg(row, other))
    return found


def _find_ingekort(van: Organisatie, kenmerken: Sequence[Kenmerk], per: datetime) -> list[Ingekort]:
    gone = {kenmerk.pk for kenmerk in kenmerken}
    kept = set(OrganisatieKenmerk.objects.filter(live(per), organisatie=van).values_list("kenmerk", flat=True)) - gone
    rows = Machtiging.objects.filter(verlener=van, tot__gt=per, aanbod__kenmerken__in=gone).distinct().order_by("pk")
    found = []
    for machtiging in rows.select_related("verlener", "gemachtigde").prefetch_related("aanbod__kenmerken"):
        scope = list(machtiging.aanbod.kenmerken.all())
        stopt = not any(kenmerk.pk in kept for kenmerk in scope)
        found.append(
            Ingekort(
                machtiging=machtiging,
                kenmerken=[kenmerk for kenmerk in scope if kenmerk.pk in gone],
                stopt=stopt,
                inloggers=impact_of(machtiging=machtiging, now=per).inloggers if stopt else 0,
            )
        )
    return found


@transaction.atomic
def move_kenmerken(
    *, van: Organisatie, naar: Organisatie, kenmerken: Sequence[Kenmerk], per: datetime, actor: Actor, now: datetime
) -> Overgang:
    """Let kenmerken and the grants on them go to another organisatie from `per` on (D3, D20).

    No row is edited: the old ones get `per` as end, the new ones begin there, with the end that the old one had.
    Machtigingen lose the kenmerken; both sides are told (R30). Returns what it did, as the preview said it at this
    moment. Only by who had it decided by two persons.
    """
    list(Organisatie.objects.select_for_update(no_key=True).filter(pk__in=[van.pk, naar.pk]).order_by("pk"))
    seen = preview_overgang(van=van, naar=naar, kenmerken=kenmerken, per=per)
    lock_accounts(
        {gevolg.rij.autorisatie.account_id for gevolg in seen.gevolgen}
        | {gevolg.opvolger.pk for gevolg in seen.gevolgen if gevolg.opvolger}
    )
    list(Machtiging.objects.select_for_update(no_key=True).filter(verlener=van).order_by("pk"))
    overgang = preview_overgang(van=van, naar=naar, kenmerken=kenmerken, per=per)
    end = Greatest("van", Value(per, output_field=DateTimeField()))
    OrganisatieKenmerk.objects.filter(_later(per), organisatie=van, kenmerk__in=kenmerken).update(tot=end)
    for kenmerk in kenmerken:
        _own(naar, kenmerk, per)
    AutorisatieKenmerk.objects.filter(pk__in=[gevolg.rij.pk for gevolg in overgang.gevolgen]).update(tot=end)
    _end_empty(overgang.gevolgen, per)
    for gevolg in overgang.gevolgen:
        if gevolg.opvolger is not None:
            _grant(gevolg.opvolger, gevolg.rij, per)
    stopped = [row.machtiging.pk for row in overgang.machtigingen if row.stopt]
    Machtiging.objects.filter(pk__in=stopped).update(tot=end)
    _log(van, naar, kenmerken, overgang.gevolgen, actor, now)
    for row in overgang.machtigingen:
        _tell(row, per, actor, now)
    return overgang


def _own(naar: Organisatie, kenmerk: Kenmerk, per: datetime) -> None:
    """Let the kenmerk be theirs from `per` on; up to the day on which it would become theirs anyway."""
    running = OrganisatieKenmerk.objects.filter(organisatie=naar, kenmerk=kenmerk, tot=None).first()
    if running is None or running.van > per:
        OrganisatieKenmerk.objects.create(
            organisatie=naar, kenmerk=kenmerk, van=per, tot=running.van if running else None
        )


def _end_empty(gevolgen: Sequence[Gevolg], per: datetime) -> None:
    """End the rollen for which no kenmerk is left."""
    touched = Autorisatie.objects.filter(pk__in={gevolg.rij.autorisatie_id for gevolg in gevolgen})
    left = touched.filter(_later(per, "kenmerken__")).values("pk")
    end = Greatest("van", Value(per, output_field=DateTimeField()))
    Autorisatie.objects.filter(_later(per), pk__in=touched).exclude(pk__in=left).update(tot=end)


def _grant(account: Account, row: AutorisatieKenmerk, per: datetime) -> None:
    """The same rol and kenmerk, until the end that the old grant had; a rol that the account has keeps its own.

    Then the kenmerk ends when the old grant would have, and never after the rol that it comes under.
    """
    old = row.autorisatie
    until = _earliest(old.tot, old.machtiging.tot if old.machtiging else None)
    grant = Autorisatie.objects.not_ended(per).eigen().filter(account=account, rol=old.rol).order_by("van").first()
    if grant is None:
        grant = Autorisatie.objects.create(account=account, rol=old.rol, van=per, tot=until)
    if not grant.kenmerken.filter(_later(per), kenmerk=row.kenmerk).exists():
        AutorisatieKenmerk.objects.create(
            autorisatie=grant, kenmerk=row.kenmerk, van=per, tot=_earliest(row.tot, until, grant.tot)
        )


def _earliest(*ends: datetime | None) -> datetime | None:
    return min((end for end in ends if end is not None), default=None)


def _log(
    van: Organisatie,
    naar: Organisatie,
    kenmerken: Sequence[Kenmerk],
    gevolgen: Sequence[Gevolg],
    actor: Actor,
    now: datetime,
) -> None:
    words = in_words(kenmerken)
    told: list[tuple[str, int | None, int | None, str]] = [
        ("kenmerken_overgedragen", van.pk, None, words),
        ("kenmerken_ontvangen", naar.pk, None, words),
    ]
    for gevolg in gevolgen:
        grant, waarde = gevolg.rij.autorisatie, gevolg.rij.kenmerk.waarde
        wat = f"{rol_in_words(grant.rol, grant.machtiging)} voor {waarde}"
        told.append(("rol_overgedragen", grant.account.organisatie_id, grant.account_id, wat))
        if gevolg.opvolger is not None:
            told.append(("rol_ontvangen", naar.pk, gevolg.opvolger.pk, f"{grant.rol} voor {waarde}"))
    for gebeurtenis, organisatie_id, account_id, wat in told:
        write_logregel(
            gebeurtenis=gebeurtenis,
            actor=actor,
            now=now,
            organisatie_id=organisatie_id,
            account_id=account_id,
            gegevens={"wat": wat},
        )


def _tell(row: Ingekort, per: datetime, actor: Actor, now: datetime) -> None:
    """Both sides of a machtiging read in the log and in a mail what it loses."""
    machtiging = row.machtiging
    dag = date_format(timezone.localtime(per), "j F Y")
    for organisatie in (machtiging.verlener, machtiging.gemachtigde):
        write_logregel(
            gebeurtenis="machtiging_leeg" if row.stopt else "machtiging_ingekort",
            actor=actor,
            now=now,
            organisatie_id=organisatie.pk,
            object_soort="machtiging",
            object_id=machtiging.pk,
            gegevens={
                "verlener": machtiging.verlener.naam,
                "gemachtigde": machtiging.gemachtigde.naam,
                "wat": in_words(row.kenmerken),
                "dag": dag,
            },
        )
        for account in Account.objects.of_organisatie(organisatie).beheerders(now):
            enqueue_bericht(
                soort=MACHTIGING_INGEKORT,
                sleutel=f"{MACHTIGING_INGEKORT}:{machtiging.pk}:{account.pk}:{now.isoformat()}",
                now=now,
                account_id=account.pk,
                organisatie_id=organisatie.pk,
                object_id=machtiging.pk,
                gegevens={"kenmerken": in_words(row.kenmerken), "dag": dag, "stopt": row.stopt},
            )
