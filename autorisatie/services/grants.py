from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import DateTimeField, Exists, Model, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Greatest

from accounts.models import Account, Beheerderschap, Kenmerk, Organisatie, OrganisatieKenmerk
from accounts.models.organisatie import live
from autorisatie.emails import EIGEN_ROL_DUO, EIGEN_ROL_GEZAG
from autorisatie.models import Autorisatie, AutorisatieKenmerk, BeheerderBevoegdheid, Beheerdersrol, Rol
from autorisatie.services.besluit import is_active
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import enqueue_bericht, write_logregel


class Weigering(ValueError):  # noqa: N818  # a Dutch noun
    """A rol cannot be given or withdrawn; the text says why, in Dutch. Nothing was written."""


def rollen_to_hand_out(*, beheerder: Account, now: datetime) -> QuerySet[Rol]:
    """The rollen this beheerder may hand out at `now` (R02): of her beheerdersrollen, and made for her organisatie.

    Empty for who is no beheerder.
    """
    return _rollen_of(beheerder, now) & _rollen_for(beheerder.organisatie)


def beheerdersrollen_of(*, account: Account, now: datetime) -> QuerySet[Beheerdersrol]:
    """The beheerdersrollen that the account holds at `now`, those that come with them left out (R02)."""
    running = live(now, "bevoegdheden__") & live(now, "bevoegdheden__beheerderschap__")
    return Beheerdersrol.objects.filter(
        running,
        bevoegdheden__beheerderschap__account=account,
        bevoegdheden__beheerderschap__account__beeindigd_op__isnull=True,
    )


def kenmerken_for(*, rol: Rol, organisatie: Organisatie, now: datetime) -> QuerySet[Kenmerk]:
    """The kenmerken for which this rol can be given at the organisatie: of the rol's kinds, and hers at `now` (D3)."""
    owned = OrganisatieKenmerk.objects.filter(live(now), organisatie=organisatie, kenmerk=OuterRef("pk"))
    return Kenmerk.objects.filter(Exists(owned), soort__in=rol.kenmerksoorten)


@transaction.atomic
def set_autorisatie(
    *, account: Account, rol: Rol, kenmerken: Sequence[Kenmerk], actor: Actor, beheerder: Account | None, now: datetime
) -> Autorisatie:
    """Give the account the rol for exactly these kenmerken, from now on (R04, D20). What is there already is kept.

    beheerder is who decides; None for DUO staff and jobs, whom no beheerdersrol limits. Raises Weigering, before
    anything is written, when the account is not hers or has ended, when she may not hand out the rol, when rol or
    kenmerk do not belong to the organisatie, when the rol excludes one that the account has, and when she gives
    something to herself while there is another beheerder (R02). A sole beheerder may; bevoegd gezag and DUO hear it.
    """
    account = _lock(account)
    organisatie = _check_account(account, beheerder, actor, now)
    _check_rol(account, rol, beheerder, organisatie, now)
    wanted = {kenmerk.pk: kenmerk for kenmerk in kenmerken}
    _check_kenmerken(rol, wanted, organisatie, now)
    autorisatie = Autorisatie.objects.filter(account=account, rol=rol, tot=None).first()
    held = {row.kenmerk_id: row.kenmerk for row in _live_kenmerken(autorisatie)}
    added = [kenmerk for pk, kenmerk in wanted.items() if pk not in held]
    removed = [kenmerk for pk, kenmerk in held.items() if pk not in wanted]
    if autorisatie is not None and not added and not removed:
        return autorisatie
    to_herself = beheerder is not None and beheerder.pk == account.pk and (autorisatie is None or added != [])
    if to_herself:
        _check_sole_beheerder(account, organisatie, now)
    new = autorisatie is None
    if autorisatie is None:
        autorisatie = Autorisatie.objects.create(account=account, rol=rol, van=now)
    _end(_live_kenmerken(autorisatie).filter(kenmerk__in=removed), now)
    AutorisatieKenmerk.objects.bulk_create(
        AutorisatieKenmerk(autorisatie=autorisatie, kenmerk=kenmerk, van=now) for kenmerk in added
    )
    if new:
        _log("rol_gegeven", account, actor, now, autorisatie, rol=rol.naam, kenmerken=_in_words(added))
    else:
        gegevens = {"rol": rol.naam, "erbij": _in_words(added), "eraf": _in_words(removed)}
        _log("rol_gewijzigd", account, actor, now, autorisatie, **gegevens)
    if to_herself:
        _tell_others(account, rol, added, autorisatie, now)
    return autorisatie


