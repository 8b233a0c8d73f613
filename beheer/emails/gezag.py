"""What the bevoegd gezag is told when DUO staff do what a beheerder would do herself (R19)."""

from datetime import datetime
from typing import Final

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format

from koppeling.models import Koppeling
from verantwoording.haken import Post
from verantwoording.models import Bericht

ONTKOPPELD_GEZAG: Final = "ontkoppeld_gezag"
VRIJGEGEVEN_GEZAG: Final = "vrijgegeven_gezag"

TEKST = """Beste {aan},

Op {dag} heeft een medewerker van DUO iets gedaan voor {organisatie}.

{wat}

De reden: {reden}

U hoeft niets te doen. Klopt dit niet? Neem dan meteen contact op met DUO.

Mijn DUO voor zakelijke klanten
{adres}
"""

ONTKOPPELD = (
    "Het eHerkenningsmiddel van {naam} is losgemaakt van Mijn DUO. {naam} is de enige beheerder van uw organisatie die "
    "kon inloggen. Daarom deed DUO dit."
)
VRIJGEGEVEN = (
    "Het eHerkenningsmiddel van {naam} was gemeld als gestolen en geblokkeerd. DUO heeft de blokkade opgeheven: het "
    "middel mag weer worden gekoppeld aan Mijn DUO."
)


def write_ontkoppeld_gezag_mail(bericht: Bericht, now: datetime) -> Post:
    """Tell the bevoegd gezag that DUO unlinked its sole beheerder, and why (R19)."""
    return _write(bericht, "DUO heeft de beheerder van uw organisatie ontkoppeld", ONTKOPPELD)


def write_vrijgegeven_gezag_mail(bericht: Bericht, now: datetime) -> Post:
    """Tell the bevoegd gezag that a middel reported stolen may be used again, and why (R19)."""
    return _write(bericht, "DUO heeft een geblokkeerd eHerkenningsmiddel vrijgegeven", VRIJGEGEVEN)


def _write(bericht: Bericht, onderwerp: str, wat: str) -> Post:
    koppeling = Koppeling.objects.select_related("account", "organisatie").get(pk=bericht.object_id or 0)
    gezag = koppeling.organisatie
    return Post(
        aan=gezag.bevoegd_gezag_email,
        onderwerp=onderwerp,
        tekst=TEKST.format(
            aan=gezag.bevoegd_gezag_naam,
            dag=date_format(timezone.localtime(bericht.gemaakt_op), "j F Y"),
            organisatie=gezag.naam,
            wat=wat.format(naam=koppeling.account.get_full_name()),
            reden=bericht.gegevens["reden"],
            adres=settings.BASIS_URL,
        ),
    )
