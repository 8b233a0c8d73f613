from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.admin import Vastgelegd
from accounts.permissions import actor_of
from beheer.admin.forms import RedenForm
from beheer.admin.handeling import Handeling, MetHandelingen
from beheer.models import Signaal, Signaalgrens
from beheer.services.signaalantwoord import AlBeantwoord, answer_signaal_as_staf, consequences_of
from beheer.services.signaalpersonen import describe
from verantwoording.admin import AlleenLezen


def _answer(
    page: MetHandelingen, request: HttpRequest, signaal: Signaal, *, klopt: bool, titel: str, uitleg: str
) -> HttpResponse:
    form = RedenForm(request.POST or None)
    if form.is_valid():
        actor = actor_of(request, reden=form.cleaned_data["toelichting"])
        try:
            answer_signaal_as_staf(signaal=signaal, klopt=klopt, actor=actor, now=timezone.now())
        except (AlBeantwoord, PermissionError) as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Vastgelegd." if klopt else "Gestopt. Het bevoegd gezag krijgt een e-mail.")
            return redirect(page.page_of(signaal))
    zin = describe([signaal])[signaal.pk]
    return page.ask(request, signaal, titel=titel, uitleg=f"{zin} {uitleg}", knop=titel, form=form)


def show_klopt(page: MetHandelingen, request: HttpRequest, signaal: Signaal) -> HttpResponse:
    """It is right, says the organisatie."""
    uitleg = "Vraag het na bij iemand die er niet bij betrokken is. Er verandert niets."
    return _answer(page, request, signaal, klopt=True, titel="Dit klopt", uitleg=uitleg)


def show_stop(page: MetHandelingen, request: HttpRequest, signaal: Signaal) -> HttpResponse:
    """Stop what it is about; what that takes away is said first."""
    gevolg = consequences_of(signaal, timezone.now())
    if gevolg.accounts:
        namen = ", ".join(str(account) for account in gevolg.accounts)
        uitleg = f"U blokkeert en ontkoppelt: {namen}. Openstaande activatiecodes werken niet meer."
        if gevolg.adres_terug is not None:
            adres = "Het vorige e-mailadres geldt weer." if gevolg.adres_terug else "Het e-mailadres verandert niet."
            uitleg = f"{uitleg} {adres} Laat het controleren voordat iemand de blokkade opheft."
    else:
        uitleg = f"U trekt {gevolg.rollen} rollen in, van {gevolg.mensen} mensen."
    return _answer(page, request, signaal, klopt=False, titel="Stop dit", uitleg=uitleg)


CHANGE = "beheer.change_signaal"


@admin.register(Signaal)
class SignaalAdmin(MetHandelingen, AlleenLezen):
    """What a second person should look at. Staff answer what nobody at the organisatie can or did."""

    list_display = [
        "organisatie",
        "soort",
        "gemaakt_op",
        "geescaleerd_op",
        "staat",
        "beantwoord_op",
        "beantwoord_soort",
    ]
    list_select_related = ["organisatie"]
    list_filter = ["staat", ("geescaleerd_op", admin.EmptyFieldListFilter), "soort"]
    search_fields = ["organisatie__naam", "=organisatie__code"]
    ordering = ["-id"]
    fields = [
        "organisatie",
        "soort",
        "wat",
        "van",
        "tot",
        "gemaakt_op",
        "herinnerd_op",
        "geescaleerd_op",
        "staat",
        "beantwoord_op",
        "beantwoord_soort",
        "beantwoord_id",
        "reden",
    ]
    readonly_fields = ["wat"]
    handelingen = [
        Handeling("klopt", "Dit klopt", CHANGE, show_klopt),
        Handeling("stop", "Stop dit", CHANGE, show_stop),
    ]

    def possible(self, obj: Signaal) -> list[Handeling]:
        return list(self.handelingen) if obj.staat == Signaal.Staat.OPEN else []

    @admin.display(description="wat er is gebeurd")
    def wat(self, signaal: Signaal) -> str:
        return describe([signaal])[signaal.pk]


@admin.register(Signaalgrens)
class SignaalgrensAdmin(Vastgelegd):
    """From when on something is a signaal. The soorten are fixed."""

    list_display = ["soort", "aan", "uren", "aantal", "herinneren", "escaleren"]
    readonly_fields = ["soort"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Signaalgrens | None = None) -> bool:
        return False
