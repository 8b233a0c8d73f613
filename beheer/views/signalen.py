"""Signalen, for the beheerder who had no part in them, and the link of the bevoegd gezag."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.middleware import any_account
from accounts.permissions import account_of, actor_of, beheerder_required, client_address, organisatie_of
from beheer.models import Signaal
from beheer.permissions import signalen_of
from beheer.rules import PER_PAGINA
from beheer.services.signaalantwoord import (
    AlBeantwoord,
    NietAanU,
    answer_signaal,
    answer_signaal_as_gezag,
    consequences_of,
    find_signaal,
)
from beheer.services.signaalpersonen import describe, may_answer, who_answered

GEKLOPT = "U hebt aangegeven dat het klopt. Er verandert niets."
GESTOPT = "Het is gestopt. DUO en het bevoegd gezag krijgen een e-mail."


@beheerder_required
@require_safe
def signalen(request: HttpRequest) -> HttpResponse:
    """What a second person should look at, or looked at, newest first."""
    pagina = Paginator(signalen_of(request).order_by("-id"), PER_PAGINA).get_page(request.GET.get("pagina"))
    zinnen = describe(pagina)
    rows = [(signaal, zinnen[signaal.pk]) for signaal in pagina]
    return render(request, "beheer/signalen.html", {"pagina": pagina, "rijen": rows})


@beheerder_required
@require_http_methods(["GET", "HEAD", "POST"])
def signaal(request: HttpRequest, pk: int) -> HttpResponse:
    """One signaal. POST says that it is right; stopping is asked on a page of its own."""
    now = timezone.now()
    found = _load(request, pk, now)
    if request.method == "POST":
        return _answer(request, found, klopt=True, now=now)
    context = {
        "signaal": found,
        "zin": describe([found])[found.pk],
        "wie": who_answered(found, organisatie_of(request)),
    }
    return render(request, "beheer/signaal.html", context)


@beheerder_required
@require_http_methods(["GET", "HEAD", "POST"])
def signaal_stoppen(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop what a signaal is about; what that takes away is said first."""
    now = timezone.now()
    found = _load(request, pk, now)
    if request.method == "POST":
        return _answer(request, found, klopt=False, now=now)
    if found.staat != Signaal.Staat.OPEN:
        return redirect("signaal", pk=pk)
    context = {
        "signaal": found,
        "zin": describe([found])[found.pk],
        "gevolg": consequences_of(found, now),
        "titel": "Stop dit",
        "knop": "Stop dit",
        "annuleren_url": reverse("signaal", kwargs={"pk": pk}),
    }
    return render(request, "beheer/signaal_stoppen.html", context)


def _load(request: HttpRequest, pk: int, now: datetime) -> Signaal:
    """A signaal that this beheerder may see; an open one only if she may answer it. Http404 otherwise."""
    found = get_object_or_404(signalen_of(request).select_related("organisatie"), pk=pk)
    if found.staat == Signaal.Staat.OPEN and not may_answer(found, account_of(request), now):
        raise Http404
    return found


def _answer(request: HttpRequest, found: Signaal, *, klopt: bool, now: datetime) -> HttpResponse:
    try:
        answer_signaal(signaal=found, klopt=klopt, beheerder=account_of(request), actor=actor_of(request), now=now)
    except AlBeantwoord as late:
        messages.info(request, str(late))
    except NietAanU as refusal:
        messages.error(request, str(refusal))
        return redirect("signalen")
    else:
        messages.success(request, GEKLOPT if klopt else GESTOPT)
    return redirect("signaal", pk=found.pk)


# No login: the bevoegd gezag has no account. The signed link says which signaal, and went to the address on record.
@login_not_required
@any_account
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def signaal_beantwoorden(request: HttpRequest, token: str) -> HttpResponse:
    """The link in the mail to the bevoegd gezag: GET shows the signaal and what stopping does, POST answers, once."""
    now = timezone.now()
    uitkomst, found = find_signaal(token=token, now=now)
    if uitkomst is None and request.POST.get("keuze") in {"klopt", "stop"}:
        klopt = request.POST["keuze"] == "klopt"
        uitkomst = answer_signaal_as_gezag(token=token, klopt=klopt, adres=client_address(request), now=now)
    context: dict[str, Any] = {"signaal": found, "uitkomst": uitkomst}
    if uitkomst is None and found is not None:
        context |= {"zin": describe([found])[found.pk], "gevolg": consequences_of(found, now)}
    return render(request, "beheer/signaal_beantwoorden.html", context, status=404 if found is None else 200)
