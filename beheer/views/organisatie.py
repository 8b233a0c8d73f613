"""The organisatie's own page, for its beheerders: what DUO knows of it, and what they keep themselves."""

from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_safe

from accounts.middleware import form_data
from accounts.models import Beheerderschap, Contactpersoon, Contract
from accounts.models.organisatie import live
from accounts.permissions import actor_of, beheerder_required, organisatie_of
from accounts.services.organisaties import AndersGewijzigd, delete_rij, save_rij
from autorisatie.models import BeheerderBevoegdheid
from beheer.forms.organisatie import RIJEN, GezagForm
from beheer.services.continuiteit import open_meldingen
from beheer.services.gezag import VRAAG, AlVoorgesteld, Gezag, ask_gezag, gezag_of, open_voorstel
from beheer.services.hercertificering import look_ahead

NAMEN = {Contactpersoon: "Contactpersoon", Contract: "Contract"}


@beheerder_required
@require_safe
def organisatie(request: HttpRequest) -> HttpResponse:
    """Everything about the own organisatie on one page."""
    now = timezone.now()
    own = organisatie_of(request)
    bevoegdheden = BeheerderBevoegdheid.objects.filter(live(now)).select_related("beheerdersrol")
    beheerders = (
        Beheerderschap.objects.filter(live(now), account__organisatie=own, account__beeindigd_op=None)
        .select_related("account")
        .prefetch_related(Prefetch("bevoegdheden", bevoegdheden))
        .order_by("account__achternaam", "account_id")
    )
    kenmerken = own.organisatiekenmerken.select_related("kenmerk").order_by("kenmerk__soort", "kenmerk__waarde", "van")
    vraag = open_voorstel(own, VRAAG)
    context = {
        "organisatie": own,
        "soorten": own.soorten.all(),
        "beheerders": beheerders,
        "contactpersonen": [_contactpersoon(rij) for rij in own.contactpersonen.all()],
        "contracten": [_contract(rij) for rij in own.contracten.all()],
        "kenmerken": kenmerken,
        "verleend": own.verleende_machtigingen.filter(live(now)).select_related("gemachtigde"),
        "gekregen": own.gekregen_machtigingen.filter(live(now)).select_related("verlener"),
        "gevraagd": vraag is not None and vraag.is_open(now),
        "meldingen": open_meldingen(own),
        "nakijken": look_ahead(organisatie=own, now=now),
        "nu": now,
    }
    return render(request, "beheer/organisatie.html", context)


def _contactpersoon(rij: Contactpersoon) -> dict[str, Any]:
    velden = {
        "Onderwerp": rij.get_onderwerp_display(),
        "Naam": ", ".join(filter(None, (rij.naam, rij.functie))),
        "Bereikbaar": ", ".join(filter(None, (rij.email, rij.telefoon))),
    }
    return {"pk": rij.pk, "naam": rij.naam, "velden": velden}


def _contract(rij: Contract) -> dict[str, Any]:
    einde = date_format(rij.eindigt_op, "j F Y") if rij.eindigt_op else "onbepaalde tijd"
    velden = {
        "Partij": rij.partij,
        "Waarover": rij.waarover,
        "Periode": f"{date_format(rij.begint_op, 'j F Y')} tot {einde}",
    }
    return {"pk": rij.pk, "naam": rij.partij, "velden": velden}


@beheerder_required
def organisatie_gezag_vragen(request: HttpRequest) -> HttpResponse:
    """Ask DUO for another bevoegd gezag (R01): a beheerder can only ask."""
    own = organisatie_of(request)
    form = GezagForm(form_data(request), initial=dict(gezag_of(own)))
    if request.method == "POST" and form.is_valid():
        gezag = Gezag(**form.cleaned_data)  # type: ignore[typeddict-item]  # the fields are its keys
        if gezag == gezag_of(own):
            messages.info(request, "Deze gegevens staan al zo bij DUO. Er is niets gevraagd.")
            return redirect("organisatie")
        try:
            ask_gezag(organisatie=own, gezag=gezag, actor=actor_of(request), now=timezone.now())
        except AlVoorgesteld as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Uw vraag is naar DUO gestuurd. Het huidige bevoegd gezag krijgt een e-mail.")
            return redirect("organisatie")
    return render(request, "beheer/organisatie_gezag_vragen.html", {"form": form})


