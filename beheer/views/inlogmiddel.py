from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.middleware import form_data
from accounts.models import Account
from accounts.permissions import account_of, actor_of
from accounts.services.accounts import LaatsteBeheerder
from beheer.forms import OntkoppelForm
from beheer.permissions import for_gebruiker
from beheer.services.gebruikers import NietVoorUzelf, end_gebruiker, unlink_gebruiker
from beheer.services.standen import live_koppeling
from koppeling.permissions import requires_inlog
from koppeling.rules import Reden

# How fresh the login must be of a beheerder who does what cannot be undone.
VERS = timedelta(minutes=60)


@for_gebruiker
def gebruiker_ontkoppelen(request: HttpRequest, account: Account) -> HttpResponse:
    """Unlink a middel that was lost, stolen or broken, consequences first (R19)."""
    now = timezone.now()
    koppeling = live_koppeling(account)
    form = OntkoppelForm(form_data(request), initial={"koppeling": koppeling.pk if koppeling else 0})
    if request.method == "POST" and form.is_valid():
        try:
            ended = unlink_gebruiker(
                account=account,
                koppeling_id=form.cleaned_data["koppeling"],
                reden=Reden(form.cleaned_data["reden"]),
                actor=actor_of(request),
                now=now,
            )
        except NietVoorUzelf as refusal:
            messages.error(request, str(refusal))
            return redirect("gebruiker", pk=account.pk)
        if ended is None:
            messages.info(request, "Deze koppeling was er niet meer. Kijk hieronder hoe het account er nu voor staat.")
        else:
            messages.success(request, f"Het middel van {account} is ontkoppeld. Inloggen kan er niet meer mee.")
        return redirect("gebruiker", pk=account.pk)
    if koppeling is None:
        messages.info(request, "Dit account heeft geen koppeling. Er is niets om te ontkoppelen.")
        return redirect("gebruiker", pk=account.pk)
    return ask(
        request,
        "beheer/gebruiker_ontkoppelen.html",
        account,
        "Middel ontkoppelen",
        "Ontkoppelen",
        form=form,
        eigen=account.pk == account_of(request).pk,
    )


@for_gebruiker
@requires_inlog(binnen=VERS)
def gebruiker_beeindigen(request: HttpRequest, account: Account) -> HttpResponse:
    """End somebody who leaves, consequences first (R20). No session left open must do it: the koppeling is gone."""
    if request.method == "POST":
        try:
            end_gebruiker(account=account, actor=actor_of(request), now=timezone.now())
        except (LaatsteBeheerder, NietVoorUzelf) as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"Het account van {account} is beëindigd.")
        return redirect("gebruiker", pk=account.pk)
    return ask(
        request,
        "beheer/gebruiker_beeindigen.html",
        account,
        "Account beëindigen",
        "Account beëindigen",
        gekoppeld=live_koppeling(account) is not None,
    )


def ask(
    request: HttpRequest, template: str, account: Account, titel: str, knop: str, **context: object
) -> HttpResponse:
    """A page of templates/deel/bevestig.html about one gebruiker."""
    terug = reverse("gebruiker", kwargs={"pk": account.pk})
    return render(
        request, template, {"gebruiker": account, "titel": titel, "knop": knop, "annuleren_url": terug, **context}
    )
