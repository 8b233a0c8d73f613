from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from accounts.admin import MOMENT, Vastgelegd
from accounts.models import Account, Organisatie, OrganisatieKenmerk
from beheer.admin.aanvragen import enter_paper
from beheer.admin.forms import OrganisatieForm, OrganisatieKenmerkForm, OrganisatieKenmerkFormSet
from beheer.admin.handeling import Handeling, MetHandelingen
from beheer.admin.hercertificering import show_hercertificering
from beheer.admin.machtigingen import show_papier
from beheer.admin.tweede import (
    GEZAG,
    GEZAG_BESLUIT,
    OVERDRACHT,
    OVERDRACHT_BESLUIT,
    VRAAG_WEIGEREN,
    possible_together,
)
from beheer.forms.aanvragen import PapierForm


def show_beheerder(page: MetHandelingen, request: HttpRequest, organisatie: Organisatie) -> HttpResponse:
    """Enter a paper form about a beheerder of an organisatie (R01). Somebody else decides on it."""
    form = PapierForm(request.POST or None, organisatie=organisatie)
    if form.is_valid():
        aanvraag = enter_paper(organisatie, form, request)
        messages.success(request, "De aanvraag is ingevoerd. Een collega beslist erover.")
        return redirect(reverse("admin:beheer_aanvraag_change", args=[aanvraag.pk]))
    return page.ask(
        request,
        organisatie,
        titel="Aanvraag voor een beheerder invoeren",
        uitleg=f"U voert een formulier in dat op papier kwam, voor {organisatie}. Controleer dat het bevoegd gezag het "
        f"heeft getekend: {organisatie.bevoegd_gezag_naam}. Een collega beslist, niet u.",
        knop="Invoeren",
        form=form,
    )


class KenmerkenInline(admin.StackedInline[OrganisatieKenmerk, Organisatie]):
    """The kenmerken of an organisatie, from–to (D3): a row gets an end, it is never changed or deleted."""

    model = OrganisatieKenmerk
    verbose_name, verbose_name_plural = "kenmerk", "kenmerken"
    form = OrganisatieKenmerkForm
    formset = OrganisatieKenmerkFormSet  # type: ignore[assignment]  # the stubs fix the form's type
    fields = ["soort", "waarde", "naam", "van", "tot"]
    extra = 1
    can_delete = False
    formfield_overrides = {models.DateTimeField: MOMENT}

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[OrganisatieKenmerk]:
        return super().get_queryset(request).select_related("kenmerk").order_by("kenmerk__soort", "kenmerk__waarde")


BEHEERDER = Handeling("beheerder", "Aanvraag voor een beheerder invoeren", "beheer.add_aanvraag", show_beheerder)
MACHTIGING = Handeling("machtiging", "Machtiging op papier invoeren", "autorisatie.add_machtigingsaanbod", show_papier)
HERCERTIFICERING = Handeling(
    "hercertificering", "Hercertificering beginnen", "beheer.add_hercertificering", show_hercertificering
)


@admin.register(Organisatie)
class OrganisatieAdmin(MetHandelingen, Vastgelegd):
    """The organisaties with their kenmerken; ended, never deleted."""

    form = OrganisatieForm
    fields = [*OrganisatieForm.Meta.fields]
    list_display = ["naam", "code", "kvk_nummer", "plaats"]
    list_filter = ["soorten"]
    search_fields = ["naam", "code", "kvk_nummer", "plaats"]
    inlines = [KenmerkenInline]
    handelingen = [
        BEHEERDER,
        MACHTIGING,
        HERCERTIFICERING,
        GEZAG,
        GEZAG_BESLUIT,
        VRAAG_WEIGEREN,
        OVERDRACHT,
        OVERDRACHT_BESLUIT,
    ]

    def possible(self, obj: Organisatie) -> list[Handeling]:
        return [BEHEERDER, MACHTIGING, HERCERTIFICERING, *possible_together(obj)]

    def get_readonly_fields(self, request: HttpRequest, obj: Organisatie | None = None) -> list[str]:
        """What stays as it was made: its code, and the bevoegd gezag, which takes two persons (R01).

        The KvK number decides who can log in (D4): it stays once there are accounts.
        """
        if obj is None:
            return []
        fixed = ["code_soort", "code", "bevoegd_gezag_naam", "bevoegd_gezag_email"]
        return [*fixed, "kvk_nummer"] if Account.objects.of_organisatie(obj).exists() else fixed

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> forms.Field | None:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name in {"bevoegd_gezag_naam", "bevoegd_gezag_email"}:
            field.help_text = "Controleer dit goed: later wijzigen kan hier niet, dat doen twee medewerkers samen."
        return field

    def save_model(self, request: HttpRequest, obj: Organisatie, form: Any, change: bool) -> None:  # noqa: FBT001  # Django's signature
        if not change:
            obj.gemaakt_op = timezone.now()
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def organisatie_id(self, obj: Organisatie) -> int:
        return obj.pk
