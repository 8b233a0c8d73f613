import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.emails.aanmelding import AANMELDING, ADRES_GEWIJZIGD
from accounts.models import Account, Beheerderschap, EmailWijziging, Organisatie
from accounts.models.account import new_stamp
from accounts.models.organisatie import live
from accounts.rules import make_gebruikersnaam
from verantwoording.models import Bericht
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import enqueue_bericht, write_logregel

VELDEN = {
    "voornaam": "naam",
    "tussenvoegsel": "naam",
    "achternaam": "naam",
    "email": "e-mailadres",
    "telefoon": "telefoonnummer",
    "functie": "functie",
    "werkgever": "werkgever",
}
"""What can be changed of an account, and what the log calls it."""


class LaatsteBeheerder(ValueError):  # noqa: N818  # a Dutch noun
    """The only beheerder of an organisatie cannot be withdrawn (R03); the text says so, in Dutch."""

    def __init__(self) -> None:
        super().__init__(
            "Dit is de enige beheerder van de organisatie. Laat het bevoegd gezag eerst een andere beheerder "
            "aanmelden, of neem contact op met DUO."
        )


@dataclass(frozen=True, slots=True)
class Verouderd:
    """Somebody else changed the account first: nothing was saved, and this is how it stands now (D23)."""

    huidig: Account


@transaction.atomic
def register_account(
    *,
    organisatie: Organisatie,
    voornaam: str,
    tussenvoegsel: str,
    achternaam: str,
    email: str,
    telefoon: str,
    functie: str,
    werkgever: str,
    actor: Actor,
    now: datetime,
) -> Account:
    """Register somebody at an organisatie, with a gebruikersnaam that was never used before (R04, D6).

    Whoever calls it has confirmed that the person holds a personal middel with the dienstmachtiging. The confirmation
    mail leaves after commit (R06). It does not look for somebody of the same name.
    """
    new = False
    while not new:
        account, new = Account.objects.get_or_create(
            gebruikersnaam=make_gebruikersnaam(secrets.randbelow),
            defaults={
                "password": make_password(None),
                "organisatie": organisatie,
                "voornaam": voornaam,
                "tussenvoegsel": tussenvoegsel,
                "achternaam": achternaam,
                "email": email,
                "telefoon": telefoon,
                "functie": functie,
                "werkgever": werkgever,
                "middel_bevestigd_op": now,
                "gemaakt_op": now,
            },
        )
    _log("account_aangemeld", account=account, actor=actor, now=now)
    send_aanmelding(account=account, now=now)
    return account


def send_aanmelding(*, account: Account, now: datetime, na: int | None = None) -> None:
    """Put the mail that says what to do next in the outbox (R06): once for each version of the account's data.

    na: the id of such a mail that did not arrive; after it, once more.
    """
    enqueue_bericht(
        soort=AANMELDING,
        sleutel=f"{AANMELDING}:{account.pk}:{account.versie}" + (f":{na}" if na else ""),
        now=now,
        account_id=account.pk,
        organisatie_id=account.organisatie_id,
    )


@transaction.atomic
def resend_aanmelding(*, account: Account, actor: Actor, now: datetime) -> bool:
    """Send the mail that says what to do next again, to the same address, when the last one did not arrive (R06).

    False, and nothing written, when it did arrive or is still under way.
    """
    account = Account.objects.select_for_update().get(pk=account.pk)
    last = Bericht.objects.filter(account_id=account.pk, soort=AANMELDING).order_by("-id").first()
    if last is None or last.status not in {Bericht.Status.GEWEIGERD, Bericht.Status.MISLUKT}:
        return False
    send_aanmelding(account=account, now=now, na=last.pk)
    _log("aanmelding_herhaald", account=account, actor=actor, now=now)
    return True


