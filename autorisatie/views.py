from datetime import datetime

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.haken import MenuItem
from accounts.middleware import any_account, form_data
from accounts.models import Account, Kenmerk
from accounts.models.organisatie import live
from accounts.permissions import NAMENS, account_of, actor_of, namens_of, organisatie_of
from accounts.services.accounts import Verouderd
from accounts.services.gegevens import (
    Bevestiging,
    Opgeslagen,
    change_own_gegevens,
    confirm_email,
    find_wijziging,
    open_wijziging,
)
from autorisatie.forms import MiddelMeldenForm, MijnGegevensForm, WaaromForm
from autorisatie.models import Autorisatie, AutorisatieKenmerk, Portaal, Taak
from autorisatie.permissions import inlog_in_words, inlog_of, other_way_in
from autorisatie.services import beheerdersrollen_of, beslis, kenmerken_of_taak, list_taken, record_taakgebruik
from autorisatie.services.handleidingen import find_handleiding, handleidingen_of_portaal, handleidingen_of_taak
from autorisatie.services.logboek import read_regels
from autorisatie.services.mededelingen import mededelingen_for, record_gelezen
from autorisatie.services.melden import report_own_middel
from autorisatie.services.namens import record_namens, verleners_of
from autorisatie.services.portalen import rechten_op, rollen_for
from autorisatie.services.waarom import explain_account, last_inlog
from koppeling.exports import as_download
from koppeling.models import Koppeling
from koppeling.rules import Reden
from koppeling.services.inloggen import who_can_log_in
from koppeling.views.sessie import VOLGENDE
from verantwoording.models import Logregel

REGELS_PER_PAGINA = 25
STATUS = {Bevestiging.ONBEKEND: 404, Bevestiging.VERLOPEN: 410, Bevestiging.VERVALLEN: 410}


def overzicht_menu(request: HttpRequest, account: Account, now: datetime) -> MenuItem:
    """The first item of the main menu, for everybody (R21)."""
    return MenuItem("Overzicht", reverse("overzicht"))


@require_safe
def overzicht(request: HttpRequest) -> HttpResponse:
    """The page after logging in (R21, manual 1.6): what one may open now, announcements, and the way to one's profile.

    Rights come from one query on every visit; none is kept between two requests.
    """
    now = timezone.now()
    eigen = organisatie_of(request)
    namens = namens_of(request)
    inlog = inlog_of(request)
    context = {
        "account": account_of(request),
        "organisatie": namens or eigen,
        "namens": namens,
        "overzicht": list_taken(account=account_of(request), inlog=inlog, now=now, namens=namens),
        "mededelingen": mededelingen_for(account=account_of(request), organisatie=namens or eigen, now=now),
        "inlog": inlog_in_words(request, eigen),
        "andere_inlog": other_way_in(request),
    }
    return render(request, "autorisatie/overzicht.html", context)


@require_safe
def taak(request: HttpRequest, sleutel: str) -> HttpResponse:
    """One taak: what it is for, for which kenmerken, and the way on to its portaal (R22).

    Asks `beslis` on every request; a 404 for who may not, so that nobody learns which taken there are. `?kenmerk=` is
    the id of the kenmerk that was chosen; with several and none chosen the page asks for one.
    """
    now = timezone.now()
    organisatie_of(request)
    account, inlog = account_of(request), inlog_of(request)
    taak = get_object_or_404(Taak.objects.select_related("onderwerp", "portaal"), sleutel=sleutel)
    namens = namens_of(request)
    kenmerken = kenmerken_of_taak(account, taak, now, inlog, namens)
    gekozen = _choose(kenmerken, request.GET.get("kenmerk"))
    if not kenmerken or gekozen is not None:
        besluit = beslis(account, taak, gekozen, now, inlog, namens)
        if not besluit.mag:
            raise Http404
    if request.method == "GET" and "kenmerk" not in request.GET:  # choosing a kenmerk is no second visit
        record_taakgebruik(account=account, taak=taak, now=now)
    context = {
        "taak": taak,
        "portaal": taak.portaal,
        "kenmerken": kenmerken,
        "gekozen": gekozen,
        "rollen": rollen_for(account=account, taken=[taak], now=now, namens=namens),
        "handleidingen": handleidingen_of_taak(taak, namens or organisatie_of(request)),
    }
    return render(request, "autorisatie/taak.html", context)


