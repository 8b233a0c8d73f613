from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction

from accounts.emails.wijziging import EMAIL_BEVESTIGEN, EMAIL_VERVANGEN, read_token, session_mark
from accounts.models import Account, EmailWijziging
from accounts.services.accounts import Verouderd
from verantwoording.rules import Actor
from verantwoording.services import enqueue_bericht, write_logregel

# R23: how long the link to a new address works, and how many links an account can have sent, so that nobody floods
# the mailbox of a stranger from here.
LINK_GELDIG = timedelta(hours=24)
LINKS_PER_DAG = 5


@dataclass(frozen=True, slots=True)
class Opgeslagen:
    """The account as saved. wijziging: the new e-mail address that was mailed to be confirmed, None when none was.

    te_vaak: the rest was saved, but too many addresses were tried in 24 hours, so no mail went out.
    """

    account: Account
    wijziging: EmailWijziging | None = None
    te_vaak: bool = False


class Bevestiging(StrEnum):
    """What came of a link that confirms an e-mail address."""

    BEVESTIGD = "bevestigd"
    AL_BEVESTIGD = "al_bevestigd"
    VERLOPEN = "verlopen"
    VERVALLEN = "vervallen"
    ONBEKEND = "onbekend"


@transaction.atomic
def change_own_gegevens(
    *, account: Account, versie: int, email: str, telefoon: str, functie: str, actor: Actor, now: datetime
) -> Opgeslagen | Verouderd:
    """Change one's own phone and function, and ask to confirm a new e-mail address (R23).

    Phone and function count at once. The address counts once confirmed from its own mailbox within 24 hours; asking
    for another one ends the request before it. Returns Verouderd, and saves nothing, when `versie` is not the one the
    form was shown with (D23). Sending what is already there writes nothing.
    """
    current = Account.objects.select_for_update(of=("self",)).select_related("organisatie").get(pk=account.pk)
    if current.versie != versie:
        return Verouderd(current)
    changed = {
        veld: waarde
        for veld, waarde in {"telefoon": telefoon, "functie": functie}.items()
        if getattr(current, veld) != waarde
    }
    if changed:
        for veld, waarde in changed.items():
            setattr(current, veld, waarde)
        current.versie += 1
        current.save(update_fields=[*changed, "versie"])
        _log("eigen_gegevens_gewijzigd", current, actor, now, velden=" en ".join(changed))
    if email == current.email:
        return Opgeslagen(current)
    recent = EmailWijziging.objects.filter(account=current, aangevraagd_op__gt=now - timedelta(days=1))
    if recent.count() >= LINKS_PER_DAG:
        return Opgeslagen(current, te_vaak=True)
    return Opgeslagen(current, wijziging=_request_email(current, email, actor, now))


def open_wijziging(*, account: Account, now: datetime) -> EmailWijziging | None:
    """The new e-mail address that still waits to be confirmed, None when there is none."""
    return EmailWijziging.objects.filter(
        account=account, bevestigd_op=None, vervallen_op=None, geldig_tot__gt=now
    ).first()


def find_wijziging(*, token: str, now: datetime) -> tuple[Bevestiging | None, EmailWijziging | None]:
    """What a link is worth before anybody presses the button: (None, the change) when it can be confirmed.

    Otherwise the outcome that `confirm_email` would give. Changes nothing, so that a mail scanner that opens every link
    confirms nothing.
    """
    content = read_token(token)
    change = None if content is None else EmailWijziging.objects.select_related("account").filter(pk=content[0]).first()
    if content is None or change is None:
        return Bevestiging.ONBEKEND, None
    return _judge(change, content[1], now), change


@transaction.atomic
def confirm_email(*, token: str, actor: Actor, now: datetime) -> Bevestiging:
    """Let a new e-mail address count (R23): once, within 24 hours, and the old address is told.

    The account's row is locked first, as everywhere else, so two clicks at once confirm once. VERVALLEN: another
    address was asked for since, the address was changed in another way, the account has ended, or its sessions were
    ended (R19: whoever asked with a stolen middel gets no further).
    """
    content = read_token(token)
    if content is None:
        return Bevestiging.ONBEKEND
    account = Account.objects.select_for_update(of=("self",)).filter(emailwijzigingen=content[0]).first()
    if account is None:
        return Bevestiging.ONBEKEND
    change = EmailWijziging.objects.select_related("account").get(pk=content[0])
    refusal = _judge(change, content[1], now)
    if refusal is not None:
        return refusal
    change.bevestigd_op = now
    change.save(update_fields=["bevestigd_op"])
    account.email = change.nieuw_adres
    account.versie += 1
    account.save(update_fields=["email", "versie"])
    _log("email_bevestigd", account, actor, now)
    enqueue_bericht(
        soort=EMAIL_VERVANGEN,
        sleutel=f"{EMAIL_VERVANGEN}:{change.pk}",
        now=now,
        account_id=account.pk,
        organisatie_id=account.organisatie_id,
        object_id=change.pk,
    )
    return Bevestiging.BEVESTIGD


def _request_email(account: Account, email: str, actor: Actor, now: datetime) -> EmailWijziging:
    EmailWijziging.objects.filter(account=account, bevestigd_op=None, vervallen_op=None).update(vervallen_op=now)
    change = EmailWijziging.objects.create(
        account=account,
        nieuw_adres=email,
        oud_adres=account.email,
        aangevraagd_op=now,
        geldig_tot=now + LINK_GELDIG,
    )
    _log("email_wijziging_gevraagd", account, actor, now)
    enqueue_bericht(
        soort=EMAIL_BEVESTIGEN,
        sleutel=f"{EMAIL_BEVESTIGEN}:{change.pk}",
        now=now,
        account_id=account.pk,
        organisatie_id=account.organisatie_id,
        object_id=change.pk,
        gegevens={"sessie": session_mark(account)},
    )
    return change


def _judge(change: EmailWijziging, mark: str, now: datetime) -> Bevestiging | None:
    """Why this change cannot be confirmed at `now`; None when it can."""
    account = change.account
    if change.bevestigd_op is not None:
        return Bevestiging.AL_BEVESTIGD
    if (
        change.vervallen_op is not None
        or account.beeindigd_op is not None
        or account.email != change.oud_adres
        or mark != session_mark(account)
    ):
        return Bevestiging.VERVALLEN
    return Bevestiging.VERLOPEN if change.geldig_tot <= now else None


def _log(gebeurtenis: str, account: Account, actor: Actor, now: datetime, **gegevens: str) -> None:
    write_logregel(
        gebeurtenis=gebeurtenis,
        actor=actor,
        now=now,
        organisatie_id=account.organisatie_id,
        account_id=account.pk,
        gegevens=gegevens,
    )
