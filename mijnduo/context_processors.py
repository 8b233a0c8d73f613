from datetime import timedelta
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.haken import menu
from accounts.middleware import session_end
from accounts.models import Account
from accounts.permissions import namens_of
from autorisatie.services.mededelingen import current_onderhoud
from koppeling.views.sessie import MACHTIGINGEN


def pagina(request: HttpRequest) -> dict[str, Any]:
    """What every page needs: demo strip, maintenance and, for an account, name, menu, switcher and end of session.

    `ingelogd_account` is None for visitors and for DUO staff, who have the admin's own pages. The end of the session is
    the earlier of a quarter of an hour from now and four hours after it began (R17).
    """
    context: dict[str, Any] = {
        "demo": settings.OMGEVING == "demo",
        "onderhoud": current_onderhoud(),
        "ingelogd_account": None,
    } | _adressen()
    account = getattr(request, "user", None)  # absent when a request is refused before the session was read
    if not isinstance(account, Account) or account.is_staff:
        return context
    now = timezone.now()
    inactive_at = now + timedelta(seconds=settings.SESSION_COOKIE_AGE)
    absolute_end = session_end(request) or inactive_at
    items = [item for haak in menu if (item := haak(request, account, now)) is not None]
    eigen = account.organisatie.naam if account.organisatie else ""
    namens = namens_of(request)
    return context | {
        "ingelogd_account": account,
        "organisatie_naam": namens.naam if namens else eigen,
        "namens_door": eigen if namens else "",
        "organisatie_wissel_url": _switch(request),
        "menu": [
            {"label": item.label, "url": item.url, "actief": request.path.startswith((item.url, *item.ook))}
            for item in sorted(items, key=lambda item: item.volgorde)
        ],
        "sessie_einde": min(inactive_at, absolute_end),
        "sessie_absoluut_einde": absolute_end,
    }


@cache
def _adressen() -> dict[str, str]:
    """Where every page can lead; looked up once."""
    return {f"{name}_url": reverse(name) for name in ("begin", "inloggen", "overzicht")}


def _switch(request: HttpRequest) -> str | None:
    """Where one chooses for whom to work (D5): somebody who may act for others, or has several accounts; else None."""
    if request.session.get(MACHTIGINGEN):
        return reverse("kies_namens")
    return reverse("kies_account") if request.session.get("eherkenning", {}).get("aantal", 1) > 1 else None
