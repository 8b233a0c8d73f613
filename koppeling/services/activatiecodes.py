import secrets
from datetime import datetime
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Account, AccountQuerySet
from accounts.services.blokkades import is_blocked
from koppeling.emails.activatiecode import write_activatiecode_mail
from koppeling.emails.afspraak import GEANNULEERD, GEPLAND
from koppeling.models import Activatiecode, CodeAanvraag, Koppeling
from koppeling.rules import CODE_GELDIG, CODE_VOORUIT, hash_activatiecode, make_activatiecode
from verantwoording.haken import Post
from verantwoording.models import Bericht, BerichtQuerySet
from verantwoording.rules import Actor, ActorSoort
from verantwoording.services import enqueue_bericht, write_logregel

SOORT = "activatiecode"


class GeenCodeMogelijk(ValueError):  # noqa: N818  # a Dutch noun
    """No activatiecode can be requested; the text says why, in Dutch, for the beheerder."""


class AlAangevraagd(GeenCodeMogelijk):
    """A colleague did it a moment ago, or the mail is leaving now."""

    def __init__(self) -> None:
        super().__init__("De code was net al aangevraagd. U ziet hieronder of de e-mail is verstuurd.")


@transaction.atomic
def request_activatiecode(
    *, account: Account, actor: Actor, now: datetime, moment: datetime | None = None, vorige: int | None = None
) -> Bericht:
    """Ask for an activatiecode: it is made and mailed by the worker, now or at `moment` (R07, D10).

    Returns the mail's row. A request whose mail is under way is not doubled: its row is returned. A code that was
    planned is replaced, and an open request of the gebruiker himself is granted by it. vorige: the newest row that the
    page knew of, 0 for none. Raises GeenCodeMogelijk, also for who
    is blocked, and AlAangevraagd when a colleague was first.
    """
    account = Account.objects.select_for_update().get(pk=account.pk)
    if account.beeindigd_op is not None:
        raise GeenCodeMogelijk("Dit account is beëindigd. Meld de persoon opnieuw aan.")
    if is_blocked(account, now):
        raise GeenCodeMogelijk("Dit account is tijdelijk geblokkeerd. Hef eerst de blokkade op.")
    if Koppeling.objects.live().filter(account=account).exists():
        raise GeenCodeMogelijk("Dit account is al gekoppeld. Een activatiecode is pas nodig na het ontkoppelen.")
    if moment is not None and not now < moment <= now + CODE_VOORUIT:
        raise GeenCodeMogelijk(f"Kies een moment dat nog komt, hoogstens {CODE_VOORUIT.days} dagen vooruit.")
    newest = Bericht.objects.filter(account_id=account.pk, soort=SOORT).order_by("-id").first()
    if vorige is not None and vorige != (newest.pk if newest else 0):
        raise AlAangevraagd
    void_planned(account=account, now=now)
    under_way = Bericht.objects.filter(
        account_id=account.pk, soort=SOORT, status__in=[Bericht.Status.WACHT, Bericht.Status.BEZIG]
    ).first()
    if under_way is not None:
        if moment is not None:
            raise AlAangevraagd
        return under_way
    CodeAanvraag.objects.filter(account=account, besloten_op=None).update(
        besloten_op=now, besluit=CodeAanvraag.Besluit.TOEGEKEND
    )
    write_logregel(
        gebeurtenis="activatiecode_gepland" if moment else "activatiecode_aangevraagd",
        actor=actor,
        now=now,
        organisatie_id=account.organisatie_id,
        account_id=account.pk,
        gegevens={"moment": f"{timezone.localtime(moment):%d-%m-%Y %H.%M}"} if moment else None,
    )
    bericht = enqueue_bericht(
        soort=SOORT,
        sleutel=f"{SOORT}:{account.pk}:{uuid4().hex}",
        now=now,
        account_id=account.pk,
        organisatie_id=account.organisatie_id,
        prioriteit=Bericht.Prioriteit.HOOG,
        niet_voor=moment,
    )
    if moment is not None:
        _tell(GEPLAND, account, bericht, now)
    return bericht


def planned_activatiecode(*, account: Account, now: datetime) -> Bericht | None:
    """The mail with a code that waits for its moment; None when there is none."""
    return _planned(account, now).first()


def planned_of(gebruikers: AccountQuerySet, now: datetime) -> list[tuple[Account, datetime]]:
    """Who of these gebruikers gets a code at which moment, the first one first."""
    rows = Bericht.objects.filter(soort=SOORT, account_id__in=gebruikers.active().values("pk"))
    moments = dict(_waiting(rows, now).values_list("account_id", "niet_voor"))
    accounts = {account.pk: account for account in gebruikers.filter(pk__in=moments)}
    return sorted(((accounts[pk], moment) for pk, moment in moments.items() if pk in accounts), key=lambda row: row[1])


@transaction.atomic
def cancel_activatiecode(*, account: Account, actor: Actor, now: datetime) -> bool:
    """Cancel the code that was planned, and tell the gebruiker (R07). False when there is none (any more)."""
    account = Account.objects.select_for_update().get(pk=account.pk)
    planned = planned_activatiecode(account=account, now=now)
    if planned is None or not void_planned(account=account, now=now):
        return False
    write_logregel(
        gebeurtenis="activatiecode_geannuleerd",
        actor=actor,
        now=now,
        organisatie_id=account.organisatie_id,
        account_id=account.pk,
    )
    _tell(GEANNULEERD, account, planned, now)
    return True


def void_planned(*, account: Account, now: datetime) -> bool:
    """Take back a mail with a code that waits for its moment, also from a worker that is about to take it up."""
    return _planned(account, now).update(status=Bericht.Status.VERVALLEN) > 0


def _planned(account: Account, now: datetime) -> BerichtQuerySet:
    return _waiting(Bericht.objects.filter(account_id=account.pk, soort=SOORT), now)


def _waiting(rows: BerichtQuerySet, now: datetime) -> BerichtQuerySet:
    """Not yet tried, so put off by nothing but their moment."""
    return rows.filter(status=Bericht.Status.WACHT, pogingen=0, niet_voor__gt=now)


def _tell(soort: str, account: Account, planned: Bericht, now: datetime) -> None:
    enqueue_bericht(
        soort=soort,
        sleutel=f"{soort}:{planned.pk}",
        now=now,
        account_id=account.pk,
        organisatie_id=account.organisatie_id,
        object_id=planned.pk,
    )


@transaction.atomic
def issue_activatiecode(bericht: Bericht, now: datetime) -> Post | None:
    """Make a code just before its mail leaves, end the older one, and store the keyed hash only (R07, D10).

    Returns the mail with the code in it, or None when the account was ended, blocked or linked since the request. The
    24 hours start at `now`; a retry comes here again and so makes a new code.
    """
    account = Account.objects.select_for_update().get(pk=bericht.account_id or 0)
    linked = Koppeling.objects.live().filter(account=account).exists()
    if account.beeindigd_op is not None or linked or is_blocked(account, now):
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
