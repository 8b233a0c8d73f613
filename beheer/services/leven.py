"""Between registering and forgetting an account: kept out for a while, taken back, a stolen middel freed."""

from datetime import datetime

from django.db import transaction

from accounts.models import Account, Organisatie
from accounts.services.accounts import reopen_account, send_aanmelding
from accounts.services.blokkades import block_account
from autorisatie.models import Autorisatie, AutorisatieKenmerk
from autorisatie.services import Weigering, set_autorisatie
from autorisatie.services.grants import read_einden, read_kenmerkeinden
from beheer.rules import HERSTELLEN_BINNEN
from beheer.services.gebruikers import NietVoorUzelf
from koppeling.models import Middel
from koppeling.rules import Reden
from koppeling.services.activatiecodes import cancel_activatiecode, void_activatiecodes
from verantwoording.rules import Actor


class NietTerug(ValueError):  # noqa: N818  # a Dutch sentence's beginning
    """The end of an account cannot be taken back; the text says why and what to do, in Dutch."""


@transaction.atomic
def block_gebruiker(*, account: Account, actor: Actor, now: datetime) -> bool:
    """Keep a gebruiker out for a while: sessions end, codes are void, planned ones cancelled; all else stays (R16).

    False when he was kept out already. Raises NietVoorUzelf for her own account, ValueError without a reason.
    """
    if actor.id == account.pk:
        raise NietVoorUzelf("U kunt uzelf niet blokkeren. Is uw middel gestolen? Meld dat bij Mijn gegevens.")
    new = block_account(account=account, actor=actor, now=now)  # locks the account first: no code is made in between
    void_activatiecodes(account=account, now=now)
    cancel_activatiecode(account=account, actor=actor, now=now)
    return new


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