@any_account  # it says itself for whom
@require_http_methods(["GET", "HEAD", "POST"])
def kies_namens(request: HttpRequest) -> HttpResponse:
    """Choose for whom to work: for one's own organisatie, or for one that gave it a machtiging (R30, D5).

    For who may act for nobody else there is nothing to choose: from the login on to the page that was asked for, from
    the header to her other accounts, if she has them.
    """
    now = timezone.now()
    eigen, account = organisatie_of(request), account_of(request)
    several = request.session.get("eherkenning", {}).get("aantal", 1) > 1
    verleners = [] if inlog_of(request).doorgegeven else list(verleners_of(account=account, now=now))
    if not verleners and request.method != "POST":
        request.session.pop(NAMENS, None)
        if several and request.GET.get("vanaf") != "inloggen":
            return redirect("kies_account")
        return redirect(request.session.pop(VOLGENDE, None) or "overzicht")
    if request.method == "POST":
        chosen = next((one for one in [eigen, *verleners] if str(one.pk) == request.POST.get("organisatie")), None)
        if chosen is None:
            raise Http404
        if chosen == eigen:
            request.session.pop(NAMENS, None)
        else:
            record_namens(account=account, verlener=chosen, actor=actor_of(request), now=now)
            request.session[NAMENS] = chosen.pk
        return redirect(request.session.pop(VOLGENDE, None) or "overzicht")
    context = {
        "eigen": eigen,
        "verleners": verleners,
        "nu": namens_of(request) or eigen,
        "accounts": several,
    }
    return render(request, "autorisatie/kies_namens.html", context)


def _choose(kenmerken: list[Kenmerk], choice: str | None) -> Kenmerk | None:
    """The kenmerk with the id that was asked for, or the only one there is. Http404 for one that is not hers."""
    if choice:
        chosen = next((kenmerk for kenmerk in kenmerken if str(kenmerk.pk) == choice), None)
        if chosen is None:
            raise Http404
        return chosen
    return kenmerken[0] if len(kenmerken) == 1 else None


@require_safe
def mijn_gegevens(request: HttpRequest) -> HttpResponse:
    """What is known of oneself: contact data, rollen and kenmerken, and the link with one's middel (R23)."""
    now = timezone.now()
    account = account_of(request)
    kenmerken = AutorisatieKenmerk.objects.filter(live(now)).select_related("kenmerk").order_by("kenmerk__waarde")
    context = {
        "account": account,
        "organisatie": organisatie_of(request),
        "autorisaties": Autorisatie.objects.live(now)
        .filter(account=account)
        .select_related("rol", "machtiging__verlener")
        .prefetch_related(Prefetch("kenmerken", kenmerken))
        .order_by("machtiging__verlener__naam", "rol__naam"),
        "beheerdersrollen": beheerdersrollen_of(account=account, now=now),
        "koppeling": Koppeling.objects.live().filter(account=account).first(),
        "inlog": inlog_in_words(request, organisatie_of(request)),
        "wijziging": open_wijziging(account=account, now=now),
    }
    return render(request, "autorisatie/mijn_gegevens.html", context)


@require_safe
def mijn_waarom(request: HttpRequest) -> HttpResponse:
    """What one can open oneself, and why; what is missing for the rest; now or on a day in the past (R22, R23)."""
    organisatie_of(request)
    account, now = account_of(request), timezone.now()
    form = WaaromForm(request.GET or None)
    op = form.moment(now)
    inlog = inlog_of(request) if op == now else last_inlog(account=account, op=op)
    namens = namens_of(request) if op == now else None
    uitleg = explain_account(account=account, op=op, inlog=inlog, namens=namens)
    return render(request, "autorisatie/mijn_waarom.html", {"form": form, "uitleg": uitleg, "nu": op == now})


@require_http_methods(["GET", "HEAD", "POST"])
def mijn_gegevens_wijzigen(request: HttpRequest) -> HttpResponse:
    """Change one's own e-mail, phone and function (R23). A stale form comes back with the difference (D23)."""
    organisatie_of(request)
    account = account_of(request)
    velden = ("email", "telefoon", "functie", "versie")
    form = MijnGegevensForm(form_data(request), initial={veld: getattr(account, veld) for veld in velden})
    verschillen: list[tuple[str, str, str]] | None = None  # a list, maybe empty, when the form was stale
    if request.method == "POST" and form.is_valid():
        outcome = change_own_gegevens(account=account, actor=actor_of(request), now=timezone.now(), **form.cleaned_data)
        if isinstance(outcome, Opgeslagen):
            _tell_saved(request, outcome)
            return redirect("mijn_gegevens")
        verschillen = _differences(form, outcome)
        form = MijnGegevensForm(initial=form.cleaned_data | {"versie": outcome.huidig.versie})
    context = {"form": form, "verouderd": verschillen is not None, "verschillen": verschillen}
    return render(request, "autorisatie/mijn_gegevens_wijzigen.html", context)


def _tell_saved(request: HttpRequest, outcome: Opgeslagen) -> None:
    messages.success(request, "Uw gegevens zijn opgeslagen.")
    if outcome.wijziging is not None:
        messages.info(
            request,
            f"We hebben een e-mail gestuurd naar {outcome.wijziging.nieuw_adres}. Open de link in die e-mail "
            "binnen 24 uur. Tot dan blijft uw oude adres gelden.",
        )
    if outcome.te_vaak:
        messages.warning(
            request,
            "Uw e-mailadres is niet gewijzigd. U hebt vandaag al vaak een ander adres opgegeven. "
            "Probeer het morgen weer.",
        )


def _differences(form: MijnGegevensForm, outcome: Verouderd) -> list[tuple[str, str, str]]:
    """Label, what is saved now, and what was typed, for each field in which these differ."""
    return [
        (str(form[veld].label), getattr(outcome.huidig, veld), form.cleaned_data[veld])
        for veld in ("email", "telefoon", "functie")
        if getattr(outcome.huidig, veld) != form.cleaned_data[veld]
    ]


