"""Machtigingen in and out, for beheerders of either side, and the link of the bevoegd gezag (R30)."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.middleware import any_account, form_data
from accounts.models import Account, Machtiging
from accounts.permissions import account_of, actor_of, beheerder_required, client_address, organisatie_of
from autorisatie.models import Autorisatie, Machtigingsaanbod, Rol
from autorisatie.services import Weigering, kenmerken_for, rollen_of_machtiging, rollen_to_hand_out
from autorisatie.services.machtigingen import (
    Antwoord,
    Inhoud,
    accept_machtiging,
    answer_machtiging,
    find_aanbod,
    find_organisatie,
    impact_of,
    kenmerken_to_give,
    open_voorstel,
    prepare_machtiging,
    soorten_of,
    stop_machtiging,
    withdraw_aanbod,
)
from beheer.forms import IntrekkenForm, RolForm
from beheer.forms.machtigingen import MachtigingForm
from beheer.permissions import aanbod_of, for_gebruiker, machtigingen_of
from beheer.rules import PER_PAGINA
from beheer.services.rollen import grant_rol, read_rollen, read_stand, withdraw_rol
from verantwoording.services import AlBesloten, ZelfdePersoon

VERANDERD = "Iemand anders heeft deze rol net gewijzigd. Er is niets opgeslagen. Controleer de rol hieronder."
REFUSALS = (AlBesloten, ZelfdePersoon, Weigering)


@beheerder_required
@require_safe
def machtigingen(request: HttpRequest) -> HttpResponse:
    """The machtigingen that the own organisatie gave and got, and what waits for an answer."""
    organisatie = organisatie_of(request)
    rows = aanbod_of(request).select_related("verlener", "gemachtigde", "machtiging").order_by("-id")
    pagina = Paginator(rows, PER_PAGINA).get_page(request.GET.get("pagina"))
    context = {"pagina": pagina, "organisatie": organisatie, "nu": timezone.now()}
    return render(request, "beheer/machtigingen.html", context)


@beheerder_required
@require_http_methods(["GET", "HEAD", "POST"])
def machtiging_maken(request: HttpRequest) -> HttpResponse:
    """Prepare a machtiging for another organisatie, named by its code and KvK number; there is no list to look in."""
    now = timezone.now()
    organisatie = organisatie_of(request)
    rollen = rollen_to_hand_out(beheerder=account_of(request), now=now).exclude(kenmerksoorten=[]).order_by("naam")
    form = MachtigingForm(
        form_data(request),
        soorten=soorten_of(organisatie),
        rollen=rollen,
        kenmerken=kenmerken_to_give(verlener=organisatie, now=now),
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        gemachtigde = find_organisatie(code=given["code"], kvk_nummer=given["kvk_nummer"])
        if gemachtigde is None:
            form.add_error("code", "We kennen geen organisatie met deze code en dit KVK-nummer. Controleer beide.")
        else:
            inhoud = Inhoud(
                verlener=organisatie,
                gemachtigde=gemachtigde,
                soort=given["soort"],
                rollen=list(given["rollen"]),
                kenmerken=list(given["kenmerken"]),
                van=given["van"],
                tot_en_met=given["tot_en_met"],
            )
            try:
                aanbod = prepare_machtiging(
                    inhoud=inhoud, beheerder=account_of(request), actor=actor_of(request), now=now
                )
            except Weigering as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(
                    request,
                    f"De machtiging aan {gemachtigde.naam} staat klaar. Het bevoegd gezag krijgt een e-mail om te "
                    "bevestigen.",
                )
                return redirect("machtiging", pk=aanbod.pk)
    return render(request, "beheer/machtiging_maken.html", {"form": form})


@beheerder_required
@require_http_methods(["GET", "HEAD", "POST"])
def machtiging(request: HttpRequest, pk: int) -> HttpResponse:
    """One machtiging, for either side: its scope and life. POST accepts, declines or takes back what still waits."""
    now = timezone.now()
    organisatie, beheerder = organisatie_of(request), account_of(request)
    aanbod = get_object_or_404(aanbod_of(request).select_related("verlener", "gemachtigde", "machtiging"), pk=pk)
    verleend = aanbod.verlener_id == organisatie.pk
    if request.method == "POST":
        try:
            done = _answer(aanbod, request, verleend=verleend, now=now)
        except REFUSALS as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, done)
        return redirect("machtiging", pk=pk)
    waits = open_voorstel(aanbod) is not None
    live = aanbod.machtiging is not None and aanbod.machtiging.tot > now
    context = {
        "aanbod": aanbod,
        "nu": now,
        "verleend": verleend,
        "wacht": waits,
        "loopt": live,
        "aanvaarden": waits and not verleend and aanbod.stand == Machtigingsaanbod.Stand.BEVESTIGD,
        "intrekken": waits and verleend,
        "gevolg": impact_of(machtiging=aanbod.machtiging, now=now) if live and aanbod.machtiging else None,
        "mensen": _people(aanbod.machtiging, beheerder, now) if live and aanbod.machtiging and not verleend else [],
    }
    return render(request, "beheer/machtiging.html", context)


def _answer(aanbod: Machtigingsaanbod, request: HttpRequest, *, verleend: bool, now: datetime) -> str:
    """Do what the button says; what was done, in words. Http404 for a button that is not on the page."""
    keuze, beheerder, actor = request.POST.get("keuze"), account_of(request), actor_of(request)
    if keuze in {"aanvaarden", "afwijzen"} and not verleend:
        found = accept_machtiging(
            aanbod=aanbod, akkoord=keuze == "aanvaarden", beheerder=beheerder, actor=actor, now=now
        )
        if found is None:
            return "U hebt de machtiging afgewezen. Er verandert niets."
        return "De machtiging is aanvaard. U kunt uw gebruikers nu rollen geven namens deze organisatie."
    if keuze == "intrekken" and verleend:
        withdraw_aanbod(aanbod=aanbod, beheerder=beheerder, actor=actor, now=now)
        return "De machtiging is ingetrokken voordat die geldig werd."
    raise Http404


def _people(given: Machtiging, beheerder: Account, now: datetime) -> list[Account]:
    """Who of the own organisatie acts by this machtiging, by name."""
    grants = Autorisatie.objects.live(now).filter(machtiging=given)
    accounts = Account.objects.filter(organisatie=beheerder.organisatie, autorisaties__in=grants, beeindigd_op=None)
    return list(accounts.distinct().order_by("achternaam", "voornaam", "id"))


@beheerder_required
@require_http_methods(["GET", "HEAD", "POST"])
def machtiging_stoppen(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a machtiging at once, from either side; what it takes away is said first (R30)."""
    now = timezone.now()
    aanbod = get_object_or_404(aanbod_of(request), pk=pk, machtiging__isnull=False)
    given = get_object_or_404(machtigingen_of(request).select_related("verlener", "gemachtigde"), aanbod=aanbod)
    if request.method == "POST":
        if stop_machtiging(machtiging=given, beheerder=account_of(request), actor=actor_of(request), now=now):
            messages.success(request, "De machtiging is gestopt. Niemand kan er nog mee werken.")
        else:
            messages.info(request, "Deze machtiging was al gestopt of afgelopen.")
        return redirect("machtiging", pk=pk)
    context = {
        "given": given,
        "gevolg": impact_of(machtiging=given, now=now),
        "titel": "Machtiging stoppen",
        "knop": "Machtiging stoppen",
        "annuleren_url": reverse("machtiging", kwargs={"pk": pk}),
    }
    return render(request, "beheer/machtiging_stoppen.html", context)


