import secrets
from datetime import datetime
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from accounts.models import Account
from koppeling.emails.activatiecode import write_activatiecode_mail
from koppeling.models import Activatiecode, Koppeling
from koppeling.rules import CODE_GELDIG, hash_activatiecode, make_activatiecode
from verantwoording.haken import Post
from verantwoording.models import Bericht
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import enqueue_bericht, write_logregel

SOORT = "activatiecode"


class GeenCodeMogelijk(ValueError):  # noqa: N818  # a Dutch noun
    """No activatiecode can be requested; the text says why, in Dutch, for the beheerder."""


@transaction.atomic
def request_activatiecode(*, account: Account, actor: Actor, now: datetime) -> Bericht:
    """Ask for an activatiecode: it is made and mailed by the worker (R07, D10). Returns the mail's row.

    A request that is still waiting is not doubled: its row is returned. Raises GeenCodeMogelijk for an account that
    has been ended or that has a live koppeling.
    """
    account = Account.objects.select_for_update().get(pk=account.pk)
    if account.beeindigd_op is not None:
        raise GeenCodeMogelijk("Dit account is beëindigd. Meld de persoon opnieuw aan.")
    if Koppeling.objects.live().filter(account=account).exists():
        raise GeenCodeMogelijk("Dit account is al gekoppeld. Een activatiecode is pas nodig na het ontkoppelen.")
    waiting = Bericht.objects.filter(
        account_id=account.pk, soort=SOORT, status__in=[Bericht.Status.WACHT, Bericht.Status.BEZIG]
    ).first()
    if waiting is not None:
        return waiting
    write_logregel(
        gebeurtenis="activatiecode_aangevraagd",
        actor=actor,
        now=now,
        organisatie_id=account.organisatie_id,
        account_id=account.pk,
    )
    return enqueue_bericht(
        soort=SOORT,
        sleutel=f"{SOORT}:{account.pk}:{uuid4().hex}",
        now=now,
        account_id=account.pk,
        organisatie_id=account.organisatie_id,
        prioriteit=Bericht.Prioriteit.HOOG,
    )


@transaction.atomic
def issue_activatiecode(bericht: Bericht, now: datetime) -> Post | None:
    """Make a code just before its mail leaves, end the older one, and store the keyed hash only (R07, D10).

    Returns the mail with the code in it, or None when the account was ended or linked since the request. The 24 hours
    start at `now`; a retry comes here again and so makes a new code.
    """
    account = Account.objects.select_for_update().get(pk=bericht.account_id or 0)
    if account.beeindigd_op is not None or Koppeling.objects.live().filter(account=account).exists():
        return None
    older = void_activatiecodes(account=account, now=now)
    code = make_activatiecode(secrets.randbelow)
    key, pepper = next(iter(settings.ACTIVATIECODE_PEPERS.items()))
    row = Activatiecode.objects.create(
        account=account,
        hash=hash_activatiecode(
            pepper=bytes.fromhex(pepper),
            organisatie_id=account.organisatie_id or 0,
            gebruikersnaam=account.gebruikersnaam,
            code=code,
        ),
        peper=key,
        gemaakt_op=now,
        geldig_tot=now + CODE_GELDIG,
    )
    write_logregel(
        gebeurtenis="activatiecode_verstuurd",
        actor=Actor(ActorSoort.TAAK, naam="mail"),
        now=now,
        organisatie_id=account.organisatie_id,
        account_id=account.pk,
        object_soort=SOORT,
        object_id=row.pk,
    )
    return write_activatiecode_mail(account=account, code=code, geldig_tot=row.geldig_tot, vervangt=older > 0)


def void_activatiecodes(*, account: Account, now: datetime) -> int:
    """End every open code of the account (R07, R19, R20). Returns how many there were."""
    return Activatiecode.objects.filter(account=account, gebruikt_op__isnull=True, ingetrokken_op__isnull=True).update(
        ingetrokken_op=now
    )
