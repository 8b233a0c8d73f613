from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_safe

from accounts.middleware import form_data
from accounts.models import Account
from accounts.permissions import account_of, actor_of, beheerder_required, gebruikers_of
from beheer.forms.codes import CodeForm, WeigerForm
from beheer.permissions import for_gebruiker
from beheer.services.standen import latest_bericht, live_koppeling
from beheer.views.inlogmiddel import ask
from koppeling.rules import VERZOEKEN_PER_NAAM
from koppeling.services.activatiecodes import (
    SOORT,
    AlAangevraagd,
    GeenCodeMogelijk,
    cancel_activatiecode,
    planned_activatiecode,
    planned_of,
    request_activatiecode,
)
from koppeling.services.codeaanvragen import open_aanvragen, refuse_aanvraag

NIETS_GEPLAND = "Er is geen geplande code meer. Kijk hieronder of hij net is verstuurd."


@beheerder_required
@require_safe
def codes(request: HttpRequest) -> HttpResponse:
    """Who asks for an activatiecode, and which codes wait for their moment (R07)."""
    now = timezone.now()
    people = gebruikers_of(request)
    return render(
        request,
        "beheer/codes.html",
        {
            "verzoeken": open_aanvragen(people, now),
            "gepland": planned_of(people, now),
            "hoogstens": VERZOEKEN_PER_NAAM.hoogstens,
        },
    )


@for_gebruiker
def gebruiker_code(request: HttpRequest, account: Account) -> HttpResponse:
    """Ask for an activatiecode, now or for later, to whom it goes said first (R07). It is never shown here (R05)."""
    now = timezone.now()
    latest = latest_bericht(account, SOORT)
    form = CodeForm(form_data(request), now=now, initial={"vorige": latest.pk if latest else 0})
    if request.method == "POST" and form.is_valid():
        moment = form.cleaned_data["verzenden_op"]
        vorige = form.cleaned_data["vorige"]
        try:
            request_activatiecode(account=account, actor=actor_of(request), now=now, moment=moment, vorige=vorige)
        except AlAangevraagd as first:
            messages.info(request, str(first))
        except GeenCodeMogelijk as refusal:
            messages.error(request, str(refusal))
        else:
            when = f" op {date_format(timezone.localtime(moment), 'l j F, H.i')} uur" if moment else ""
            messages.success(
                request,
                f"De activatiecode is aangevraagd. {account} krijgt de code{when} per e-mail, op {account.email}. "
                "Vanaf het versturen is de code 24 uur geldig.",
            )
        return redirect("gebruiker", pk=account.pk)
    if live_koppeling(account) is not None:
        messages.info(request, "Dit account is al gekoppeld. Een activatiecode is pas nodig na het ontkoppelen.")
        return redirect("gebruiker", pk=account.pk)
    return ask(
        request,
        "beheer/gebruiker_code.html",
        account,
        "Activatiecode aanvragen",
        "Code aanvragen",
        form=form,
        eerder=latest,
        gepland=planned_activatiecode(account=account, now=now),
        verzoek=open_aanvragen(gebruikers_of(request).filter(pk=account.pk), now).first(),
        hoogstens=VERZOEKEN_PER_NAAM.hoogstens,
        eigen=account.pk == account_of(request).pk,
    )


@for_gebruiker
def gebruiker_code_weigeren(request: HttpRequest, account: Account) -> HttpResponse:
    """Refuse the request of a gebruiker, with a reason that he reads (R07)."""
    form = WeigerForm(form_data(request))
    if request.method == "POST" and form.is_valid():
        actor = actor_of(request, reden=form.cleaned_data["reden"])
        if refuse_aanvraag(account=account, actor=actor, now=timezone.now()):
            messages.success(request, f"Het verzoek van {account} is geweigerd. {account} krijgt de reden per e-mail.")
        else:
            messages.info(request, "Dit verzoek was al behandeld.")
        return redirect("gebruiker", pk=account.pk)
    return ask(request, "beheer/gebruiker_code_weigeren.html", account, "Verzoek weigeren", "Weigeren", form=form)


@for_gebruiker
def gebruiker_code_annuleren(request: HttpRequest, account: Account) -> HttpResponse:
    """Cancel a code that was planned, before its moment (R07)."""
    now = timezone.now()
    if request.method == "POST":
        if cancel_activatiecode(account=account, actor=actor_of(request), now=now):
            messages.success(request, f"De afspraak is geannuleerd. {account} krijgt daarvan bericht.")
        else:
            messages.info(request, NIETS_GEPLAND)
        return redirect("gebruiker", pk=account.pk)
    template = "beheer/gebruiker_code_annuleren.html"
    planned = planned_activatiecode(account=account, now=now)
    if planned is None:
        messages.info(request, NIETS_GEPLAND)
        return redirect("gebruiker", pk=account.pk)
    return ask(request, template, account, "Geplande code annuleren", "Code annuleren", gepland=planned)
