from collections.abc import Iterable
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.middleware import form_data
from accounts.models import Kenmerk
from accounts.permissions import account_of, actor_of, beheerder_required, organisatie_of
from autorisatie.models import Rol
from autorisatie.services import Weigering
from beheer.exports import SOORTEN, make_download
from beheer.forms.aanmeldlijst import BestandForm, BevestigLijstForm
from beheer.imports import read_tabel
from beheer.models import Aanmeldlijst, Aanmeldrij
from beheer.rules import PER_PAGINA
from beheer.rules.aanmeldlijst import KOPPEN
from beheer.rules.tabel import FOUTEN_HOOGSTENS, Bestandsfout, Probleem
from beheer.services.aanmeldlijsten import (
    NietAanTeMelden,
    confirm_aanmeldlijst,
    discard_aanmeldlijst,
    read_aanbod,
    store_aanmeldlijst,
    undo_aanmeldlijst,
    untouched,
    with_bestaand,
)

_VOORBEELD: Final = ("Jan", "van der", "Berg", "jan@school.example", "0612345678", "Administratie", "")


def _lijsten_of(request: HttpRequest) -> QuerySet[Aanmeldlijst]:
    """The files that this beheerder uploaded herself for this organisatie, as long as they are kept (D23)."""
    own = Aanmeldlijst.objects.filter(organisatie=organisatie_of(request), beheerder=account_of(request))
    return own.kept(timezone.now()).select_related("organisatie", "beheerder")


@beheerder_required
def aanmeldlijst_nieuw(request: HttpRequest) -> HttpResponse:
    """Upload a file with people to register (R04); nobody is registered before its preview is confirmed."""
    form = BestandForm(request.POST or None, request.FILES or None)
    problemen: tuple[Probleem, ...] = ()
    if request.method == "POST" and form.is_valid():
        try:
            lijst = store_aanmeldlijst(
                beheerder=account_of(request),
                tabel=read_tabel(form.cleaned_data["bestand"].read()),
                now=timezone.now(),
            )
        except Bestandsfout as refusal:
            problemen = refusal.problemen
            form.add_error("bestand", "Dit bestand is niet verwerkt. Hieronder staat wat er mis is.")
        else:
            return redirect("aanmeldlijst", lijst=lijst.pk)
    return render(
        request,
        "beheer/aanmeldlijst_nieuw.html",
        {
            "form": form,
            "problemen": problemen,
            "koppen": [names[0] for names in KOPPEN.values()],
            "soorten": SOORTEN.items(),
            "lijsten": _lijsten_of(request).order_by("-id"),
        },
    )


@beheerder_required
@require_GET
def aanmeldlijst_voorbeeld(request: HttpRequest, soort: str) -> HttpResponseBase:
    """An example to fill in, with a rol and a kenmerk that this beheerder may hand out."""
    if soort not in SOORTEN:
        raise Http404
    aanbod = read_aanbod(beheerder=account_of(request), now=timezone.now())
    rol = next((rol for rol in aanbod if rol.kenmerken), None)
    rollen = [rol.naam, min(rol.kenmerken)] if rol else [aanbod[0].naam if aanbod else "", ""]
    rows = [[*_VOORBEELD, *rollen]]
    return make_download("gebruikers-aanmelden", soort, [names[0] for names in KOPPEN.values()], rows)


