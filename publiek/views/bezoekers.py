from typing import Final

from allauth.core.ratelimit import consume_or_429
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.middleware import any_account
from publiek.forms import FeedbackForm, NieuwsbriefForm
from publiek.services.feedback import clean_pagina, give_feedback
from publiek.services.nieuwsbrieven import (
    confirm_abonnementen,
    find_afmelding,
    find_bevestiging,
    leave_nieuwsbrief,
    request_abonnementen,
)
from publiek.views.paginas import openbaar

GET_OR_POST: Final = ["GET", "HEAD", "POST"]


@login_not_required
@never_cache
@require_http_methods(GET_OR_POST)
@any_account
def nieuwsbrieven(request: HttpRequest) -> HttpResponse:
    """Ask for newsletters by topic (R31). The answer is the same for every address."""
    now = timezone.now()
    form = NieuwsbriefForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if refusal := consume_or_429(request, action="nieuwsbrief"):
            return refusal
        request_abonnementen(
            email=form.cleaned_data["email"], nieuwsbrieven=form.cleaned_data["nieuwsbrieven"], now=now
        )
        return redirect("nieuwsbrieven_gevraagd")
    return openbaar(request, "nieuwsbrieven", "Nieuwsbrieven", now, form=form)


@login_not_required
@require_http_methods(["GET", "HEAD"])
def nieuwsbrieven_gevraagd(request: HttpRequest) -> HttpResponse:
    """What to do next: look in one's mailbox."""
    return render(request, "publiek/nieuwsbrieven_gevraagd.html")


@login_not_required
@never_cache
@require_http_methods(GET_OR_POST)
@any_account
def nieuwsbrief_bevestigen(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm with the link from the mail (R31): GET asks, POST does, so that a mail scanner confirms nothing."""
    now = timezone.now()
    done = request.method == "POST"
    rows = confirm_abonnementen(token=token, now=now) if done else find_bevestiging(token=token, now=now)
    context = {"abonnementen": rows, "klaar": done}
    return render(request, "publiek/nieuwsbrief_bevestigen.html", context, status=200 if rows else 404)


@login_not_required
@never_cache
@require_http_methods(GET_OR_POST)
@csrf_exempt  # mail programs post here for the reader, without our cookie (RFC 8058); the link is the proof
@any_account
def nieuwsbrief_afmelden(request: HttpRequest, token: str) -> HttpResponse:
    """Leave with one click (R31): GET asks, POST does."""
    done = request.method == "POST"
    row = leave_nieuwsbrief(token=token, now=timezone.now()) if done else find_afmelding(token=token)
    context = {"abonnement": row, "klaar": row is not None and (done or row.afgemeld_op is not None)}
    return render(request, "publiek/nieuwsbrief_afmelden.html", context, status=200 if row else 404)


@login_not_required
@never_cache
@require_http_methods(GET_OR_POST)
@any_account
def feedback(request: HttpRequest) -> HttpResponse:
    """What somebody thinks of the site (R31), after the panel asked; kept without who it was."""
    now = timezone.now()
    form = FeedbackForm(request.POST or None, initial={"pagina": clean_pagina(request.GET.get("pagina", ""))})
    if request.method == "POST" and form.is_valid():
        if refusal := consume_or_429(request, action="feedback"):
            return refusal
        give_feedback(**form.cleaned_data, now=now)
        return redirect("feedback_bedankt")
    return openbaar(request, "feedback", "Wat vindt u van deze website?", now, form=form)


@login_not_required
@require_http_methods(["GET", "HEAD"])
def feedback_bedankt(request: HttpRequest) -> HttpResponse:
    """Thanks."""
    return render(request, "publiek/feedback_bedankt.html")
