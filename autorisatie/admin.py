from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from accounts.admin import MOMENT, PeriodeForm, Vastgelegd
from accounts.rules import KENMERKSOORTEN
from autorisatie.models import Beheerdersrol, Mededeling, Onderwerp, Portaal, Rol, Taak, TaakRol


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


@admin.register(Mededeling)
class MededelingAdmin(Vastgelegd):
    list_display = ["titel", "van", "tot"]
    search_fields = ["titel"]
