import re
from functools import lru_cache
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from autorisatie.services.mededelingen import current_onderhoud
from planning.exports import as_calendar, as_text
from planning.rules import LAATSTE_DAG_VAN_TOKEN, Filter, Planning
from planning.services.tabel import list_planning

INSPRINGING = re.compile(r"\n\s+")  # a third of the longest page of the site
BEWAREN = 300  # seconds: it changes a few times a year


@login_not_required
@require_safe
def planning(request: HttpRequest) -> HttpResponse:
    """The planning of the overstap, for everybody (R26): filtered by soort and portaal, without JavaScript too."""
    known = list_planning()
    keuze = _filter(request, known)
    if request.user.is_authenticated or len(get_messages(request)):  # a page for one person
        return render(request, "planning/planning.html", {"tabel": _render(known, keuze)})
    return _keep(request, HttpResponse(_render_page(known, keuze, current_onderhoud())))


@login_not_required
@require_safe
def planning_tekst(request: HttpRequest) -> HttpResponse:
    """The same as plain text."""
    known = list_planning()
    tekst = as_text(known.chosen(_filter(request, known)))
    return _keep(request, HttpResponse(tekst, content_type="text/plain; charset=utf-8"))


@login_not_required
@require_safe
def planning_agenda(request: HttpRequest) -> HttpResponse:
    """What of it is a day or a month, as calendar file."""
    known = list_planning()
    response = HttpResponse(as_calendar(known.chosen(_filter(request, known))), content_type="text/calendar")
    response["Content-Disposition"] = 'attachment; filename="planning-eherkenning.ics"'
    return _keep(request, response)


def _filter(request: HttpRequest, planning: Planning) -> Filter:
    return planning.filter_of(request.GET.get("soort", ""), request.GET.get("portaal", ""))


@lru_cache(maxsize=64)
def _render_page(planning: Planning, keuze: Filter, onderhoud: str) -> SafeString:
    """The whole page of somebody who passes by, who gets the same as everybody; made once too.

    onderhoud: the line about maintenance that stands above it now.
    """
    somebody = HttpRequest()
    somebody.path, somebody.user = reverse("planning"), AnonymousUser()
    context = {"tabel": _render(planning, keuze), "onderhoud": onderhoud}
    return render_to_string("planning/planning.html", context, somebody)


@lru_cache(maxsize=64)
def _render(planning: Planning, keuze: Filter) -> SafeString:
    """Filter and table as they stand on the page; in each process made once, as long as the planning is the same."""
    context = {"planning": planning.chosen(keuze), "keuze": keuze, "query": urlencode(keuze._asdict())}
    context["laatste_dag"] = LAATSTE_DAG_VAN_TOKEN
    html = render_to_string("planning/deel/tabel.html", context)
    return mark_safe(INSPRINGING.sub("\n", html))  # noqa: S308  # what a template of ours made


def _keep(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Whoever is not logged in may keep it for a while; the page of an account has its name on it."""
    if not request.user.is_authenticated:
        patch_cache_control(response, public=True, max_age=BEWAREN)
    return response