@beheerder_required
def organisatie_contactpersoon_toevoegen(request: HttpRequest) -> HttpResponse:
    """Add a contactpersoon."""
    return _edit(request, "organisatie_contactpersoon_toevoegen", Contactpersoon(organisatie=organisatie_of(request)))


@beheerder_required
def organisatie_contactpersoon(request: HttpRequest, contactpersoon: int) -> HttpResponse:
    """Change a contactpersoon (D23)."""
    rij = get_object_or_404(organisatie_of(request).contactpersonen, pk=contactpersoon)
    return _edit(request, "organisatie_contactpersoon", rij)


@beheerder_required
def organisatie_contactpersoon_verwijderen(request: HttpRequest, contactpersoon: int) -> HttpResponse:
    """Remove a contactpersoon, asked first."""
    rij = get_object_or_404(organisatie_of(request).contactpersonen, pk=contactpersoon)
    return _remove(request, "organisatie_contactpersoon_verwijderen", rij, rij.naam)


@beheerder_required
def organisatie_contract_toevoegen(request: HttpRequest) -> HttpResponse:
    """Add a contract with a third party."""
    return _edit(request, "organisatie_contract_toevoegen", Contract(organisatie=organisatie_of(request)))


@beheerder_required
def organisatie_contract(request: HttpRequest, contract: int) -> HttpResponse:
    """Change a contract (D23)."""
    rij = get_object_or_404(organisatie_of(request).contracten, pk=contract)
    return _edit(request, "organisatie_contract", rij)


@beheerder_required
def organisatie_contract_verwijderen(request: HttpRequest, contract: int) -> HttpResponse:
    """Remove a contract, asked first."""
    rij = get_object_or_404(organisatie_of(request).contracten, pk=contract)
    return _remove(request, "organisatie_contract_verwijderen", rij, f"het contract met {rij.partij}")


def _edit(request: HttpRequest, naam: str, rij: Contactpersoon | Contract) -> HttpResponse:
    """The form of a row. Whoever saves second sees what the first one changed, and loses nothing typed (D23)."""
    form_class = RIJEN[type(rij)]
    velden = [veld for veld in form_class.base_fields if veld != "versie"]
    initial = {veld: getattr(rij, veld) for veld in [*velden, "versie"]}
    data = form_data(request)
    form = form_class(data, initial=initial)
    verschillen: list[tuple[str, Any, Any]] = []
    if request.method == "POST" and form.is_valid():
        waarden = {veld: form.cleaned_data[veld] for veld in velden}
        try:
            save_rij(
                rij=rij,
                versie=form.cleaned_data["versie"],
                waarden=waarden,
                actor=actor_of(request),
                now=timezone.now(),
            )
        except (Contactpersoon.DoesNotExist, Contract.DoesNotExist) as gone:
            raise Http404 from gone
        except AndersGewijzigd as anders:
            verschillen = _differences(form, anders.huidig, velden)
            form = form_class(initial={**waarden, "versie": anders.huidig.versie})
        else:
            messages.success(request, f"{NAMEN[type(rij)]} opgeslagen.")
            return redirect("organisatie")
    context = {"form": form, "rij": rij, "wat": NAMEN[type(rij)].lower(), "verschillen": verschillen}
    return render(request, f"beheer/{naam}.html", context)


def _differences(form: Form, huidig: Contactpersoon | Contract, velden: list[str]) -> list[tuple[str, Any, Any]]:
    return [
        (str(form.fields[veld].label), getattr(huidig, veld), form.cleaned_data[veld])
        for veld in velden
        if getattr(huidig, veld) != form.cleaned_data[veld]
    ]


def _remove(request: HttpRequest, naam: str, rij: Contactpersoon | Contract, wat: str) -> HttpResponse:
    if request.method == "POST":
        gone = delete_rij(rij=rij, actor=actor_of(request), now=timezone.now())
        messages.success(request, "Verwijderd." if gone else "Een collega had dit al verwijderd.")
        return redirect("organisatie")
    context = {
        "titel": f"{NAMEN[type(rij)]} verwijderen",
        "wat": f"U verwijdert {wat}. Dat kan niet ongedaan worden gemaakt.",
        "knop": "Verwijderen",
        "annuleren_url": reverse("organisatie"),
    }
    return render(request, f"beheer/{naam}.html", context)
