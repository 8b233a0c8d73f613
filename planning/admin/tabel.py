from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin import Vastgelegd
from planning.models import Planningsmoment, Planningsregel
from planning.rules import read_moment
from planning.services.tabel import forget_planning


class InPlanning(Vastgelegd):
    """A row that came from the files, or one that DUO staff added: kept, and hidden rather than deleted (R26)."""

    def save_model(self, request: HttpRequest, obj: Any, form: ModelForm[Any], change: bool) -> None:  # noqa: FBT001  # Django's signature
        obj.gewijzigd_op = timezone.now()
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001  # Django's signature
        super().save_related(request, form, formsets, change)
        forget_planning()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Planningsregel)
class PlanningsregelAdmin(InPlanning):
    """The rows of the table; a new one gets a number of its own."""

    list_display = ["nummer", "soort", "portaal", "bericht", "verplicht", "gelezen_als", "tonen"]
    list_filter = ["soort", "tonen"]
    list_select_related = ["soort"]
    search_fields = ["portaal", "soort__naam"]

    @admin.display(description="verplicht gelezen als")
    def gelezen_als(self, obj: Planningsregel) -> str:
        """What the moment counts as: only a day ends tokens by itself."""
        return read_moment(obj.verplicht).precisie.value if obj.verplicht else ""

    def get_readonly_fields(self, request: HttpRequest, obj: Planningsregel | None = None) -> list[str]:
        return ["nummer"] if obj else []


@admin.register(Planningsmoment)
class PlanningsmomentAdmin(InPlanning):
    """The moments beside the table."""

    list_display = ["moment", "omschrijving", "bron", "tonen"]
    list_filter = ["bron", "tonen"]

    def get_readonly_fields(self, request: HttpRequest, obj: Planningsmoment | None = None) -> list[str]:
        return ["sleutel"] if obj else []
