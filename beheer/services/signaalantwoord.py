"""The two answers to a signaal: this was right, or stop this. Given once, by somebody who had no part in it."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import Account, AccountQuerySet
from accounts.services.accounts import end_sessions, read_earlier_email, restore_email
from accounts.services.blokkades import block_account
from accounts.services.staf import check_staf
from autorisatie.models import Autorisatie, AutorisatieKenmerk
from autorisatie.rules import Vraag
from autorisatie.services.beoordelen import Plan
from autorisatie.services.wijzigen import carry_out, lock_accounts, plan_autorisaties
from beheer.emails.signalen import SIGNAAL_GESTOPT, SIGNAAL_GESTOPT_DUO, read_token
from beheer.models import Signaal
from beheer.rules.signalen import LINK_GELDIG, Soort
from beheer.services.signaalpersonen import gezag_may_answer, may_answer
from beheer.services.signalen import grants_of, mail_signaal
from koppeling.models import Activatiecode, Koppeling
from koppeling.rules import Reden
from koppeling.services.ontkoppelen import unlink_account
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import write_logregel

KLOPT: Final = "signaal_klopt"
GESTOPT: Final = "signaal_gestopt"
Staat = Signaal.Staat


class AlBeantwoord(ValueError):  # noqa: N818  # a Dutch sentence's beginning
    """Somebody else was first; the text says so, in Dutch."""

    def __init__(self) -> None:
        super().__init__("Iemand anders heeft dit signaal al beantwoord. Er is nu niets gewijzigd.")


class NietAanU(PermissionError):  # noqa: N818  # a Dutch sentence's beginning
    """Who had a part in it, or is no beheerder any more, cannot answer; the text says so, in Dutch."""

    def __init__(self) -> None:
        super().__init__("Het signaal gaat ook over u. Iemand anders moet het beantwoorden.")


class Uitkomst(StrEnum):
    """What came of the link in the mail to the bevoegd gezag."""

    KLOPT = "klopt"
    GESTOPT = "gestopt"
    AL_BEANTWOORD = "al_beantwoord"
    VERLOPEN = "verlopen"
    ONBEKEND = "onbekend"


@dataclass(frozen=True, slots=True)
class Gevolg:
    """What stopping takes away. accounts: each with `gekoppeld` and `code`; rollen: how many, of how many people.

    adres_terug: whether a changed e-mail address goes back to what it was; None when it is not about an address.
    """

    accounts: list[Account]
    rollen: int = 0
    mensen: int = 0
    adres_terug: bool | None = None


def consequences_of(signaal: Signaal, now: datetime) -> Gevolg:
    """What stopping would do at this moment. Writes nothing."""
    if signaal.soort == Soort.VEEL_ROLLEN:
        changes = _plan(signaal, now).wijzigingen
        return Gevolg([], len(changes), len({regel.account.pk for regel in changes}))
    codes = Activatiecode.objects.filter(
        account=OuterRef("pk"), gebruikt_op=None, ingetrokken_op=None, geldig_tot__gte=now
    )
    linked = Koppeling.objects.live().filter(account=OuterRef("pk"))
    accounts = list(_accounts_of(signaal).annotate(gekoppeld=Exists(linked), code=Exists(codes)))
    if signaal.soort != Soort.MAIL_VOOR_CODE:
        return Gevolg(accounts)
    earlier = [read_earlier_email(account=account, van=signaal.van, tot=signaal.tot) for account in accounts]
    return Gevolg(accounts, adres_terug=None not in earlier)


@transaction.atomic
def answer_signaal(*, signaal: Signaal, klopt: bool, beheerder: Account, actor: Actor, now: datetime) -> None:
    """Answer as beheerder. Raises, and writes nothing: AlBeantwoord, NietAanU."""
    current = _lock(signaal.pk)
    if not may_answer(current, beheerder, now):
        raise NietAanU
    _answer(current, klopt=klopt, actor=actor, now=now)


@transaction.atomic
def answer_signaal_as_staf(*, signaal: Signaal, klopt: bool, actor: Actor, now: datetime) -> None:
    """Answer as DUO, with a reason in `actor`. Raises, and writes nothing: AlBeantwoord, NietAanU, PermissionError."""
    check_staf(actor)
    current = _lock(signaal.pk)
    if actor.id in {*current.door, *current.over}:
        raise NietAanU
    _answer(current, klopt=klopt, actor=actor, now=now)


def find_signaal(*, token: str, now: datetime) -> tuple[Uitkomst | None, Signaal | None]:
    """What the link is worth before anybody presses a button: (None, the signaal) when it can be answered.

    ONBEKEND also when the bevoegd gezag was changed after the mail, or turned out to have a part in it.
    """
    pk, is_for = read_token(token)
    signaal = Signaal.objects.select_related("organisatie").filter(pk=pk).first()
    if signaal is None or not is_for(signaal.organisatie.bevoegd_gezag_email) or not gezag_may_answer(signaal):
        return Uitkomst.ONBEKEND, None
    if signaal.staat != Staat.OPEN:
        return Uitkomst.AL_BEANTWOORD, signaal
    return (Uitkomst.VERLOPEN if now >= signaal.gemaakt_op + LINK_GELDIG else None), signaal


@transaction.atomic
def answer_signaal_as_gezag(*, token: str, klopt: bool, adres: str | None, now: datetime) -> Uitkomst:
    """Answer as bevoegd gezag, by the link in the mail: once, and within LINK_GELDIG. Raises nothing."""
    refused, signaal = find_signaal(token=token, now=now)
    if refused is not None or signaal is None:
        return refused or Uitkomst.ONBEKEND
    gezag = Actor(ActorSoort.GEZAG, id=signaal.organisatie_id, namens=signaal.organisatie_id, adres=adres)
    try:
        _answer(_lock(signaal.pk), klopt=klopt, actor=gezag, now=now)
    except AlBeantwoord:
        return Uitkomst.AL_BEANTWOORD
    return Uitkomst.KLOPT if klopt else Uitkomst.GESTOPT


def _lock(pk: int) -> Signaal:
    return Signaal.objects.select_for_update(of=("self",)).select_related("organisatie").get(pk=pk)


def _answer(signaal: Signaal, *, klopt: bool, actor: Actor, now: datetime) -> None:
    """Close a signaal that is locked, and stop what it is about when it is not right: together or not at all."""
    if signaal.staat != Staat.OPEN:
        raise AlBeantwoord
    signaal.staat = Staat.KLOPT if klopt else Staat.GESTOPT
    signaal.beantwoord_op = now
    signaal.beantwoord_soort = actor.soort
    signaal.beantwoord_id = actor.id
    signaal.reden = actor.reden
    signaal.save(update_fields=["staat", "beantwoord_op", "beantwoord_soort", "beantwoord_id", "reden"])
    write_logregel(
        gebeurtenis=KLOPT if klopt else GESTOPT,
        actor=actor,
        now=now,
        organisatie_id=signaal.organisatie_id,
        account_id=signaal.account_id,
        object_soort="signaal",
        object_id=signaal.pk,
        gegevens={"wat": signaal.naam},
    )
    if klopt:
        return
    _stop(signaal, replace(actor, reden=actor.reden or f"Na een signaal: {signaal.naam.lower()}"), now)
    mail_signaal(SIGNAAL_GESTOPT_DUO, signaal, now)
    if gezag_may_answer(signaal):
        mail_signaal(SIGNAAL_GESTOPT, signaal, now)


def _stop(signaal: Signaal, actor: Actor, now: datetime) -> None:
    """Take the grants back and end the giver's sessions; else void codes, unlink and keep out whom it was done to.

    The beheerdersrol of who answers does not limit it: it is a brake, and takes away only.
    """
    if signaal.soort == Soort.VEEL_ROLLEN:
        lock_accounts({*_receivers(signaal), *signaal.door})
        carry_out(_plan(signaal, now), actor=actor, beheerder=None, now=now)
        for giver in Account.objects.filter(pk__in=signaal.door).order_by("pk"):
            end_sessions(account=giver)
        return
    for account in _accounts_of(signaal).order_by("pk"):
        unlink_account(account=account, reden=Reden.SIGNAAL, actor=actor, now=now)
        block_account(account=account, actor=actor, now=now)
        if signaal.soort == Soort.MAIL_VOOR_CODE:  # or the next code goes to the new address again
            restore_email(account=account, van=signaal.van, tot=signaal.tot, actor=actor, now=now)


def _accounts_of(signaal: Signaal) -> AccountQuerySet:
    """Whom it was done to, at this organisatie, and who has not been ended since."""
    return Account.objects.filter(pk__in=signaal.over, organisatie=signaal.organisatie_id).active()


def _receivers(signaal: Signaal) -> set[int]:
    lines = grants_of(signaal.organisatie_id, signaal.door[0], signaal.van, signaal.tot)
    return {line.account_id for line in lines if line.account_id is not None}


def _plan(signaal: Signaal, now: datetime) -> Plan:
    """What taking the grants of a signaal back would change, of those that still stand as they were given.

    A rol that was new goes as a whole; of a rol that got more kenmerken only these.
    """
    lines = grants_of(signaal.organisatie_id, signaal.door[0], signaal.van, signaal.tot)
    running = Autorisatie.objects.not_ended(now).eigen().in_bulk({line.object_id for line in lines})
    new = {line.object_id for line in lines if line.gebeurtenis != "rol_gewijzigd"}
    added: dict[int, set[int]] = defaultdict(set)
    rows = AutorisatieKenmerk.objects.not_ended(now).filter(autorisatie__in=running.keys() - new)
    moments = {line.op for line in lines}
    for autorisatie, kenmerk, van in rows.values_list("autorisatie", "kenmerk", "van"):
        if van in moments:
            added[autorisatie].add(kenmerk)
    vragen = [
        Vraag(grant.account_id, grant.rol_id, eraf=frozenset(added[pk]), intrekken=pk in new)
        for pk, grant in sorted(running.items())
        if pk in new or pk in added
    ]
    return plan_autorisaties(organisatie=signaal.organisatie, vragen=vragen, beheerder=None, now=now)
