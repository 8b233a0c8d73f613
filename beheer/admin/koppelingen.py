from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.permissions import actor_of
from beheer.admin.forms import RedenForm
from beheer.admin.handeling import Handeling, MetHandelingen
from beheer.services.staf import lift_bar_as_staf
from koppeling.models import Koppeling, Middel
from verantwoording.admin import AlleenLezen


def show_vrijgeven(page: MetHandelingen, request: HttpRequest, middel: Middel) -> HttpResponse:
    """Lift the bar on a middel that was reported stolen: somebody else than who reported it (R19)."""
    form = RedenForm(request.POST or None)
    if form.is_valid():
        actor = actor_of(request, reden=form.cleaned_data["toelichting"])
        try:
            lifted = lift_bar_as_staf(middel=middel, actor=actor, now=timezone.now())
        except PermissionError as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Het middel mag weer." if lifted else "Het middel was niet geblokkeerd.")
            return redirect(page.page_of(middel))
    return page.ask(
        request,
        middel,
        titel="Middel vrijgeven",
        uitleg="Het middel was gemeld als gestolen. Na vrijgeven kan het weer worden gekoppeld. Het bevoegd gezag "
        "krijgt hierover een e-mail, met de reden. Wie het middel meldde, kan het niet zelf vrijgeven.",
        knop="Middel vrijgeven",
        form=form,
    )


@admin.register(Middel)
class MiddelAdmin(MetHandelingen, AlleenLezen):
    """A middel without its pseudonym: that says nothing to a person, and is nobody's business."""

    list_display = ["id", "kvk_nummer", "gezien_op", "gestolen_op"]
    list_filter = [("gestolen_op", admin.EmptyFieldListFilter)]
    search_fields = ["=kvk_nummer"]
    fields = ["kvk_nummer", "gezien_op", "gestolen_op"]
    handelingen = [Handeling("vrijgeven", "Middel vrijgeven", "koppeling.change_middel", show_vrijgeven)]

    def possible(self, obj: Middel) -> list[Handeling]:
        return list(self.handelingen) if obj.gestolen_op else []


@admin.register(Koppeling)
class KoppelingAdmin(AlleenLezen):
    """Every koppeling there is or was (D2)."""

    list_display = ["account", "organisatie", "sinds", "laatst_gebruikt", "vervalt_op", "beeindigd_op", "reden"]
    list_select_related = ["account", "organisatie"]
    list_filter = [("beeindigd_op", admin.EmptyFieldListFilter), "reden"]
    search_fields = ["account__achternaam", "organisatie__naam", "=organisatie__code"]
    ordering = ["-id"]
