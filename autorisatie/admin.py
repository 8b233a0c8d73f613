from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from accounts.admin import MOMENT, PeriodeForm, Vastgelegd
from accounts.rules import KENMERKSOORTEN
from autorisatie.models import (
    Beheerdersrol,
    Mededeling,
    MededelingGelezen,
    Onderhoud,
    Onderwerp,
    Portaal,
    Rol,
    Taak,
    TaakRol,
)
from autorisatie.services.mededelingen import forget_onderhoud


class MetKenmerksoortenForm(forms.ModelForm[Any]):
    """Kinds of kenmerk are ticked, not typed."""

    kenmerksoorten = forms.MultipleChoiceField(
        choices=[(sleutel, soort.naam) for sleutel, soort in KENMERKSOORTEN.items()],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


class Catalogus(Vastgelegd):
    """A table of the catalogue; its key names a row in addresses and in the loading command, so it stays."""

    search_fields = ["naam", "sleutel"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["sleutel"] if obj else []


@admin.register(Rol)
class RolAdmin(Catalogus):
    form = MetKenmerksoortenForm
    list_display = ["naam", "domein", "privacygevoelig"]
    list_filter = ["domein", "privacygevoelig"]


@admin.register(Beheerdersrol)
class BeheerdersrolAdmin(Catalogus):
    list_display = ["naam", "domein", "alle_rollen"]


@admin.register(Onderwerp)
class OnderwerpAdmin(Catalogus):
    list_display = ["naam", "volgorde"]


@admin.register(Portaal)
class PortaalAdmin(Catalogus):
    list_display = ["naam", "eigenaar", "actief"]
    list_filter = ["actief"]


class TaakRolInline(admin.StackedInline[TaakRol, Taak]):
    """Which rollen open the taak, from–to (D20): a row gets an end, nothing else about it changes."""

    model = TaakRol
    form = PeriodeForm
    extra = 1
    can_delete = False
    formfield_overrides = {models.DateTimeField: MOMENT}


@admin.register(Taak)
class TaakAdmin(Catalogus):
    form = MetKenmerksoortenForm
    list_display = ["naam", "onderwerp", "portaal", "volgorde"]
    list_filter = ["onderwerp"]
    inlines = [TaakRolInline]


class GelezenInline(admin.TabularInline[MededelingGelezen, Mededeling]):
    """Who said that they read it."""

    model = MededelingGelezen
    fields = ["account", "op"]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[MededelingGelezen]:
        return super().get_queryset(request).select_related("account").order_by("-op")


@admin.register(Mededeling)
class MededelingAdmin(Vastgelegd):
    """Announcements (R21): for whom, from–to, and how many said that they read it."""

    list_display = ["titel", "van", "tot", "urgent", "gelezen"]
    list_filter = ["urgent", "leesbevestiging"]
    search_fields = ["titel"]
    raw_id_fields = ["organisaties"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(aantal_gelezen=models.Count("gelezen_door"))

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return [GelezenInline] if obj and obj.leesbevestiging else []

    @admin.display(description="gelezen door")
    def gelezen(self, mededeling: Any) -> str:
        return str(mededeling.aantal_gelezen) if mededeling.leesbevestiging else "-"


@admin.register(Onderhoud)
class OnderhoudAdmin(Vastgelegd):
    """The line about maintenance above every page. A change is seen within ten seconds."""

    list_display = ["tekst", "van", "tot"]

    def save_model(self, request: HttpRequest, obj: Onderhoud, form: Any, change: bool) -> None:  # noqa: FBT001  # Django's signature
        super().save_model(request, obj, form, change)
        forget_onderhoud()
