"""Logging in again in the middle of a session, because a page asks for a fresh or higher login (requires_inlog)."""

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.permissions import account_of
from koppeling.eherkenning.levels import Niveau
from koppeling.haken import INLOGWIJZE, Knop, inlogwijzen
from koppeling.permissions import OPNIEUW_GEVRAAGD
from koppeling.rules import OPNIEUW
from koppeling.views.weigering import connected


@require_GET
def inloggen_opnieuw(request: HttpRequest) -> HttpResponse:
    """Why one has to log in again, and the way there: a link, for a form may not lead to the makelaar (D7).

    Who came in by another way than eHerkenning logs in that way again: he has no middel (R14). A level it has not.
    """
    asked = request.session.get(OPNIEUW_GEVRAAGD)
    if not asked or asked["account"] != account_of(request).pk:
        return redirect("overzicht")
    niveau = Niveau(asked["niveau"]).naam if asked["niveau"] else ""
    wijze = None if niveau else inlogwijzen.get(request.session.get(INLOGWIJZE, ""))
    context = {"niveau": niveau, "bewaard": asked["bewaard"], "knop": wijze.opnieuw() if wijze else _eherkenning()}
    return render(request, "koppeling/inloggen_opnieuw.html", context)


def _eherkenning() -> Knop:
    return Knop(
        "Log nog een keer in",
        "Gebruik het middel dat aan dit account is gekoppeld.",
        "Log in met eHerkenning",
        reverse("inloggen_opnieuw_starten"),
    )


@require_GET
@connected
def inloggen_opnieuw_starten(request: HttpRequest) -> HttpResponse:
    """To the makelaar; which account left, for which page and level, waits with the request in this session."""
    asked = request.session.get(OPNIEUW_GEVRAAGD)
    if not asked or asked["account"] != account_of(request).pk:
        return redirect("overzicht")
    provider = get_adapter().get_provider(request, provider="eherkenning")
    response: HttpResponse = provider.redirect(request, AuthProcess.LOGIN, soort=OPNIEUW, opnieuw=asked)
    return response
