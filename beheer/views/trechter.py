from collections.abc import Iterator
from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import actor_of, beheerder_required, gebruikers_of, organisatie_of
from beheer.exports import SOORTEN, Cel, make_download
from beheer.forms import ZoekForm
from beheer.rules.trechter import NAMEN, Feiten, Mail, Stand, next_act
from beheer.services.standen import Gebruikersstand, count_standen, read_standen, search
from beheer.services.trechter import record_download

MEESTAL = Feiten(brief_overhandigd=True, mail=Mail.GEWEIGERD)
"""What is usually so at a stage at which the next act depends on it: as the list has it for most of the people."""
KOP = ["Naam", "E-mailadres", "Functie", "Stand", "Toelichting", "Rollen", "Laatst ingelogd", "Wat nu", "Volgende stap"]


@beheerder_required
@require_safe
def trechter(request: HttpRequest) -> HttpResponse:
    """How many gebruikers are at each stage, and what each waits for. The list shows who they are."""
    counts = count_standen(gebruikers_of(request), organisatie_of(request), timezone.now())
    rows = [
        (stand, naam, counts[stand], next_act(stand=stand, feiten=MEESTAL, heeft_rollen=True).knop)
        for stand, naam in NAMEN.items()
    ]
    return render(
        request,
        "beheer/trechter.html",
        {
            "rijen": rows,
            "totaal": counts.total() - counts[Stand.BEEINDIGD],
            "soorten": SOORTEN.items(),
        },
    )


@beheerder_required
@require_POST
def trechter_downloaden(request: HttpRequest) -> HttpResponse:
    """The list as a file, filtered as it was on the screen; without gebruikersnamen (D6). Logged, so by POST (R33)."""
    form = ZoekForm(request.POST)
    if not form.is_valid() or request.POST.get("soort") not in SOORTEN:
        raise Http404
    now, organisatie = timezone.now(), organisatie_of(request)
    rows = search(
        gebruikers_of(request),
        organisatie=organisatie,
        naam=form.cleaned_data["q"],
        stand=form.cleaned_data["stand"],
        now=now,
    )
    standen = read_standen(rows, organisatie, now)
    record_download(organisatie=organisatie, aantal=len(standen), actor=actor_of(request), now=now)
    return cast("HttpResponse", make_download("trechter-mijn-duo", request.POST["soort"], KOP, _rows(standen)))


def _rows(standen: list[Gebruikersstand]) -> Iterator[list[Cel]]:
    for rij in standen:
        yield [
            rij.account.lijstnaam,
            rij.account.email,
            rij.account.functie,
            rij.naam,
            rij.toelichting,
            rij.mag,
            rij.feiten.laatst_ingelogd,
            rij.volgende.tekst,
            rij.volgende.knop,
        ]
