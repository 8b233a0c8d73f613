"""The pages that say why somebody is not let in, each with its foutreferentie (R16)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from koppeling.eherkenning.levels import Niveau
from koppeling.eherkenning.outcome import Geweigerd
from koppeling.models import Koppeling, Middel
from koppeling.services.eherkenning import EherkenningOnbeschikbaarError
from koppeling.services.weigeringen import OORZAKEN, record_weigering

TEMPLATES = {"te_groot": "413.html", "koppelen_geblokkeerd": "koppeling/koppelen_geblokkeerd.html"}
"""Refusals whose page stands elsewhere than in koppeling/geweigerd/."""


def show_weigering(
    request: HttpRequest,
    oorzaak: str,
    *,
    check: str,
    outcome: Geweigerd | None = None,
    middel: Middel | None = None,
    koppeling: Koppeling | None = None,
    status: int | None = None,
    nodig: str = "",
    **context: Any,
) -> HttpResponse:
    """The page of this refusal, after `record_weigering` wrote it down; the page names the same reference as the log.

    No form stands on it: the ACS may set no cookie (D7).
    """
    referentie = record_weigering(
        oorzaak,
        check=check,
        outcome=outcome,
        middel=middel,
        koppeling=koppeling,
        now=timezone.now(),
        nodig=nodig or "EH3",
    )
    niveau = Niveau.of(outcome.loa or "") if outcome else None
    known = {
        "oorzaak": OORZAKEN[oorzaak],
        "niveau": niveau.naam if niveau else None,
        "koppeling": koppeling,
        "nodig": nodig,
    }
    template = TEMPLATES.get(oorzaak, f"koppeling/geweigerd/{oorzaak}.html")
    page = {**known, "foutreferentie": referentie, **context}
    return render(request, template, page, status=status or OORZAKEN[oorzaak].status)


def refuse(request: HttpRequest, outcome: Geweigerd) -> HttpResponse:
    """The page of an answer of the makelaar that logs nobody in."""
    return show_weigering(request, outcome.weigering, check=outcome.check, outcome=outcome)


def connected(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Without metadata of the makelaar that count: the page of a malfunction and a log line, not a crash (R16)."""

    @wraps(view)
    def inner(request: HttpRequest) -> HttpResponse:
        try:
            return view(request)
        except EherkenningOnbeschikbaarError:
            return show_weigering(request, "storing", check="metadata", status=503)

    return inner
