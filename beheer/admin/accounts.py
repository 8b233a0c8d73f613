from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join

from accounts.models import Account, Beheerderschap, TijdelijkeBlokkade
from accounts.models.organisatie import live
from accounts.permissions import actor_of, is_beheerder
from accounts.services.accounts import end_beheerderschap
from accounts.services.blokkades import is_blocked
from autorisatie.models import Autorisatie
from autorisatie.services import beheerdersrollen_of
from beheer.admin.aanvragen import enter_paper
from beheer.admin.forms import BevestigForm, BriefForm, OntkoppelForm, RedenForm
from beheer.admin.handeling import Handeling, MetHandelingen
from beheer.forms.aanvragen import PapierForm
from beheer.letters import as_download, why_no_pdf
from beheer.models import Aanvraag
from beheer.services.aanvragen import PERSOON
from beheer.services.gebruikers import NietVoorUzelf, end_gebruiker
from beheer.services.staf import (
    NietDoorDuo,
    depends_on_staf,
    make_brief_as_staf,
    only_staf_unblocks,
    request_activatiecode_as_staf,
    unblock_as_staf,
    unlink_as_staf,
)
from koppeling.models import Koppeling
from koppeling.rules import Reden
from koppeling.services.activatiecodes import SOORT as ACTIVATIECODE
from koppeling.services.activatiecodes import GeenCodeMogelijk
from koppeling.views.browser import name_browser, remember_browser
from verantwoording.admin import AlleenLezen
from verantwoording.models import Bericht
from verantwoording.rules import Actor


def _show_brief(page: MetHandelingen, request: HttpRequest, account: Account) -> HttpResponse:
    """Make the letter with the gebruikersnaam of a first or sole beheerder, as page or as PDF (R05, R07)."""
    form = BriefForm(request.POST if request.method == "POST" else None)
    as_pdf = request.POST.get("vorm") == "pdf"
    if as_pdf and form.is_valid() and (why := why_no_pdf()):
        form.add_error(None, why)
    if form.is_valid():
        try:
            brief = make_brief_as_staf(
                account=account, actor=actor_of(request), now=timezone.now(), browser=name_browser(request)
            )
        except NietDoorDuo as refused:
            form.add_error(None, str(refused))
        else:
            html = render_to_string(
                "brief/gebruikersnaam.html", {"brieven": [brief], "terug_url": page.page_of(account)}
            )
            letter = as_download(html, "brief-mijn-duo.pdf") if as_pdf else HttpResponse(html)
            return remember_browser(request, letter)
    return page.ask(
        request,
        account,
        titel="Brief met gebruikersnaam",
        uitleg=f"U maakt de brief voor {account}. Druk hem af en zorg dat {account} hem persoonlijk krijgt, nooit per "
        "e-mail. In het logboek staat dat u de brief hebt gemaakt.",
        knop="Brief maken",
        form=form,
    )


def _show_code(page: MetHandelingen, request: HttpRequest, account: Account) -> HttpResponse:
    """Request the activatiecode of a first or sole beheerder, without ever seeing it (R05, R07)."""
    form = BevestigForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            request_activatiecode_as_staf(account=account, actor=actor_of(request), now=timezone.now())
        except (NietDoorDuo, GeenCodeMogelijk) as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, "De activatiecode is aangevraagd. Hij gaat per e-mail, u ziet hem niet.")
            return redirect(page.page_of(account))
    return page.ask(
        request,
        account,
        titel="Activatiecode aanvragen",
        uitleg=f"Er gaat een activatiecode naar het e-mailadres van {account}. Hij is 24 uur geldig. Een eerdere code "
        "werkt dan niet meer. Doe dit als de beheerder erom vraagt.",
        knop="Activatiecode aanvragen",
        form=form,
    )


def _show_ontkoppelen(page: MetHandelingen, request: HttpRequest, account: Account) -> HttpResponse:
    """Unlink a middel, with a reason (R19)."""
    form = OntkoppelForm(request.POST or None)
    if form.is_valid():
        koppeling = unlink_as_staf(
            account=account,
            reden=Reden(form.cleaned_data["reden"]),
            actor=actor_of(request, reden=form.cleaned_data["toelichting"]),
            now=timezone.now(),
        )
        messages.success(request, "Het middel is ontkoppeld." if koppeling else "Dit account had geen koppeling.")
        return redirect(page.page_of(account))
    return page.ask(
        request,
        account,
        titel="Ontkoppelen",
        uitleg=f"Het middel van {account} wordt meteen ontkoppeld. Open sessies en open activatiecodes stoppen. "
        "Account en rollen blijven. Kan alleen DUO dit nog doen, dan krijgt het bevoegd gezag een e-mail met de reden.",
        knop="Ontkoppelen",
        form=form,
    )


