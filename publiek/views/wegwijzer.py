from typing import Final

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from autorisatie.models import Portaal
from publiek.forms import WegwijzerForm
from publiek.rules import wegwijzer
from publiek.rules.wegwijzer import Niveau, Plek, make_checklist
from publiek.views.paginas import openbaar

LEVERANCIERS: Final = "www.eherkenning.nl"
LINKS: Final = {
    Plek.CONTACT: ("Contact per dienst", "contact"),
    Plek.AANMELDEN: ("Meld een beheerder aan", "beheerder_aanvragen"),
    Plek.INLOGGEN: ("Naar inloggen", "inloggen"),
    Plek.PROBLEMEN: ("Problemen met inloggen", "problemen_met_inloggen"),
    Plek.TESTEN: ("Test uw eHerkenning", "inloggen_testen"),
    Plek.OPNIEUW: ("Beantwoord de vragen opnieuw", "wat_heb_ik_nodig"),
}
PAGINAS: Final = {
    Plek.EHERKENNING: ("eHerkenning gebruiken", "eherkenning-gebruiken"),
    Plek.MACHTIGEN: ("Een andere organisatie machtigen", "machtigen"),
}


@login_not_required
@require_safe
def wat_heb_ik_nodig(request: HttpRequest) -> HttpResponse:
    """The guide (R31): three questions, answered with a checklist to print. Nothing is kept."""
    form = WegwijzerForm(request.GET or None)
    extra: dict[str, object] = {"form": form, "leveranciers": LEVERANCIERS}
    if form.is_valid():
        portaal: Portaal = form.cleaned_data["portaal"]
        niveau = Niveau(form.cleaned_data["niveau"])
        stappen = make_checklist(soort=form.cleaned_data["soort"].sleutel, portaal=_facts_of(portaal), niveau=niveau)
        extra |= {
            "stappen": [(stap, _link_of(stap.plek)) for stap in stappen],
            "gekozen": (form.cleaned_data["soort"].naam, portaal.naam, wegwijzer.NIVEAUS[niveau]),
            "portaal": portaal,
            "soort": form.cleaned_data["soort"].sleutel,
        }
    return openbaar(request, "wat-heb-ik-nodig", "Wat heb ik nodig?", timezone.now(), **extra)


def _facts_of(portaal: Portaal) -> wegwijzer.Portaal:
    return wegwijzer.Portaal(
        sleutel=portaal.sleutel,
        naam=portaal.naam,
        eigenaar=portaal.eigenaar,
        dienst=portaal.dienstmachtiging,
        actief=portaal.actief,
        soorten=frozenset(soort.sleutel for soort in portaal.soorten.all()),
    )


def _link_of(plek: Plek | None) -> tuple[str, str] | None:
    """The words and the address of a place on our own site; None for none, and for the list of leveranciers."""
    if plek in LINKS:
        words, name = LINKS[plek]
        return words, reverse(name)
    if plek in PAGINAS:
        words, sleutel = PAGINAS[plek]
        return words, reverse("pagina", args=[sleutel])
    return None