# No login: the bevoegd gezag has no account. The signed link says which machtiging, and went to the address on record.
@login_not_required
@any_account
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def machtiging_bevestigen(request: HttpRequest, token: str) -> HttpResponse:
    """The link in the mail to the bevoegd gezag: GET shows the machtiging, POST confirms or refuses it, once (R30)."""
    now = timezone.now()
    aanbod = find_aanbod(token=token)
    antwoord: Antwoord | None = None
    if aanbod is None:
        antwoord = Antwoord.ONBEKEND
    elif request.POST.get("keuze") in {"ja", "nee"}:
        akkoord = request.POST["keuze"] == "ja"
        antwoord = answer_machtiging(token=token, akkoord=akkoord, adres=client_address(request), now=now)
    elif aanbod.stand != Machtigingsaanbod.Stand.VOORBEREID or open_voorstel(aanbod) is None:
        antwoord = Antwoord.AL_BEANTWOORD
    status = 404 if antwoord is Antwoord.ONBEKEND else 200
    return render(request, "beheer/machtiging_bevestigen.html", {"aanbod": aanbod, "antwoord": antwoord}, status=status)


@for_gebruiker
@require_http_methods(["GET", "HEAD", "POST"])
def gebruiker_namens(request: HttpRequest, account: Account, aanbod: int, sleutel: str) -> HttpResponse:
    """Give a gebruiker a rol for kenmerken of the organisatie that gave a machtiging (R30, D5)."""
    now, beheerder = timezone.now(), account_of(request)
    given = _given(request, aanbod, now)
    rol = get_object_or_404(_rollen(given, beheerder, now), sleutel=sleutel)
    offered = list(kenmerken_for(rol=rol, organisatie=organisatie_of(request), now=now, machtiging=given))
    rows = read_rollen(account=account, beheerder=beheerder, now=now, machtiging=given)
    current = next((row for row in rows if row.rol.pk == rol.pk), None)
    data = form_data(request) or QueryDict()
    initial = {
        "stand": read_stand(account=account, rol=rol, now=now, machtiging=given),
        "kenmerken": [kenmerk.pk for kenmerk in current.kenmerken] if current else [],
        "tot": current.laatste_dag if current else None,
    }
    form = RolForm(data or None, rol=rol, naam=account.get_full_name(), kenmerken=offered, initial=initial)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["kenmerken"]
        try:
            saved = grant_rol(
                account=account,
                rol=rol,
                kenmerken=[kenmerk for kenmerk in offered if kenmerk.pk in chosen],
                stand=form.cleaned_data["stand"],
                actor=actor_of(request),
                beheerder=beheerder,
                now=now,
                tot=form.cleaned_data["tot"],
                machtiging=given,
            )
        except Weigering as refusal:
            form.add_error(None, str(refusal))
        else:
            if saved:
                messages.success(request, f"{account} heeft nu de rol {rol} namens {given.verlener.naam}.")
                return redirect("machtiging", pk=aanbod)
            messages.warning(request, VERANDERD)
            return redirect("gebruiker_namens", pk=account.pk, aanbod=aanbod, sleutel=sleutel)
    context = {"gebruiker": account, "rol": rol, "given": given, "aanbod": aanbod, "huidig": current, "form": form}
    return render(request, "beheer/gebruiker_namens.html", context)