def _show_vrijgeven(page: MetHandelingen, request: HttpRequest, account: Account) -> HttpResponse:
    """Lift the block of somebody whom no beheerder can free (R16)."""
    form = RedenForm(request.POST or None)
    return page.act(
        request,
        account,
        form,
        doe=lambda data: unblock_as_staf(
            account=account, actor=actor_of(request, reden=data["toelichting"]), now=timezone.now()
        ),
        weigert=(NietDoorDuo, NietVoorUzelf, PermissionError),
        gedaan=f"{account} is niet meer geblokkeerd.",
        titel="Blokkade opheffen",
        uitleg=f"{account} mag daarna weer inloggen. Is er geen middel gekoppeld, vraag dan ook een activatiecode aan. "
        "Controleer eerst waarom er is geblokkeerd, en wie erom vraagt. Het bevoegd gezag krijgt een e-mail met de "
        "reden.",
        knop="Blokkade opheffen",
    )


def _show_beheer_intrekken(page: MetHandelingen, request: HttpRequest, account: Account) -> HttpResponse:
    """Withdraw a beheerder; the last one too, as a decision of DUO with its reason (R03)."""
    return _act_with_reason(
        page,
        request,
        account,
        act=lambda actor: end_beheerderschap(account=account, actor=actor, now=timezone.now()),
        titel="Beheer intrekken",
        uitleg=f"{account} is daarna geen beheerder meer. Is dit de laatste beheerder, dan kan bij de organisatie "
        "niemand meer gebruikers aanmelden. Uw reden geldt als besluit en staat in het logboek.",
        gedaan=f"{account} is geen beheerder meer.",
    )


def _show_beeindigen(page: MetHandelingen, request: HttpRequest, account: Account) -> HttpResponse:
    """End somebody who leaves, with all that hangs on the account (R20)."""
    return _act_with_reason(
        page,
        request,
        account,
        act=lambda actor: end_gebruiker(account=account, actor=actor, now=timezone.now()),
        titel="Account beëindigen",
        uitleg=f"Het account van {account} stopt voorgoed: koppeling, codes, sessies en rollen eindigen samen. Is dit "
        "de laatste beheerder, dan geldt uw reden als besluit van DUO.",
        gedaan=f"Het account van {account} is beëindigd.",
    )


def _show_beheerdersrollen(page: MetHandelingen, request: HttpRequest, account: Account) -> HttpResponse:
    """Change what a beheerder may hand out, as an application that somebody else decides on (R01, R02)."""
    organisatie = account.organisatie
    assert organisatie is not None  # noqa: S101  # every account of this page has one
    initial = {veld: getattr(account, veld) for veld in PERSOON} | {
        "soort": Aanvraag.Soort.WIJZIGEN,
        "beheerdersrollen": beheerdersrollen_of(account=account, now=timezone.now()),
    }
    form = PapierForm(request.POST or None, organisatie=organisatie, initial=initial)
    if form.is_valid():
        aanvraag = enter_paper(organisatie, form, request)
        messages.success(request, "De wijziging is ingevoerd. Een collega beslist erover.")
        return redirect(reverse("admin:beheer_aanvraag_change", args=[aanvraag.pk]))
    return page.ask(
        request,
        account,
        titel="Beheerdersrollen wijzigen",
        uitleg=f"U voert in wat {account} voortaan mag uitdelen, op verzoek van het bevoegd gezag. Een collega "
        "beslist, niet u.",
        knop="Invoeren",
        form=form,
    )


def _act_with_reason(
    page: MetHandelingen,
    request: HttpRequest,
    account: Account,
    *,
    act: Callable[[Actor], bool],
    titel: str,
    uitleg: str,
    gedaan: str,
) -> HttpResponse:
    form = RedenForm(request.POST or None)
    if form.is_valid():
        done = act(actor_of(request, reden=form.cleaned_data["toelichting"]))
        messages.success(request, gedaan if done else "Dat was al gebeurd.")
        return redirect(page.page_of(account))
    return page.ask(request, account, titel=titel, uitleg=uitleg, knop=titel, form=form)


CHANGE = "accounts.change_account"
BRIEF = Handeling("brief", "Brief met gebruikersnaam", CHANGE, _show_brief)
CODE = Handeling("code", "Activatiecode aanvragen", CHANGE, _show_code)
ONTKOPPELEN = Handeling("ontkoppelen", "Ontkoppelen", CHANGE, _show_ontkoppelen)
INTREKKEN = Handeling("beheer-intrekken", "Beheer intrekken", CHANGE, _show_beheer_intrekken)
VRIJGEVEN = Handeling("vrijgeven", "Blokkade opheffen", CHANGE, _show_vrijgeven)
BEHEERDERSROLLEN = Handeling(
    "beheerdersrollen", "Beheerdersrollen wijzigen", "beheer.add_aanvraag", _show_beheerdersrollen
)
BEEINDIGEN = Handeling("beeindigen", "Account beëindigen", CHANGE, _show_beeindigen)


