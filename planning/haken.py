from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse

from accounts.haken import MenuItem
from accounts.models import Account
from accounts.permissions import reader_is_beheerder


def show_overstap(request: HttpRequest, account: Account, now: datetime) -> MenuItem | None:
    """The menu's item Overstap, for beheerders (R28)."""
    return MenuItem("Overstap", reverse("overstap"), volgorde=28) if reader_is_beheerder(request, now) else None
