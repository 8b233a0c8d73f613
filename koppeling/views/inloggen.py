from datetime import timedelta
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from accounts.middleware import BEGONNEN, BEWAARD, any_account, session_end
from accounts.models import Sector
from accounts.permissions import NAMENS, account_of, actor_of
from koppeling.eherkenning.levels import Niveau, meets
from koppeling.eherkenning.metadata import sp_metadata
from koppeling.eherkenning.outcome import Check, Geweigerd, Weigering
from koppeling.eherkenning.response import read_response
from koppeling.forms import KiesAccountForm
from koppeling.haken import inlogwijzen
from koppeling.models import Handleiding, Koppeling
from koppeling.rules import OPNIEUW
from koppeling.services.eherkenning import (
    Parkeerkaart,
    claim_parked_login,
    describe_dienstverlener,
    load_eherkenning,
    park_login,
)
from koppeling.services.incidenten import watch_arrival
from koppeling.services.inloggen import find_toegang, may_act_for_others, record_login
from koppeling.services.testen import is_test, park_test
from koppeling.views.sessie import INLOG, MACHTIGINGEN, VOLGENDE, Proces, forget, middel_of, park, parked
from koppeling.views.weigering import connected, refuse, show_weigering
from verantwoording.services import write_logregel

MAX_BODY = 1024 * 1024


@login_not_required
@never_cache
@require_GET
def inloggen(request: HttpRequest) -> HttpResponse:
    """The entrance: choose the sector of your organisatie (manual 1.2 step 1, R08)."""
    volgende = request.GET.get("next", "")
    if url_has_allowed_host_and_scheme(volgende, allowed_hosts=None):
        request.session[VOLGENDE] = volgende
    context = {"sectoren": Sector.objects.all(), "handleidingen": Handleiding.objects.general()}
    return render(request, "koppeling/inloggen.html", context)


@login_not_required
@never_cache
@require_GET
def inloggen_sector(request: HttpRequest, sector: str) -> HttpResponse:
    """The ways to log in for a sector (R08)."""
    found = get_object_or_404(Sector, sleutel=sector)
    knoppen = [wijze.knop(found, timezone.now()) for wijze in inlogwijzen.values()]
    context = {
        "sector": found,
        "knoppen": filter(None, knoppen),
        "handleidingen": Handleiding.objects.general(found),
    }
    return render(request, "koppeling/inloggen_sector.html", context)


@login_not_required
@never_cache
@require_GET
@connected
def inloggen_eherkenning(request: HttpRequest) -> HttpResponse:
    """To the makelaar, with a signed request that is bound to this browser (D7)."""
    provider = get_adapter().get_provider(request, provider="eherkenning")
    response: HttpResponse = provider.redirect_from_request(request)
    return response


@login_not_required
@csrf_exempt
@never_cache
@require_POST
@any_account
@connected
def eherkenning_acs(request: HttpRequest) -> HttpResponse:
    """The assertion consumer service: the makelaar's answer, posted across sites, so without our session cookie.

    Verified first; a message that does not verify leaves nothing but a log line (D13).
    """
    length: str = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > MAX_BODY:
        return show_weigering(request, "te_groot", check=Check.SIZE)
    now = timezone.now()
    outcome = read_response(load_eherkenning(), _saml_response(request), now=now)
    if is_test(outcome):
        handle = park_test(outcome=outcome, now=now)
        if handle is None:
            return show_weigering(request, "ongeldig", check="replay")
        return redirect(f"{reverse('inloggen_testen_uitslag')}?h={handle}")
    if isinstance(outcome, Geweigerd):
        return refuse(request, outcome)
    handle = park_login(aanmelding=outcome, now=now)
    if handle is None:
        return show_weigering(request, "ongeldig", check="replay")
    return redirect(f"{reverse('eherkenning_afronden')}?h={handle}")


def _saml_response(request: HttpRequest) -> str:
    """The form field; a body that is no form, or stops half way, holds none, and is refused like any other message."""
    try:
        return request.POST.get("SAMLResponse", "")
    except (BadRequest, SuspiciousOperation, MultiPartParserError, UnreadablePostError):
        return ""


