from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.permissions import actor_of
from beheer.admin.forms import RedenForm
from beheer.admin.handeling import Handeling, MetHandelingen
from koppeling.models import Incident
from koppeling.services.incidenten import release_incident
from verantwoording.admin import AlleenLezen


def show_vrijgeven(page: MetHandelingen, request: HttpRequest, incident: Incident) -> HttpResponse:
    """Let the held middelen be linked again, with a reason."""
    form = RedenForm(request.POST or None)
    if form.is_valid():
        actor = actor_of(request, reden=form.cleaned_data["toelichting"])
        released = release_incident(incident=incident, actor=actor, now=timezone.now())
        messages.success(request, "Koppelen kan weer." if released else "Dit incident was al vrijgegeven.")
        return redirect(page.page_of(incident))
    return page.ask(
        request,
        incident,
        titel="Koppelen vrijgeven",
        uitleg="Er kwamen veel onbekende middelen binnen. Vraag eerst de makelaar of er een storing is. Na vrijgeven "
        "kunnen deze middelen worden gekoppeld. Stuurt de makelaar nog verkeerde pseudoniemen? Geef dan niet vrij.",
        knop="Koppelen vrijgeven",
        form=form,
    )


@admin.register(Incident)
class IncidentAdmin(MetHandelingen, AlleenLezen):
    """Bursts of unknown middelen, for which the koppelproces waits until it is released here."""

    list_display = ["geopend_op", "middelen", "organisaties", "vrijgegeven_op"]
    list_filter = [("vrijgegeven_op", admin.EmptyFieldListFilter)]
    ordering = ["-id"]
    handelingen = [Handeling("vrijgeven", "Koppelen vrijgeven", "koppeling.change_incident", show_vrijgeven)]

    def possible(self, obj: Incident) -> list[Handeling]:
        return [] if obj.vrijgegeven_op else list(self.handelingen)
