from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from accounts.middleware import form_data
from accounts.models import AccountQuerySet
from accounts.permissions import account_of, actor_of, beheerder_required, gebruikers_of
from accounts.services.accounts import LaatsteBeheerder
from beheer.forms.aanmeldlijst import BestandForm
from beheer.imports import read_tabel
from beheer.rules import read_ids
from beheer.rules.tabel import Bestandsfout
from beheer.rules.uit_dienst import TE_BEEINDIGEN_HOOGSTENS, Persoon, compare, read_medewerkers
from beheer.services.gebruikers import NietVoorUzelf, end_gebruiker
from beheer.views.inlogmiddel import VERS
from koppeling.permissions import requires_inlog


@beheerder_required
@sensitive_variables("medewerkers", "tabel")
def uit_dienst(request: HttpRequest) -> HttpResponse:
    """Compare the gebruikers with a list of who is employed, and choose whom to end (R20).

    The list lives in this one request: nothing of it is stored, put in the session or logged (D23).
    """
    form = BestandForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form, "hoogstens": TE_BEEINDIGEN_HOOGSTENS}
    if request.method == "POST" and form.is_valid():
        try:
            tabel = read_tabel(form.cleaned_data["bestand"].read())
            medewerkers = read_medewerkers(tabel)
        except Bestandsfout as refusal:
            context["problemen"] = refusal.problemen
            form.add_error("bestand", "Dit bestand is niet te vergelijken. Hieronder staat wat er mis is.")
        else:
            others = (
                _others(request)
                .order_by("achternaam", "voornaam", "id")
                .only("voornaam", "tussenvoegsel", "achternaam", "email")
            )
            gebruikers = [Persoon(account.pk, account.get_full_name(), account.email) for account in others]
            found = compare(gebruikers, medewerkers)
            context |= {
                "vergelijking": found,
                "ontbreekt": found.ontbreekt[:TE_BEEINDIGEN_HOOGSTENS],
                "rijen": len(medewerkers),
                "opmerkingen": tabel.opmerkingen,
            }
    return render(request, "beheer/uit_dienst.html", context)


@beheerder_required
@requires_inlog(binnen=VERS)
def uit_dienst_beeindigen(request: HttpRequest) -> HttpResponse:
    """End who was ticked, consequences first (R20). Koppelingen do not come back: no session left open must do it.

    Who had to log in again for it finds the same people on the page that asks, whatever she had pressed (`form_data`).
    """
    data = form_data(request) or QueryDict()
    typed = read_ids(data.getlist("account"))
    chosen = list(
        _others(request).filter(pk__in=typed[:TE_BEEINDIGEN_HOOGSTENS]).order_by("achternaam", "voornaam", "id")
    )
    if not chosen:
        messages.info(request, "Kies eerst wie er weg is. Er is niets beëindigd.")
        return redirect("uit_dienst")
    if request.method != "POST" or "bevestigd" not in data:
        return render(
            request,
            "beheer/uit_dienst_beeindigen.html",
            {
                "titel": "Accounts beëindigen",
                "knop": f"Beëindig {len(chosen)} {'account' if len(chosen) == 1 else 'accounts'}",
                "annuleren_url": reverse("uit_dienst"),
                "gekozen": chosen,
            },
        )
    ended = 0
    for account in chosen:
        try:
            ended += end_gebruiker(account=account, actor=actor_of(request), now=timezone.now())
        except (LaatsteBeheerder, NietVoorUzelf) as refusal:
            messages.error(request, f"{account}: {refusal}")
    messages.success(request, f"Beëindigde accounts: {ended}.")
    return redirect("gebruikers")


def _others(request: HttpRequest) -> AccountQuerySet:
    """Running accounts of the own organisatie, her own left out: that one she cannot end."""
    return gebruikers_of(request).active().exclude(pk=account_of(request).pk)