# No login: the link is opened where the new mailbox is read, often a phone without the middel. The signed token says
# which change it confirms, and only somebody who was logged in could ask for that change. For the same reason the POST
# means the same whichever account happens to be logged in.
@login_not_required
@any_account
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def email_bevestigen(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm a new e-mail address with the link from the mail (R23): GET asks, POST does, once."""
    now = timezone.now()
    if request.method == "POST":
        outcome: Bevestiging | None = confirm_email(token=token, actor=actor_of(request), now=now)
        wijziging = None
    else:
        outcome, wijziging = find_wijziging(token=token, now=now)
    context = {"uitkomst": outcome, "nieuw_adres": wijziging.nieuw_adres if wijziging and outcome is None else ""}
    status = STATUS.get(outcome, 200) if outcome else 200
    return render(request, "autorisatie/email_bevestigen.html", context, status=status)


@require_safe
def mijn_logboek(request: HttpRequest) -> HttpResponse:
    """What was done with one's own account, newest first, in words (R33)."""
    organisatie_of(request)
    account = account_of(request)
    regels = Logregel.objects.filter(account_id=account.pk).order_by("-id")
    pagina = Paginator(regels, REGELS_PER_PAGINA).get_page(request.GET.get("pagina"))
    context = {"pagina": pagina, "regels": read_regels(pagina, account)}
    return render(request, "autorisatie/mijn_logboek.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def mijn_middel_melden(request: HttpRequest) -> HttpResponse:
    """Report one's own middel lost, stolen or broken, consequences first; whoever does is logged out at once (R19)."""
    organisatie_of(request)
    now = timezone.now()
    account = account_of(request)
    form = MiddelMeldenForm(form_data(request))
    if request.method == "POST" and form.is_valid():
        reden = Reden(form.cleaned_data["reden"])
        report_own_middel(account=account, reden=reden, actor=actor_of(request), now=now)
        logout(request)
        return redirect("mijn_middel_gemeld")
    others = Account.objects.of_organisatie(organisatie_of(request)).beheerders(now).exclude(pk=account.pk)
    return render(
        request,
        "autorisatie/mijn_middel_melden.html",
        {
            "form": form,
            "andere_beheerder": who_can_log_in(others, now).exists(),
            "titel": "Middel kwijt, gestolen of kapot",
            "knop": "Middel ontkoppelen",
            "annuleren_url": reverse("mijn_gegevens"),
        },
    )


@login_not_required
@never_cache
@require_safe
def mijn_middel_gemeld(request: HttpRequest) -> HttpResponse:
    """Says that the middel was unlinked, and what comes next. Tells nothing about anybody."""
    return render(request, "autorisatie/mijn_middel_gemeld.html")


@login_not_required
@require_safe
def portalen(request: HttpRequest) -> HttpResponse:
    """Every portaal of the catalogue (R25), for everybody; those that are gone come last."""
    return render(request, "autorisatie/portalen.html", {"portalen": Portaal.objects.order_by("-actief", "naam")})


@login_not_required
@require_safe
def portaal(request: HttpRequest, sleutel: str) -> HttpResponse:
    """One portaal (R25): what it is for, what one needs, and for who is logged in what he may do there."""
    gevonden = get_object_or_404(Portaal.objects.prefetch_related("soorten"), sleutel=sleutel)
    lezer = request.user if isinstance(request.user, Account) and not request.user.is_staff else None
    rechten = None
    if lezer:
        rechten = rechten_op(
            account=lezer,
            portaal=gevonden,
            inlog=inlog_of(request),
            now=timezone.now(),
            namens=namens_of(request),
        )
    opens = lezer is not None and rechten is not None and bool(rechten.taken)
    context = {
        "portaal": gevonden,
        "rechten": rechten,
        "handleidingen": handleidingen_of_portaal(
            gevonden, namens_of(request) or organisatie_of(request) if opens else None
        ),
    }
    return render(request, "autorisatie/portaal.html", context)


@login_not_required
@require_safe
def handleiding(request: HttpRequest, pk: int) -> HttpResponse:
    """Download a manual (R24). A 404 for who may not, so that nobody learns which manuals there are."""
    lezer = request.user if isinstance(request.user, Account) and not request.user.is_staff else None
    found = find_handleiding(
        pk=pk,
        account=lezer,
        inlog=inlog_of(request) if lezer else None,
        now=timezone.now(),
        namens=namens_of(request) if lezer else None,
    )
    if found is None:
        raise Http404
    return as_download(found)


@require_POST
def mededeling_gelezen(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that one has read a mededeling that asks for it (R21). A 404 for one that is not meant for this reader."""
    organisatie = namens_of(request) or organisatie_of(request)
    read = record_gelezen(account=account_of(request), organisatie=organisatie, mededeling_id=pk, now=timezone.now())
    if not read:
        raise Http404
    messages.success(request, "Bedankt. We weten nu dat u de mededeling hebt gelezen.")
    return redirect("overzicht")
