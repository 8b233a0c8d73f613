"""Logging in with a token as a person does, and what came of it."""

from datetime import datetime

import pyotp
from django.test import Client
from django.urls import reverse

from accounts.models import Account
from tests.factories import (
    GEHEIM,
    NOW,
    WACHTWOORD,
)
from tests.formulier import Pagina
from verantwoording.models import Logregel
from verantwoording.rules import Actor, ActorSoort

ACTOR = Actor(ActorSoort.TAAK, naam="test")
ONBEKEND = "MDZZZZZZZZ"


def code_of(op: datetime = NOW) -> str:
    return pyotp.TOTP(GEHEIM).at(op)


def log_in(browser: Client, naam: str, wachtwoord: str = WACHTWOORD, code: str | None = None) -> Pagina:
    values = {"gebruikersnaam": naam, "wachtwoord": wachtwoord, "code": code or code_of()}
    return browser.post(reverse("inloggen_token"), values)


def is_in(page: Pagina) -> bool:
    return page.status_code == 302 and page["Location"] == reverse("overzicht")


def events(account: Account) -> list[str]:
    return list(Logregel.objects.filter(account_id=account.pk).order_by("pk").values_list("gebeurtenis", flat=True))
