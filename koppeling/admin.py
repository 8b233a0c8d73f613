from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.admin import Vastgelegd
from koppeling.eherkenning.certificates import Certificaat
from koppeling.eherkenning.config import Eherkenning
from koppeling.models import HMMetadata, Koppeling, TekstVersie
from koppeling.rules import certificate_step
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
