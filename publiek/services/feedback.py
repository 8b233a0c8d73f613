from datetime import datetime

from django.urls import Resolver404, resolve

from publiek.models import Feedback


def give_feedback(*, cijfer: int, tekst: str, pagina: str, now: datetime) -> Feedback:
    """Keep what somebody thinks of the site, without who it was (R31, R34)."""
    return Feedback.objects.create(op=now, cijfer=cijfer, tekst=tekst, pagina=clean_pagina(pagina))


def clean_pagina(pad: str) -> str:
    """The path of a page of ours; empty for anything else, and for a path that could hold somebody's secret."""
    try:
        found = resolve(pad)
    except Resolver404:
        return ""
    return pad[:200] if set(found.kwargs) <= {"pagina", "sector"} else ""