@for_gebruiker
@require_http_methods(["GET", "HEAD", "POST"])
def gebruiker_namens_intrekken(request: HttpRequest, account: Account, aanbod: int, sleutel: str) -> HttpResponse:
    """Withdraw a rol that was given under a machtiging, asked first."""
    now, beheerder = timezone.now(), account_of(request)
    given = _given(request, aanbod, now)
    rol = get_object_or_404(_rollen(given, beheerder, now), sleutel=sleutel)
    stand = read_stand(account=account, rol=rol, now=now, machtiging=given)
    form = IntrekkenForm(request.POST or None, initial={"stand": stand})
    if request.method == "POST" and form.is_valid():
        done = withdraw_rol(
            account=account,
            rol=rol,
            stand=form.cleaned_data["stand"],
            actor=actor_of(request),
            beheerder=beheerder,
            now=now,
            machtiging=given,
        )
        if done:
            messages.success(request, f"{account} heeft de rol {rol} namens {given.verlener.naam} niet meer.")
        else:
            messages.warning(request, VERANDERD)
        return redirect("machtiging", pk=aanbod)
    if not stand:
        messages.info(request, f"{account} heeft de rol {rol} namens {given.verlener.naam} niet.")
        return redirect("machtiging", pk=aanbod)
    context = {
        "form": form,
        "titel": "Rol intrekken",
        "wat": f"{account} kan daarna de rol {rol} niet meer gebruiken namens {given.verlener.naam}.",
        "knop": "Rol intrekken",
        "annuleren_url": reverse("machtiging", kwargs={"pk": aanbod}),
    }
    return render(request, "beheer/gebruiker_namens_intrekken.html", context)


def _given(request: HttpRequest, aanbod: int, now: datetime) -> Machtiging:
    """The live machtiging that the own organisatie got, by its offer; Http404 for any other."""
    rows = machtigingen_of(request).filter(gemachtigde=organisatie_of(request), van__lte=now, tot__gt=now)
    return get_object_or_404(rows.select_related("verlener", "gemachtigde"), aanbod=aanbod)


def _rollen(given: Machtiging, beheerder: Account, now: datetime) -> QuerySet[Rol]:
    return rollen_of_machtiging(machtiging=given, beheerder=beheerder, now=now)
