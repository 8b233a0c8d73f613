from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import DateTimeField, Exists, Model, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Greatest
from django.utils.formats import date_format

from accounts.models import Account, Beheerderschap, Kenmerk, Machtiging, Organisatie, OrganisatieKenmerk
from accounts.models.organisatie import live
from autorisatie.emails.eigen_rol import EIGEN_ROL_DUO, EIGEN_ROL_GEZAG
from autorisatie.models import Autorisatie, AutorisatieKenmerk, BeheerderBevoegdheid, Beheerdersrol, Rol
from autorisatie.rules import Houdt, last_day
from verantwoording.models import Logregel
from verantwoording.rules import Actor
from verantwoording.services import enqueue_bericht, write_logregel

ZELF = "U kunt uzelf geen rol geven. Vraag het uw collega-beheerder, of DUO als die de rol niet kan geven."
EINDE_VOORBIJ = "Kies een einddatum die nog moet komen."


class Weigering(ValueError):  # noqa: N818  # a Dutch noun
    """A rol cannot be given or withdrawn; the text says why, in Dutch. Nothing was written."""


def rollen_to_hand_out(*, beheerder: Account, now: datetime) -> QuerySet[Rol]:
    """The rollen this beheerder may hand out at `now` (R02): of her beheerdersrollen, and made for her organisatie.

    Empty for who is no beheerder.
    """
    return rollen_of(beheerder, now) & rollen_for(beheerder.organisatie)


def beheerdersrollen_of(*, account: Account, now: datetime) -> QuerySet[Beheerdersrol]:
    """The beheerdersrollen that the account holds at `now`, those that come with them left out (R02)."""
    running = live(now, "bevoegdheden__") & live(now, "bevoegdheden__beheerderschap__")
    return Beheerdersrol.objects.filter(
        running,
        bevoegdheden__beheerderschap__account=account,
        bevoegdheden__beheerderschap__account__beeindigd_op__isnull=True,
    )


def kenmerken_for(
    *, rol: Rol, organisatie: Organisatie, now: datetime, machtiging: Machtiging | None = None
) -> QuerySet[Kenmerk]:
    """The kenmerken for which this rol can be given at the organisatie: of the rol's kinds, and hers at `now` (D3).

    Under a machtiging: those in its scope that are still the verlener's (R30).
    """
    eigenaar = machtiging.verlener_id if machtiging else organisatie.pk
    owned = OrganisatieKenmerk.objects.filter(live(now), organisatie=eigenaar, kenmerk=OuterRef("pk"))
    fitting = Kenmerk.objects.filter(Exists(owned), soort__in=rol.kenmerksoorten)
    return fitting.filter(machtigingen__machtiging=machtiging) if machtiging else fitting


def rollen_of_machtiging(*, machtiging: Machtiging, beheerder: Account, now: datetime) -> QuerySet[Rol]:
    """The rollen in the scope of a machtiging that this beheerder of the gemachtigde may hand out (R02, R30)."""
    return rollen_of(beheerder, now).filter(machtigingen__machtiging=machtiging)


@transaction.atomic
def end_autorisaties(*, account: Account, actor: Actor, now: datetime) -> int:
    """End everything the account may do (R20). Returns how many rollen that were; the rows stay as history."""
    account = _lock(account)
    running = Autorisatie.objects.not_ended(now).filter(account=account)
    ends = {str(grant.pk): grant.tot.isoformat() for grant in running if grant.tot is not None}
    rows = AutorisatieKenmerk.objects.not_ended(now).filter(autorisatie__in=running)
    own = [(row.autorisatie_id, row.kenmerk_id, row.tot.isoformat()) for row in rows if row.tot is not None]
    end_rows(rows, now)
    ended = end_rows(running, now)
    if ended:
        _log("rollen_beeindigd", account, actor, now, aantal=str(ended), einden=ends, kenmerkeinden=own)
    return ended


def read_einden(*, account: Account, op: datetime) -> dict[int, datetime]:
    """The ends that grants had before `end_autorisaties` ended them at `op`: grant → end; those without are left out.

    From the log, for who takes that back: the rows keep their last end only (D20).
    """
    found = _ended_with(account, op).get("einden", {})
    return {int(pk): datetime.fromisoformat(tot) for pk, tot in found.items()}


def read_kenmerkeinden(*, account: Account, op: datetime) -> dict[tuple[int, int], datetime]:
    """The same of kenmerken with an end of their own: (grant, kenmerk) → end."""
    found = _ended_with(account, op).get("kenmerkeinden", [])
    return {(grant, kenmerk): datetime.fromisoformat(tot) for grant, kenmerk, tot in found}


def _ended_with(account: Account, op: datetime) -> dict[str, Any]:
    lines = Logregel.objects.filter(gebeurtenis="rollen_beeindigd", account_id=account.pk, op=op)
    return lines.values_list("gegevens", flat=True).last() or {}


