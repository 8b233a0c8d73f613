from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import Organisatie
from accounts.permissions import actor_of
from autorisatie.services import Weigering
from beheer.admin.forms import RedenForm
from beheer.admin.handeling import Handeling, MetHandelingen
from beheer.admin.voorstellen import name_actor
from beheer.forms.aanvragen import BesluitForm, PapierForm
from beheer.models import Aanvraag
from beheer.services.aanvragen import (
    VOORSTEL,
    AanvraagKanNiet,
    Formulier,
    enter_aanvraag,
    find_organisatie,
    grant_aanvraag,
    refuse_aanvraag,
)
from verantwoording.admin import AlleenLezen
from verantwoording.models import Voorstel
from verantwoording.rules import ActorSoort
from verantwoording.services import AlBesloten, ZelfdePersoon

REFUSALS = (AlBesloten, ZelfdePersoon, PermissionError, AanvraagKanNiet, Weigering)


def enter_paper(organisatie: Organisatie, form: PapierForm, request: HttpRequest) -> Aanvraag:
    """Keep what staff filled in of a paper form, with how it came in as their reason."""
    given = form.cleaned_data
    formulier = Formulier(
        **{veld: given[veld] for veld in Formulier.__required_keys__ & given.keys()},  # type: ignore[typeddict-item]  # the keys are its own
        organisatie_naam=organisatie.naam,
        code_soort=organisatie.code_soort,
        code=organisatie.code,
        kvk_nummer=organisatie.kvk_nummer,
        gezag_naam=organisatie.bevoegd_gezag_naam,
        gezag_functie=organisatie.bevoegd_gezag_functie,
        gezag_email=organisatie.bevoegd_gezag_email,
    )
    return enter_aanvraag(
        organisatie=organisatie,
        formulier=formulier,
        beheerdersrollen=list(given["beheerdersrollen"]),
        actor=actor_of(request, reden=given["toelichting"]),
        now=timezone.now(),
    )


def show_toekennen(page: MetHandelingen, request: HttpRequest, aanvraag: Aanvraag) -> HttpResponse:
    """Approve an application: it is carried out at once (R01). Not by who entered it."""
    organisatie = _organisatie_of(aanvraag)
    form = BesluitForm(request.POST or None, aanvraag=aanvraag, organisatie=organisatie)
    if form.is_valid():
        try:
            account = grant_aanvraag(
                aanvraag=aanvraag,
                account=form.cleaned_data.get("account"),
                beheerdersrollen=list(form.cleaned_data.get("beheerdersrollen", [])),
                actor=actor_of(request, reden=form.cleaned_data["toelichting"]),
                now=timezone.now(),
            )
        except REFUSALS as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, f"De aanvraag is goedgekeurd en verwerkt voor {account}.")
            return redirect(reverse("admin:accounts_account_change", args=[account.pk]))
    known = "" if organisatie else " Deze organisatie kennen we nog niet: voeg haar eerst toe bij Organisaties."
    nood = f" als noodbeheerder, tot en met {date_format(aanvraag.nood_tot)}," if aanvraag.nood_tot else ","
    return page.ask(
        request,
        aanvraag,
        titel="Aanvraag goedkeuren",
        uitleg=f"{aanvraag.naam_beheerder}: {aanvraag.get_soort_display()}{nood} voor "
        f"{organisatie or aanvraag.organisatie_naam}.{known} U beslist als tweede persoon. Na goedkeuren wordt de "
        "aanvraag meteen verwerkt.",
        knop="Goedkeuren",
        form=form,
    )


def show_afwijzen(page: MetHandelingen, request: HttpRequest, aanvraag: Aanvraag) -> HttpResponse:
    """Refuse an application, with the reason that the bevoegd gezag reads."""
    form = RedenForm(request.POST or None)
    if form.is_valid():
        actor = actor_of(request, reden=form.cleaned_data["toelichting"])
        try:
            refuse_aanvraag(aanvraag=aanvraag, actor=actor, now=timezone.now())
        except REFUSALS as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "De aanvraag is afgewezen.")
            return redirect(page.page_of(aanvraag))
    return page.ask(
        request,
        aanvraag,
        titel="Aanvraag afwijzen",
        uitleg="Er verandert niets bij de organisatie. Het bevoegd gezag krijgt een e-mail met uw reden.",
        knop="Afwijzen",
        form=form,
    )


def _organisatie_of(aanvraag: Aanvraag) -> Organisatie | None:
    return aanvraag.organisatie or find_organisatie(
        code_soort=aanvraag.code_soort, code=aanvraag.code, kvk_nummer=aanvraag.kvk_nummer
    )


CHANGE = "beheer.change_aanvraag"


@admin.register(Aanvraag)
class AanvraagAdmin(MetHandelingen, AlleenLezen):
    """Applications for beheerders (R01). Who entered one does not decide on it; both see why."""

    list_display = ["gemaakt_op", "organisatie_naam", "soort", "bron", "staat", "geldig_tot"]
    list_filter = ["staat", "soort", "bron"]
    search_fields = ["=referentie", "organisatie_naam", "=code", "=kvk_nummer", "achternaam"]
    ordering = ["-id"]
    fields = [
        "referentie",
        "soort",
        "bron",
        "staat",
        "organisatie",
        "organisatie_naam",
        "code_soort",
        "code",
        "kvk_nummer",
        "gezag_naam",
        "gezag_functie",
        "gezag_email",
        "wie_bevestigde",
        "voornaam",
        "tussenvoegsel",
        "achternaam",
        "email",
        "telefoon",
        "functie",
        "werkgever",
        "beheerdersrollen",
        "nood_tot",
        "opvolger_van",
        "toelichting",
        "besluit",
        "account",
        "gemaakt_op",
        "bevestigd_op",
        "besloten_op",
        "geldig_tot",
    ]
    readonly_fields = ["wie_bevestigde", "besluit"]
    handelingen = [
        Handeling("toekennen", "Goedkeuren", CHANGE, show_toekennen),
        Handeling("afwijzen", "Afwijzen", CHANGE, show_afwijzen),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Aanvraag]:
        aanvragen: QuerySet[Aanvraag] = super().get_queryset(request)
        return aanvragen.select_related("organisatie", "account")

    def possible(self, obj: Aanvraag) -> list[Handeling]:
        return list(self.handelingen) if obj.staat == Aanvraag.Staat.INGEDIEND else []

    @admin.display(description="ingediend door")
    def wie_bevestigde(self, aanvraag: Aanvraag) -> str:
        voorstel = _voorstel_of(aanvraag)
        if voorstel is None:
            return "nog niemand"
        if aanvraag.bron == Aanvraag.Bron.PAPIER:
            return f"{name_actor(voorstel.voorsteller)}, op papier: {voorstel.voorsteller_reden}"
        if voorstel.voorsteller.soort is not ActorSoort.GEZAG:
            return "het e-mailadres dat was ingevuld; DUO kende deze organisatie nog niet"
        return "het bevoegd gezag, met de link naar het e-mailadres dat DUO al had"

    @admin.display(description="besluit")
    def besluit(self, aanvraag: Aanvraag) -> str:
        voorstel = _voorstel_of(aanvraag)
        if voorstel is None or voorstel.besluiter is None:
            return "nog niet besloten"
        return f"{voorstel.get_staat_display()}, door {name_actor(voorstel.besluiter)}: {voorstel.besluiter_reden}"


def _voorstel_of(aanvraag: Aanvraag) -> Voorstel | None:
    return Voorstel.objects.filter(soort=VOORSTEL, object_id=aanvraag.pk).order_by("-id").first()
