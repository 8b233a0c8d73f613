"""Mails about a signaal: to a second person, who answers it, and to DUO. Never a gebruikersnaam or a code in them."""

from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from accounts.emails.gezagslink import Gezagslink
from accounts.models import Account
from beheer.models import Signaal
from beheer.rules.signalen import LINK_GELDIG, Soort
from verantwoording.haken import Post

SIGNAAL: Final = "signaal"
SIGNAAL_HERINNERING: Final = "signaal_herinnering"
SIGNAAL_DUO: Final = "signaal_duo"
SIGNAAL_GESTOPT: Final = "signaal_gestopt"
SIGNAAL_GESTOPT_DUO: Final = "signaal_gestopt_duo"

TEKST: Final = """Beste {aan},

Bij {organisatie} is iets gebeurd in Mijn DUO waar een tweede persoon naar moet kijken:

{zin}

Dat kan goed zijn. U weet het, of u kunt het navragen. Ga niet alleen af op een e-mail, maar bel of loop langs.
Bekijk het signaal en kies: dit klopt, of stop dit.

{link}

{termijn}

Mijn DUO voor zakelijke klanten
"""

HERINNERING: Final = """Beste {aan},

U hebt nog niet gereageerd op een signaal over {organisatie} in Mijn DUO:

{zin}

Bekijk het signaal en kies: dit klopt, of stop dit.

{link}

{termijn} Reageert niemand, dan kijkt DUO ernaar.

Mijn DUO voor zakelijke klanten
"""

GESTOPT: Final = """Beste {aan},

Op {moment} is bij {organisatie} iets gestopt in Mijn DUO. De aanleiding:

{zin}

{gevolg}

Overleg met de beheerders hoe het verder moet. Klopt het niet dat dit is gestopt? Neem dan contact op met DUO.

Mijn DUO voor zakelijke klanten
"""

DUO: Final = """Beste collega,

Er is een signaal over {organisatie} dat niemand heeft beantwoord, of waarvoor niemand te vragen is:

{naam}

Bel de organisatie en beantwoord het signaal in DUO-beheer:
{lijst}

Mijn DUO voor zakelijke klanten
"""

GESTOPT_DUO: Final = """Beste collega,

Bij {organisatie} is iets gestopt naar aanleiding van een signaal:

{naam}

Bekijk het in DUO-beheer:
{lijst}

Mijn DUO voor zakelijke klanten
"""

ROLLEN_INGETROKKEN: Final = "De rollen en kenmerken die zo zijn gegeven, zijn ingetrokken."
GEBLOKKEERD: Final = (
    "De accounts waar het om gaat, zijn geblokkeerd en ontkoppeld. Openstaande activatiecodes werken niet meer."
)
ADRES_NAKIJKEN: Final = (
    "Laat een beheerder het e-mailadres controleren voordat iemand de blokkade opheft: daarna gaat een nieuwe "
    "activatiecode naar dat adres."
)

_link = Gezagslink("beheer.signaal")
read_token: Final = _link.read


def make_token(signaal: Signaal) -> str:
    """What the link to the bevoegd gezag carries: the signaal, and a mark of whose address it went to."""
    return _link.make(signaal.pk, signaal.organisatie.bevoegd_gezag_email)


def write_signaal_mail(*, signaal: Signaal, zin: str, beheerder: Account | None) -> Post:
    """Ask a beheerder, or with None the bevoegd gezag, to look at a signaal."""
    return _ask(signaal, zin, beheerder, TEKST, "Klopt dit? Een signaal over uw organisatie in Mijn DUO")


def write_signaal_herinnering_mail(*, signaal: Signaal, zin: str, beheerder: Account | None) -> Post:
    """Ask once more."""
    return _ask(signaal, zin, beheerder, HERINNERING, "Herinnering: een signaal over uw organisatie in Mijn DUO")


def write_signaal_gestopt_mail(*, signaal: Signaal, zin: str) -> Post:
    """Tell the bevoegd gezag that something was stopped, and what that means."""
    organisatie = signaal.organisatie
    return Post(
        aan=organisatie.bevoegd_gezag_email,
        onderwerp="Er is iets gestopt bij uw organisatie in Mijn DUO",
        tekst=GESTOPT.format(
            aan=organisatie.bevoegd_gezag_naam,
            organisatie=organisatie.naam,
            moment=date_format(timezone.localtime(signaal.beantwoord_op), "j F Y \\o\\m H.i \\u\\u\\r"),
            zin=zin,
            gevolg=_in_words(signaal),
        ),
    )


def _in_words(signaal: Signaal) -> str:
    """What was stopped."""
    if signaal.account_id is None:
        return ROLLEN_INGETROKKEN
    return f"{GEBLOKKEERD} {ADRES_NAKIJKEN}" if signaal.soort == Soort.MAIL_VOOR_CODE else GEBLOKKEERD


def write_signaal_duo_mail(*, signaal: Signaal) -> Post:
    """Tell DUO that a signaal waits for them."""
    return _to_duo(signaal, DUO, "Een signaal wacht op DUO")


def write_signaal_gestopt_duo_mail(*, signaal: Signaal) -> Post:
    """Tell DUO that something was stopped."""
    return _to_duo(signaal, GESTOPT_DUO, "Iets is gestopt na een signaal")


def _ask(signaal: Signaal, zin: str, beheerder: Account | None, tekst: str, onderwerp: str) -> Post:
    organisatie = signaal.organisatie
    if beheerder is not None:
        path, termijn = reverse("signaal", args=[signaal.pk]), "U logt eerst in."
    else:
        dag = date_format(timezone.localtime(signaal.gemaakt_op + LINK_GELDIG), "j F Y \\o\\m H.i \\u\\u\\r")
        path, termijn = reverse("signaal_beantwoorden", args=[make_token(signaal)]), f"De link werkt tot {dag}."
    return Post(
        aan=beheerder.email if beheerder else organisatie.bevoegd_gezag_email,
        onderwerp=onderwerp,
        tekst=tekst.format(
            aan=beheerder.get_full_name() if beheerder else organisatie.bevoegd_gezag_naam,
            organisatie=organisatie.naam,
            zin=zin,
            link=f"{settings.BASIS_URL.rstrip('/')}{path}",
            termijn=termijn,
        ),
    )


def _to_duo(signaal: Signaal, tekst: str, onderwerp: str) -> Post:
    path = reverse("admin:beheer_signaal_change", args=[signaal.pk])
    return Post(
        aan=settings.MAIL_DUO,
        onderwerp=onderwerp,
        tekst=tekst.format(
            organisatie=signaal.organisatie.naam,
            naam=signaal.naam,
            lijst=f"{settings.BASIS_URL.rstrip('/')}{path}",
        ),
    )
