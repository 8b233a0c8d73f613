from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse

from accounts.haken import MenuItem
from accounts.models import Account
from accounts.permissions import reader_is_beheerder


def show_gebruikers(request: HttpRequest, account: Account, now: datetime) -> MenuItem | None:
    """The menu's item Gebruikers, for beheerders."""
    if not reader_is_beheerder(request, now):
        return None
    ook = (reverse("trechter"), reverse("brieven"), reverse("codes"), reverse("kenmerken"))
    return MenuItem("Gebruikers", reverse("gebruikers"), volgorde=20, ook=ook)


def show_rollen(request: HttpRequest, account: Account, now: datetime) -> MenuItem | None:
    """The menu's item Rollen, for beheerders."""
    if not reader_is_beheerder(request, now):
        return None
    ook = (reverse("rolvoorstellen"), reverse("hercertificering"))
    return MenuItem("Rollen", reverse("rollen"), volgorde=25, ook=ook)


def show_logboek(request: HttpRequest, account: Account, now: datetime) -> MenuItem | None:
    """The menu's item Logboek, for beheerders (R33)."""
    if not reader_is_beheerder(request, now):
        return None
    return MenuItem("Logboek", reverse("logboek"), volgorde=30, ook=(reverse("foutreferentie"), reverse("signalen")))


def show_machtigingen(request: HttpRequest, account: Account, now: datetime) -> MenuItem | None:
    """The menu's item Machtigingen, for beheerders (R30)."""
    url = reverse("machtigingen")
    return MenuItem("Machtigingen", url, volgorde=25) if reader_is_beheerder(request, now) else None


def show_organisatie(request: HttpRequest, account: Account, now: datetime) -> MenuItem | None:
    """The menu's item Organisatie, for beheerders (R01)."""
    return MenuItem("Organisatie", reverse("organisatie"), volgorde=28) if reader_is_beheerder(request, now) else None