@transaction.atomic
def change_account(
    *,
    account: Account,
    versie: int,
    voornaam: str,
    tussenvoegsel: str,
    achternaam: str,
    email: str,
    telefoon: str,
    functie: str,
    werkgever: str,
    actor: Actor,
    now: datetime,
) -> Account | Verouderd:
    """Change what is known of somebody, if `versie` is still the one the form was shown with (D23).

    Returns the changed account, or Verouderd with the account as somebody else left it. A changed e-mail address counts
    at once, the old address is told, and a change that the person himself had not confirmed yet lapses (R23). Sending
    what is already there writes nothing.
    """
    current = Account.objects.select_for_update(of=("self",)).select_related("organisatie").get(pk=account.pk)
    if current.versie != versie:
        return Verouderd(current)
    values = {
        "voornaam": voornaam,
        "tussenvoegsel": tussenvoegsel,
        "achternaam": achternaam,
        "email": email,
        "telefoon": telefoon,
        "functie": functie,
        "werkgever": werkgever,
    }
    changed = [veld for veld, value in values.items() if getattr(current, veld) != value]
    if not changed:
        return current
    if "email" in changed:
        _replace_email(account=current, email=email, now=now)
    for veld in changed:
        setattr(current, veld, values[veld])
    current.versie = versie + 1
    current.save(update_fields=[*changed, "versie"])
    words = ", ".join(dict.fromkeys(VELDEN[veld] for veld in changed))
    _log("account_gewijzigd", account=current, actor=actor, now=now, velden=words)
    return current


def _replace_email(*, account: Account, email: str, now: datetime) -> None:
    EmailWijziging.objects.filter(account=account, bevestigd_op=None, vervallen_op=None).update(vervallen_op=now)
    change = EmailWijziging.objects.create(
        account=account,
        nieuw_adres=email,
        oud_adres=account.email,
        aangevraagd_op=now,
        geldig_tot=now + timedelta(days=1),
        bevestigd_op=now,  # the beheerder answers for it
    )
    enqueue_bericht(
        soort=ADRES_GEWIJZIGD,
        sleutel=f"{ADRES_GEWIJZIGD}:{change.pk}",
        now=now,
        account_id=account.pk,
        organisatie_id=account.organisatie_id,
        object_id=change.pk,
    )


def read_earlier_email(*, account: Account, van: datetime, tot: datetime) -> str | None:
    """The e-mail address from before what changed it from `van` to `tot`; None when it was changed again since.

    Also None after 30 days: then the change has been forgotten (R34).
    """
    changes = EmailWijziging.objects.filter(account=account, bevestigd_op__range=(van, tot)).order_by("bevestigd_op")
    first, last = changes.first(), changes.last()
    return first.oud_adres if first and last and account.email == last.nieuw_adres else None


@transaction.atomic
def restore_email(*, account: Account, van: datetime, tot: datetime, actor: Actor, now: datetime) -> bool:
    """Let the address from before the changes from `van` to `tot` count again, and tell the one that they made (R23).

    False, and nothing written, when `read_earlier_email` finds none.
    """
    current = Account.objects.select_for_update(of=("self",)).get(pk=account.pk)
    email = read_earlier_email(account=current, van=van, tot=tot)
    if email is None:
        return False
    _replace_email(account=current, email=email, now=now)
    current.email = email
    current.versie += 1
    current.save(update_fields=["email", "versie"])
    _log("email_teruggezet", account=current, actor=actor, now=now)
    return True


def end_sessions(*, account: Account) -> None:
    """End every session of the account, wherever it is open, with one UPDATE (R19, D12). The caller logs why."""
    account.sessiestempel = new_stamp()
    account.save(update_fields=["sessiestempel"])


