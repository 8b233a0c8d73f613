"""What beheerders and bevoegd gezag hear about a hercertificering. Names of gebruikers stand in none of it."""

from datetime import datetime
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format

from accounts.models import Account
from beheer.models import Beoordeling, Hercertificering
from verantwoording.haken import Post
from verantwoording.models import Bericht

BEGONNEN: Final = "hercertificering_begonnen"
HERINNERING: Final = "hercertificering_herinnering"
WAARSCHUWING: Final = "hercertificering_waarschuwing"
ESCALATIE: Final = "hercertificering_escalatie"
AFGEROND: Final = "hercertificering_afgerond"

TEKST = """Beste {aan},

{wat}

{vervolg}

Mijn DUO voor zakelijke klanten
{adres}
"""


def write_begonnen_mail(bericht: Bericht, now: datetime) -> Post | None:
    """Tell a beheerder that a round began in which she judges."""
    return _to_beheerder(bericht, "Kijk na wie wat mag in Mijn DUO", "Eens per jaar kijkt u na wie welke rol heeft.")


def write_herinnering_mail(bericht: Bericht, now: datetime) -> Post | None:
    """Remind a beheerder who has not judged everything."""
    return _to_beheerder(
        bericht, "Herinnering: kijk na wie wat mag in Mijn DUO", "U hebt nog niet alle rollen nagekeken."
    )


def write_waarschuwing_mail(bericht: Bericht, now: datetime) -> Post | None:
    """Warn her that what is not judged lapses."""
    return _to_beheerder(
        bericht, "Let op: rollen vervallen in Mijn DUO", "U hebt nog niet alle rollen nagekeken. Die rollen vervallen."
    )


def write_escalatie_mail(bericht: Bericht, now: datetime) -> Post | None:
    """Tell the bevoegd gezag what will lapse."""
    ronde = _ronde(bericht)
    open_ones = ronde.beoordelingen.filter(antwoord=Beoordeling.Antwoord.OPEN).count()
    if ronde.afgerond_op is not None or not open_ones:
        return None
    return _post(
        ronde.organisatie.bevoegd_gezag_naam,
        ronde.organisatie.bevoegd_gezag_email,
        "Rollen van uw organisatie vervallen in Mijn DUO",
        f"Bij {ronde.organisatie.naam} wordt nagekeken wie welke rol heeft in Mijn DUO. Aantal rollen dat nog niet is "
        f"beoordeeld: {open_ones}. Zij vervallen na {_day(ronde)}.",
        "Vraag uw beheerders om dit op tijd te doen. De rollen van een beheerder die geen collega heeft, beoordeelt "
        "DUO. Neem daarvoor contact op met DUO.",
    )


def write_afgerond_mail(bericht: Bericht, now: datetime) -> Post:
    """Tell the bevoegd gezag what came of it."""
    ronde = _ronde(bericht)
    aantallen = ", ".join(f"{naam}: {aantal}" for naam, aantal in ronde.verklaring["aantallen"])
    return _post(
        ronde.organisatie.bevoegd_gezag_naam,
        ronde.organisatie.bevoegd_gezag_email,
        "De rollen van uw organisatie zijn nagekeken",
        f"Bij {ronde.organisatie.naam} is nagekeken wie welke rol heeft in Mijn DUO. De uitkomst: {aantallen}.",
        "Uw beheerder kan u de verklaring geven. Aan het zegel ziet DUO of die echt is.",
    )


def _ronde(bericht: Bericht) -> Hercertificering:
    return Hercertificering.objects.select_related("organisatie").get(pk=bericht.object_id or 0)


def _to_beheerder(bericht: Bericht, onderwerp: str, wat: str) -> Post | None:
    """None when there is nothing left for her to judge."""
    ronde = _ronde(bericht)
    account = Account.objects.active().filter(pk=bericht.account_id or 0).first()
    hers = ronde.beoordelingen.filter(antwoord=Beoordeling.Antwoord.OPEN, beoordelaar=account)
    if account is None or ronde.afgerond_op is not None or not hers.exists():
        return None
    return _post(
        account.get_full_name(),
        account.email,
        onderwerp,
        f"{wat} Dat is bij {ronde.organisatie.naam} nu nodig. Aantal rollen dat u beoordeelt: {hers.count()}.",
        f"Log in en kies per rol of iemand die houdt. Dat kan tot en met {_day(ronde)}. Rollen die dan niet zijn "
        f"beoordeeld, vervallen.\n\n{settings.BASIS_URL}{reverse('hercertificering')}",
    )


def _post(naam: str, aan: str, onderwerp: str, wat: str, vervolg: str) -> Post:
    tekst = TEKST.format(aan=naam, wat=wat, vervolg=vervolg, adres=settings.BASIS_URL)
    return Post(aan=aan, onderwerp=onderwerp, tekst=tekst)


def _day(ronde: Hercertificering) -> str:
    return date_format(ronde.laatste_dag, "j F Y")
