from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from accounts.admin import Vastgelegd
from accounts.permissions import actor_of
from beheer.admin.handeling import Handeling, MetHandelingen
from publiek.emails.nieuwsbrieven import VOET
from publiek.models import Abonnement, Editie, Feedback, Nieuwsbrief
from publiek.services.nieuwsbrieven import AlVerzondenError, send_editie
from verantwoording.admin import AlleenLezen


@admin.register(Nieuwsbrief)
class NieuwsbriefAdmin(Vastgelegd):
    """The topics (R31). Who reads them is a number here: nobody needs the addresses."""

    list_display = ["naam", "actief", "abonnees", "volgorde"]

    def get_queryset(self, request: HttpRequest) -> Any:
        live = Q(abonnementen__bevestigd_op__isnull=False, abonnementen__afgemeld_op__isnull=True)
        return super().get_queryset(request).annotate(abonnees=Count("abonnementen", filter=live))

    @admin.display(description="abonnees")
    def abonnees(self, nieuwsbrief: Any) -> int:
        return int(nieuwsbrief.abonnees)

    def get_readonly_fields(self, request: HttpRequest, obj: Nieuwsbrief | None = None) -> list[str]:
        return ["sleutel"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def show_voorbeeld(page: MetHandelingen, request: HttpRequest, editie: Editie) -> HttpResponse:
    """The mail as an abonnee will read it."""
    tekst = editie.tekst + VOET.format(naam=editie.nieuwsbrief.naam, link="(de eigen link van de abonnee)")
    context = {
        **page.admin_site.each_context(request),
        "title": f"Voorbeeld: {editie.onderwerp}",
        "tekst": tekst,
        "opts": page.opts,
        "original": editie,
        "terug_url": page.page_of(editie),
    }
    return TemplateResponse(request, "admin/voorbeeld_mail.html", context)


def show_verzenden(page: MetHandelingen, request: HttpRequest, editie: Editie) -> HttpResponse:
    """Send an issue, once."""
    form = forms.Form(request.POST or None)
    if request.method == "POST":
        try:
            aantal = send_editie(editie=editie, actor=actor_of(request), now=timezone.now())
        except AlVerzondenError:
            messages.warning(request, "Deze editie is al verzonden.")
        else:
            messages.success(request, f"De editie gaat naar {aantal} abonnees.")
        return redirect(page.page_of(editie))
    aantal = Abonnement.objects.live().filter(nieuwsbrief=editie.nieuwsbrief_id).count()
    return page.ask(
        request,
        editie,
        titel="Verzenden",
        uitleg=f"‘{editie.onderwerp}’ gaat nu naar {aantal} abonnees van {editie.nieuwsbrief}. Dit is voor altijd.",
        knop="Verzenden",
        form=form,
    )


@admin.register(Editie)
class EditieAdmin(MetHandelingen, Vastgelegd):
    """Issues: written, looked at, then sent once. What was sent stays as it was."""

    list_display = ["onderwerp", "nieuwsbrief", "verzonden_op", "aantal"]
    list_filter = ["nieuwsbrief"]
    list_select_related = ["nieuwsbrief"]
    handelingen = [
        Handeling("voorbeeld", "Voorbeeld", "publiek.view_editie", show_voorbeeld),
        Handeling("verzenden", "Verzenden", "publiek.change_editie", show_verzenden),
    ]

    def possible(self, obj: Editie) -> list[Handeling]:
        return [*self.handelingen][: 1 if obj.verzonden_op else 2]

    def has_change_permission(self, request: HttpRequest, obj: Editie | None = None) -> bool:
        return super().has_change_permission(request, obj) and not (obj and obj.verzonden_op)

    def has_delete_permission(self, request: HttpRequest, obj: Editie | None = None) -> bool:
        return super().has_delete_permission(request, obj) and not (obj and obj.verzonden_op)


@admin.register(Feedback)
class FeedbackAdmin(AlleenLezen):
    """What visitors think of the site."""

    list_display = ["op", "pagina", "cijfer", "tekst"]
    list_filter = ["cijfer", "pagina"]
