from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.admin import MOMENT, Vastgelegd
from accounts.permissions import actor_of
from beheer.admin.handeling import Handeling, MetHandelingen
from publiek.models import Pagina, PaginaVersie
from publiek.services.paginas import VerouderdError, Woorden, publish_concept, save_concept

UITLEG: Final = "U schrijft de volgende versie. Bezoekers zien die pas als u haar publiceert."
ELDERS: Final = {
    "planning": "De titel staat op de beginpagina, titel en samenvatting staan bij wat iemand zoekt. De kop van de "
    "planning zelf ligt vast; de rijen wijzigt u onder Planning.",
}
"""Of a page that does not show these words itself: where they are shown."""


class TekstForm(forms.Form):
    """The words of the next version."""

    titel = forms.CharField(label="Titel", max_length=120)
    samenvatting = forms.CharField(
        label="Samenvatting", max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    tekst = forms.CharField(
        label="Tekst",
        required=False,
        max_length=50_000,
        widget=forms.Textarea(attrs={"rows": 30}),
        help_text="Markdown: ## voor een kop, - voor een lijst, [woorden](adres) voor een link.",
    )
    bewerkt = forms.IntegerField(widget=forms.HiddenInput)


class PublicerenForm(forms.Form):
    """From when on the concept holds."""

    ingang = MOMENT["form_class"](label="Vanaf", widget=MOMENT["widget"])  # type: ignore[operator]  # a field's class
    bewerkt = forms.IntegerField(widget=forms.HiddenInput)


def show_tekst(page: MetHandelingen, request: HttpRequest, pagina: Pagina) -> HttpResponse:
    """Write the next version of a page, or go on writing it."""
    newest = pagina.versies.first()
    concept = newest if newest and newest.ingang is None else None
    initial: dict[str, Any] = {"bewerkt": concept.bewerkt if concept else 0}
    if newest:
        initial |= {"titel": newest.titel, "samenvatting": newest.samenvatting, "tekst": newest.tekst}
    return page.act(
        request,
        pagina,
        TekstForm(request.POST or None, initial=initial),
        doe=lambda data: save_concept(
            pagina=pagina,
            woorden=Woorden(data["titel"], data["samenvatting"], data["tekst"]),
            bewerkt=data["bewerkt"],
            actor=actor_of(request),
            now=timezone.now(),
        ),
        weigert=(VerouderdError,),
        gedaan="De tekst is bewaard. Bekijk het voorbeeld en publiceer daarna.",
        titel="Tekst wijzigen",
        uitleg=f"{UITLEG} {ELDERS.get(pagina.sleutel, '')}",
        knop="Bewaren",
    )


def show_voorbeeld(page: MetHandelingen, request: HttpRequest, pagina: Pagina) -> HttpResponse:
    """How the newest version will look, with our own styles and its links."""
    versie = pagina.versies.select_related("pagina").first() or PaginaVersie(titel=pagina.sleutel)
    return render(request, "publiek/pagina.html", {"versie": versie, "voorbeeld": versie.ingang is None})


def show_publiceren(page: MetHandelingen, request: HttpRequest, pagina: Pagina) -> HttpResponse:
    """Let the concept hold, now or from a later moment on."""
    now = timezone.now()
    concept = pagina.versies.filter(ingang=None).first()
    if concept is None:
        messages.warning(request, "Er is geen nieuwe tekst om te publiceren.")
        return redirect(page.page_of(pagina))
    return page.act(
        request,
        pagina,
        PublicerenForm(request.POST or None, initial={"ingang": now, "bewerkt": concept.bewerkt}),
        doe=lambda data: publish_concept(pagina=pagina, **data, actor=actor_of(request), now=now),
        weigert=(VerouderdError,),
        gedaan="De nieuwe tekst is gepubliceerd.",
        titel="Publiceren",
        uitleg=f"Versie {concept.versie} (‘{concept.titel}’) vervangt de tekst die nu op de site staat.",
        knop="Publiceren",
    )


class VersiesInline(admin.TabularInline[PaginaVersie, Pagina]):
    """The history of a page; versions are written by the acts at the top."""

    model = PaginaVersie
    fields = ["versie", "titel", "ingang", "gemaakt_op"]
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Pagina)
class PaginaAdmin(MetHandelingen, Vastgelegd):
    """The public pages (R31): written, looked at, then published. Nothing is deleted: versions are the history."""

    list_display = ["titel", "sleutel", "rubriek", "volgorde"]
    list_filter = ["rubriek"]
    inlines = [VersiesInline]
    handelingen = [
        Handeling("tekst", "Tekst wijzigen", "publiek.change_pagina", show_tekst),
        Handeling("voorbeeld", "Voorbeeld", "publiek.view_pagina", show_voorbeeld),
        Handeling("publiceren", "Publiceren", "publiek.change_pagina", show_publiceren),
    ]

    @admin.display(description="titel")
    def titel(self, pagina: Pagina) -> str:
        versie = pagina.versies.first()
        return versie.titel if versie else "(nog geen tekst)"

    def view_on_site(self, pagina: Pagina) -> str:
        return pagina.get_absolute_url()

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("versies")

    def get_readonly_fields(self, request: HttpRequest, obj: Pagina | None = None) -> list[str]:
        return ["sleutel"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Pagina | None = None) -> bool:
        return False