@transaction.atomic
def set_bevoegdheden(
    *, account: Account, beheerdersrollen: Sequence[Beheerdersrol], actor: Actor, now: datetime
) -> None:
    """Let a beheerder hold exactly these beheerdersrollen from now on (R02). Decided by DUO staff.

    Raises Weigering when the account is no beheerder, and for a beheerdersrol that is not made for its organisatie.
    """
    account = _lock(account)
    beheerderschap = Beheerderschap.objects.filter(live(now), account=account).first()
    if beheerderschap is None or account.beeindigd_op is not None:
        raise Weigering("Dit account is geen beheerder.")
    wanted = {rol.pk: rol for rol in beheerdersrollen}
    fitting = Beheerdersrol.objects.filter(pk__in=wanted, soorten__organisaties=account.organisatie).distinct().count()
    if fitting != len(wanted):
        raise Weigering("Kies alleen beheerdersrollen voor de soort organisatie van deze beheerder.")
    running = BeheerderBevoegdheid.objects.filter(beheerderschap=beheerderschap, tot=None)
    held = set(running.values_list("beheerdersrol_id", flat=True))
    if held == set(wanted):
        return
    end_rows(running.exclude(beheerdersrol__in=wanted), now)
    BeheerderBevoegdheid.objects.bulk_create(
        BeheerderBevoegdheid(beheerderschap=beheerderschap, beheerdersrol_id=pk, van=now) for pk in wanted.keys() - held
    )
    namen = ", ".join(sorted(rol.naam for rol in wanted.values())) or "niets"
    _log("bevoegdheden_gewijzigd", account, actor, now, beheerdersrollen=namen)


def _lock(account: Account) -> Account:
    """The account as it stands once nobody else is changing its rollen: lock, then check, then write."""
    return Account.objects.select_for_update(of=("self",)).select_related("organisatie").get(pk=account.pk)


def rollen_of(beheerder: Account, now: datetime) -> QuerySet[Rol]:
    """The rollen of her beheerdersrollen, and of those that come with them (omvat), for any soort."""
    held = beheerdersrollen_of(account=beheerder, now=now)
    return Rol.objects.filter(Exists(held.filter(hands_out(OuterRef("pk")))))


def hands_out(rol: OuterRef, prefix: str = "") -> Q:
    """Whether a beheerdersrol hands out this rol: its own, one of a beheerdersrol that comes with it, or all (R02)."""
    return Q(**{f"{prefix}rollen": rol}) | Q(**{f"{prefix}omvat__rollen": rol}) | Q(**{f"{prefix}alle_rollen": True})


def rollen_for(organisatie: Organisatie | None) -> QuerySet[Rol]:
    """The rollen that exist for a soort of this organisatie."""
    through = Rol.soorten.through.objects.filter(rol=OuterRef("pk"), soort__organisaties=organisatie)
    return Rol.objects.filter(Exists(through))


def end_rows(rows: QuerySet[Model], now: datetime) -> int:
    """End running rows. One that began later than `now`, because this request waited for a lock, ends as it begins."""
    return rows.update(tot=Greatest("van", Value(now, output_field=DateTimeField())))


def tell_others(account: Account, rol: Rol, added: Sequence[Kenmerk], autorisatie: int, now: datetime) -> None:
    """R02: a sole beheerder gave herself something; bevoegd gezag and DUO hear it. autorisatie: the grant's pk."""
    for soort in (EIGEN_ROL_GEZAG, EIGEN_ROL_DUO):
        enqueue_bericht(
            soort=soort,
            sleutel=f"{soort}:{autorisatie}:{now.isoformat()}",
            now=now,
            account_id=account.pk,
            organisatie_id=account.organisatie_id,
            object_id=autorisatie,
            gegevens={"rol": rol.naam, "kenmerken": in_words(added)},
        )


def rol_in_words(rol: Rol, machtiging: Machtiging | None) -> str:
    """The rol, and for whom when it is by machtiging, for a sentence."""
    return f"{rol.naam} (namens {machtiging.verlener.naam})" if machtiging else rol.naam


def in_words(kenmerken: Iterable[Kenmerk]) -> str:
    """Their codes, for a sentence."""
    return ", ".join(sorted(kenmerk.waarde for kenmerk in kenmerken)) or "geen"


def grant_events(
    *, before: Houdt | None, tot: datetime | None, erbij: str, eraf: str, changed: bool, einden: str = ""
) -> Iterator[tuple[str, dict[str, str]]]:
    """What the log says of a grant that is new (before None) or changed: events, and what fills their sentences.

    einden: which kenmerken got another end of their own.
    """
    until = date_format(last_day(tot), "j F Y") if tot else ""
    if before is None and until:
        yield "rol_gegeven_tot", {"kenmerken": erbij, "tot": until}
    elif before is None:
        yield "rol_gegeven", {"kenmerken": erbij}
    elif changed:
        yield "rol_gewijzigd", {"erbij": erbij, "eraf": eraf}
    if before is not None and before.tot != tot:
        yield "rol_einde_gewijzigd", {"einde": f"tot en met {until}" if until else "zonder einddatum"}
    if einden:
        yield "kenmerk_einde_gewijzigd", {"einden": einden}


def _log(gebeurtenis: str, account: Account, actor: Actor, now: datetime, **gegevens: Any) -> None:
    write_logregel(
        gebeurtenis=gebeurtenis,
        actor=actor,
        now=now,
        organisatie_id=account.organisatie_id,
        account_id=account.pk,
        gegevens=gegevens,
    )
