from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest

from accounts.admin import Vastgelegd
from koppeling.models import Koppeling, TekstVersie


@admin.register(TekstVersie)
class TekstVersieAdmin(Vastgelegd):
    """The texts of the koppelproces (R09). A version that somebody accepted stays as it was; make a next one."""

    list_display = ["soort", "versie", "ingang"]
    list_filter = ["soort"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not _is_accepted(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _is_accepted(tekst: TekstVersie | None) -> bool:
    return tekst is not None and Koppeling.objects.filter(Q(privacy=tekst) | Q(voorwaarden=tekst)).exists()
