from datetime import datetime
from typing import TypedDict

from django.db import transaction

from accounts.models import Account, Organisatie
from accounts.services.accounts import Verouderd, change_account, end_account, register_account, send_aanmelding
from autorisatie.services import end_autorisaties
from koppeling.models import Koppeling
from koppeling.rules import Reden
from koppeling.services.activatiecodes import void_activatiecodes
from koppeling.services.inloggen import who_can_log_in
from koppeling.services.ontkoppelen import unlink_account
from verantwoording.rules import Actor


class Gegevens(TypedDict):
    """What a beheerder fills in about somebody (R04)."""

    voornaam: str
    tussenvoegsel: str
    achternaam: str
    email: str
    telefoon: str
    functie: str
    werkgever: str


class NietVoorUzelf(ValueError):  # noqa: N818  # a Dutch sentence's beginning
    """A beheerder cannot do this to her own account; the text says who can, in Dutch."""


@transaction.atomic
def register_gebruiker(
    *, organisatie: Organisatie, gegevens: Gegevens, actor: Actor, now: datetime
) -> tuple[Account, bool]:
    """Register somebody at the organisatie (R04). Returns the account, and whether it is new.

    One person has one account at an organisatie: with the same name and e-mail address as a running account, that one
    comes back and nothing is written. So a form that is posted twice, also at the same moment, registers once.
    """
    Organisatie.objects.select_for_update(no_key=True).get(pk=organisatie.pk)
    same = Account.objects.of_organisatie(organisatie).active()
    existing = same.filter(
        voornaam__iexact=gegevens["voornaam"],
        tussenvoegsel__iexact=gegevens["tussenvoegsel"],
        achternaam__iexact=gegevens["achternaam"],
        email__iexact=gegevens["email"],
    ).first()
    if existing is not None:
        return existing, False
    return register_account(organisatie=organisatie, actor=actor, now=now, **gegevens), True


@transaction.atomic
def change_gebruiker(
    *, account: Account, versie: int, gegevens: Gegevens, actor: Actor, now: datetime
) -> Account | Verouderd:
    """Change what is known of a gebruiker (D23); see `change_account`.

    With a new e-mail address the code that was mailed to the old one stops working, and who still has to link gets the
    mail with what to do next again (R06).
    """
    outcome = change_account(account=account, versie=versie, actor=actor, now=now, **gegevens)
    if isinstance(outcome, Account) and outcome.email != account.email:
        void_activatiecodes(account=outcome, now=now)
        if not Koppeling.objects.live().filter(account=outcome).exists():
            send_aanmelding(account=outcome, now=now)
    return outcome


@transaction.atomic
def unlink_gebruiker(
    *, account: Account, koppeling_id: int, reden: Reden, actor: Actor, now: datetime
) -> Koppeling | None:
    """Unlink a middel that was lost, stolen or broken (R19). Returns the ended koppeling.

    None when `koppeling_id` is not the account's live koppeling (any more): somebody else unlinked it, or the gebruiker
    has linked another middel since. NietVoorUzelf without a colleague who can help her after: DUO staff unlink her.
    """
    if actor.id == account.pk and not has_able_collega(account=account, now=now):
        raise NietVoorUzelf(
            "U bent de enige beheerder die kan inloggen. Ontkoppelt u uzelf, dan kan niemand bij uw organisatie een "
            "nieuwe code voor u aanvragen. Neem contact op met DUO: een medewerker ontkoppelt uw middel en vraagt de "
            "code aan."
        )
    Account.objects.select_for_update().get(pk=account.pk)
    if not Koppeling.objects.live().filter(pk=koppeling_id, account=account).exists():
        return None
    return unlink_account(account=account, reden=reden, actor=actor, now=now)


def has_able_collega(*, account: Account, now: datetime) -> bool:
    """Whether another beheerder of the account's organisatie can log in at `now` and so can help (R03, R07, R19)."""
    colleagues = Account.objects.filter(organisatie=account.organisatie_id).beheerders(now).exclude(pk=account.pk)
    return who_can_log_in(colleagues, now).exists()


def has_other_beheerder(*, account: Account, now: datetime) -> bool:
    """Whether the account's organisatie has another beheerder at `now`, able or not (R02)."""
    same = Account.objects.filter(organisatie=account.organisatie)
    return same.beheerders(now).exclude(pk=account.pk).exists()


@transaction.atomic
def end_gebruiker(*, account: Account, actor: Actor, now: datetime) -> bool:
    """End somebody who leaves: account, koppeling, codes, sessions and autorisaties together; the history stays (R20).

    False when it had been ended before. Raises, and writes nothing: NietVoorUzelf for her own account, LaatsteBeheerder
    for the last beheerder (R03) unless DUO staff decide it.
    """
    if actor.id == account.pk:
        raise NietVoorUzelf("U kunt uw eigen account niet beëindigen. Vraag het een collega-beheerder of DUO.")
    if not end_account(account=account, actor=actor, now=now):
        return False
    unlink_account(account=account, reden=Reden.VERTREK, actor=actor, now=now)
    end_autorisaties(account=account, actor=actor, now=now)
    return True
