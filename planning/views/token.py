from datetime import datetime, timedelta

from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.db.models import Exists
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.middleware import BEGONNEN, any_account
from accounts.models import Account, Sector
from accounts.permissions import actor_of
from koppeling.haken import INLOGWIJZE, Knop
from koppeling.permissions import OPNIEUW_GEVRAAGD
from koppeling.views.sessie import VOLGENDE
from planning.forms import TokenForm
from planning.middleware import WACHTWOORD, fingerprint_wachtwoord
from planning.models import Token
from planning.rules.overstap import MIJN_DUO
from planning.rules.token import TOKEN
from planning.services.overgangen import read_looptijd
from planning.services.overstappen import read_stand
from planning.services.tokens import log_in_with_token

BACKEND = "accounts.backends.AccountBackend"


@sensitive_post_parameters()
@login_not_required
@never_cache
@any_account
@require_http_methods(["GET", "HEAD", "POST"])
def inloggen_token(request: HttpRequest) -> HttpResponse:
    """Log in with a token: gebruikersnaam, wachtwoord and code in one form (R14, R15, D14).

    One message for every wrong combination, whichever part was wrong. Only the right combination reads that its token
    has ended, and what to do; everybody reads on this page every way on, so that nobody is stranded.
    """
    form = TokenForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "planning/inloggen_token.html", {"form": form})
    now = timezone.now()
    poging = log_in_with_token(**form.cleaned_data, actor=actor_of(request), now=now)
    if poging.account is not None:
        return _log_in(request, poging.account)
    context = {
        "form": TokenForm(),
        "poging": poging,
        "tot": poging.tot + timedelta(seconds=59, microseconds=999_999) if poging.tot else None,
    }
    return render(request, "planning/inloggen_token.html", context, status=429 if poging.tot else 200)


def _log_in(request: HttpRequest, account: Account) -> HttpResponse:
    """A session without eHerkenning, that says so; to the page that was asked for, else to the overzicht.

    Whoever logged in again because a page asked for it comes back there; another account does not.
    """
    volgende = request.session.get(VOLGENDE)
    asked = request.session.get(OPNIEUW_GEVRAAGD)
    if asked and asked["account"] == account.pk:
        volgende = asked["pad"]
    login(request, account, backend=BACKEND)
    for key in (VOLGENDE, OPNIEUW_GEVRAAGD):
        request.session.pop(key, None)
    request.session[INLOGWIJZE] = TOKEN
    request.session[WACHTWOORD] = fingerprint_wachtwoord(account)
    request.session[BEGONNEN] = timezone.now().isoformat()
    return redirect(volgende or "overzicht")


def show_knop(sector: Sector, now: datetime) -> Knop | None:
    """On the page of a sector: the way in for who still has a token, or what to do for who had one (R15)."""
    known = Token.objects.filter(account__organisatie__soorten__sector=sector)
    found = Sector.objects.filter(pk=sector.pk).values_list(
        Exists(known.filter(ingetrokken_op=None, account__koppelingen=None)), Exists(known)
    )
    in_use, ever = found.get()
    url = reverse("inloggen_token")
    if in_use:
        return Knop(
            "Hebt u nog een token?",
            "Zolang uw organisatie nog niet is overgestapt, kunt u met uw token inloggen.",
            "Log in met uw token",
            url,
        )
    if ever:
        return Knop(
            "Had u een token?", "Tokens werken niet meer. Lees hoe u nu inlogt.", "Wat doet u zonder token?", url
        )
    return None


def show_opnieuw() -> Knop:
    """Logging in once more with the token: its wachtwoord, and a code that was not used before (D14)."""
    return Knop(
        "Log nog een keer in",
        "Gebruik uw gebruikersnaam, uw wachtwoord en een nieuwe code van uw token.",
        "Log in met uw token",
        reverse("inloggen_token"),
    )


def show_melding(account: Account, now: datetime) -> str:
    """On the overzicht of who logged in with a token: what to do, until when, and the way to linking (D14)."""
    organisatie = account.organisatie_id or 0
    looptijd = read_looptijd(organisatie_id=organisatie, now=now)
    stand = read_stand(organisatie_id=organisatie, now=now, portaal=MIJN_DUO if looptijd.mijn_duo else None)
    context = {"stand": stand, "laatste_dag": looptijd.laatste_dag}
    return render_to_string("planning/deel/overstappen.html", context)