@login_not_required
@never_cache
@require_GET
def eherkenning_afronden(request: HttpRequest) -> HttpResponse:
    """Back on our own site, with our cookie: only the browser that asked for this login gets it (D8).

    Leads to the overzicht, to the chooser, to the koppelproces, or to the page that says why not (R08, R16).
    """
    now = timezone.now()
    kaart = claim_parked_login(handle=request.GET.get("h", ""), now=now)
    if kaart is None:
        return show_weigering(request, "verlopen", check="handle")
    provider = get_adapter().get_provider(request, provider="eherkenning")
    try:
        state = provider.unstash_redirect_state(request, kaart.in_response_to)
    except PermissionDenied:
        return show_weigering(request, "verlopen", check="browser")
    if state.get("soort", OPNIEUW) != OPNIEUW:  # asked for as something else than a login
        return show_weigering(request, "verlopen", check="browser")
    opnieuw = state.get("opnieuw")
    if opnieuw and opnieuw["niveau"] and not meets(kaart.inlog["loa"], Niveau(opnieuw["niveau"])):
        return _too_low(request, kaart, Niveau(opnieuw["niveau"]))
    return _arrive(request, kaart, opnieuw)


def _arrive(request: HttpRequest, kaart: Parkeerkaart, opnieuw: dict[str, Any] | None) -> HttpResponse:
    """Somebody whose login is verified and his own; opnieuw: which page asked to log in again, and its account."""
    now = timezone.now()
    forget(request)
    if request.user.is_authenticated:  # whoever used this browser before is out, also when the new middel opens nothing
        carried = {key: request.session[key] for key in (VOLGENDE, BEWAARD) if key in request.session}
        logout(request)
        request.session.update(carried)
    if kaart.middel.gestolen_op is not None:
        return show_weigering(request, "middel_geblokkeerd", check="koppeling", middel=kaart.middel)
    toegang = find_toegang(middel=kaart.middel, now=now, keten=bool(kaart.inlog["intermediair"]))
    proces = Proces(inlog={**kaart.inlog, "aantal": len(toegang.open)}, begonnen=now.isoformat())
    left = next((k for k in toegang.open if opnieuw and k.account_id == opnieuw["account"]), None)
    if opnieuw and left:
        request.session[VOLGENDE] = opnieuw["pad"]
        return log_in(request, koppeling=left, inlog=proces.inlog)
    if len(toegang.open) == 1:
        return log_in(request, koppeling=toegang.open[0], inlog=proces.inlog)
    if not toegang.open and toegang.zonder_machtiging:
        stopped = toegang.zonder_machtiging[0]
        return show_weigering(request, "machtiging_gestopt", check="", middel=kaart.middel, koppeling=stopped)
    if not toegang.open and toegang.geblokkeerd:
        blocked = toegang.geblokkeerd[0]
        return show_weigering(request, "account_geblokkeerd", check="blokkade", middel=kaart.middel, koppeling=blocked)
    if not toegang.open and watch_arrival(middel=kaart.middel, now=now) is not None:
        return show_weigering(request, "incident", check="incident", middel=kaart.middel)
    park(request, proces)
    if toegang.open:
        return redirect("kies_account")
    return redirect("koppelen_eerder" if toegang.eerder else "koppelen")


def _too_low(request: HttpRequest, kaart: Parkeerkaart, nodig: Niveau) -> HttpResponse:
    """A page asked for a higher level than this login has; who was logged in stays so."""
    outcome = Geweigerd(
        weigering=Weigering.NIVEAU_TE_LAAG, check=Check.LEVEL, loa=kaart.inlog["loa"], kvk=kaart.inlog["kvk"]
    )
    return show_weigering(
        request, "niveau_te_laag", check=Check.LEVEL, outcome=outcome, middel=kaart.middel, nodig=nodig.naam
    )


