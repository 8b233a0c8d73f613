from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts.models import Machtiging, Organisatie
from accounts.permissions import actor_of
from autorisatie.models import Machtigingsaanbod, Rol
from autorisatie.services import Weigering
from autorisatie.services.machtigingen import (
    PAPIER,
    Inhoud,
    decide_paper_machtiging,
    enter_paper_machtiging,
    find_organisatie,
    impact_of,
    kenmerken_to_give,
    open_voorstel,
    soorten_of,
    stop_machtiging,
)
from beheer.admin.forms import RedenForm
from beheer.admin.handeling import Handeling, MetHandelingen
from beheer.forms.machtigingen import MachtigingForm
from verantwoording.admin import AlleenLezen
from verantwoording.services import AlBesloten, ZelfdePersoon

REFUSALS = (AlBesloten, ZelfdePersoon, Weigering, PermissionError)


def show_papier(page: MetHandelingen, request: HttpRequest, organisatie: Organisatie) -> HttpResponse:
    """Enter a machtiging that both sides signed on paper (R30). Another member of staff decides on it."""
    form = MachtigingForm(
        request.POST or None,
        soorten=soorten_of(organisatie),
        rollen=Rol.objects.filter(soorten__organisaties=organisatie).exclude(kenmerksoorten=[]).distinct(),
        kenmerken=kenmerken_to_give(verlener=organisatie, now=timezone.now()),
    )
    if form.is_valid():
        given = form.cleaned_data
        gemachtigde = find_organisatie(code=given["code"], kvk_nummer=given["kvk_nummer"])
        if gemachtigde is None:
            form.add_error("code", "We kennen geen organisatie met deze code en dit KVK-nummer.")
        else:
            inhoud = Inhoud(
                verlener=organisatie,
                gemachtigde=gemachtigde,
                **{name: given[name] for name in ("soort", "rollen", "kenmerken", "van", "tot_en_met")},
            )
            try:
                aanbod = enter_paper_machtiging(inhoud=inhoud, actor=actor_of(request), now=timezone.now())
            except (Weigering, PermissionError) as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, "De machtiging is ingevoerd. Een collega beslist erover.")
                return redirect(reverse("admin:autorisatie_machtigingsaanbod_change", args=[aanbod.pk]))
    return page.ask(
        request,
        organisatie,
        titel="Machtiging op papier invoeren",
        uitleg=f"{organisatie} machtigt een andere organisatie, met een formulier dat beide hebben getekend. Een "
        "andere medewerker van DUO controleert het formulier en beslist.",
        knop="Invoeren",
        form=form,
    )


def _decide(page: MetHandelingen, request: HttpRequest, aanbod: Machtigingsaanbod, *, akkoord: bool) -> HttpResponse:
    form = RedenForm(request.POST or None)
    if form.is_valid():
        actor = actor_of(request, reden=form.cleaned_data["toelichting"])
        try:
            decide_paper_machtiging(aanbod=aanbod, akkoord=akkoord, actor=actor, now=timezone.now())
        except REFUSALS as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "De machtiging geldt nu." if akkoord else "De machtiging is afgewezen.")
            return redirect(page.page_of(aanbod))
    knop = "Goedkeuren" if akkoord else "Afwijzen"
    return page.ask(
        request,
        aanbod,
        titel=f"Machtiging op papier: {knop.lower()}",
        uitleg=f"{aanbod}. U beslist als tweede medewerker. Hebben beide organisaties het formulier getekend?",
        knop=knop,
        form=form,
    )


def show_goedkeuren(page: MetHandelingen, request: HttpRequest, aanbod: Machtigingsaanbod) -> HttpResponse:
    """Approve a paper form as second member of staff."""
    return _decide(page, request, aanbod, akkoord=True)


def show_afwijzen(page: MetHandelingen, request: HttpRequest, aanbod: Machtigingsaanbod) -> HttpResponse:
    """Refuse a paper form as second member of staff."""
    return _decide(page, request, aanbod, akkoord=False)


def show_stoppen(page: MetHandelingen, request: HttpRequest, machtiging: Machtiging) -> HttpResponse:
    """Stop a machtiging as DUO staff, with a reason; what it takes away is said first (R30)."""
    form = RedenForm(request.POST or None)
    if form.is_valid():
        actor = actor_of(request, reden=form.cleaned_data["toelichting"])
        stop_machtiging(machtiging=machtiging, beheerder=None, actor=actor, now=timezone.now())
        messages.success(request, "De machtiging is gestopt.")
        return redirect(page.page_of(machtiging))
    gevolg = impact_of(machtiging=machtiging, now=timezone.now())
    return page.ask(
        request,
        machtiging,
        titel="Machtiging stoppen",
        uitleg=f"{machtiging}. Aantal mensen dat ermee werkt: {gevolg.mensen}. Aantal kenmerken dat zij verliezen: "
        f"{gevolg.kenmerken}. Aantal mensen dat er alleen door kan inloggen: {gevolg.inloggers}. De beheerders van "
        "beide organisaties krijgen een e-mail.",
        knop="Stoppen",
        form=form,
    )


@admin.register(Machtiging)
class MachtigingAdmin(MetHandelingen, AlleenLezen):
    """Machtigingen that hold or held (R30); staff can stop one."""

    list_display = ["verlener", "gemachtigde", "soort", "van", "tot"]
    list_select_related = ["verlener", "gemachtigde"]
    handelingen = [Handeling("stoppen", "Stoppen", "accounts.change_machtiging", show_stoppen)]

    def possible(self, obj: Machtiging) -> list[Handeling]:
        return self.handelingen if obj.tot > timezone.now() else []


@admin.register(Machtigingsaanbod)
class MachtigingsaanbodAdmin(MetHandelingen, AlleenLezen):
    """How each machtiging came about, and its scope (R30); paper forms are decided here by a second person."""

    list_display = ["verlener", "gemachtigde", "soort", "stand", "van", "tot"]
    list_filter = ["stand", "soort"]
    list_select_related = ["verlener", "gemachtigde"]
    handelingen = [
        Handeling("goedkeuren", "Goedkeuren", "autorisatie.change_machtigingsaanbod", show_goedkeuren),
        Handeling("afwijzen", "Afwijzen", "autorisatie.change_machtigingsaanbod", show_afwijzen),
    ]

    def possible(self, obj: Machtigingsaanbod) -> list[Handeling]:
        voorstel = open_voorstel(obj)
        return self.handelingen if voorstel is not None and voorstel.soort == PAPIER else []