@transaction.atomic
def withdraw_autorisatie(*, account: Account, rol: Rol, actor: Actor, beheerder: Account | None, now: datetime) -> bool:
    """Take the rol and its kenmerken from the account, from now on (D20). False when it did not have it.

    Raises Weigering for another organisatie's account, and for a rol that is not this beheerder's to hand out.
    """
    account = _lock(account)
    _check_account(account, beheerder, actor, now)
    if beheerder is not None and not _rollen_of(beheerder, now).filter(pk=rol.pk).exists():
        raise Weigering(f"U kunt de rol {rol.naam} niet intrekken: die hoort niet bij uw beheerdersrol.")
    autorisatie = Autorisatie.objects.filter(account=account, rol=rol, tot=None).first()
    if autorisatie is None:
        return False
    _end(_live_kenmerken(autorisatie), now)
    _end(Autorisatie.objects.filter(pk=autorisatie.pk), now)
    _log("rol_ingetrokken", account, actor, now, autorisatie, rol=rol.naam)
    return True


@transaction.atomic
def end_autorisaties(*, account: Account, actor: Actor, now: datetime) -> int:
    """End everything the account may do (R20). Returns how many rollen that were; the rows stay as history."""
    account = _lock(account)
    _end(AutorisatieKenmerk.objects.filter(autorisatie__account=account, tot=None), now)
    ended = _end(Autorisatie.objects.filter(account=account, tot=None), now)
    if ended:
        _log("rollen_beeindigd", account, actor, now, aantal=str(ended))
    return ended


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
    _end(running.exclude(beheerdersrol__in=wanted), now)
    BeheerderBevoegdheid.objects.bulk_create(
        BeheerderBevoegdheid(beheerderschap=beheerderschap, beheerdersrol_id=pk, van=now) for pk in wanted.keys() - held
    )
    namen = ", ".join(sorted(rol.naam for rol in wanted.values())) or "niets"
    _log("bevoegdheden_gewijzigd", account, actor, now, beheerdersrollen=namen)


def _lock(account: Account) -> Account:
    """The account as it stands once nobody else is changing its rollen: lock, then check, then write."""
    return Account.objects.select_for_update(of=("self",)).select_related("organisatie").get(pk=account.pk)


def _rollen_of(beheerder: Account, now: datetime) -> QuerySet[Rol]:
    """The rollen of her beheerdersrollen, and of the beheerdersrollen that come with those (omvat)."""
    held = beheerdersrollen_of(account=beheerder, now=now)
    own = held.filter(Q(rollen=OuterRef("pk")) | Q(omvat__rollen=OuterRef("pk")) | Q(alle_rollen=True))
    return Rol.objects.filter(Exists(own))


def _rollen_for(organisatie: Organisatie | None) -> QuerySet[Rol]:
    through = Rol.soorten.through.objects.filter(rol=OuterRef("pk"), soort__organisaties=organisatie)
    return Rol.objects.filter(Exists(through))


def _check_account(account: Account, beheerder: Account | None, actor: Actor, now: datetime) -> Organisatie:
    if beheerder is None and actor.soort in {ActorSoort.ACCOUNT, ActorSoort.BEZOEKER}:
        raise Weigering("Alleen een beheerder of DUO kan rollen geven en intrekken.")
    if beheerder is not None and beheerder.organisatie_id != account.organisatie_id:
        raise Weigering("Dit account hoort niet bij uw organisatie.")
    if account.organisatie is None or not is_active(account, now):
        raise Weigering("Dit account is beëindigd.")
    return account.organisatie


