from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from accounts.models import Account
from koppeling.models import TekstVersie
from publiek.models import Pagina, PaginaVersie
from publiek.rules import EIGEN_ADRES, SECURITY_TXT_GELDIG
from publiek.services.inhoud import (
    list_bewaringen,
    list_diensten,
    list_problemen,
    list_sectoren,
    list_tekstversies,
)
from publiek.services.paginas import current_pagina, list_paginas

UUR: Final = 3600  # seconds


def openbaar(request: HttpRequest, sleutel: str, titel: str, now: datetime, **extra: Any) -> HttpResponse:
    """A page with an address of its own: the words that staff keep, and below them what the portal makes.

    titel: its heading while nobody has written the words.
    """
    versie = current_pagina(sleutel, now=now) or PaginaVersie(titel=titel)
    return render(request, f"publiek/{EIGEN_ADRES[sleutel]}.html", {"versie": versie, **extra})


@login_not_required
@require_safe
def begin(request: HttpRequest) -> HttpResponse:
    """The front door (R31): home for visitors; who is logged in goes on to where he works."""
    if isinstance(request.user, Account):
        return redirect("admin:index" if request.user.is_staff else "overzicht")
    now = timezone.now()
    return openbaar(request, "begin", "Mijn DUO", now, rubrieken=_rubrieken(now))


@login_not_required
@require_safe
def pagina(request: HttpRequest, pagina: str) -> HttpResponse:
    """A page of which DUO staff keep every word (R31)."""
    if pagina in EIGEN_ADRES:
        return redirect(EIGEN_ADRES[pagina])
    versie = current_pagina(pagina, now=timezone.now())
    if versie is None:
        raise Http404
    return render(request, "publiek/pagina.html", {"versie": versie})


@login_not_required
@require_safe
def problemen_met_inloggen(request: HttpRequest) -> HttpResponse:
    """Each cause of R16: what happened, what to do, and who can solve it."""
    now = timezone.now()
    return openbaar(request, "problemen-met-inloggen", "Problemen met inloggen", now, problemen=list_problemen())


@login_not_required
@require_safe
def contact(request: HttpRequest) -> HttpResponse:
    """Whom to ask, per dienst and per sector, with the channel that is preferred (R31, manual 2)."""
    extra = {"diensten": list_diensten(), "sectoren": list_sectoren()}
    return openbaar(request, "contact", "Contact", timezone.now(), **extra)


@login_not_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """The privacyverklaring that holds, or with ?versie= an older one (R09)."""
    return _tekst(request, "privacy", TekstVersie.Soort.PRIVACY)


@login_not_required
@require_safe
def gebruikersvoorwaarden(request: HttpRequest) -> HttpResponse:
    """The gebruikersvoorwaarden that hold, or with ?versie= older ones (R09)."""
    return _tekst(request, "gebruikersvoorwaarden", TekstVersie.Soort.VOORWAARDEN)


def _tekst(request: HttpRequest, sleutel: str, soort: TekstVersie.Soort) -> HttpResponse:
    now = timezone.now()
    versies = list_tekstversies(soort, now=now)
    asked = request.GET.get("versie")
    tekst = next((v for v in versies if asked in {None, str(v.versie)}), None)
    if tekst is None and asked is not None:
        raise Http404
    return openbaar(request, sleutel, soort.label.capitalize(), now, tekst=tekst, versies=versies)


@login_not_required
@require_safe
def bewaartermijnen(request: HttpRequest) -> HttpResponse:
    """What is kept, why, and for how long, as the models themselves say it (R34)."""
    return openbaar(
        request, "bewaartermijnen", "Wat wij bewaren en hoe lang", timezone.now(), bewaringen=list_bewaringen()
    )


# --- For machines ----------------------------------------------------------------------------------------------------


@login_not_required
@require_safe
@cache_control(public=True, max_age=UUR)
def security_txt(request: HttpRequest) -> HttpResponse:
    """Where to report a weakness (RFC 9116)."""
    expires = (timezone.now() + SECURITY_TXT_GELDIG).astimezone(UTC)
    lines = (
        f"Contact: mailto:{settings.MAIL_DUO}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: nl, en",
        f"Canonical: {settings.BASIS_URL}{reverse('security_txt')}",
    )
    return _plain(lines)


@login_not_required
@require_safe
@cache_control(public=True, max_age=UUR)
def robots_txt(request: HttpRequest) -> HttpResponse:
    """Search engines read the public pages and nothing behind or around the login."""
    closed = ("/duo-beheer/", "/inloggen/", "/koppelen/", "/nieuwsbrieven/bevestigen/", "/nieuwsbrieven/afmelden/")
    lines = ("User-agent: *", *(f"Disallow: {path}" for path in closed))
    return _plain((*lines, f"Sitemap: {settings.BASIS_URL}{reverse('sitemap')}"))


@login_not_required
@require_safe
@cache_control(public=True, max_age=UUR)
def sitemap(request: HttpRequest) -> HttpResponse:
    """The public pages, for search engines."""
    paginas = list_paginas(now=timezone.now())
    context = {"paginas": paginas, "basis_url": settings.BASIS_URL}
    return render(request, "publiek/sitemap.xml", context, content_type="application/xml")


def _plain(lines: tuple[str, ...]) -> HttpResponse:
    return HttpResponse("".join(f"{line}\n" for line in lines), content_type="text/plain; charset=utf-8")


def _rubrieken(now: datetime) -> list[tuple[str, list[PaginaVersie]]]:
    """The pages under the heading of their rubriek, in order; those of no rubriek are found elsewhere."""
    paginas = list_paginas(now=now)
    return [
        (rubriek.label, [versie for versie in paginas if versie.pagina.rubriek == rubriek])
        for rubriek in Pagina.Rubriek
        if rubriek != Pagina.Rubriek.GEEN
    ]
