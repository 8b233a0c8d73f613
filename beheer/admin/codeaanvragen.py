from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.permissions import actor_of
from beheer.admin.forms import RedenForm
from beheer.admin.handeling import Handeling, MetHandelingen
from beheer.forms.codes import CodeForm
from beheer.services.staf import (
    NietDoorDuo,
    depends_on_staf,
    refuse_aanvraag_as_staf,
    request_activatiecode_as_staf,
)
from beheer.services.standen import latest_bericht
from koppeling.models import CodeAanvraag
from koppeling.services.activatiecodes import SOORT, GeenCodeMogelijk
from verantwoording.admin import AlleenLezen


def _show_versturen(page: MetHandelingen, request: HttpRequest, aanvraag: CodeAanvraag) -> HttpResponse:
    """Grant the request of a first or sole beheerder, for now or for later, without ever seeing the code (R05, R07)."""
    now, account = timezone.now(), aanvraag.account
    latest = latest_bericht(account, SOORT)
    form = CodeForm(request.POST or None, now=now, initial={"vorige": latest.pk if latest else 0})
    if form.is_valid():
        data = form.cleaned_data
        try:
            request_activatiecode_as_staf(
                account=account, actor=actor_of(request), now=now, moment=data["verzenden_op"], vorige=data["vorige"]
            )
        except (NietDoorDuo, GeenCodeMogelijk) as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "De activatiecode is aangevraagd. Hij gaat per e-mail, u ziet hem niet.")
            return redirect(page.page_of(aanvraag))
    return page.ask(
        request,
        aanvraag,
        titel="Code versturen",
        uitleg=f"{account} vroeg om een activatiecode. Hij gaat per e-mail naar {account} en is 24 uur geldig.",
        knop="Code versturen",
        form=form,
    )


def _show_weigeren(page: MetHandelingen, request: HttpRequest, aanvraag: CodeAanvraag) -> HttpResponse:
    """Refuse the request of a first or sole beheerder, with a reason that she reads (R07)."""
    account = aanvraag.account
    form = RedenForm(request.POST or None)
    if form.is_valid():
        actor = actor_of(request, reden=form.cleaned_data["toelichting"])
        try:
            done = refuse_aanvraag_as_staf(account=account, actor=actor, now=timezone.now())
        except NietDoorDuo as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Het verzoek is geweigerd." if done else "Dit verzoek was al behandeld.")
            return redirect(page.page_of(aanvraag))
    return page.ask(
        request,
        aanvraag,
        titel="Verzoek weigeren",
        uitleg=f"{account} krijgt geen activatiecode, en leest uw reden in een e-mail.",
        knop="Weigeren",
        form=form,
    )


CHANGE = "koppeling.change_codeaanvraag"


@admin.register(CodeAanvraag)
class CodeAanvraagAdmin(MetHandelingen, AlleenLezen):
    """Requests for an activatiecode. DUO decides for a first or sole beheerder; all others are their beheerder's."""

    list_display = ["account", "organisatie", "gevraagd_op", "keer", "voor_duo", "besluit"]
    list_select_related = ["account__organisatie"]
    list_filter = [("besloten_op", admin.EmptyFieldListFilter)]
    ordering = ["-gevraagd_op"]
    handelingen = [
        Handeling("versturen", "Code versturen", CHANGE, _show_versturen),
        Handeling("weigeren", "Verzoek weigeren", CHANGE, _show_weigeren),
    ]

    def possible(self, obj: CodeAanvraag) -> list[Handeling]:
        return [] if obj.besloten_op or not self.voor_duo(obj) else list(self.handelingen)

    @admin.display(description="organisatie")
    def organisatie(self, aanvraag: CodeAanvraag) -> str:
        return str(aanvraag.account.organisatie)

    @admin.display(description="voor DUO", boolean=True)
    def voor_duo(self, aanvraag: CodeAanvraag) -> bool:
        return depends_on_staf(account=aanvraag.account, now=timezone.now())