def _check_rol(account: Account, rol: Rol, beheerder: Account | None, organisatie: Organisatie, now: datetime) -> None:
    if not _rollen_for(organisatie).filter(pk=rol.pk).exists():
        raise Weigering(f"De rol {rol.naam} bestaat niet voor deze soort organisatie.")
    if beheerder is not None and not _rollen_of(beheerder, now).filter(pk=rol.pk).exists():
        raise Weigering(f"U kunt de rol {rol.naam} niet geven: die hoort niet bij uw beheerdersrol.")
    excluded = Autorisatie.objects.live(now).filter(account=account, rol__in=rol.sluit_uit.all())
    other = excluded.select_related("rol").first()
    if other is not None:
        raise Weigering(f"De rol {rol.naam} gaat niet samen met de rol {other.rol.naam}. Trek die eerst in.")


def _check_kenmerken(rol: Rol, wanted: dict[int, Kenmerk], organisatie: Organisatie, now: datetime) -> None:
    if rol.kenmerksoorten and not wanted:
        raise Weigering(f"Kies bij de rol {rol.naam} minstens één kenmerk.")
    fitting = set(
        kenmerken_for(rol=rol, organisatie=organisatie, now=now).filter(pk__in=wanted).values_list("pk", flat=True)
    )
    foreign = [kenmerk for pk, kenmerk in wanted.items() if pk not in fitting]
    if foreign:
        raise Weigering(f"De rol {rol.naam} kan niet voor deze kenmerken: {_in_words(foreign)}.")


def _check_sole_beheerder(account: Account, organisatie: Organisatie, now: datetime) -> None:
    if Account.objects.of_organisatie(organisatie).beheerders(now).exclude(pk=account.pk).exists():
        raise Weigering(
            "U kunt uzelf geen rol geven. Vraag uw collega-beheerder om dat te doen, of vraag DUO als die de rol "
            "niet kan geven."
        )


def _live_kenmerken(autorisatie: Autorisatie | None) -> QuerySet[AutorisatieKenmerk]:
    return AutorisatieKenmerk.objects.filter(autorisatie=autorisatie, tot=None).select_related("kenmerk")


def _end(rows: QuerySet[Model], now: datetime) -> int:
    """End running rows. One that began later than `now`, because this request waited for a lock, ends as it begins."""
    return rows.update(tot=Greatest("van", Value(now, output_field=DateTimeField())))


def _tell_others(account: Account, rol: Rol, added: Sequence[Kenmerk], autorisatie: Autorisatie, now: datetime) -> None:
    for soort in (EIGEN_ROL_GEZAG, EIGEN_ROL_DUO):
        enqueue_bericht(
            soort=soort,
            sleutel=f"{soort}:{autorisatie.pk}:{now.isoformat()}",
            now=now,
            account_id=account.pk,
            organisatie_id=account.organisatie_id,
            object_id=autorisatie.pk,
            gegevens={"rol": rol.naam, "kenmerken": _in_words(added)},
        )


def _in_words(kenmerken: Sequence[Kenmerk]) -> str:
    return ", ".join(sorted(kenmerk.waarde for kenmerk in kenmerken)) or "geen"


def _log(
    gebeurtenis: str,
    account: Account,
    actor: Actor,
    now: datetime,
    autorisatie: Autorisatie | None = None,
    **gegevens: str,
) -> None:
    write_logregel(
        gebeurtenis=gebeurtenis,
        actor=actor,
        now=now,
        organisatie_id=account.organisatie_id,
        account_id=account.pk,
        object_soort="autorisatie" if autorisatie else "",
        object_id=autorisatie.pk if autorisatie else None,
        gegevens=gegevens,
    )
