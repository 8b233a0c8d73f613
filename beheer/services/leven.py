"""Between registering and forgetting an account: kept out for a while, taken back, a stolen middel freed."""

from datetime import datetime

from django.db import transaction

from accounts.models import Account, Organisatie, TijdelijkeBlokkade
from accounts.models.organisatie import live
from accounts.permissions import is_beheerder
from accounts.services.accounts import LaatsteBeheerder, reopen_account, send_aanmelding
from accounts.services.blokkades import block_account, is_blocked, unblock_account
from autorisatie.models import Autorisatie, AutorisatieKenmerk
from autorisatie.services import Weigering, set_autorisatie
from autorisatie.services.grants import read_einden, read_kenmerkeinden
from beheer.models import Signaal
from beheer.rules import HERSTELLEN_BINNEN
from beheer.services.gebruikers import NietVoorUzelf
from koppeling.models import Middel
from koppeling.rules import Reden
from koppeling.services.activatiecodes import cancel_activatiecode, void_activatiecodes
from koppeling.services.inloggen import who_can_log_in
from verantwoording.rules import Actor


class NietTerug(ValueError):  # noqa: N818  # a Dutch sentence's beginning
    """The end of an account cannot be taken back; the text says why and what to do, in Dutch."""


@transaction.atomic
def block_gebruiker(*, account: Account, actor: Actor, now: datetime) -> bool:
    """Keep a gebruiker out for a while: sessions end, codes are void, planned ones cancelled; all else stays (R16).

    False when he was kept out already. Raises NietVoorUzelf for her own account, LaatsteBeheerder when no beheerder who
    can act would be left, ValueError without a reason. Two beheerders who block each other at the same time wait for
    each other on the organisatie's row.
    """
    if actor.id == account.pk:
        raise NietVoorUzelf("U kunt uzelf niet blokkeren. Is uw middel gestolen? Meld dat bij Mijn gegevens.")
    organisatie = Organisatie.objects.select_for_update(no_key=True, of=("self",)).get(accounts=account)
    if is_beheerder(account, now):
        others = Account.objects.of_organisatie(organisatie).beheerders(now).exclude(pk=account.pk)
        acting = others.filter(pk=actor.id or 0).first()
        able = acting is not None and not is_blocked(acting, now)  # also when she logged in without a middel
        if not able and not who_can_log_in(others, now).exists():
            raise LaatsteBeheerder
    new = block_account(account=account, actor=actor, now=now)  # locks the account first: no code is made in between
    void_activatiecodes(account=account, now=now)
    cancel_activatiecode(account=account, actor=actor, now=now)
    return new


@transaction.atomic
def unblock_gebruiker(*, account: Account, actor: Actor, now: datetime) -> bool:
    """Let somebody who was kept out log in again, as it was (R16). False when he was not blocked.

    Raises NietVoorUzelf for who took part in what was stopped after a signaal.
    """
    if actor.id in who_had_part(account, now):
        raise NietVoorUzelf("U was betrokken bij het signaal. Een collega of DUO moet de blokkade opheffen.")
    return unblock_account(account=account, actor=actor, now=now)


def who_had_part(account: Account, now: datetime) -> set[int]:
    """Who did what was stopped by a signaal since the account was blocked; nobody when it is not blocked."""
    blocked = TijdelijkeBlokkade.objects.filter(live(now), account=account).first()
    if blocked is None:
        return set()
    stopped = Signaal.objects.filter(
        organisatie=account.organisatie_id,
        staat=Signaal.Staat.GESTOPT,
        over__contains=[account.pk],
        beantwoord_op__gte=blocked.van,
    )
    return {pk for door in stopped.values_list("door", flat=True) for pk in door}


def can_restore(account: Account, now: datetime) -> bool:
    """Whether the end of the account is fresh enough to be taken back."""
    return account.beeindigd_op is not None and now - account.beeindigd_op <= HERSTELLEN_BINNEN


@transaction.atomic
def restore_gebruiker(*, account: Account, beheerder: Account, actor: Actor, now: datetime) -> list[str]:
    """Take back the end of an account that ended by mistake, within a day: account, rollen and kenmerken (R20).

    The koppeling stays ended: linking takes a new code. Each rol comes back with the end and the machtiging that it
    had. Returns the names of the rollen that this beheerder cannot give back, or whose kenmerken are the organisatie's
    no more. Raises NietTerug.
    """
    organisatie = Organisatie.objects.select_for_update(no_key=True, of=("self",)).get(accounts=account)
    account = Account.objects.select_for_update().get(pk=account.pk)
    ended = account.beeindigd_op
    if ended is None or not can_restore(account, now):
        raise NietTerug("Dit kan tot 24 uur na het beëindigen. Meld de persoon opnieuw aan.")
    again = Account.objects.of_organisatie(organisatie).active().filter(email__iexact=account.email)
    if again.filter(voornaam__iexact=account.voornaam, achternaam__iexact=account.achternaam).exists():
        raise NietTerug("Deze persoon is al opnieuw aangemeld. Gebruik dat account.")
    reopen_account(account=account, actor=actor, now=now)
    missing = []
    ends = read_einden(account=account, op=ended)
    own = read_kenmerkeinden(account=account, op=ended)
    grants = Autorisatie.objects.filter(account=account, tot=ended).select_related("rol", "machtiging__verlener")
    for grant in grants.order_by("rol__naam", "pk"):
        rows = AutorisatieKenmerk.objects.filter(autorisatie=grant, tot=ended).select_related("kenmerk")
        einden = {kenmerk: tot for (of, kenmerk), tot in own.items() if of == grant.pk}
        running = [row.kenmerk for row in rows if row.kenmerk_id not in einden or einden[row.kenmerk_id] > now]
        try:
            set_autorisatie(
                account=account,
                rol=grant.rol,
                kenmerken=running,
                actor=actor,
                beheerder=beheerder,
                now=now,
                tot=ends.get(grant.pk),
                einden={kenmerk.pk: einden[kenmerk.pk] for kenmerk in running if kenmerk.pk in einden},
                machtiging=grant.machtiging,
            )
        except Weigering:
            missing.append(grant.rol.naam)
    account.refresh_from_db()
    send_aanmelding(account=account, now=now)
    return missing


def barred_middel(account: Account) -> Middel | None:
    """The middel that was reported stolen at this account and that nobody has freed since; None when there is none."""
    return Middel.objects.filter(
        gestolen_op__isnull=False, koppelingen__account=account, koppelingen__reden=Reden.GESTOLEN
    ).first()
