"""The manuals of the demo (R24): a general one on the login page, and one that comes with a portaal."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from autorisatie.models import Portaal
from beheer.letters import make_pdf, why_no_pdf
from koppeling.models import Handleiding


def make_handleidingen(*, rows: Iterable[Mapping[str, Any]], now: datetime) -> None:
    """Make the manuals of handleidingen.json; none on a machine that cannot make a PDF."""
    if why_no_pdf():
        return
    for row in rows:
        datum = timezone.localdate(now) - timedelta(days=row["dagen"])
        inhoud = make_pdf(render_to_string("brief/handleiding.html", {"rij": row, "datum": datum}))
        handleiding = Handleiding.objects.create(
            titel=row["titel"],
            versie=row["versie"],
            datum=datum,
            algemeen=row["algemeen"],
            inhoud=inhoud,
            omvang=len(inhoud),
        )
        for portaal in Portaal.objects.filter(sleutel__in=row["portalen"]):
            portaal.handleidingen.add(handleiding)
