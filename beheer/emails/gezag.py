"""What the bevoegd gezag is told when DUO does something in its name (R19), or changes who it is (R01)."""

from datetime import datetime
from typing import Final

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import Account, Organisatie
from koppeling.models import Koppeling
from verantwoording.haken import Post
from verantwoording.models import Bericht, Voorstel

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
ACCOUNT_VRIJGEGEVEN = (
    "Het account van {naam} was geblokkeerd. DUO heeft de blokkade opgeheven, omdat geen beheerder van uw organisatie "
    "dat kon doen."
)


GEZAG_GEVRAAGD: Final = "gezag_gevraagd"
GEZAG_OUD: Final = "gezag_oud"
GEZAG_NIEUW: Final = "gezag_nieuw"
GEZAG_GEWEIGERD: Final = "gezag_geweigerd"

GEVRAAGD_TEKST = """Beste {aan},

Een beheerder van {organisatie} heeft DUO gevraagd om een ander bevoegd gezag vast te leggen voor Mijn DUO. Er is nog
niets gewijzigd. Twee medewerkers van DUO beslissen erover.

Klopt dit niet? Neem dan meteen contact op met DUO.

Mijn DUO voor zakelijke klanten
"""

OUD_TEKST = """Beste {aan},

DUO heeft de gegevens van het bevoegd gezag van {organisatie} gewijzigd voor Mijn DUO. Twee medewerkers van DUO hebben
daarover besloten. Vragen over beheerders gaan vanaf nu naar het nieuwe e-mailadres. Op dit adres krijgt u ze niet meer.

Klopt dit niet? Neem dan meteen contact op met DUO.

Mijn DUO voor zakelijke klanten
"""

NIEUW_TEKST = """Beste {aan},

U staat vanaf nu bij DUO bekend als bevoegd gezag van {organisatie} voor Mijn DUO. U wijst de beheerders aan. Krijgt u
een link om iets te bevestigen? Controleer dan eerst of u dat zelf wilt.

Bent u dit niet? Neem dan meteen contact op met DUO.

Mijn DUO voor zakelijke klanten
"""


GEWEIGERD_TEKST = """Beste {aan},

Een beheerder van {organisatie} vroeg DUO om een ander bevoegd gezag vast te leggen voor Mijn DUO. DUO doet dat niet. Er
is niets gewijzigd.

De reden: {reden}

Hebt u hier vragen over? Neem dan contact op met DUO.

Mijn DUO voor zakelijke klanten
"""


def write_gezag_gevraagd_mail(bericht: Bericht, now: datetime) -> Post | None:
    """Tell the bevoegd gezag that a beheerder asks for another one (R01)."""
    organisatie = Organisatie.objects.filter(pk=bericht.organisatie_id or 0).first()
    if organisatie is None:
        return None
    return Post(
        aan=organisatie.bevoegd_gezag_email,
        onderwerp="Een beheerder vraagt om een ander bevoegd gezag in Mijn DUO",
        tekst=GEVRAAGD_TEKST.format(aan=organisatie.bevoegd_gezag_naam, organisatie=organisatie.naam),
    )


def write_gezag_oud_mail(bericht: Bericht, now: datetime) -> Post | None:
    """Tell the old address that somebody else is bevoegd gezag now (R01). The new one is not named (AVG)."""
    return _write_changed(bericht, "oud", "Uw gegevens als bevoegd gezag zijn gewijzigd in Mijn DUO", OUD_TEKST)


def write_gezag_nieuw_mail(bericht: Bericht, now: datetime) -> Post | None:
    """Tell the new address what it is for (R01)."""
    return _write_changed(bericht, "nieuw", "U bent bevoegd gezag voor Mijn DUO", NIEUW_TEKST)


def write_gezag_geweigerd_mail(bericht: Bericht, now: datetime) -> Post | None:
    """Tell the beheerder who asked for another bevoegd gezag that DUO refuses, and why; or the bevoegd gezag (R01)."""
    voorstel = Voorstel.objects.filter(pk=bericht.object_id or 0).first()
    organisatie = Organisatie.objects.filter(pk=bericht.organisatie_id or 0).first()
    if voorstel is None or organisatie is None:
        return None
    aan, naam = organisatie.bevoegd_gezag_email, organisatie.bevoegd_gezag_naam
    if bericht.account_id is not None:
        account = Account.objects.active().filter(pk=bericht.account_id).first()
        if account is None:
            return None
        aan, naam = account.email, account.get_full_name()
    return Post(
        aan=aan,
        onderwerp="DUO legt geen ander bevoegd gezag vast in Mijn DUO",
        tekst=GEWEIGERD_TEKST.format(aan=naam, organisatie=organisatie.naam, reden=voorstel.besluiter_reden),
    )


def _write_changed(bericht: Bericht, wie: str, onderwerp: str, tekst: str) -> Post | None:
    voorstel = Voorstel.objects.filter(pk=bericht.object_id or 0).first()
    organisatie = Organisatie.objects.filter(pk=bericht.organisatie_id or 0).first()
    if voorstel is None or organisatie is None:
        return None
    gezag = voorstel.gegevens[wie]
    return Post(
        aan=gezag["email"],
        onderwerp=onderwerp,
        tekst=tekst.format(aan=gezag["naam"], organisatie=organisatie.naam),
    )


def write_ontkoppeld_gezag_mail(bericht: Bericht, now: datetime) -> Post:
    """Tell the bevoegd gezag that DUO unlinked its sole beheerder, and why (R19)."""
    return _write(bericht, "DUO heeft de beheerder van uw organisatie ontkoppeld", ONTKOPPELD)


def write_vrijgegeven_gezag_mail(bericht: Bericht, now: datetime) -> Post:
    """Tell the bevoegd gezag that a middel reported stolen, or a blocked account, may be used again, and why."""
    if bericht.object_id is None:
        account = Account.objects.get(pk=bericht.account_id or 0)
        gezag = Organisatie.objects.get(pk=bericht.organisatie_id or 0)
        onderwerp = "DUO heeft de blokkade van de beheerder van uw organisatie opgeheven"
        return _write_about(bericht, account, gezag, onderwerp, ACCOUNT_VRIJGEGEVEN)
    return _write(bericht, "DUO heeft een geblokkeerd eHerkenningsmiddel vrijgegeven", VRIJGEGEVEN)


def _write(bericht: Bericht, onderwerp: str, wat: str) -> Post:
    koppeling = Koppeling.objects.select_related("account", "organisatie").get(pk=bericht.object_id or 0)
    return _write_about(bericht, koppeling.account, koppeling.organisatie, onderwerp, wat)


def _write_about(bericht: Bericht, account: Account, gezag: Organisatie, onderwerp: str, wat: str) -> Post:
    return Post(
        aan=gezag.bevoegd_gezag_email,
        onderwerp=onderwerp,
        tekst=TEKST.format(
            aan=gezag.bevoegd_gezag_naam,
            dag=date_format(timezone.localtime(bericht.gemaakt_op), "j F Y"),
            organisatie=gezag.naam,
            wat=wat.format(naam=account.get_full_name()),
            reden=bericht.gegevens["reden"],
            adres=settings.BASIS_URL,
        ),
    )
