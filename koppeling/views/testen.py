"""Test mijn eHerkenning (D11): see what a login would do. It logs nobody in and counts as no login (R14, R17, R18)."""

from dataclasses import replace
from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from koppeling.rules import TEST
from koppeling.services.testen import account_of_token, claim_test, record_test
from koppeling.services.weigeringen import OORZAKEN, record_weigering
from koppeling.views.weigering import connected, show_weigering


@login_not_required
@never_cache
@require_GET
def inloggen_testen(request: HttpRequest) -> HttpResponse:
    """What the test is, for anybody: without a personal link nothing of it is kept."""
    return render(request, "koppeling/inloggen_testen.html")


@login_not_required
@never_cache
@require_GET
def inloggen_testen_persoonlijk(request: HttpRequest, token: str) -> HttpResponse:
    """The same page, from the link in the confirmation mail: the outcome is kept with that account."""
    account = account_of_token(token)
    if account is None:
        raise Http404
    return render(request, "koppeling/inloggen_testen.html", {"account": account, "token": token})


@login_not_required
@never_cache
@require_GET
@connected
def inloggen_testen_starten(request: HttpRequest) -> HttpResponse:
    """To the makelaar for a test. That it is one, and for which account, waits in this browser's session."""
    account = account_of_token(request.GET.get("bewijs", ""))
    provider = get_adapter().get_provider(request, provider="eherkenning")
    response: HttpResponse = provider.redirect(
        request, AuthProcess.LOGIN, soort=TEST, account=account.pk if account else None
    )
    return response


@login_not_required
@never_cache
@require_GET
def inloggen_testen_uitslag(request: HttpRequest) -> HttpResponse:
    """What the test showed and what to do next, for the browser that asked. Who was logged in here stays so."""
    now = timezone.now()
    uitslag = claim_test(handle=request.GET.get("h", ""), now=now)
    if uitslag is None:
        return show_weigering(request, "verlopen", check="handle")
    provider = get_adapter().get_provider(request, provider="eherkenning")
    try:
        state = provider.unstash_redirect_state(request, uitslag.in_response_to)
    except PermissionDenied:
        return show_weigering(request, "verlopen", check="browser")
    if state.get("soort") != TEST:
        return show_weigering(request, "verlopen", check="browser")
    account_id, refused = state["account"], uitslag.geweigerd
    context: dict[str, Any] = {"uitslag": uitslag}
    if refused:
        told = (
            refused if account_id else replace(refused, kvk=None)
        )  # without the link: nothing on an organisation either
        referentie = record_weigering(refused.weigering, check=refused.check, outcome=told, now=now)
        context |= {"oorzaak": OORZAKEN[refused.weigering], "foutreferentie": referentie}
    if account_id:
        context["bewaard"] = record_test(account_id=account_id, uitslag=uitslag, now=now)
    return render(request, "koppeling/inloggen_testen_uitslag.html", context)
