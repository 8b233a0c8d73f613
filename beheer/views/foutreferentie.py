from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import beheerder_required, organisatie_of
from beheer.forms import FoutreferentieForm
from koppeling.services.weigeringen import OORZAKEN, read_spoor
from verantwoording.models import Foutreferentie


@beheerder_required
@require_safe
def foutreferentie(request: HttpRequest) -> HttpResponse:
    """What happened when somebody of the own organisatie could not log in, looked up by the reference he read (R16).

    Somebody else's reference, one that names no organisation and one that never was are the same: not found.
    """
    organisatie = organisatie_of(request)
    form = FoutreferentieForm(request.GET if "referentie" in request.GET else None)
    found = None
    if form.is_bound and form.is_valid():
        found = Foutreferentie.objects.filter(
            Q(organisatie_id=organisatie.pk) | Q(kvk_nummer=organisatie.kvk_nummer, organisatie_id=None),
            referentie=form.cleaned_data["referentie"],
        ).first()
        if found is None:
            form.add_error("referentie", "Bij uw organisatie is deze foutreferentie niet bekend.")
    context = {
        "form": form,
        "gevonden": found,
        "oorzaak": OORZAKEN.get(found.oorzaak) if found else None,
        "spoor": read_spoor(found) if found else [],
    }
    return render(request, "beheer/foutreferentie.html", context)
