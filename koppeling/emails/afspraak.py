"""Mails to a gebruiker about a code that comes later, or does not come. None holds a code or gebruikersnaam."""

from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import Account
from verantwoording.haken import Post
from verantwoording.models import Bericht

GEPLAND = "code_gepland"
GEANNULEERD = "code_geannuleerd"

GEPLAND_TEKST = """Beste {naam},

Er is een activatiecode voor u aangevraagd, voor uw account bij {organisatie}. U krijgt hem op {moment} uur, op dit
e-mailadres. Vanaf dan is hij 24 uur geldig.

Leg uw eHerkenningsmiddel en de brief met uw gebruikersnaam vast klaar. Komt dit moment niet uit? Laat dat weten aan
uw beheerder.

Mijn DUO voor zakelijke klanten
{adres}
"""
GEANNULEERD_TEKST = """Beste {naam},

De activatiecode voor uw account bij {organisatie} komt toch niet op het moment dat was afgesproken. Vraag uw beheerder
wat er is veranderd, of vraag opnieuw om een code.

Mijn DUO voor zakelijke klanten
{adres}
"""
GEWEIGERD_TEKST = """Beste {naam},

U vroeg om een activatiecode voor uw account bij {organisatie}. U krijgt nu geen code. De reden:

{reden}

Hebt u vragen? Neem contact op met uw beheerder. Hebt u zelf niet om een code gevraagd? Meld dat dan ook.

Mijn DUO voor zakelijke klanten
{adres}
"""


def write_gepland_mail(bericht: Bericht, now: datetime) -> Post | None:
    """Tell when the code comes. None when that was changed or cancelled since, or the moment has come."""
    planned = Bericht.objects.filter(pk=bericht.object_id or 0, status=Bericht.Status.WACHT, niet_voor__gt=now).first()
    if planned is None:
        return None
    moment = date_format(timezone.localtime(planned.niet_voor), "l j F \\o\\m H.i")
    return _write(bericht, "Uw activatiecode voor Mijn DUO komt later", GEPLAND_TEKST, moment=moment)


def write_geannuleerd_mail(bericht: Bericht, now: datetime) -> Post | None:
    """Tell that a code which was announced does not come."""
    return _write(bericht, "Uw activatiecode voor Mijn DUO komt nog niet", GEANNULEERD_TEKST)


def write_geweigerd_mail(bericht: Bericht, now: datetime) -> Post | None:
    """Tell that the request was refused, and why."""
    reden = bericht.gegevens["reden"]
    return _write(bericht, "U krijgt nu geen activatiecode voor Mijn DUO", GEWEIGERD_TEKST, reden=reden)


def _write(bericht: Bericht, onderwerp: str, tekst: str, **more: str) -> Post | None:
    """The mail to the account of the Bericht; None when it was ended."""
    account = Account.objects.active().select_related("organisatie").filter(pk=bericht.account_id or 0).first()
    if account is None or account.organisatie is None:
        return None
    return Post(
        aan=account.email,
        onderwerp=onderwerp,
        tekst=tekst.format(
            naam=account.get_full_name(), organisatie=account.organisatie.naam, adres=settings.BASIS_URL, **more
        ),
    )
