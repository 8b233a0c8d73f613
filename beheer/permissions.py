from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from accounts.models import Kenmerk, Machtiging, OrganisatieKenmerk
from accounts.permissions import account_of, beheerder_required, gebruikers_of, organisatie_of
from autorisatie.models import Machtigingsaanbod
from autorisatie.services.voorleggen import EIGEN_ROL
from beheer.models import Signaal
from verantwoording.models import Voorstel, VoorstelQuerySet


def for_gebruiker(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view in which a beheerder acts on a running account of her own organisatie, loaded from `pk`.

    404 for who is no beheerder and for another organisatie's account. An account that has been ended, perhaps by a
    colleague a moment ago, is shown with a sentence that says so: nothing can be done with it any more (R20).
    """

    @beheerder_required
    @wraps(view)
    def loaded(request: HttpRequest, /, pk: int, **kwargs: Any) -> HttpResponse:
        account = get_object_or_404(gebruikers_of(request), pk=pk)
        if account.beeindigd_op is not None:
            messages.info(request, "Dit account is beëindigd. U kunt er niets meer aan wijzigen.")
            return redirect("gebruiker", pk=account.pk)
        return view(request, account, **kwargs)

    return loaded


def kenmerken_of(request: HttpRequest) -> QuerySet[Kenmerk]:
    """The kenmerken that are or were the own organisatie's (D3): every list and every id of a kenmerk starts here."""
    rows = OrganisatieKenmerk.objects.filter(organisatie=organisatie_of(request), kenmerk=OuterRef("pk"))
    return Kenmerk.objects.filter(Exists(rows))


def rolvoorstellen_of(request: HttpRequest) -> VoorstelQuerySet:
    """What beheerders of the own organisatie ask for themselves (R02, D22)."""
    return Voorstel.objects.filter(soort=EIGEN_ROL, organisatie_id=organisatie_of(request).pk)


def aanbod_of(request: HttpRequest) -> QuerySet[Machtigingsaanbod]:
    """What the own organisatie offered, and what was offered to it once its bevoegd gezag had confirmed (R30)."""
    organisatie = organisatie_of(request)
    told = [Machtigingsaanbod.Stand.BEVESTIGD, Machtigingsaanbod.Stand.AANVAARD]
    return Machtigingsaanbod.objects.filter(Q(verlener=organisatie) | Q(gemachtigde=organisatie, stand__in=told))


def machtigingen_of(request: HttpRequest) -> QuerySet[Machtiging]:
    """The machtigingen that the own organisatie gave or got (R30)."""
    organisatie = organisatie_of(request)
    return Machtiging.objects.filter(Q(verlener=organisatie) | Q(gemachtigde=organisatie))


def signalen_of(request: HttpRequest) -> QuerySet[Signaal]:
    """The signalen of the own organisatie, but those in which the reader had a part, by this account or another one."""
    reader = account_of(request)
    same_name = Q(achternaam=reader.achternaam, voornaam=reader.voornaam, tussenvoegsel=reader.tussenvoegsel)
    own = list(gebruikers_of(request).filter(Q(email__iexact=reader.email) | same_name).values_list("pk", flat=True))
    signalen = Signaal.objects.filter(organisatie=organisatie_of(request))
    return signalen.exclude(door__overlap=own).exclude(over__overlap=own)
