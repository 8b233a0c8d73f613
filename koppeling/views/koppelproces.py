from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from accounts.middleware import any_account
from accounts.permissions import account_of, actor_of
from accounts.services.blokkades import is_blocked
from koppeling.forms import GegevensForm, PrivacyForm, VoorbereidingForm, VoorwaardenForm
from koppeling.haken import after_linking
from koppeling.models import Koppeling, Middel, TekstVersie
from koppeling.rules import Uitkomst
from koppeling.services.incidenten import held_by
from koppeling.services.inloggen import find_toegang
from koppeling.services.koppelproces import link_middel, middel_blocked_until
from koppeling.services.teksten import current_tekst
from koppeling.services.weigeringen import OORZAKEN
from koppeling.views.browser import browser_of
from koppeling.views.inloggen import log_in
from koppeling.views.sessie import INLOG, Proces, forget, middel_of, park, parked
from koppeling.views.weigering import show_weigering

# Manual 1.2: the numbers of the steps are those of the manual; step 1 is logging in at eHerkenning.
STAPPEN = ["Inloggen", "Voorbereiding", "Privacy", "Voorwaarden", "Koppelen"]
NAMEN = {2: "koppelen", 3: "koppelen_privacy", 4: "koppelen_voorwaarden", 5: "koppelen_gegevens"}

GEWIJZIGD = "Deze tekst is zojuist gewijzigd. Lees de nieuwe tekst en bevestig daarna opnieuw."

ProcesView = Callable[[HttpRequest, Proces, Middel], HttpResponse]


def koppelstap(stap: int) -> Callable[[ProcesView], Callable[[HttpRequest], HttpResponse]]:
    """A step of the koppelproces: only with a verified middel, and only once the steps before it are done (R09)."""

    def decorate(view: ProcesView) -> Callable[[HttpRequest], HttpResponse]:
        @login_not_required
        @never_cache
        @any_account
        @wraps(view)
        def guarded(request: HttpRequest) -> HttpResponse:
            proces = parked(request, now=timezone.now())
            if proces is None:
                return show_weigering(request, "verlopen", check="koppelproces")
            middel = middel_of(proces)
            if held_by(middel=middel) is not None:
                return show_weigering(request, "incident", check="incident", middel=middel)
            if proces.stap < stap - 1:
                return redirect(NAMEN[proces.stap + 1])
            return view(request, proces, middel)

        return guarded

    return decorate


def _stap(stap: int) -> dict[str, object]:
    return {"stappen": STAPPEN, "huidige": stap, "vorige": NAMEN.get(stap - 1)}


def _done(request: HttpRequest, proces: Proces, stap: int) -> HttpResponse:
    park(request, replace(proces, stap=max(proces.stap, stap)))
    return redirect(NAMEN[stap + 1])


@koppelstap(2)
def koppelen_eerder(request: HttpRequest, proces: Proces, middel: Middel) -> HttpResponse:
    """A middel that was linked before reads why that ended and what to do (R08)."""
    now = timezone.now()
    eerder = find_toegang(middel=middel, now=now, keten=proces.keten).eerder
    if eerder is None:
        return redirect("koppelen")
    account = eerder.account
    context = {"eerder": eerder, "geblokkeerd": account.beeindigd_op is None and is_blocked(account, now)}
    return render(request, "koppeling/koppelen_eerder.html", context)


@koppelstap(2)
def koppelen(request: HttpRequest, proces: Proces, middel: Middel) -> HttpResponse:
    """Step 2: one has gebruikersnaam and a valid activatiecode."""
    form = VoorbereidingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _done(request, proces, 2)
    return render(request, "koppeling/koppelen.html", {"form": form, **_stap(2)})


@koppelstap(3)
def koppelen_privacy(request: HttpRequest, proces: Proces, middel: Middel) -> HttpResponse:
    """Step 3: log in with what was handed out, and agree to the privacyverklaring; its version is kept."""
    tekst = current_tekst(TekstVersie.Soort.PRIVACY, now=timezone.now())
    form = PrivacyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if request.POST.get("tekst") == str(tekst.pk):
            return _done(request, replace(proces, privacy=tekst.pk), 3)
        form.add_error("privacy", GEWIJZIGD)
    return render(request, "koppeling/koppelen_privacy.html", {"form": form, "tekst": tekst, **_stap(3)})


@koppelstap(4)
def koppelen_voorwaarden(request: HttpRequest, proces: Proces, middel: Middel) -> HttpResponse:
    """Step 4: read and accept the gebruikersvoorwaarden; their version is kept."""
    tekst = current_tekst(TekstVersie.Soort.VOORWAARDEN, now=timezone.now())
    form = VoorwaardenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if request.POST.get("tekst") == str(tekst.pk):
            accepted = replace(proces, voorwaarden=tekst.pk, akkoord_op=timezone.now().isoformat())
            return _done(request, accepted, 4)
        form.add_error("voorwaarden", GEWIJZIGD)
    return render(request, "koppeling/koppelen_voorwaarden.html", {"form": form, "tekst": tekst, **_stap(4)})


