"""Becoming a beheerder (R01), for anybody: no login, and no answer tells whether an organisatie or a person exists."""

from typing import cast

from allauth.core.ratelimit import consume
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.middleware import any_account, form_data
from accounts.permissions import client_address
from beheer.emails.aanvraag import make_print_token, read_print_token
from beheer.forms.aanvragen import AanvraagForm, StatusForm
from beheer.models import Aanvraag
from beheer.services.aanvragen import Formulier, Uitkomst, answer_aanvraag, find_aanvraag, submit_aanvraag

GEDAAN = "beheerder_aangevraagd"  # the application that was filled in in this browser
STATUS = {Uitkomst.ONBEKEND: 404, Uitkomst.VERLOPEN: 410}
GROEPEN = (
    ("Wat wilt u doen?", ("soort",)),
    ("Organisatie", ("organisatie_naam", "code_soort", "code", "kvk_nummer")),
    ("Bevoegd gezag", ("gezag_naam", "gezag_functie", "gezag_email")),
    ("Beheerder", ("voornaam", "tussenvoegsel", "achternaam", "email", "telefoon", "functie", "werkgever")),
    ("Taken van de beheerder", ("beheerdersrollen", "nood_tot", "opvolger_van", "toelichting", "middel_bevestigd")),
)


@login_not_required
@any_account
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def beheerder_aanvragen(request: HttpRequest) -> HttpResponse:
    """The form "Aanmelding en wijziging beheerder Mijn DUO"."""
    form = AanvraagForm(form_data(request))
    if request.method == "POST":
        if not consume(request, action="aanvraag"):
            return render(request, "429.html", status=429)
        if form.is_valid():
            aanvraag = submit_aanvraag(
                formulier=formulier_of(form),
                beheerdersrollen=list(form.cleaned_data["beheerdersrollen"]),
                now=timezone.now(),
            )
            request.session[GEDAAN] = aanvraag.pk
            return redirect("beheerder_aanvragen_ontvangen")
    groepen = [(kop, [form[veld] for veld in velden]) for kop, velden in GROEPEN]
    return render(request, "beheer/beheerder_aanvragen.html", {"form": form, "groepen": groepen})


def formulier_of(form: AanvraagForm) -> Formulier:
    """What was filled in, as the service takes it."""
    return cast("Formulier", {veld: form.cleaned_data[veld] for veld in Formulier.__required_keys__})


@login_not_required
@never_cache
@require_safe
def beheerder_aanvragen_ontvangen(request: HttpRequest) -> HttpResponse:
    """What happens now, with the reference: for the browser in which the form was filled in."""
    aanvraag = Aanvraag.objects.filter(pk=request.session.get(GEDAAN, 0)).first()
    if aanvraag is None:
        return redirect("beheerder_aanvragen")
    context = {"aanvraag": aanvraag, "afdrukken": make_print_token(aanvraag)}
    return render(request, "beheer/beheerder_aanvragen_ontvangen.html", context)


@login_not_required
@any_account
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def beheerder_aanvragen_bevestigen(request: HttpRequest, token: str) -> HttpResponse:
    """The link in the mail to the bevoegd gezag: GET shows the form, POST confirms it or holds it back, once."""
    now = timezone.now()
    uitkomst, aanvraag = find_aanvraag(token=token, now=now)
    keuze = request.POST.get("keuze")
    if keuze in {"ja", "nee"}:
        uitkomst = answer_aanvraag(token=token, akkoord=keuze == "ja", adres=client_address(request), now=now)
    context = {
        "uitkomst": uitkomst,
        "aanvraag": aanvraag if uitkomst is not Uitkomst.ONBEKEND else None,
        "afdrukken": make_print_token(aanvraag) if aanvraag else "",
    }
    status = STATUS.get(uitkomst, 200) if uitkomst else 200
    return render(request, "beheer/beheerder_aanvragen_bevestigen.html", context, status=status)


@login_not_required
@never_cache
@require_safe
def beheerder_aanvragen_afdrukken(request: HttpRequest, token: str) -> HttpResponse:
    """The form as it was filled in, to print and sign."""
    pk = read_print_token(token)
    if pk is None:
        raise Http404
    return render(
        request, "beheer/beheerder_aanvragen_afdrukken.html", {"aanvraag": get_object_or_404(Aanvraag, pk=pk)}
    )


@login_not_required
@any_account
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def beheerder_aanvragen_status(request: HttpRequest) -> HttpResponse:
    """How far an application is, by its reference: its state and dates, and nothing about anybody."""
    form = StatusForm(request.POST if request.method == "POST" else None)
    aanvraag = None
    if request.method == "POST":
        if not consume(request, action="aanvraag_status"):
            return render(request, "429.html", status=429)
        if form.is_valid():
            aanvraag = Aanvraag.objects.filter(referentie=form.cleaned_data["referentie"]).first()
            if aanvraag is None:
                form.add_error("referentie", "We vinden geen aanvraag met deze referentie. Controleer de tekens.")
    return render(request, "beheer/beheerder_aanvragen_status.html", {"form": form, "aanvraag": aanvraag})
