from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts.models import Organisatie
from accounts.permissions import actor_of
from autorisatie.models import AutorisatieKenmerk
from autorisatie.services import Weigering
from beheer.admin.forms import RedenForm
from beheer.admin.handeling import Handeling, MetHandelingen
from beheer.models import Beoordeling, Hercertificering
from beheer.services.hercertificering import answer_as_staf, check_zegel, count_answers, start_hercertificering
from verantwoording.admin import AlleenLezen


def show_hercertificering(page: MetHandelingen, request: HttpRequest, organisatie: Organisatie) -> HttpResponse:
    """Begin a round before its year is over, with a reason."""
    form = RedenForm(request.POST or None)
    if form.is_valid():
        actor = actor_of(request, reden=form.cleaned_data["toelichting"])
        ronde = start_hercertificering(organisatie=organisatie, actor=actor, now=timezone.now())
        if ronde is None:
            messages.info(request, "Niemand heeft een rol bij deze organisatie. Er is niets om na te kijken.")
            return redirect(page.page_of(organisatie))
        messages.success(request, "De ronde loopt. De beheerders krijgen een e-mail.")
        return redirect(reverse("admin:beheer_hercertificering_change", args=[ronde.pk]))
    return page.ask(
        request,
        organisatie,
        titel="Hercertificering beginnen",
        uitleg=f"De beheerders van {organisatie} kijken elke rol na. Wat zij niet op tijd beoordelen, vervalt.",
        knop="Beginnen",
        form=form,
    )


def _answer(page: MetHandelingen, request: HttpRequest, beoordeling: Beoordeling, antwoord: str) -> HttpResponse:
    form = RedenForm(request.POST or None)
    if form.is_valid():
        actor = actor_of(request, reden=form.cleaned_data["toelichting"])
        try:
            done = answer_as_staf(beoordeling=beoordeling, antwoord=antwoord, actor=actor, now=timezone.now())
        except (Weigering, PermissionError) as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.info(request, "Vastgelegd." if done else "Deze rol was al beoordeeld.")
            return redirect(page.page_of(beoordeling))
    grant = beoordeling.autorisatie
    held = AutorisatieKenmerk.objects.not_ended(timezone.now()).filter(autorisatie=grant).order_by("kenmerk__waarde")
    kenmerken = ", ".join(held.values_list("kenmerk__waarde", flat=True))
    rol = f"{grant.rol}, voor {kenmerken}" if kenmerken else grant.rol
    return page.ask(
        request,
        beoordeling,
        titel=f"Rol beoordelen: {beoordeling.Antwoord(antwoord).label}",
        uitleg=f"{grant.account} bij {beoordeling.hercertificering.organisatie} heeft de rol {rol}. Geen "
        "beheerder kan dit beoordelen. Vraag het bevoegd gezag.",
        knop="Vastleggen",
        form=form,
    )


def show_behouden(page: MetHandelingen, request: HttpRequest, beoordeling: Beoordeling) -> HttpResponse:
    """Keep a grant that no beheerder can judge."""
    return _answer(page, request, beoordeling, Beoordeling.Antwoord.BEHOUDEN)


def show_intrekken(page: MetHandelingen, request: HttpRequest, beoordeling: Beoordeling) -> HttpResponse:
    """Withdraw a grant that no beheerder can judge."""
    return _answer(page, request, beoordeling, Beoordeling.Antwoord.INGETROKKEN)


CHANGE = "beheer.change_beoordeling"


@admin.register(Beoordeling)
class BeoordelingAdmin(MetHandelingen, AlleenLezen):
    """The grants in each round. Staff answers those that no beheerder can judge: without beoordelaar."""

    list_display = ["hercertificering", "wie", "autorisatie", "beoordelaar", "antwoord"]
    list_filter = ["antwoord", ("beoordelaar", admin.EmptyFieldListFilter)]
    list_select_related = ["hercertificering__organisatie", "autorisatie__account", "autorisatie__rol", "beoordelaar"]
    handelingen = [
        Handeling("behouden", "Behouden", CHANGE, show_behouden),
        Handeling("intrekken", "Intrekken", CHANGE, show_intrekken),
    ]

    def possible(self, obj: Beoordeling) -> list[Handeling]:
        waits = obj.antwoord == Beoordeling.Antwoord.OPEN and obj.beoordelaar_id is None
        return list(self.handelingen) if waits else []

    @admin.display(description="wie")
    def wie(self, beoordeling: Beoordeling) -> str:
        return str(beoordeling.autorisatie.account)


@admin.register(Hercertificering)
class HercertificeringAdmin(MetHandelingen, AlleenLezen):
    """The rounds. A seal that stands on a statement is found by searching for it, and checked on the page."""

    list_display = ["organisatie", "begonnen_op", "vervalt_op", "afgerond_op"]
    list_select_related = ["organisatie"]
    search_fields = ["=zegel", "organisatie__naam", "=organisatie__code"]
    fields = [
        "organisatie",
        "begonnen_op",
        "vervalt_op",
        "gewaarschuwd_op",
        "afgerond_op",
        "aantallen",
        "zegel",
        "zegel_klopt",
    ]
    readonly_fields = ["aantallen", "zegel_klopt"]

    @admin.display(description="stand")
    def aantallen(self, ronde: Hercertificering) -> str:
        return ", ".join(f"{naam}: {aantal}" for naam, aantal in count_answers(ronde=ronde))

    @admin.display(description="klopt het zegel?")
    def zegel_klopt(self, ronde: Hercertificering) -> str:
        if ronde.afgerond_op is None:
            return "De ronde loopt nog."
        if check_zegel(ronde):
            return "Ja. De verklaring is niet gewijzigd sinds de ronde klaar was."
        return "Nee. De verklaring of het zegel is gewijzigd."