@sensitive_post_parameters()
@koppelstap(5)
def koppelen_gegevens(request: HttpRequest, proces: Proces, middel: Middel) -> HttpResponse:
    """Step 5: gebruikersnaam and activatiecode, button Koppel (R09–R12).

    One message for every wrong combination, whichever part was wrong; what was typed as code is not shown again.
    """
    if middel.gestolen_op is not None:
        return _barred(request, middel)
    geblokkeerd_tot = middel_blocked_until(middel=middel)
    if geblokkeerd_tot is not None:
        return _blocked(request, middel, geblokkeerd_tot, caused=False)
    form = GegevensForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        poging = link_middel(
            middel=middel,
            gebruikersnaam=form.cleaned_data["gebruikersnaam"],
            activatiecode=form.cleaned_data["activatiecode"],
            privacy=TekstVersie.objects.get(pk=proces.privacy),
            voorwaarden=TekstVersie.objects.get(pk=proces.voorwaarden),
            akkoord_op=datetime.fromisoformat(proces.akkoord_op),
            actor=actor_of(request),
            now=timezone.now(),
            keten=proces.keten,
            browser=browser_of(request),
        )
        if poging.uitkomst is Uitkomst.GEKOPPELD:
            return _linked(request, proces, poging.koppeling_id)
        if poging.uitkomst is Uitkomst.GEBLOKKEERD:
            return _blocked(request, middel, poging.tot, caused=poging.over == 0)
        if poging.uitkomst is Uitkomst.MIDDEL_GEBLOKKEERD:
            return _barred(request, middel)
        return render(
            request,
            "koppeling/koppelen_gegevens.html",
            {"form": form, "poging": poging, "inlog": proces.inlog, **_stap(5)},
            status=409 if poging.uitkomst is Uitkomst.MIDDEL_IN_GEBRUIK else 200,
        )
    return render(request, "koppeling/koppelen_gegevens.html", {"form": form, "inlog": proces.inlog, **_stap(5)})


def _linked(request: HttpRequest, proces: Proces, koppeling_id: int) -> HttpResponse:
    koppeling = Koppeling.objects.select_related("account", "organisatie", "middel").get(pk=koppeling_id)
    aantal = len(find_toegang(middel=koppeling.middel, now=timezone.now(), keten=proces.keten).open)
    response = log_in(request, koppeling=koppeling, inlog={**proces.inlog, "aantal": aantal})
    return redirect("koppelen_gelukt") if request.user == koppeling.account else response


def _blocked(request: HttpRequest, middel: Middel, tot: datetime | None, *, caused: bool) -> HttpResponse:
    """The page says a minute, so the first whole one at which trying is possible again.

    Only the try that caused the block gets a foutreferentie: who tries on while it lasts makes us write nothing (D13).
    """
    minute = tot + timedelta(seconds=59, microseconds=999_999) if tot else None
    if not caused:
        page = {"tot": minute, "oorzaak": OORZAKEN["koppelen_geblokkeerd"]}
        return render(request, "koppeling/koppelen_geblokkeerd.html", page, status=429)
    return show_weigering(request, "koppelen_geblokkeerd", check="", middel=middel, tot=minute)


def _barred(request: HttpRequest, middel: Middel) -> HttpResponse:
    return show_weigering(request, "middel_geblokkeerd", check="koppeling", middel=middel)


@never_cache
@require_GET
def koppelen_gelukt(request: HttpRequest) -> HttpResponse:
    """'Koppeling gelukt' (manual 1.2 step 5): which account, and that eHerkenning is the way in from now on (R14)."""
    koppeling = (
        Koppeling.objects.live()
        .filter(account=account_of(request))
        .select_related("account", "organisatie", "middel")
        .first()
    )
    if koppeling is None:
        return redirect("inloggen")
    context = {"koppeling": koppeling, "daarna": after_linking(koppeling.account_id)}
    return render(request, "koppeling/koppelen_gelukt.html", context)


@login_not_required
@require_POST
@any_account
def koppelen_starten(request: HttpRequest) -> HttpResponse:
    """From the chooser: link this middel to one more account (R08)."""
    proces = parked(request, now=timezone.now())
    inlog = request.session.get(INLOG)
    if proces is None and request.user.is_authenticated and inlog:
        proces = Proces(inlog=inlog, begonnen=timezone.now().isoformat())
    if proces is None:
        return redirect("inloggen")
    park(request, proces)
    return redirect("koppelen")


@login_not_required
@require_POST
@any_account
def koppelen_afbreken(request: HttpRequest) -> HttpResponse:
    """Stop the koppelproces: nothing was linked. Who was logged in stays so; who was not leaves nothing behind."""
    if request.user.is_authenticated:
        forget(request)
        return redirect("overzicht")
    request.session.flush()
    return redirect("uitgelogd")
