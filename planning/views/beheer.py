"""The overstap as a beheerder sees it: who must still move, what is prepared, which tokens are out (R14, R28)."""

from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.middleware import form_data
from accounts.permissions import actor_of, beheerder_required, gebruikers_of, organisatie_of
from planning.forms import InleverenForm, VoorbereidingForm
from planning.rules.voorbereiding import PUNTEN
from planning.services.gereedheid import read_overstappers, still_to_move
from planning.services.overgangen import read_looptijd
from planning.services.tokens import hand_in_token, tokens_of
from planning.services.voorbereiding import Verouderd, change_voorbereiding, read_voorbereiding

REGELS_PER_PAGINA: Final = 50


@beheerder_required
@require_safe
def overstap(request: HttpRequest) -> HttpResponse:
    """Wie moet nog overstappen: each with the next act; the preparations, and how many tokens are still out (R28)."""
    now, organisatie, people = timezone.now(), organisatie_of(request), gebruikers_of(request)
    page = Paginator(still_to_move(people), REGELS_PER_PAGINA).get_page(request.GET.get("pagina"))
    context = {
        "pagina": page,
        "rijen": read_overstappers(accounts=page.object_list, organisatie=organisatie, now=now),
        "totaal": people.active().count(),
        "voorbereiding": read_voorbereiding(organisatie, now),
        "tokens": tokens_of(organisatie, now).filter(ingeleverd_op=None).count(),
        "looptijd": read_looptijd(organisatie_id=organisatie.pk, now=now),
    }
    return render(request, "planning/overstap.html", context)


@beheerder_required
def tokens_inleveren(request: HttpRequest) -> HttpResponse:
    """The tokens that must still be handed in, and ticking off which were (R14). It asks first: it cannot be undone."""
    now, organisatie = timezone.now(), organisatie_of(request)
    out = tokens_of(organisatie, now).filter(ingeleverd_op=None)
    form = InleverenForm(request.POST if request.method == "POST" else None, tokens=out)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["tokens"]
        if "bevestigd" not in request.POST:
            context = {
                "titel": "Tokens afvinken",
                "knop": "Ja, ingeleverd",
                "annuleren_url": reverse("tokens_inleveren"),
                "gekozen": chosen,
            }
            return render(request, "planning/deel/tokens_afvinken.html", context)
        done = sum(hand_in_token(token=token, actor=actor_of(request), now=now) for token in chosen)
        messages.success(request, f"Genoteerd: {done} {'token is' if done == 1 else 'tokens zijn'} ingeleverd.")
        return redirect("tokens_inleveren")
    context = {
        "form": form,
        "pagina": Paginator(out, REGELS_PER_PAGINA).get_page(request.GET.get("pagina")),
        "gekozen": request.POST.getlist("tokens"),
        "ingeleverd": tokens_of(organisatie, now).exclude(ingeleverd_op=None).count(),
        "looptijd": read_looptijd(organisatie_id=organisatie.pk, now=now),
    }
    return render(request, "planning/tokens_inleveren.html", context)


@beheerder_required
def overstap_voorbereiding(request: HttpRequest) -> HttpResponse:
    """Keep the preparation list (R28). Whoever saves second sees what the first one changed (D23)."""
    now, organisatie = timezone.now(), organisatie_of(request)
    current = read_voorbereiding(organisatie, now)
    data = form_data(request) or QueryDict()
    form = VoorbereidingForm(data or None, initial={veld: getattr(current, veld) for veld in [*PUNTEN, "versie"]})
    differences: list[tuple[str, str, str]] = []
    if request.method == "POST" and form.is_valid():
        typed = {veld: form.cleaned_data[veld] for veld in PUNTEN}
        outcome = change_voorbereiding(
            organisatie=organisatie,
            versie=form.cleaned_data["versie"],
            antwoorden=typed,
            actor=actor_of(request),
            now=now,
        )
        if isinstance(outcome, Verouderd):
            differences = [
                (vraag, getattr(outcome.huidig, veld), typed[veld])
                for veld, vraag in PUNTEN.items()
                if getattr(outcome.huidig, veld) != typed[veld]
            ]
            data["versie"] = str(outcome.huidig.versie)
        if not differences:
            messages.success(request, "De voorbereiding is opgeslagen.")
            return redirect("overstap")
    return render(request, "planning/overstap_voorbereiding.html", {"form": form, "verschillen": differences})
