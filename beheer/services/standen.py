from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Exists, OuterRef, Q, Subquery, TextField, Value, When

from accounts.models import Account, AccountQuerySet, Beheerderschap, Organisatie
from accounts.models.organisatie import live
from autorisatie.models import Autorisatie
from beheer.rules import NAMEN, Mail, Stand, Volgende, next_act
from beheer.services.brieven import BRIEF_GEMAAKT
from koppeling.models import Activatiecode, Koppeling, Teller
from koppeling.services.activatiecodes import SOORT as ACTIVATIECODE
from koppeling.services.koppelproces import name_key
from verantwoording.models import Bericht, Logregel

MAILS = {
    Bericht.Status.WACHT: Mail.ONDERWEG,
    Bericht.Status.BEZIG: Mail.ONDERWEG,
    Bericht.Status.VERZONDEN: Mail.VERZONDEN,
    Bericht.Status.GEWEIGERD: Mail.GEWEIGERD,
    Bericht.Status.MISLUKT: Mail.MISLUKT,
    Bericht.Status.VERVALLEN: Mail.GEEN,
}


@dataclass(frozen=True, slots=True)
class Gebruikersstand:
    """One gebruiker as the beheerder sees him: where he stands, and what that rests on. None: it did not happen."""

    account: Account
    stand: Stand
    rollen: list[str]
    is_beheerder: bool
    brief_gemaakt: bool
    mail: Mail
    code_tot: datetime | None
    gekoppeld_op: datetime | None
    laatst_ingelogd: datetime | None
    ontkoppeld_om: str
    geblokkeerd_tot: datetime | None

    @property
    def naam(self) -> str:
        """The stand in words."""
        return NAMEN[self.stand]

    @property
    def volgende(self) -> Volgende:
        """What the beheerder does next."""
        return next_act(
            stand=self.stand,
            heeft_rollen=bool(self.rollen) or self.is_beheerder,
            brief_gemaakt=self.brief_gemaakt,
            mail=self.mail,
        )


def with_stand(gebruikers: AccountQuerySet, now: datetime) -> AccountQuerySet:
    """The same accounts, in the order of the list, with `stand` to filter on and all that `read_standen` shows.

    One query however many accounts there are; the subqueries run for the rows of the page only, except `stand` when it
    is filtered on.
    """
    of_account = {"account": OuterRef("pk")}
    koppelingen = Koppeling.objects.filter(**of_account)
    codes = Activatiecode.objects.filter(**of_account, gebruikt_op=None, ingetrokken_op=None)
    newest = koppelingen.order_by("-id")
    stand = Case(
        When(beeindigd_op__isnull=False, then=Value(Stand.BEEINDIGD)),
        When(Exists(koppelingen.live()), then=Value(Stand.GEKOPPELD)),
        When(Exists(codes.filter(geldig_tot__gte=now)), then=Value(Stand.CODE_VERSTUURD)),
        When(Exists(codes), then=Value(Stand.CODE_VERLOPEN)),
        When(Exists(koppelingen), then=Value(Stand.ONTKOPPELD)),
        default=Value(Stand.AANGEMELD),
        output_field=TextField(),
    )
    return gebruikers.annotate(
        stand=stand,
        rolnamen=ArraySubquery(
            Autorisatie.objects.live(now).filter(**of_account).order_by("rol__naam").values("rol__naam")
        ),
        beheert=Exists(Beheerderschap.objects.filter(live(now), **of_account)),
        brief=Case(
            When(
                stand=Stand.AANGEMELD,
                then=Exists(Logregel.objects.filter(account_id=OuterRef("pk"), gebeurtenis=BRIEF_GEMAAKT)),
            ),
            default=Value(True),
        ),
        mail=Subquery(
            Bericht.objects.filter(account_id=OuterRef("pk"), soort=ACTIVATIECODE).order_by("-id").values("status")[:1]
        ),
        code_tot=Subquery(codes.values("geldig_tot")[:1]),
        koppeling_sinds=Subquery(newest.values("sinds")[:1]),
        koppeling_gebruikt=Subquery(newest.values("laatst_gebruikt")[:1]),
        koppeling_reden=Subquery(newest.values("reden")[:1]),
    ).order_by("achternaam", "voornaam", "id")


def read_standen(accounts: Iterable[Account], organisatie: Organisatie, now: datetime) -> list[Gebruikersstand]:
    """Read accounts that came out of `with_stand`, and look up their blocks in one query (R10).

    A block is found for middelen with the organisatie's own KvK number; the counter's key is a keyed hash (D9).
    """
    keys = {
        account.pk: name_key(kvk_nummer=organisatie.kvk_nummer, gebruikersnaam=account.gebruikersnaam)
        for account in accounts
    }
    blocked = dict(
        Teller.objects.filter(sleutel__in=keys.values(), geblokkeerd_tot__gt=now).values_list(
            "sleutel", "geblokkeerd_tot"
        )
    )
    return [_read(account, blocked.get(keys[account.pk])) for account in accounts]


def _read(account: Account, geblokkeerd_tot: datetime | None) -> Gebruikersstand:
    found = vars(account)
    stand = Stand(found["stand"])
    return Gebruikersstand(
        account=account,
        stand=stand,
        rollen=found["rolnamen"],
        is_beheerder=found["beheert"],
        brief_gemaakt=found["brief"],
        mail=MAILS[Bericht.Status(found["mail"])] if found["mail"] else Mail.GEEN,
        code_tot=found["code_tot"],
        gekoppeld_op=found["koppeling_sinds"],
        laatst_ingelogd=found["koppeling_gebruikt"],
        ontkoppeld_om=found["koppeling_reden"] or "",
        geblokkeerd_tot=geblokkeerd_tot if stand not in {Stand.GEKOPPELD, Stand.BEEINDIGD} else None,
    )


def search(gebruikers: AccountQuerySet, *, naam: str, stand: str) -> AccountQuerySet:
    """Filter what came out of `with_stand`: every word of `naam` is part of the name, and this stand.

    Without a stand: everybody who has not been ended.
    """
    for word in naam.split():
        gebruikers = gebruikers.filter(
            Q(achternaam__icontains=word) | Q(voornaam__icontains=word) | Q(tussenvoegsel__icontains=word)
        )
    return gebruikers.filter(Q(stand=stand)) if stand else gebruikers.active()


def live_koppeling(account: Account) -> Koppeling | None:
    """The koppeling with which the account logs in now, None when it has none."""
    return Koppeling.objects.live().filter(account=account).first()


def latest_bericht(account: Account, soort: str) -> Bericht | None:
    """The newest mail of this kind: whether it was sent, never what stands in it. None when there was none."""
    return Bericht.objects.filter(account_id=account.pk, soort=soort).order_by("-id").first()
