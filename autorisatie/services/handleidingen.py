"""Which manuals somebody gets to see and may download (R24): with the taken that one may open, and the general ones."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, OuterRef

from accounts.models import Account, Organisatie
from autorisatie.models import Portaal, Taak
from autorisatie.rules import Inlog
from autorisatie.services.taken import list_taken
from koppeling.models import Handleiding, HandleidingQuerySet


def handleidingen_of_taak(taak: Taak, organisatie: Organisatie) -> HandleidingQuerySet:
    """Of a taak and of the portaal where it is done, for the sectoren of this organisatie. The caller has the right."""
    return _of([taak.sleutel]).for_organisatie(organisatie)


def handleidingen_of_portaal(portaal: Portaal, organisatie: Organisatie | None) -> HandleidingQuerySet:
    """Of a portaal, for the sectoren of this organisatie; None: for who may open nothing there, so the general ones."""
    found: HandleidingQuerySet = Handleiding.objects.filter(portalen=portaal)
    return found.for_organisatie(organisatie) if organisatie else found.filter(algemeen=True)


def find_handleiding(
    *, pk: int, account: Account | None, inlog: Inlog | None, now: datetime, namens: Organisatie | None = None
) -> Handleiding | None:
    """The manual, when this reader may have it: it is general, or of a taak that he may open at `now` (R22, R24).

    account and inlog are None for who is not logged in. namens: as for `list_taken`.
    """
    general: Handleiding | None = Handleiding.objects.filter(pk=pk, algemeen=True).first()
    organisatie = namens or (account.organisatie if account else None)
    if general or account is None or inlog is None or organisatie is None:
        return general
    overzicht = list_taken(account=account, inlog=inlog, now=now, namens=namens)
    sleutels = [taak.sleutel for _, taken in overzicht.onderwerpen for taak in taken]
    return _of(sleutels).for_organisatie(organisatie).filter(pk=pk).first()


def _of(sleutels: Collection[str]) -> HandleidingQuerySet:
    """Of these taken, or of the portalen where these are done."""
    taken = Taak.objects.filter(sleutel__in=sleutels)
    found: HandleidingQuerySet = Handleiding.objects.filter(
        Exists(taken.filter(handleidingen=OuterRef("pk"))) | Exists(taken.filter(portaal__handleidingen=OuterRef("pk")))
    )
    return found
