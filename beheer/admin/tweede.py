"""What two members of staff do together at an organisatie: another bevoegd gezag (R01), kenmerken moved (D3, D22)."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from accounts.models import Kenmerk, Organisatie
from accounts.models.organisatie import live
from accounts.permissions import actor_of
from autorisatie.services.grants import in_words
from autorisatie.services.overgang import Gevolg, Ingekort, Overgang, preview_overgang
from beheer.admin.forms import RedenForm
from beheer.admin.handeling import Handeling, MetHandelingen
from beheer.admin.voorstellen import name_actor
from beheer.forms.organisatie import GezagVoorstelForm, KeuzeForm, OverdrachtForm
from beheer.services.gezag import (
    VRAAG,
    WIJZIGING,
    AlVoorgesteld,
    Gezag,
    Veranderd,
    decide_gezag,
    gezag_of,
    open_voorstel,
    propose_gezag,
    refuse_gezag_vraag,
)
from beheer.services.overgang import (
    begin_of,
    decide_overgang,
    open_overgang,
    preview_voorstel,
    propose_overgang,
    stand_of,
)
from verantwoording.models import Voorstel
from verantwoording.rules import Actor
from verantwoording.services import AlBesloten, ZelfdePersoon

REFUSALS: Final = (AlBesloten, ZelfdePersoon, PermissionError, AlVoorgesteld)
CHANGE: Final = "accounts.change_organisatie"


def show_gezag(page: MetHandelingen, request: HttpRequest, organisatie: Organisatie) -> HttpResponse:
    """Propose another bevoegd gezag, as first of two; what a beheerder asked for is filled in already."""
    asked = open_voorstel(organisatie, VRAAG)
    form = GezagVoorstelForm(
        request.POST or None, initial=asked.gegevens["nieuw"] if asked else dict(gezag_of(organisatie))
    )
    if form.is_valid():
        given = form.cleaned_data
        gezag = Gezag(naam=given["naam"], functie=given["functie"], email=given["email"])
        actor = actor_of(request, reden=given["toelichting"])
        try:
            propose_gezag(organisatie=organisatie, gezag=gezag, actor=actor, now=timezone.now())
        except REFUSALS as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "De wijziging is voorgesteld. Een collega beslist erover.")
            return redirect(page.page_of(organisatie))
    vraag = " Een beheerder heeft dit gevraagd." if asked else ""
    return page.ask(
        request,
        organisatie,
        titel="Bevoegd gezag wijzigen",
        uitleg=f"U stelt een ander bevoegd gezag voor {organisatie} voor.{vraag} Controleer het bij de organisatie. "
        "Een collega beslist, niet u. Het oude e-mailadres krijgt daarna bericht.",
        knop="Voorstellen",
        form=form,
    )


def show_vraag_weigeren(page: MetHandelingen, request: HttpRequest, organisatie: Organisatie) -> HttpResponse:
    """Refuse what a beheerder asked, with the reason that she gets."""
    asked = open_voorstel(organisatie, VRAAG)
    uitleg = "Er is geen vraag om te weigeren."
    if asked is not None:
        nieuw = asked.gegevens["nieuw"]
        uitleg = (
            f"{name_actor(asked.voorsteller)} vroeg om {nieuw['naam']} ({nieuw['email']}) als bevoegd gezag van "
            f"{organisatie}. Weigert u dat, dan verandert er niets. De beheerder en het huidige bevoegd gezag krijgen "
            "een e-mail met uw reden."
        )
    form = RedenForm(request.POST or None)
    if form.is_valid():
        actor = actor_of(request, reden=form.cleaned_data["toelichting"])
        try:
            refuse_gezag_vraag(organisatie=organisatie, actor=actor, now=timezone.now())
        except REFUSALS as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "De vraag is geweigerd. De beheerder krijgt een e-mail met uw reden.")
            return redirect(page.page_of(organisatie))
    return page.ask(
        request, organisatie, titel="Vraag om ander bevoegd gezag weigeren", uitleg=uitleg, knop="Weigeren", form=form
    )


def show_gezag_besluit(page: MetHandelingen, request: HttpRequest, organisatie: Organisatie) -> HttpResponse:
    """Decide on another bevoegd gezag, as second of two."""
    voorstel = open_voorstel(organisatie, WIJZIGING)
    uitleg = "Er is geen wijziging om over te beslissen."
    if voorstel is not None:
        oud, nieuw = (f"{gezag['naam']} ({gezag['email']})" for gezag in (voorstel.gegevens[wie] for wie in OUD_NIEUW))
        uitleg = f"Van {oud} naar {nieuw}. {_proposed(voorstel)}"

    def act(actor: Actor, *, akkoord: bool, stand: str) -> None:
        decide_gezag(organisatie=organisatie, akkoord=akkoord, stand=stand, actor=actor, now=timezone.now())

    stand = str(voorstel.pk) if voorstel else ""
    titel = "Wijziging bevoegd gezag besluiten"
    return _decide(page, request, organisatie, act=act, titel=titel, uitleg=uitleg, stand=stand)


def show_overdracht(page: MetHandelingen, request: HttpRequest, organisatie: Organisatie) -> HttpResponse:
    """Propose that kenmerken go to another organisatie on a day; first it is shown who loses and gets what."""
    now = timezone.now()
    own = Kenmerk.objects.filter(live(now, "organisatiekenmerken__"), organisatiekenmerken__organisatie=organisatie)
    form = OverdrachtForm(request.POST or None, van=organisatie, kenmerken=own.distinct())
    uitleg: str = f"Kenmerken van {organisatie} gaan naar een andere organisatie. Een collega beslist, niet u."
    if form.is_valid():
        given = form.cleaned_data
        kenmerken, naar = list(given["kenmerken"]), given["naar"]
        per = begin_of(given["dag"], now)
        overgang = preview_overgang(van=organisatie, naar=naar, kenmerken=kenmerken, per=per)
        uitleg = _show_overgang(naar, per, overgang)
        if given["bekeken"]:
            actor = actor_of(request, reden=given["toelichting"])
            try:
                propose_overgang(
                    van=organisatie, naar=naar, kenmerken=kenmerken, dag=given["dag"], actor=actor, now=now
                )
            except REFUSALS as refused:
                form.add_error(None, str(refused))
            else:
                messages.success(request, "De overdracht is voorgesteld. Een collega beslist erover.")
                return redirect(page.page_of(organisatie))
        form.ask_to_look()
    return page.ask(request, organisatie, titel="Kenmerken overdragen", uitleg=uitleg, knop="Verder", form=form)


def show_overdracht_besluit(page: MetHandelingen, request: HttpRequest, organisatie: Organisatie) -> HttpResponse:
    """Decide on a move of kenmerken, as second of two, with the preview as it is at this moment."""
    voorstel = open_overgang(organisatie)
    uitleg: str = "Er is geen overdracht om over te beslissen."
    stand = ""
    if voorstel is not None:
        naar, per, overgang = preview_voorstel(voorstel, timezone.now())
        wat, proposed = voorstel.loggegevens["wat"], _proposed(voorstel)
        uitleg = format_html("{}. {} {}", wat, proposed, _show_overgang(naar, per, overgang))
        stand = stand_of(voorstel, overgang)

    def act(actor: Actor, *, akkoord: bool, stand: str) -> None:
        decide_overgang(van=organisatie, akkoord=akkoord, stand=stand, actor=actor, now=timezone.now())

    return _decide(page, request, organisatie, act=act, titel="Overdracht besluiten", uitleg=uitleg, stand=stand)


def _show_overgang(naar: Organisatie, per: datetime, overgang: Overgang) -> SafeString:
    lines = [_say_gevolg(gevolg, naar) for gevolg in overgang.gevolgen]
    lines += [_say_ingekort(row) for row in overgang.machtigingen]
    nobody = "" if overgang.gevolgen else "Niemand verliest een rol."
    dag = date_format(timezone.localtime(per), "j F Y")
    shown = format_html_join("", "<li>{}</li>", ((line,) for line in lines))
    return format_html("Naar {}, vanaf {}. {}<ul>{}</ul>", naar, dag, nobody, shown)


def _say_gevolg(gevolg: Gevolg, naar: Organisatie) -> str:
    grant, waarde = gevolg.rij.autorisatie, gevolg.rij.kenmerk.waarde
    if grant.machtiging is None:
        daarna = f"krijgt die bij {naar.naam}" if gevolg.opvolger else "niemand krijgt die"
        return f"{grant.account} verliest {grant.rol} voor {waarde}; {daarna}."
    bij = grant.account.organisatie.naam if grant.account.organisatie else "DUO"
    daarna = "houdt die als eigen rol" if gevolg.opvolger else "niemand krijgt die"
    namens = grant.machtiging.verlener.naam
    return f"{grant.account} van {bij} verliest {grant.rol} voor {waarde} namens {namens}; {daarna}."


def _say_ingekort(row: Ingekort) -> str:
    zin = f"De machtiging aan {row.machtiging.gemachtigde.naam} geldt niet meer voor {in_words(row.kenmerken)}."
    if not row.stopt:
        return zin
    return f"{zin} Er blijft niets over: de machtiging stopt. Aantal mensen dat ermee inlogt: {row.inloggers}."


def _decide(
    page: MetHandelingen,
    request: HttpRequest,
    organisatie: Organisatie,
    *,
    act: Callable[..., None],
    titel: str,
    uitleg: str,
    stand: str,
) -> HttpResponse:
    form = KeuzeForm(request.POST or None, initial={"stand": stand})
    if form.is_valid():
        given = form.cleaned_data
        akkoord = given["keuze"] == "ja"
        try:
            act(actor_of(request, reden=given["toelichting"]), akkoord=akkoord, stand=given["stand"])
        except Veranderd as changed:
            messages.warning(request, str(changed))
            return redirect(request.path)
        except REFUSALS as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "Uw besluit is verwerkt." if akkoord else "Het voorstel is afgewezen.")
            return redirect(page.page_of(organisatie))
    return page.ask(request, organisatie, titel=titel, uitleg=uitleg, knop="Besluiten", form=form)


def _proposed(voorstel: Voorstel) -> str:
    return f"Voorgesteld door {name_actor(voorstel.voorsteller)}: {voorstel.voorsteller_reden}"


OUD_NIEUW: Final = ("oud", "nieuw")
GEZAG: Final = Handeling("gezag", "Bevoegd gezag wijzigen", CHANGE, show_gezag)
VRAAG_WEIGEREN: Final = Handeling(
    "gezag-vraag-weigeren", "Vraag om ander bevoegd gezag weigeren", CHANGE, show_vraag_weigeren
)
GEZAG_BESLUIT: Final = Handeling("gezag-besluit", "Wijziging bevoegd gezag besluiten", CHANGE, show_gezag_besluit)
OVERDRACHT: Final = Handeling("overdracht", "Kenmerken overdragen", CHANGE, show_overdracht)
OVERDRACHT_BESLUIT: Final = Handeling("overdracht-besluit", "Overdracht besluiten", CHANGE, show_overdracht_besluit)


def possible_together(organisatie: Organisatie) -> list[Handeling]:
    """What can be proposed at this organisatie, or waits for a decision."""
    gezag = [GEZAG_BESLUIT if open_voorstel(organisatie, WIJZIGING) else GEZAG]
    if open_voorstel(organisatie, VRAAG):
        gezag.append(VRAAG_WEIGEREN)
    return [*gezag, OVERDRACHT_BESLUIT if open_overgang(organisatie) else OVERDRACHT]
