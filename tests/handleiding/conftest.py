"""The people of the manual: a beheerder who is at work, and somebody whom she makes a gebruiker."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from lxml import html

from accounts.models import Account, Kenmerk
from tests.factories import (
    link,
    make_beheerder,
    make_kenmerk,
    make_middel,
    make_rol,
    make_sector,
    make_taak,
    make_tekst,
)
from tests.formulier import Pagina, submit
from tests.koppeling.stappen import koppel, walk_to_step_5
from tests.makelaar import PSEUDONIEM, Makelaar
from verantwoording.services import sweep_berichten

JOLANDA = "B" * 64
PETER = PSEUDONIEM
EMAIL = "peter@regenboog.example"


def read_mail(onderwerp: str) -> EmailMessage:
    """The newest mail with this in its subject, once all that waits has been sent."""
    sweep_berichten(now=timezone.now())
    return next(message for message in reversed(mail.outbox) if onderwerp in message.subject)


def read_code() -> str:
    """The activatiecode in the newest mail with one."""
    found = re.search(r"Uw activatiecode: (\S+)", str(read_mail("activatiecode").body))
    assert found
    return found[1]


def read_letter(page: Pagina) -> str:
    """The gebruikersnaam on the letter."""
    (name,) = html.fromstring(page.content).xpath("//dl[@class='gebruikersnaam']/dd")
    return str(name.text_content()).strip()


@dataclass
class Beheerder:
    """Jolanda de Vries at work in her browser."""

    account: Account
    browser: Client
    kenmerk: Kenmerk

    def register(self, **other: Any) -> Account:
        """Meld Peter aan als gebruiker."""
        gegevens = {"voornaam": "Peter", "achternaam": "Jansen", "email": EMAIL, "middel_bevestigd": "on"}
        page = submit(self.browser, reverse("gebruiker_aanmelden"), "Aanmelden", **gegevens | other)
        assert page.status_code == 302, page.context["form"].errors
        return Account.objects.get(email=EMAIL)

    def give_rol(self, account: Account, sleutel: str = "rod-raadpleger") -> None:
        """Geef een rol, met het kenmerk van de school."""
        address = reverse("gebruiker_rol", kwargs={"pk": account.pk, "sleutel": sleutel})
        assert (
            submit(self.browser, address, "Rol geven", kenmerken=[self.kenmerk.pk], juiste_persoon="on").status_code
            == 302
        )

    def print_letter(self, account: Account) -> Pagina:
        """Maak de brief met de gebruikersnaam."""
        return submit(self.browser, reverse("gebruiker_brief", args=[account.pk]), "Brief maken")

    def request_code(self, account: Account) -> None:
        """Vraag een activatiecode aan."""
        assert submit(self.browser, reverse("gebruiker_code", args=[account.pk]), "Code aanvragen").status_code == 302

    def unlink(self, account: Account, reden: str) -> None:
        """Ontkoppel het middel."""
        address = reverse("gebruiker_ontkoppelen", args=[account.pk])
        assert submit(self.browser, address, "Ontkoppelen", reden=reden).status_code == 302


@pytest.fixture(autouse=True)
def portal(db: None, clock: Callable[[datetime], None]) -> None:
    """What the portal is set up with: a sector, the texts, and two rollen with a taak each."""
    make_sector()
    make_tekst("privacy")
    make_tekst("voorwaarden")
    make_taak("Leerlingdossier", make_rol())
    make_taak("Verzuim melden", make_rol("Verzuimloket melder"))


@pytest.fixture
def beheerder() -> Beheerder:
    account = make_beheerder()
    link(account, make_middel(pseudoniem=JOLANDA))
    browser = Client()
    Makelaar(browser)(pseudonym=JOLANDA)
    assert account.organisatie is not None
    return Beheerder(account, browser, make_kenmerk(account.organisatie))


@pytest.fixture
def peter(beheerder: Beheerder) -> Account:
    """Registered with one rol; he has his letter and no code yet."""
    account = beheerder.register()
    beheerder.give_rol(account)
    beheerder.print_letter(account)
    return account


@pytest.fixture
def gekoppeld(beheerder: Beheerder, peter: Account, makelaar: Makelaar, client: Client) -> Account:
    """He has linked his middel, and is in the portal in this test's browser."""
    beheerder.request_code(peter)
    makelaar()
    assert koppel(walk_to_step_5(client), peter.gebruikersnaam, read_code()).status_code == 302
    return peter
