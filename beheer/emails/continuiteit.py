"""Warnings of the continuïteitswacht, and the end of a noodbeheerder (R01, R03)."""

from datetime import datetime
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import Beheerderschap
from beheer.models import Continuiteitsmelding
from verantwoording.haken import Post
from verantwoording.models import Bericht

CONTINUITEIT_GEZAG: Final = "continuiteit_gezag"
CONTINUITEIT_DUO: Final = "continuiteit_duo"
NOOD_VOORAF: Final = "nood_vooraf"
NOOD_EINDE: Final = "nood_einde"

GEZAG_TEKST = """Beste {aan},

Er is iets met de beheerders van {organisatie} in Mijn DUO.

{wat}{wie}

Zorg dat er altijd twee beheerders zijn die kunnen inloggen. U meldt een beheerder aan met dit formulier:
{formulier}

Mijn DUO voor zakelijke klanten
"""

DUO_TEKST = """Beste collega,

Bij organisaties is iets met de beheerders. Aantal open meldingen: {aantal}. Bekijk ze in DUO-beheer:
{lijst}

Mijn DUO voor zakelijke klanten
"""

NOOD_TEKST = """Beste {aan},

{naam} is noodbeheerder van {organisatie} in Mijn DUO. {wat}

Is daarna nog een beheerder nodig? Dan meldt het bevoegd gezag die aan met dit formulier:
{formulier}

Mijn DUO voor zakelijke klanten
"""


def write_continuiteit_gezag_mail(bericht: Bericht, now: datetime) -> Post | None:
    """Warn the bevoegd gezag. None when it is over already."""
    rows = Continuiteitsmelding.objects.select_related("organisatie", "account")
    melding = rows.filter(pk=bericht.object_id or 0, voorbij_op=None).first()
    if melding is None:
        return None
    return Post(
        aan=melding.organisatie.bevoegd_gezag_email,
        onderwerp="Let op de beheerders van uw organisatie in Mijn DUO",
        tekst=GEZAG_TEKST.format(
            aan=melding.organisatie.bevoegd_gezag_naam,
            organisatie=melding.organisatie.naam,
            wat=melding.zin,
            wie=f"\nHet gaat om: {melding.account}." if melding.account else "",
            formulier=_form_address(),
        ),
    )


def write_continuiteit_duo_mail(bericht: Bericht, now: datetime) -> Post | None:
    """Tell DUO once a day that there is something new. None when all of it is over."""
    aantal = Continuiteitsmelding.objects.filter(voorbij_op=None).count()
    if not aantal:
        return None
    lijst = reverse("admin:beheer_continuiteitsmelding_changelist")
    return Post(
        aan=settings.MAIL_DUO,
        onderwerp="Nieuwe meldingen over beheerders in Mijn DUO",
        tekst=DUO_TEKST.format(aantal=aantal, lijst=f"{settings.BASIS_URL}{lijst}"),
    )


def write_nood_vooraf_mail(bericht: Bericht, now: datetime) -> Post | None:
    """A week before: the noodbeheerderschap is about to end."""
    return _write_nood(bericht, "Een noodbeheerder van Mijn DUO stopt binnenkort", "Dat stopt vanzelf op {dag}.")


def write_nood_einde_mail(bericht: Bericht, now: datetime) -> Post | None:
    """At the end: the noodbeheerderschap has ended."""
    return _write_nood(bericht, "Een noodbeheerder van Mijn DUO is gestopt", "Dat is vanzelf gestopt op {dag}.")


def _write_nood(bericht: Bericht, onderwerp: str, wat: str) -> Post | None:
    rows = Beheerderschap.objects.select_related("account__organisatie")
    row = rows.filter(pk=bericht.object_id or 0, account__beeindigd_op=None).first()
    if row is None or row.tot is None or row.account.organisatie is None:
        return None
    gezag = bericht.gegevens["aan"] == "gezag"
    organisatie = row.account.organisatie
    return Post(
        aan=organisatie.bevoegd_gezag_email if gezag else row.account.email,
        onderwerp=onderwerp,
        tekst=NOOD_TEKST.format(
            aan=organisatie.bevoegd_gezag_naam if gezag else row.account.get_full_name(),
            naam=row.account.get_full_name(),
            organisatie=organisatie.naam,
            wat=wat.format(dag=date_format(timezone.localtime(row.tot), "j F Y")),
            formulier=_form_address(),
        ),
    )


def _form_address() -> str:
    return f"{settings.BASIS_URL}{reverse('beheerder_aanvragen')}"
