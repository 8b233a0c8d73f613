from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from accounts.admin import Vastgelegd
from accounts.models import Organisatie
from beheer.admin.handeling import Handeling, MetHandelingen
from planning.models import Mailsjabloon
from planning.services.mailteksten import preview
from verantwoording.haken import Post


class VoorbeeldForm(forms.Form):
    """For which organisatie the mail is shown."""

    code = forms.CharField(
        label="Code van de organisatie",
        max_length=20,
        help_text="BRIN, bestuursnummer, gemeentecode of het nummer van DUO.",
        error_messages={"required": "Vul de code van een organisatie in."},
    )

    def clean_code(self) -> Organisatie:
        organisatie = Organisatie.objects.filter(code=self.cleaned_data["code"].strip().upper()).order_by("pk").first()
        if organisatie is None:
            raise forms.ValidationError("Er is geen organisatie met deze code.")
        return organisatie


def _show_voorbeeld(page: MetHandelingen, request: HttpRequest, sjabloon: Mailsjabloon) -> HttpResponse:
    """The mail as one organisatie would get it (R27). Nothing is sent."""
    form = VoorbeeldForm(request.GET or None)
    post: Post | None = None
    if form.is_valid():
        post = preview(sjabloon=sjabloon, organisatie=form.cleaned_data["code"], now=timezone.now())
    context = {
        **page.admin_site.each_context(request),
        "title": "Voorbeeld van de e-mail",
        "form": form,
        "post": post,
        "opts": page.opts,
        "original": sjabloon,
        "terug_url": page.page_of(sjabloon),
    }
    return TemplateResponse(request, "admin/mailvoorbeeld.html", context)


@admin.register(Mailsjabloon)
class MailsjabloonAdmin(MetHandelingen, Vastgelegd):
    """The texts of the mails of an overstap (R27), one a step: changed, never added or deleted."""

    list_display = ["stap", "onderwerp"]
    fields = ["stap", "onderwerp", "tekst"]
    readonly_fields = ["stap"]
    handelingen = [
        Handeling("voorbeeld", "Voorbeeld voor een organisatie", "planning.view_mailsjabloon", _show_voorbeeld),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
