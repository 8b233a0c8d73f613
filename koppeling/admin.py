from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from accounts.admin import Vastgelegd
from koppeling.eherkenning.certificates import Certificaat
from koppeling.eherkenning.config import Eherkenning
from koppeling.exports import as_download
from koppeling.models import Handleiding, HMMetadata, Koppeling, TekstVersie
from koppeling.rules import certificate_step, check_handleiding
from koppeling.services.certificaten import certificaten
from koppeling.services.eherkenning import EherkenningOnbeschikbaarError, load_eherkenning
from koppeling.services.metadata import Uitkomst, metadata_stand

UITKOMSTEN = {
    None: "Er is nog niet gekeken.",
    Uitkomst.VERNIEUWD: "Er waren nieuwe metadata. Die zijn nu in gebruik.",
    Uitkomst.ONGEWIJZIGD: "Er was niets veranderd.",
    Uitkomst.NIET_BEREIKBAAR: "De bron was niet te bereiken. Het portaal gebruikt de laatste aanvaarde metadata.",
    Uitkomst.HANDTEKENING: "De handtekening klopte niet. De metadata zijn geweigerd.",
    Uitkomst.ONBRUIKBAAR: "De metadata waren niet te gebruiken en zijn geweigerd.",
    Uitkomst.VERLOPEN: "De metadata waren verlopen en zijn geweigerd.",
    Uitkomst.ANDERE_MAKELAAR: "De metadata waren van een andere makelaar en zijn geweigerd.",
}
"""What staff reads about the last time that the job looked at the source."""


@admin.register(TekstVersie)
class TekstVersieAdmin(Vastgelegd):
    """The texts of the koppelproces (R09). A version that somebody accepted stays as it was; make a next one."""

    list_display = ["soort", "versie", "ingang"]
    list_filter = ["soort"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not _is_accepted(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


UITLEG = (
    "Bij welke taken en portalen een handleiding hoort, kiest u bij die taak of dat portaal. Wie de taak mag doen, kan "
    "de handleiding dan downloaden."
)


class HandleidingForm(forms.ModelForm[Handleiding]):
    """The file of a manual is judged before it is kept (R24); without a new one the file stays."""

    bestand = forms.FileField(label="Bestand", help_text="Een pdf")

    class Meta:
        model = Handleiding
        fields = ["titel", "versie", "datum", "sector", "algemeen", "tekstversie"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["bestand"].required = False
            self.fields["bestand"].help_text = "Een pdf. Leeg: het bestand blijft zoals het is"

    def clean_bestand(self) -> UploadedFile | None:
        bestand: UploadedFile | None = self.cleaned_data["bestand"]
        if bestand:
            inhoud = bestand.read()
            if fout := check_handleiding(inhoud):
                raise forms.ValidationError(fout)
            self.instance.inhoud, self.instance.omvang = inhoud, len(inhoud)
        return bestand


@admin.register(Handleiding)
class HandleidingAdmin(Vastgelegd):
    """Manuals (R24). Which taken and portalen show one stands with these."""

    form = HandleidingForm
    list_display = ["titel", "versie", "datum", "sector", "algemeen"]
    list_filter = ["algemeen", "sector"]
    list_select_related = ["sector"]
    search_fields = ["titel"]
    view_on_site = False  # the file of one that is shown nowhere is on its own page here

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.download)
        return [path("<int:pk>/bestand/", view, name="koppeling_handleiding_bestand"), *super().get_urls()]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = ["titel", "versie", "datum", "sector", "algemeen", "tekstversie", "bestand", *(["nu"] if obj else [])]
        return [(None, {"fields": fields, "description": UITLEG})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["nu"] if obj else []

    @admin.display(description="nu")
    def nu(self, obj: Handleiding) -> str:
        """The file as it is now."""
        url = reverse("admin:koppeling_handleiding_bestand", args=[obj.pk])
        return format_html('<a href="{}">{}</a>', url, obj.bestandsnaam)

    def download(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The file of any manual, to look at before it is shown to others."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return as_download(get_object_or_404(Handleiding, pk=pk))


@admin.register(HMMetadata)
class HMMetadataAdmin(admin.ModelAdmin[HMMetadata]):
    """How the connection to eHerkenning stands, and which metadata were accepted when. Nothing can be changed here."""

    change_list_template = "admin/eherkenning.html"
    list_display = ["opgehaald_op", "geldig_tot", "bron", "sha256"]
    list_display_links = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        stand = metadata_stand()
        extra = {
            "title": "eHerkenning",
            "aansluiting": _load(),
            "certificaten": _read_certificates(timezone.now()),
            "stand": stand,
            "uitkomst": UITKOMSTEN[stand.uitkomst],
        }
        return super().changelist_view(request, {**(extra_context or {}), **extra})


def _load() -> Eherkenning | None:
    try:
        return load_eherkenning()
    except EherkenningOnbeschikbaarError:
        return None


def _read_certificates(now: datetime) -> list[tuple[Certificaat, bool]] | None:
    """Every certificate, and whether it ends soon; None when one cannot be read."""
    try:
        return [(found, certificate_step(einde=found.einde, now=now) is not None) for found in certificaten()]
    except (OSError, ValueError):
        return None


def _is_accepted(tekst: TekstVersie | None) -> bool:
    return tekst is not None and Koppeling.objects.filter(Q(privacy=tekst) | Q(voorwaarden=tekst)).exists()
