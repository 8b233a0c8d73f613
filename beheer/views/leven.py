from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.middleware import form_data
from accounts.models import Account
from accounts.permissions import account_of, actor_of, beheerder_required, gebruikers_of
from accounts.services.accounts import LaatsteBeheerder
from accounts.services.blokkades import is_blocked
from beheer.forms import ToelichtingForm
from beheer.permissions import for_gebruiker
from beheer.services.gebruikers import NietVoorUzelf
from beheer.services.leven import (
    NietTerug,
    barred_middel,
    block_gebruiker,
    can_restore,
    restore_gebruiker,
    unblock_gebruiker,
)
from beheer.services.standen import live_koppeling
from koppeling.services.ontkoppelen import lift_bar

VOLGENDE = "Hieronder leest u wat de volgende stap is."


@for_gebruiker
def gebruiker_blokkeren(request: HttpRequest, account: Account) -> HttpResponse:
    """Keep somebody out for a while, consequences first."""
    form = ToelichtingForm(form_data(request))
    if request.method == "POST" and form.is_valid():
        try:
            actor = actor_of(request, reden=form.cleaned_data["reden"])
            blocked = block_gebruiker(account=account, actor=actor, now=timezone.now())
        except (NietVoorUzelf, LaatsteBeheerder) as refusal:
            messages.error(request, str(refusal))
        else:
            said = "kan niet meer inloggen, tot u de blokkade opheft" if blocked else "was al geblokkeerd"
            messages.success(request, f"{account} {said}.")
        return redirect("gebruiker", pk=account.pk)
    return _confirm(
        request,
        account,
        titel="Account tijdelijk blokkeren",
        wat=f"{account} kan dan niet inloggen, tot een beheerder de blokkade opheft.",
        gevolgen=[
            "Wie nu met het account werkt, is bij de volgende klik uitgelogd.",
            "Een activatiecode die nog open staat, werkt niet meer. Een geplande code wordt geannuleerd.",
            "Koppeling, rollen en kenmerken blijven. Na het opheffen is alles zoals het was.",
            "Gaat deze persoon weg? Beëindig dan het account.",
        ],
        knop="Tijdelijk blokkeren",
        form=form,
    )


@for_gebruiker
def gebruiker_vrijgeven(request: HttpRequest, account: Account) -> HttpResponse:
    """Let somebody log in again who was kept out for a while."""
    now = timezone.now()
    linked = live_koppeling(account) is not None
    if request.method == "POST":
        try:
            freed = unblock_gebruiker(account=account, actor=actor_of(request), now=now)
        except NietVoorUzelf as refusal:
            messages.error(request, str(refusal))
            return redirect("gebruiker", pk=account.pk)
        if not freed:
            messages.info(request, f"{account} was niet geblokkeerd.")
        elif linked:
            messages.success(request, f"{account} kan weer inloggen.")
        else:
            messages.success(request, f"{account} is niet meer geblokkeerd. {VOLGENDE}")
        return redirect("gebruiker", pk=account.pk)
    if not is_blocked(account, now):
        messages.info(request, f"{account} is niet geblokkeerd.")
        return redirect("gebruiker", pk=account.pk)
    return _confirm(
        request,
        account,
        titel="Blokkade opheffen",
        wat=f"{account} kan daarna weer inloggen, met dezelfde koppeling en dezelfde rollen."
        if linked
        else f"{account} kan daarna weer koppelen. Inloggen kan pas als dat is gelukt.",
        gevolgen=[
            "De rollen en kenmerken zijn dezelfde als voor de blokkade."
            if linked
            else "Er is geen middel gekoppeld. Een activatiecode van voor de blokkade werkt niet meer."
        ],
        knop="Blokkade opheffen",
    )


@beheerder_required
def gebruiker_herstellen(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back the end of an account, within a day (R20)."""
    account = get_object_or_404(gebruikers_of(request), pk=pk)
    now = timezone.now()
    if request.method == "POST":
        try:
            missing = restore_gebruiker(
                account=account, beheerder=account_of(request), actor=actor_of(request), now=now
            )
        except NietTerug as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, f"Het account van {account} is hersteld. {VOLGENDE}")
            if missing:
                messages.warning(request, f"Deze rollen zijn niet teruggezet: {', '.join(missing)}.")
        return redirect("gebruiker", pk=account.pk)
    if not can_restore(account, now):
        messages.info(request, "Dit account kan niet worden hersteld. Dat kan tot 24 uur na het beëindigen.")
        return redirect("gebruiker", pk=account.pk)
    return _confirm(
        request,
        account,
        titel="Account herstellen",
        wat=f"U draait terug dat het account van {account} is beëindigd.",
        gevolgen=[
            "Het account, de gebruikersnaam, de rollen en de kenmerken komen terug.",
            "Was er een middel gekoppeld? De koppeling komt niet terug.",
            "Daarna ziet u bij de gebruiker wat de volgende stap is: de brief of een activatiecode.",
            "Was deze persoon beheerder? Dan moet het bevoegd gezag de persoon weer als beheerder aanmelden.",
            "De gebruiker krijgt een e-mail met wat die nu doet.",
        ],
        knop="Account herstellen",
    )


@for_gebruiker
def gebruiker_middel_vrijgeven(request: HttpRequest, account: Account) -> HttpResponse:
    """Free a middel that was reported stolen: somebody else than who reported it (R19)."""
    middel = barred_middel(account)
    if middel is None:
        raise Http404
    form = ToelichtingForm(form_data(request))
    if request.method == "POST" and form.is_valid():
        actor = actor_of(request, reden=form.cleaned_data["reden"])
        try:
            lift_bar(middel=middel, actor=actor, now=timezone.now())
        except PermissionError:
            form.add_error(None, "U hebt dit middel zelf gemeld. Een collega-beheerder of DUO moet het vrijgeven.")
        else:
            messages.success(request, "Het middel is vrijgegeven. Met een nieuwe activatiecode kan het weer koppelen.")
            return redirect("gebruiker", pk=account.pk)
    return _confirm(
        request,
        account,
        titel="Middel vrijgeven",
        wat=f"Het middel van {account} was gemeld als gestolen. Is het terug, of was het een vergissing?",
        gevolgen=[
            "Het middel mag weer worden gebruikt, ook bij andere organisaties.",
            "De koppeling met dit account komt niet terug: vraag een nieuwe activatiecode aan.",
            "Wie het middel als gestolen meldde, kan het niet zelf vrijgeven.",
        ],
        knop="Middel vrijgeven",
        form=form,
    )


def _confirm(request: HttpRequest, account: Account, **context: object) -> HttpResponse:
    terug = reverse("gebruiker", kwargs={"pk": account.pk})
    return render(request, "beheer/deel/bevestigen.html", {"gebruiker": account, "annuleren_url": terug, **context})
