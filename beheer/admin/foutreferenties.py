from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from koppeling.services.weigeringen import read_spoor
from verantwoording.admin import AlleenLezen
from verantwoording.models import Foutreferentie
from verantwoording.rules import normalise_foutreferentie


@admin.register(Foutreferentie)
class FoutreferentieAdmin(AlleenLezen):
    """Look up what stands behind a reference that somebody names (R16, D13), or what went wrong at a KvK number."""

    list_display = ["referentie", "op", "oorzaak", "bron", "kvk_nummer"]
    list_filter = ["oorzaak", "bron"]
    search_fields = ["=referentie", "=kvk_nummer"]
    fields = ["referentie", "op", "spoor", "organisatie_id", "account_id"]
    readonly_fields = ["spoor"]
    ordering = ["-op", "-id"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Foutreferentie], search_term: str
    ) -> tuple[QuerySet[Foutreferentie], bool]:
        return super().get_search_results(request, queryset, normalise_foutreferentie(search_term) or search_term)

    @admin.display(description="wat er gebeurde")
    def spoor(self, foutreferentie: Foutreferentie) -> SafeString:
        return format_html_join("", "<p>{}</p>", ((zin,) for zin in read_spoor(foutreferentie)))