@transaction.atomic
def log_in(request: HttpRequest, *, koppeling: Koppeling, inlog: dict[str, Any]) -> HttpResponse:
    """Log the account of this koppeling in through allauth's pipeline, with a fresh session key (D2, D5).

    inlog is what was verified at the makelaar; level and service stay with the session, and the four hours of R17 run
    from that moment: choosing another account does not stretch them. To the overzicht, or to the page that says that
    the koppeling has ended in the meantime. One transaction: what is noted is what happened, and is written once.
    """
    if not record_login(koppeling=koppeling, inlog=inlog, actor=actor_of(request), now=timezone.now()):
        return show_weigering(request, "verlopen", check="koppeling", middel=koppeling.middel, koppeling=koppeling)
    provider = get_adapter().get_provider(request, provider="eherkenning")
    sociallogin = provider.sociallogin_from_response(request, koppeling)
    may_choose = may_act_for_others(koppeling=koppeling, inlog=inlog, now=timezone.now())
    # Who may act for others says first for whom he works (D5); that page leads on to the page that was asked for.
    volgende = reverse("kies_namens", query={"vanaf": "inloggen"}) if may_choose else request.session.get(VOLGENDE)
    sociallogin.state = {"process": AuthProcess.LOGIN, "next": volgende}
    response: HttpResponse = complete_social_login(request, sociallogin)
    if request.user == koppeling.account:
        forget(request)
        if not may_choose:
            request.session.pop(VOLGENDE, None)
        request.session.pop(NAMENS, None)
        request.session[MACHTIGINGEN] = may_choose
        request.session[INLOG] = inlog
        request.session[BEGONNEN] = inlog["op"]
    return response


@login_not_required
@never_cache
@any_account
def kies_account(request: HttpRequest) -> HttpResponse:
    """Choose which account on this middel to work with, now or later again (R08, D5); or link another one.

    For who has just logged in at the makelaar, and for who is logged in: the middel is the one of that login.
    """
    now = timezone.now()
    proces = parked(request, now=now) or _proces_of_session(request)
    if proces is None:
        return redirect("inloggen")
    middel = middel_of(proces)
    toegang = find_toegang(middel=middel, now=now, keten=proces.keten)
    if middel.gestolen_op is not None or not toegang.open:
        return redirect("inloggen")
    form = KiesAccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        chosen = next((k for k in toegang.open if k.pk == form.cleaned_data["koppeling"]), None)
        if chosen is None:
            raise Http404
        return log_in(request, koppeling=chosen, inlog={**proces.inlog, "aantal": len(toegang.open)})
    return render(request, "koppeling/kies_account.html", {"koppelingen": toegang.open, "form": form})


def _proces_of_session(request: HttpRequest) -> Proces | None:
    inlog = request.session.get(INLOG)
    return Proces(inlog=inlog, begonnen=inlog["op"]) if request.user.is_authenticated and inlog else None


@require_POST
@any_account
@login_not_required
def uitloggen(request: HttpRequest) -> HttpResponse:
    """End the session at once, in one click (R17, manual 1.8). A visitor who is already out just gets the page."""
    if request.user.is_authenticated:
        account = account_of(request)
        write_logregel(
            gebeurtenis="uitgelogd",
            actor=actor_of(request),
            now=timezone.now(),
            organisatie_id=account.organisatie_id,
            account_id=account.pk,
        )
    logout(request)
    return redirect("uitgelogd")


@login_not_required
@never_cache
@require_GET
def uitgelogd(request: HttpRequest) -> HttpResponse:
    """Says that the session has ended, and what still is open elsewhere."""
    return render(request, "koppeling/uitgelogd.html")


@never_cache
@require_POST
@any_account
def sessie_verlengen(request: HttpRequest) -> HttpResponse:
    """Keep the session alive from the dialogue (R17, D12). JSON: when it ends now, and when it ends in any case."""
    end = session_end(request)
    idle = timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE)
    return JsonResponse(
        {
            "sessie_einde": (min(idle, end) if end else idle).isoformat(),
            "sessie_absoluut_einde": (end or idle).isoformat(),
        }
    )


@login_not_required
@require_GET
@connected
def eherkenning_metadata(request: HttpRequest) -> HttpResponse:
    """Our signed SAML metadata, for the makelaar."""
    return HttpResponse(
        sp_metadata(load_eherkenning(), describe_dienstverlener()), content_type="application/samlmetadata+xml"
    )
