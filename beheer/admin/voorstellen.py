from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from accounts.models import Account, Organisatie
from verantwoording.admin import AlleenLezen
from verantwoording.models import Voorstel
from verantwoording.rules import Actor, ActorSoort


@admin.register(Voorstel)
class VoorstelAdmin(AlleenLezen):
    """Acts that wait for a second person, and what became of them (D22). Decided on the page of what they are about."""

    list_display = ["gemaakt_op", "soort", "staat", "organisatie", "verloopt_op", "besloten_op"]
    list_filter = ["staat", "soort"]
    search_fields = ["=organisatie_id", "=account_id"]
    ordering = ["-id"]
    fields = [
        "soort",
        "staat",
        "organisatie",
        "door",
        "voorsteller_reden",
        "gemaakt_op",
        "verloopt_op",
        "besloten_door",
        "besluiter_reden",
        "besloten_op",
        "gegevens",
    ]
    readonly_fields = ["organisatie", "door", "besloten_door"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Voorstel]:
        naam = Organisatie.objects.filter(pk=OuterRef("organisatie_id")).values("naam")
        voorstellen: QuerySet[Voorstel] = super().get_queryset(request)
        return voorstellen.annotate(organisatienaam=Subquery(naam))

    @admin.display(description="organisatie")
    def organisatie(self, voorstel: Voorstel) -> str:
        return vars(voorstel)["organisatienaam"] or "–"

    @admin.display(description="voorgesteld door")
    def door(self, voorstel: Voorstel) -> str:
        return name_actor(voorstel.voorsteller)

    @admin.display(description="besloten door")
    def besloten_door(self, voorstel: Voorstel) -> str:
        return name_actor(voorstel.besluiter) if voorstel.besluiter else "–"


def name_actor(actor: Actor) -> str:
    """Who it was, for staff to read."""
    if actor.soort is ActorSoort.GEZAG:
        return "het bevoegd gezag"
    if actor.soort in {ActorSoort.ACCOUNT, ActorSoort.STAF}:
        account = Account.objects.filter(pk=actor.id or 0).first()
        return str(account) if account else "een account dat is verwijderd"
    return actor.naam or "een bezoeker"
