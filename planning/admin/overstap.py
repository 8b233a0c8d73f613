from collections.abc import Callable
from typing import Any, Final

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import pluralize
from django.urls import URLPattern, path
from django.utils import timezone

from accounts.admin import Vastgelegd
from accounts.models import Organisatie
from accounts.permissions import actor_of
from beheer.admin.handeling import Handeling, MetHandelingen
from planning.admin.forms import DagenForm, OverstapForm, ZetForm
from planning.admin.gereedheid import show_gereedheid
from planning.admin.golf import show_golf
from planning.models import Overstap, Overstapmail
from planning.rules.overstap import ZETTEN, Zet, ZetMagNiet
from planning.services.overstappen import GeenReden, move_overstap, set_dagen

CHANGE: Final = "planning.change_overstap"
VELDEN: Final = (
    "soort",
    "portaal",
    "stand",
    "aankondigen_op",
    "openen_op",
    "einde_token",
    "per_dag",
    "aangekondigd_op",
    "geopend_op",
    "afgerond_op",
)
UITLEG: Final = {
    Zet.AANKONDIGEN: "Beheerders, contactpersonen en het bevoegd gezag van {organisaties} krijgen de "
    "aankondiging. Dit kunt u niet terugnemen.",
    Zet.OPENEN: "Vanaf nu kunnen de mensen van {organisaties} overstappen. Hun beheerders krijgen een e-mail.",
    Zet.AFRONDEN: "Bij {organisaties} werken tokens vanaf nu niet meer. Een organisatie met een uitzondering "
    "houdt haar tokens tot het einde daarvan.",
    Zet.PAUZEREN: "De overstap staat stil: er gaan geen e-mails uit, ook niet die nog wachten, en geen dag verandert "
    "iets. Kies tot welke dag tokens intussen werken. De andere dagen vervallen.",
    Zet.HERVATTEN: "De overstap gaat verder waar hij was. E-mails die nog wachtten, gaan vanaf vandaag uit. Stel "
    "daarna de dagen opnieuw in.",
    Zet.TERUGDRAAIEN: "Tokens werken weer tot de dag die u kiest, behalve voor wie al met eHerkenning inlogt. Later "
    "kunt u de overstap opnieuw aankondigen: iedereen krijgt dan opnieuw bericht.",
}


def _move(zet: Zet) -> Callable[[Any, HttpRequest, Overstap], HttpResponse]:
    def view(page: MetHandelingen, request: HttpRequest, overstap: Overstap) -> HttpResponse:
        count = Organisatie.objects.filter(soorten=overstap.soort_id, beeindigd_op=None).count()
        return page.act(
            request,
            overstap,
            ZetForm(request.POST if request.method == "POST" else None, zet=zet),
            doe=lambda data: move_overstap(
                overstap=overstap,
                zet=zet,
                einde_token=data.get("einde_token"),
                actor=actor_of(request, reden=data["toelichting"]),
                now=timezone.now(),
            ),
            weigert=(ZetMagNiet, GeenReden),
            gedaan=f"{overstap}: {zet} is gedaan.",
            titel=f"Overstap {zet}",
            uitleg=UITLEG[zet].format(organisaties=f"{count} organisatie{pluralize(count, 's')}"),
            knop=zet.capitalize(),
        )

    return view


def _show_dagen(page: MetHandelingen, request: HttpRequest, overstap: Overstap) -> HttpResponse:
    """Set the days on which an overstap moves by itself (R26)."""
    velden = ("aankondigen_op", "openen_op", "einde_token", "per_dag")
    form = DagenForm(
        request.POST if request.method == "POST" else None, initial={veld: getattr(overstap, veld) for veld in velden}
    )
    return page.act(
        request,
        overstap,
        form,
        doe=lambda data: set_dagen(
            overstap=overstap,
            dagen=form.dagen,
            per_dag=data["per_dag"],
            actor=actor_of(request, reden=data["toelichting"]),
            now=timezone.now(),
        ),
        weigert=(ZetMagNiet, GeenReden),
        gedaan="De dagen zijn opgeslagen.",
        titel="Dagen instellen",
        uitleg="Op een dag die u hier kiest, gaat de overstap vanzelf verder. Laat een dag leeg als u het zelf met een "
        "knop wilt doen. Zonder dag voor het einde geldt de algemene dag, 31 december 2022. Is die voorbij, kies dan "
        "zelf een dag.",
        knop="Opslaan",
    )


class OverstapmailInline(admin.TabularInline[Overstapmail, Overstap]):
    """Which steps were sent, when, and to how many people."""

    model = Overstapmail
    fields = ["stap", "ronde", "op", "aantal"]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Overstap)
class OverstapAdmin(MetHandelingen, Vastgelegd):
    """The overstappen (R26): made here, and moved by acts; never deleted."""

    form = OverstapForm
    change_list_template = "admin/overstap_lijst.html"
    list_display = ["soort", "portaal", "stand", "aankondigen_op", "openen_op", "einde_token"]
    list_filter = ["stand", "portaal"]
    list_select_related = ["soort", "portaal"]
    handelingen = [
        Handeling("dagen", "Dagen instellen", CHANGE, _show_dagen),
        Handeling("golf", "Golf doorrekenen", "planning.view_overstap", show_golf),
        *(Handeling(zet.value, zet.capitalize(), CHANGE, _move(zet)) for zet in Zet),
    ]

    def get_urls(self) -> list[URLPattern]:
        def gereedheid(request: HttpRequest) -> HttpResponse:
            return show_gereedheid(self.admin_site, request, self.opts)

        view = self.admin_site.admin_view(gereedheid)
        return [path("gereedheid/", view, name="planning_overstap_gereedheid"), *super().get_urls()]

    def get_inlines(self, request: HttpRequest, obj: Overstap | None) -> Any:
        return [OverstapmailInline] if obj else []

    def get_fields(self, request: HttpRequest, obj: Overstap | None = None) -> Any:
        return VELDEN if obj else VELDEN[:2]

    def get_readonly_fields(self, request: HttpRequest, obj: Overstap | None = None) -> Any:
        return VELDEN if obj else []

    def possible(self, obj: Overstap) -> list[Handeling]:
        fits = {zet.value for zet, (standen, _) in ZETTEN.items() if obj.stand in standen}
        return [handeling for handeling in self.handelingen if handeling.naam in fits | {"dagen", "golf"}]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
