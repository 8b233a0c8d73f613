from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from verantwoording.haken import logzinnen
from verantwoording.models import Bericht, Logregel, Taakrun


class AlleenLezen(admin.ModelAdmin[Any]):
    """Rows that only the portal itself writes: shown, never added, changed or deleted here."""

    show_full_result_count = False
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Gebeurtenis(admin.SimpleListFilter):
    """Filters on an event; the names come from the registry, so that the log is not searched for them."""

    title = "gebeurtenis"
    parameter_name = "gebeurtenis"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(naam, naam) for naam in sorted(logzinnen)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Logregel]) -> QuerySet[Logregel]:
        return queryset.filter(gebeurtenis=self.value()) if self.value() else queryset


def show_zin(gebeurtenis: str, gegevens: Mapping[str, Any]) -> str:
    """An event as a sentence; its bare name for one that nobody registers any more."""
    zin = logzinnen.get(gebeurtenis)
    return zin(gegevens) if zin else gebeurtenis


@admin.register(Logregel)
class LogregelAdmin(AlleenLezen):
    list_display = ["op", "zin", "actor_soort", "actor_id", "organisatie_id", "account_id", "reden"]
    list_filter = ["actor_soort", Gebeurtenis]
    ordering = ["-id"]

    @admin.display(description="gebeurtenis")
    def zin(self, regel: Logregel) -> str:
        return show_zin(regel.gebeurtenis, regel.gegevens)


@admin.register(Bericht)
class BerichtAdmin(AlleenLezen):
    list_display = ["gemaakt_op", "soort", "status", "pogingen", "verzonden_op", "account_id", "organisatie_id"]
    list_filter = ["status", "prioriteit"]
    ordering = ["-id"]


@admin.register(Taakrun)
class TaakrunAdmin(AlleenLezen):
    list_display = ["naam", "venster", "proef", "status", "begonnen_op", "klaar_op"]
    list_filter = ["status", "proef"]
    ordering = ["-id"]