@beheerder_required
def aanmeldlijst(request: HttpRequest, lijst: int) -> HttpResponse:
    """What each row of a file will do or did. POST confirms it: all rows or none, or the good ones on demand (R04)."""
    found = get_object_or_404(_lijsten_of(request), pk=lijst)
    good, faulty = found.rijen.filter(fouten=[]), found.rijen.exclude(fouten=[])
    rollen = Rol.objects.in_bulk({rol for chosen in _rollen_in(good) for rol, _ in chosen})
    counts = {"goed": good.count(), "fout": faulty.count()}
    form = BevestigLijstForm(
        form_data(request), **counts, privacygevoelig=any(rol.privacygevoelig for rol in rollen.values())
    )
    if request.method == "POST" and form.is_valid():
        try:
            found = confirm_aanmeldlijst(
                lijst=found,
                alleen_goede=form.cleaned_data.get("alleen_goede", False),
                actor=actor_of(request),
                beheerder=account_of(request),
                now=timezone.now(),
            )
        except (NietAanTeMelden, Weigering) as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("aanmeldlijst", lijst=found.pk)
    rows = with_bestaand(found.rijen.order_by("nummer"), found)
    page = Paginator(rows, PER_PAGINA).get_page(request.GET.get("pagina"))
    return render(
        request,
        "beheer/aanmeldlijst.html",
        {
            "lijst": found,
            "form": form,
            **counts,
            "bestaand": with_bestaand(good, found).filter(Q(bestaat=True)).count(),
            "nieuw": found.rijen.filter(uitkomst=Aanmeldrij.Uitkomst.NIEUW).count(),
            "bestond": found.rijen.filter(uitkomst=Aanmeldrij.Uitkomst.BESTOND).count(),
            "fouten": [
                (rij, kolom, zin) for rij in faulty.order_by("nummer")[:FOUTEN_HOOGSTENS] for kolom, zin in rij.fouten
            ],
            "pagina": page,
            "rijen": list(zip(page, _rollen_in_words(page, rollen), strict=True)),
        },
    )


@beheerder_required
def aanmeldlijst_ongedaan(request: HttpRequest, lijst: int) -> HttpResponse:
    """Undo a list for those with whom nothing was done since, shown first; within a day."""
    found = get_object_or_404(_lijsten_of(request), pk=lijst)
    if request.method == "POST":
        count = undo_aanmeldlijst(lijst=found, actor=actor_of(request), now=timezone.now())
        if count is None:
            messages.info(request, "Dit bestand was niet verwerkt, of het was al ongedaan gemaakt.")
        else:
            messages.success(request, f"Ongedaan gemaakt. Beëindigde accounts: {count}.")
        return redirect("aanmeldlijst", lijst=found.pk)
    made = found.rijen.filter(uitkomst=Aanmeldrij.Uitkomst.NIEUW).count()
    back = untouched(found)
    count = back.count()
    return render(
        request,
        "beheer/aanmeldlijst_ongedaan.html",
        {
            "titel": "Aanmelden ongedaan maken",
            "knop": "Ongedaan maken",
            "annuleren_url": reverse("aanmeldlijst", kwargs={"lijst": found.pk}),
            "lijst": found,
            "aantal": count,
            "blijft": made - count,
            "namen": [account.lijstnaam for account in back.order_by("achternaam", "voornaam", "id")[:PER_PAGINA]],
        },
    )


@beheerder_required
def aanmeldlijst_verwijderen(request: HttpRequest, lijst: int) -> HttpResponse:
    """Throw an uploaded file away before its day is over; whoever it registered stays."""
    found = get_object_or_404(_lijsten_of(request), pk=lijst)
    terug = reverse("aanmeldlijst", kwargs={"lijst": found.pk})
    if request.method == "POST":
        if discard_aanmeldlijst(lijst=found):
            messages.success(request, "De rijen van het bestand zijn verwijderd.")
            return redirect("aanmeldlijst_nieuw")
        messages.info(request, "Dit bestand wordt nu verwerkt. Wacht tot dat klaar is.")
        return redirect(terug)
    context = {"titel": "Bestand verwijderen", "knop": "Verwijderen", "annuleren_url": terug, "lijst": found}
    return render(request, "beheer/aanmeldlijst_verwijderen.html", context)


def _rollen_in(rijen: QuerySet[Aanmeldrij]) -> Iterable[Any]:
    return rijen.values_list("rollen", flat=True).distinct()


def _rollen_in_words(page: Iterable[Aanmeldrij], rollen: dict[int, Rol]) -> list[list[str]]:
    rows = list(page)
    kenmerken = Kenmerk.objects.in_bulk({pk for rij in rows for _, chosen in rij.rollen for pk in chosen})
    return [
        [
            f"{rollen[rol].naam}: {', '.join(kenmerken[pk].waarde for pk in chosen)}" if chosen else rollen[rol].naam
            for rol, chosen in rij.rollen
            if rol in rollen
        ]
        for rij in rows
    ]
