from functools import cache
from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.emails.aanmelding import AANMELDING
from accounts.middleware import form_data
from accounts.models import Account
from accounts.permissions import account_of, actor_of, beheerder_required, gebruikers_of, organisatie_of
from accounts.rules import normalise_gebruikersnaam
from accounts.services.accounts import VELDEN, Verouderd, resend_aanmelding
from beheer.exports import SOORTEN
from beheer.forms import AanmeldenForm, GebruikersnaamForm, GegevensForm, WijzigenForm, ZoekForm
from beheer.permissions import for_gebruiker
from beheer.rules import PER_PAGINA, REGELS_BIJ_GEBRUIKER
from beheer.services.gebruikers import Gegevens, change_gebruiker, register_gebruiker
from beheer.services.leven import barred_middel, can_restore
from beheer.services.logboek import lines_of, read_lines
from beheer.services.rollen import read_rollen
from beheer.services.standen import latest_bericht, live_koppeling, read_standen, search
from koppeling.models import EherkenningTest
from koppeling.services.activatiecodes import SOORT as ACTIVATIECODE

BERICHTEN = {AANMELDING: "Bevestiging per e-mail", ACTIVATIECODE: "E-mail met activatiecode"}


@beheerder_required
def gebruikers(request: HttpRequest) -> HttpResponse:
    """The gebruikers of the own organisatie, with how far each of them is. POST looks one up by gebruikersnaam (D6)."""
    by_name = GebruikersnaamForm(request.POST if request.method == "POST" else None, prefix="op")
    if by_name.is_bound and by_name.is_valid():
        typed = normalise_gebruikersnaam(by_name.cleaned_data["gebruikersnaam"])
        found = gebruikers_of(request).filter(gebruikersnaam=typed).first()
        if found is not None:
            return redirect("gebruiker", pk=found.pk)
        by_name.add_error("gebruikersnaam", "Bij uw organisatie is geen gebruiker met deze gebruikersnaam.")
    now = timezone.now()
    filter_form = ZoekForm(request.GET)
    filters = filter_form.cleaned_data if filter_form.is_valid() else {"q": "", "stand": ""}
    organisatie = organisatie_of(request)
    rows = search(gebruikers_of(request), organisatie=organisatie, naam=filters["q"], stand=filters["stand"], now=now)
    page = Paginator(rows, PER_PAGINA).get_page(request.GET.get("pagina"))
    return render(
        request,
        "beheer/gebruikers.html",
        {
            "zoek": filter_form,
            "op_gebruikersnaam": by_name,
            "form": by_name,
            "gefilterd": bool(filters["q"] or filters["stand"]),
            "pagina": page,
            "filters": filters,
            "rijen": [(stand, _address().format(stand.account.pk)) for stand in read_standen(page, organisatie, now)],
            "soorten": SOORTEN.items(),
        },
    )


@beheerder_required
def gebruiker_aanmelden(request: HttpRequest) -> HttpResponse:
    """Register somebody (R04); then she gives him rollen."""
    form = AanmeldenForm(form_data(request))
    if request.method == "POST" and form.is_valid():
        account, new = register_gebruiker(
            organisatie=organisatie_of(request),
            gegevens=_gegevens(form),
            actor=actor_of(request),
            now=timezone.now(),
        )
        if not new:
            messages.info(request, "Deze persoon is al aangemeld. Dit is het account. Er is niets gewijzigd.")
            return redirect("gebruiker", pk=account.pk)
        messages.success(
            request, f"{account} is aangemeld en krijgt een e-mail met uitleg. Geef nu rollen en kenmerken."
        )
        return redirect("gebruiker_rollen", pk=account.pk)
    return render(request, "beheer/gebruiker_aanmelden.html", {"form": form})


@beheerder_required
@require_safe
def gebruiker(request: HttpRequest, pk: int) -> HttpResponse:
    """One gebruiker: data, how far he is, what comes next, rollen, koppeling and the last lines of the log."""
    now = timezone.now()
    organisatie = organisatie_of(request)
    account = get_object_or_404(gebruikers_of(request), pk=pk)
    [stand] = read_standen([account], organisatie, now)
    lines = lines_of(organisatie, over=account.pk)[:REGELS_BIJ_GEBRUIKER]
    return render(
        request,
        "beheer/gebruiker.html",
        {
            "gebruiker": account,
            "stand": stand,
            "eigen": account.pk == account_of(request).pk,
            "middel_geblokkeerd": barred_middel(account) is not None,
            "te_herstellen": can_restore(account, now),
            "koppeling": live_koppeling(account),
            "test": EherkenningTest.objects.filter(account=account).first(),
            "berichten": [
                (naam, bericht)
                for soort, naam in BERICHTEN.items()
                if (bericht := latest_bericht(account, soort)) is not None
            ],
            "rollen": read_rollen(account=account, beheerder=account_of(request), now=now),
            "regels": read_lines(lines, organisatie),
        },
    )


@for_gebruiker
def gebruiker_wijzigen(request: HttpRequest, account: Account) -> HttpResponse:
    """Change somebody's data. Whoever saves second sees what the first one changed, and loses nothing typed (D23)."""
    eigen = account.pk == account_of(request).pk
    data = form_data(request) or QueryDict()
    form = WijzigenForm(data or None, initial=_initial(account), eigen=eigen)
    differences: list[tuple[str, str, str]] = []
    if request.method == "POST" and form.is_valid():
        outcome = change_gebruiker(
            account=account,
            versie=form.cleaned_data["versie"],
            gegevens=_gegevens(form),
            actor=actor_of(request),
            now=timezone.now(),
        )
        if not isinstance(outcome, Verouderd):
            messages.success(request, "De gegevens zijn opgeslagen.")
            return redirect("gebruiker", pk=account.pk)
        differences = [
            (str(form.fields[veld].label), str(getattr(outcome.huidig, veld)), form.cleaned_data[veld])
            for veld in VELDEN
            if getattr(outcome.huidig, veld) != form.cleaned_data[veld]
        ]
        if not differences:
            messages.info(request, "Deze gegevens waren al opgeslagen.")
            return redirect("gebruiker", pk=account.pk)
        data["versie"] = str(outcome.huidig.versie)
    return render(
        request,
        "beheer/gebruiker_wijzigen.html",
        {"form": form, "gebruiker": account, "verschillen": differences},
    )


@for_gebruiker
@require_POST
def gebruiker_bevestiging(request: HttpRequest, account: Account) -> HttpResponse:
    """Send the confirmation of the registration again when it did not arrive (R06)."""
    if resend_aanmelding(account=account, actor=actor_of(request), now=timezone.now()):
        messages.success(request, f"De bevestiging wordt opnieuw verstuurd naar {account.email}.")
    else:
        messages.info(request, "De bevestiging was al opnieuw verstuurd.")
    return redirect("gebruiker", pk=account.pk)


@cache
def _address() -> str:
    """The address of a gebruiker with {} for his id, worked out once for the lines of all lists."""
    return reverse("gebruiker", args=[0]).replace("0", "{}")


def _gegevens(form: GegevensForm) -> Gegevens:
    return cast("Gegevens", {veld: form.cleaned_data[veld] for veld in VELDEN})


def _initial(account: Account) -> dict[str, object]:
    return {veld: getattr(account, veld) for veld in [*VELDEN, "versie"]}
