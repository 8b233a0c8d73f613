from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.db import models
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import Kenmerk, Sector, Soort
from accounts.permissions import actor_of
from accounts.rules import check_kenmerk, normalise_kenmerk
from verantwoording.services import write_logregel

MOMENT = {
    "form_class": forms.DateTimeField,
    "widget": forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
}
"""One field for a moment: Django's two have no label of their own each (ui.md, section 6)."""


class Vastgelegd(admin.ModelAdmin[Any]):
    """Every change leaves a line in the log besides Django's own (R33): which object, and the names of what changed."""

    formfield_overrides = {
        models.DateTimeField: MOMENT,
        models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple},
    }

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.raw_id_fields:  # of which there are too many to tick
            kwargs.pop("widget", None)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def organisatie_id(self, obj: Any) -> int | None:
        """Whose log the line stands in; None for what belongs to no organisatie."""
        return None

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        self._write(request, obj, "toegevoegd", [])
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        self._write(request, obj, "gewijzigd", _changed(message))
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[LogEntry] | LogEntry:
        for obj in queryset:
            self._write(request, obj, "verwijderd", [])
        return super().log_deletions(request, queryset)

    def _write(self, request: HttpRequest, obj: Any, handeling: str, velden: Sequence[str]) -> None:
        options = self.opts
        wat = f"{options.verbose_name} {obj} {handeling}" + (f" ({', '.join(velden)})" if velden else "")
        write_logregel(
            gebeurtenis="beheer_gewijzigd",
            actor=actor_of(request),
            now=timezone.now(),
            organisatie_id=self.organisatie_id(obj),
            object_soort=options.model_name or "",
            object_id=obj.pk,
            gegevens={"model": options.label_lower, "velden": list(velden), "wat": wat},
        )


def _changed(message: Any) -> list[str]:
    """The names of changed fields, and of rows below the object, out of Django's own message."""
    if not isinstance(message, list):
        return []
    names = []
    for part in message:
        for detail in part.values():
            names += detail.get("fields", [detail["name"]] if "name" in detail else [])
    return list(dict.fromkeys(str(name) for name in names))


class PeriodeForm(ModelForm[Any]):
    """A row with a period below an object (D20): once saved, only its end can be filled in, and only once."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for naam, veld in self.fields.items():
                veld.disabled = naam != "tot" or self.instance.tot is not None


class KenmerkForm(ModelForm[Kenmerk]):
    """The shape of every kind of code (accounts.rules)."""

    class Meta:
        model = Kenmerk
        fields = ["soort", "waarde", "naam", "kvk_vestigingsnummer"]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for soort, veld in [(data.get("soort"), "waarde"), ("kvk_vestigingsnummer", "kvk_vestigingsnummer")]:
            if soort and data.get(veld):
                data[veld] = normalise_kenmerk(data[veld])
                fout = check_kenmerk(soort, data[veld])
                if fout:
                    self.add_error(veld, fout)
        return data


@admin.register(Sector)
class SectorAdmin(Vastgelegd):
    list_display = ["naam", "sleutel", "volgorde"]


@admin.register(Soort)
class SoortAdmin(Vastgelegd):
    list_display = ["naam", "sector", "code_soort"]
    list_filter = ["sector"]


@admin.register(Kenmerk)
class KenmerkAdmin(Vastgelegd):
    """A kenmerk can be named, not turned into another one: grants refer to it."""

    form = KenmerkForm
    list_display = ["waarde", "naam", "soort"]
    list_filter = ["soort"]
    search_fields = ["waarde", "naam"]

    def get_readonly_fields(self, request: HttpRequest, obj: Kenmerk | None = None) -> list[str]:
        return ["soort", "waarde"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Kenmerk | None = None) -> bool:
        return False
