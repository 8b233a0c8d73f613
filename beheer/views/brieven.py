from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.models import Account
from accounts.permissions import account_of, actor_of, beheerder_required, gebruikers_of
from beheer.forms import BrievenForm
from beheer.letters import as_download, why_no_pdf
from beheer.permissions import for_gebruiker
from beheer.rules import HOOGSTENS_BRIEVEN
from beheer.services.brieven import BRIEF_GEMAAKT, Lijst, list_for_brieven, make_brieven, record_overhandigd
from beheer.views.inlogmiddel import ask
from koppeling.views.browser import name_browser, remember_browser

TEMPLATE = "brief/gebruikersnaam.html"
LIJSTEN = {
    Lijst.NODIG: "Wie nog een brief nodig heeft",
    Lijst.GEMAAKT: "Brief gemaakt, nog niet overhandigd",
    Lijst.ALLEN: "Alle gebruikers",
}


@never_cache
@for_gebruiker
def gebruiker_brief(request: HttpRequest, account: Account) -> HttpResponse:
    """Explain the letter; POST makes it, to print or as PDF (R05). Nothing is stored, every making is logged."""
    if request.method == "POST":
        return _make(request, [account], reverse("gebruiker", kwargs={"pk": account.pk}))
    template = "beheer/gebruiker_brief.html"
    return ask(request, template, account, "Brief met gebruikersnaam", "Brief maken", geen_pdf=why_no_pdf())


@for_gebruiker
@require_POST
def gebruiker_overhandigd(request: HttpRequest, account: Account) -> HttpResponse:
    """The beheerder gave the letter herself (R05); with `ongedaan` she takes that back."""
    done = "ongedaan" not in request.POST
    if record_overhandigd(account=account, overhandigd=done, actor=actor_of(request), now=timezone.now()):
        messages.success(
            request, f"Genoteerd: {account} heeft de brief." if done else f"Genoteerd: {account} heeft de brief niet."
        )
    return redirect("gebruiker", pk=account.pk)


@never_cache
@beheerder_required
def brieven(request: HttpRequest) -> HttpResponse:
    """Letters for several gebruikers at once: who was ticked, or who is next of all that still need one (R05).

    POST makes them (to print or as PDF), or notes that they were handed over. At most fifty at a time.
    """
    lijst = next((one for one in Lijst if one == request.GET.get("toon")), Lijst.NODIG)
    people, now = gebruikers_of(request), timezone.now()
    rows = list_for_brieven(people, lijst, now)
    form = BrievenForm(
        request.POST if request.method == "POST" else None, gebruikers=list_for_brieven(people, Lijst.ALLEN, now)
    )
    if request.method == "POST":
        if "allen" in request.POST:
            chosen = list(list_for_brieven(people, Lijst.NODIG, now)[:HOOGSTENS_BRIEVEN])
            if not chosen:
                messages.info(request, "Niemand heeft nog een brief nodig.")
                return redirect("brieven")
            return _make(request, chosen, reverse("brieven"))
        if form.is_valid():
            chosen = form.cleaned_data["gebruikers"]
            if request.POST.get("vorm") != "overhandigd":
                return _make(request, chosen, f"{reverse('brieven')}?toon={lijst}")
            return _hand_over(request, chosen)
    page = Paginator(rows, HOOGSTENS_BRIEVEN).get_page(request.GET.get("pagina"))
    return render(
        request,
        "beheer/brieven.html",
        {
            "form": form,
            "gekozen": request.POST.getlist("gebruikers"),
            "lijst": lijst,
            "lijsten": LIJSTEN.items(),
            "naam": LIJSTEN[lijst],
            "pagina": page,
            "hoogstens": HOOGSTENS_BRIEVEN,
            "gemaakt": BRIEF_GEMAAKT,
            "geen_pdf": why_no_pdf(),
        },
    )


def _make(request: HttpRequest, accounts: Sequence[Account], terug_url: str) -> HttpResponse:
    """The letters, as page to print or as PDF; first it is sure that a PDF can be made, for making is logged."""
    as_pdf = request.POST.get("vorm") == "pdf"
    if as_pdf and (why := why_no_pdf()):
        messages.error(request, why)
        return redirect(terug_url)
    made = make_brieven(
        accounts=accounts,
        beheerder=account_of(request),
        actor=actor_of(request),
        now=timezone.now(),
        browser=name_browser(request),
    )
    context: dict[str, Any] = {"brieven": made, "terug_url": terug_url}
    if not as_pdf:
        return remember_browser(request, render(request, TEMPLATE, context))
    name = "brief-mijn-duo.pdf" if len(made) == 1 else "brieven-mijn-duo.pdf"
    return remember_browser(request, as_download(render_to_string(TEMPLATE, context), name))


def _hand_over(request: HttpRequest, accounts: Sequence[Account]) -> HttpResponse:
    now, actor = timezone.now(), actor_of(request)
    done = sum(record_overhandigd(account=account, overhandigd=True, actor=actor, now=now) for account in accounts)
    if done:
        messages.success(request, f"Genoteerd: {done} {'brief is' if done == 1 else 'brieven zijn'} overhandigd.")
    if done < len(accounts):
        messages.info(request, "Van wie nog geen brief heeft, of hem al had, is niets genoteerd.")
    return redirect(f"{reverse('brieven')}?toon={Lijst.GEMAAKT}")