@admin.register(Account)
class AccountAdmin(MetHandelingen, AlleenLezen):
    """The accounts of organisaties. Without gebruikersnaam, which stands on the letter, and password, which is none."""

    list_display = ["lijstnaam", "organisatie", "email", "gemaakt_op", "beeindigd_op"]
    list_select_related = ["organisatie"]
    list_filter = [("beeindigd_op", admin.EmptyFieldListFilter)]
    search_fields = ["achternaam", "voornaam", "email", "organisatie__naam", "=organisatie__code"]
    ordering = ["achternaam", "voornaam", "id"]
    fields = [
        "organisatie",
        "voornaam",
        "tussenvoegsel",
        "achternaam",
        "email",
        "telefoon",
        "functie",
        "werkgever",
        "beheer",
        "rollen",
        "koppeling",
        "blokkade",
        "activatiecodes",
        "gemaakt_op",
        "beeindigd_op",
    ]
    readonly_fields = ["beheer", "rollen", "koppeling", "blokkade", "activatiecodes"]
    handelingen = [BRIEF, CODE, ONTKOPPELEN, VRIJGEVEN, BEHEERDERSROLLEN, INTREKKEN, BEEINDIGEN]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        """Without DUO staff: `manage.py maak_medewerker` keeps them."""
        return super().get_queryset(request).filter(is_staff=False)

    def possible(self, obj: Account) -> list[Handeling]:
        now = timezone.now()
        if not obj.is_active:
            return []
        linked = Koppeling.objects.live().filter(account=obj).exists()
        own = depends_on_staf(account=obj, now=now)
        blocked = is_blocked(obj, now)
        wanted = {
            BRIEF: own,
            CODE: own and not linked and not blocked,
            ONTKOPPELEN: linked,
            VRIJGEVEN: blocked and only_staf_unblocks(account=obj, now=now),
            BEHEERDERSROLLEN: is_beheerder(obj, now),
            INTREKKEN: is_beheerder(obj, now),
            BEEINDIGEN: True,
        }
        return [handeling for handeling, fits in wanted.items() if fits]

    @admin.display(description="beheerder")
    def beheer(self, account: Account) -> str:
        now = timezone.now()
        running = Beheerderschap.objects.filter(live(now), account=account).first()
        if running is None:
            return "nee"
        rollen = ", ".join(rol.naam for rol in beheerdersrollen_of(account=account, now=now))
        einde = f" tot {_moment(running.tot)} (noodbeheerder)" if running.tot else ""
        return f"sinds {_moment(running.van)}{einde}; mag rollen geven van: {rollen or 'niets'}"

    @admin.display(description="rollen")
    def rollen(self, account: Account) -> str:
        grants = Autorisatie.objects.live(timezone.now()).filter(account=account).select_related("rol")
        return ", ".join(str(grant) for grant in grants) or "geen"

    @admin.display(description="koppeling")
    def koppeling(self, account: Account) -> str:
        last = Koppeling.objects.filter(account=account).order_by("-id").first()
        if last is None:
            return "nog niet gekoppeld"
        if last.beeindigd_op:
            return f"ontkoppeld op {_moment(last.beeindigd_op)} ({last.reden})"
        return f"gekoppeld op {_moment(last.sinds)}, laatst gebruikt op {_moment(last.laatst_gebruikt)}"

    @admin.display(description="blokkade")
    def blokkade(self, account: Account) -> str:
        """Since when he is kept out (R16); why stands in the log."""
        running = TijdelijkeBlokkade.objects.filter(live(timezone.now()), account=account).first()
        return f"tijdelijk geblokkeerd sinds {_moment(running.van)}" if running else "geen"

    @admin.display(description="activatiecodes")
    def activatiecodes(self, account: Account) -> str:
        """That they were sent, never what they were (R05)."""
        sent = Bericht.objects.filter(account_id=account.pk, soort=ACTIVATIECODE).order_by("-id")[:5]
        lines = [
            (f"aangevraagd op {_moment(bericht.gemaakt_op)}: {bericht.get_status_display()}", _sent(bericht))
            for bericht in sent
        ]
        return format_html_join("\n", "<div>{}{}</div>", lines) or "niet aangevraagd"


def _sent(bericht: Bericht) -> str:
    return f" op {_moment(bericht.verzonden_op)}" if bericht.verzonden_op else ""


def _moment(moment: Any) -> str:
    return date_format(timezone.localtime(moment), "j F Y H:i")