@transaction.atomic
def appoint_beheerder(*, account: Account, actor: Actor, now: datetime, tot: datetime | None = None) -> Beheerderschap:
    """Make somebody beheerder of his own organisatie (R01, R02), with `tot` as noodbeheerder until that moment.

    Twice is once: the running beheerderschap is returned, a noodbeheerder's with its new end. One who stays for good
    gets a new one. ValueError for an account that has been ended.
    """
    account = Account.objects.select_for_update().get(pk=account.pk)
    if account.beeindigd_op is not None:
        raise ValueError("Dit account is beëindigd. Meld de persoon opnieuw aan.")
    running = Beheerderschap.objects.filter(live(now), account=account).first()
    if running is not None and (running.tot is None or running.tot == tot):
        return running
    if running is not None:
        running.tot = tot or now
        running.save(update_fields=["tot"])
    if running is None or tot is None:
        running = Beheerderschap.objects.create(account=account, van=now, tot=tot, nood=tot is not None)
    if tot is None:
        _log("beheerder_aangesteld", account=account, actor=actor, now=now)
    else:
        _log(
            "noodbeheerder_aangesteld", account=account, actor=actor, now=now, tot=f"{timezone.localtime(tot):%d-%m-%Y}"
        )
    return running


@transaction.atomic
def end_beheerderschap(*, account: Account, actor: Actor, now: datetime) -> bool:
    """Withdraw a beheerder (R01). False when the account was none.

    LaatsteBeheerder when the organisatie would be left without one, unless DUO staff decide it, with a reason in
    `actor` (R03); a noodbeheerder is no successor of one who was there for good. Two beheerders who withdraw each other
    at the same time wait for each other on the organisatie's row.
    """
    organisatie = Organisatie.objects.select_for_update(no_key=True, of=("self",)).get(accounts=account)
    running = Beheerderschap.objects.filter(live(now), account=account).first()
    if running is None:
        return False
    others = Account.objects.of_organisatie(organisatie).beheerders(now).exclude(pk=account.pk)
    if not running.nood:
        others = others.filter(beheerderschappen__tot=None)
    decided_by_staff = actor.soort is ActorSoort.STAF and actor.reden.strip() != ""
    if not decided_by_staff and not others.exists():
        raise LaatsteBeheerder
    running.tot = now
    running.save(update_fields=["tot"])
    _log("beheerder_ingetrokken", account=account, actor=actor, now=now)
    return True


@transaction.atomic
def end_account(*, account: Account, actor: Actor, now: datetime) -> bool:
    """End an account (R20): it can never log in again, and its sessions end. False when it had been ended before.

    Only what accounts keeps: beheerderschap, and an e-mail address that was not confirmed yet. Koppeling, codes and
    autorisaties are ended by who composes this (`beheer.services.gebruikers.end_gebruiker`). LaatsteBeheerder: see
    `end_beheerderschap`.
    """
    end_beheerderschap(account=account, actor=actor, now=now)
    ended = Account.objects.filter(pk=account.pk, beeindigd_op=None).update(
        beeindigd_op=now, sessiestempel=new_stamp(), versie=F("versie") + 1
    )
    if not ended:
        return False
    EmailWijziging.objects.filter(account=account, bevestigd_op=None, vervallen_op=None).update(vervallen_op=now)
    _log("account_beeindigd", account=account, actor=actor, now=now)
    return True


@transaction.atomic
def reopen_account(*, account: Account, actor: Actor, now: datetime) -> bool:
    """Take back the end of an account. False when it was not ended (any more). Who may and until when, callers decide.

    Only the account: a beheerderschap comes from the bevoegd gezag again (R01).
    """
    reopened = Account.objects.filter(pk=account.pk, beeindigd_op__isnull=False).update(
        beeindigd_op=None, versie=F("versie") + 1
    )
    if reopened:
        _log("account_hersteld", account=account, actor=actor, now=now)
    return bool(reopened)


def _log(gebeurtenis: str, *, account: Account, actor: Actor, now: datetime, **gegevens: str) -> None:
    write_logregel(
        gebeurtenis=gebeurtenis,
        actor=actor,
        now=now,
        organisatie_id=account.organisatie_id,
        account_id=account.pk,
        gegevens=gegevens,
    )
