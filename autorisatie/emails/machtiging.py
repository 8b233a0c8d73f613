"""What a machtiging says to whom (R30): the bevoegd gezag confirms by a link, both sides' beheerders hear the rest."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from accounts.emails.gezagslink import Gezagslink
from accounts.models import Account, Machtiging
from autorisatie.models import Machtigingsaanbod
from verantwoording.haken import Post
from verantwoording.models import Bericht

MACHTIGING_BEVESTIGEN: Final = "machtiging_bevestigen"
MACHTIGING_AANGEBODEN: Final = "machtiging_aangeboden"
MACHTIGING_AFGEWEZEN: Final = "machtiging_afgewezen"
MACHTIGING_INGEGAAN: Final = "machtiging_ingegaan"
MACHTIGING_GESTOPT: Final = "machtiging_gestopt"
MACHTIGING_LOOPT_AF: Final = "machtiging_loopt_af"
MACHTIGING_INGEKORT: Final = "machtiging_ingekort"

BEVESTIGEN_TEKST = """Beste {aan},

Een beheerder van {verlener} heeft een machtiging klaargezet in Mijn DUO. Daarmee kan {gemachtigde} voor uw organisatie
werken, tot en met {dag}.

Alleen u, als bevoegd gezag, kunt dit bevestigen. Bekijk waarvoor de machtiging geldt en kies of u akkoord bent:

{link}

De link werkt tot en met {uiterlijk}. Bevestigt u niet, dan gebeurt er niets.

Mijn DUO voor zakelijke klanten
"""
TEKST = """Beste {aan},

{wat}

{vervolg}

Mijn DUO voor zakelijke klanten
{adres}
"""

_link = Gezagslink("autorisatie.machtiging")
read_token: Final = _link.read
mark_gezag: Final = _link.mark


def make_token(aanbod: Machtigingsaanbod) -> str:
    """What the link in the mail to the bevoegd gezag carries: the offer, and a mark of whose address it went to."""
    return _link.make(aanbod.pk, aanbod.verlener.bevoegd_gezag_email)


def write_machtiging_bevestigen_mail(bericht: Bericht, now: datetime) -> Post | None:
    """Ask the bevoegd gezag to confirm; None when it is no longer waited for."""
    aanbod = _aanbod(bericht)
    if aanbod is None or aanbod.stand != Machtigingsaanbod.Stand.VOORBEREID:
        return None
    link = settings.BASIS_URL.rstrip("/") + reverse("machtiging_bevestigen", args=[make_token(aanbod)])
    return Post(
        aan=aanbod.verlener.bevoegd_gezag_email,
        onderwerp="Bevestig een machtiging in Mijn DUO",
        tekst=BEVESTIGEN_TEKST.format(
            aan=aanbod.verlener.bevoegd_gezag_naam,
            verlener=aanbod.verlener.naam,
            gemachtigde=aanbod.gemachtigde.naam,
            dag=_day(aanbod.tot - timedelta(microseconds=1)),
            link=link,
            uiterlijk=_day(aanbod.vervalt_op),
        ),
    )


def write_machtiging_aangeboden_mail(bericht: Bericht, now: datetime) -> Post | None:
    """Ask a beheerder of the other side to accept."""
    aanbod = _aanbod(bericht)
    if aanbod is None or aanbod.stand != Machtigingsaanbod.Stand.BEVESTIGD:
        return None
    return _to_beheerder(
        bericht,
        "U kunt een machtiging aanvaarden in Mijn DUO",
        f"{aanbod.verlener.naam} wil {aanbod.gemachtigde.naam} machtigen. Het bevoegd gezag heeft dat bevestigd.",
        f"Bekijk de machtiging in Mijn DUO, onder Machtigingen, en kies of u die aanvaardt. Dat kan tot en met "
        f"{_day(aanbod.vervalt_op)}.",
    )


def write_machtiging_afgewezen_mail(bericht: Bericht, now: datetime) -> Post | None:
    """Tell a beheerder of who would give it that it will not be."""
    aanbod = _aanbod(bericht)
    if aanbod is None:
        return None
    return _to_beheerder(
        bericht,
        "Een machtiging in Mijn DUO is afgewezen",
        f"De machtiging van {aanbod.verlener.naam} aan {aanbod.gemachtigde.naam} is afgewezen. Er is niets gewijzigd.",
        "U kunt een nieuwe machtiging klaarzetten. Overleg eerst met wie de machtiging heeft afgewezen.",
    )


def write_machtiging_ingegaan_mail(bericht: Bericht, now: datetime) -> Post | None:
    """Tell a beheerder of either side that it holds."""
    aanbod = _aanbod(bericht)
    if aanbod is None:
        return None
    return _to_beheerder(
        bericht,
        "Een machtiging in Mijn DUO is geregeld",
        f"{aanbod.verlener.naam} machtigt {aanbod.gemachtigde.naam}, van {_day(aanbod.van)} tot en met "
        f"{_day(aanbod.tot - timedelta(microseconds=1))}.",
        "Een beheerder van de gemachtigde organisatie geeft haar gebruikers nu de rollen. Beide organisaties kunnen de "
        "machtiging op elk moment stoppen.",
    )


def write_machtiging_gestopt_mail(bericht: Bericht, now: datetime) -> Post | None:
    """Tell a beheerder of either side that it was stopped."""
    machtiging = _machtiging(bericht)
    return _to_beheerder(
        bericht,
        "Een machtiging in Mijn DUO is gestopt",
        f"De machtiging van {machtiging.verlener.naam} aan {machtiging.gemachtigde.naam} is gestopt. Niemand kan "
        "er nog mee werken.",
        "U hoeft niets te doen. In het logboek ziet u wie de machtiging heeft gestopt.",
    )


def write_machtiging_loopt_af_mail(bericht: Bericht, now: datetime) -> Post | None:
    """Warn a beheerder of either side 30 days before the end; None when it was stopped in the meantime."""
    machtiging = _machtiging(bericht)
    if machtiging.tot <= now:
        return None
    return _to_beheerder(
        bericht,
        "Een machtiging in Mijn DUO loopt af",
        f"De machtiging van {machtiging.verlener.naam} aan {machtiging.gemachtigde.naam} geldt nog tot en met "
        f"{date_format(machtiging.laatste_dag, 'j F Y')}.",
        "Daarna stopt de machtiging vanzelf. Moet het werk doorgaan? Zet dan op tijd een nieuwe machtiging klaar.",
    )


def write_machtiging_ingekort_mail(bericht: Bericht, now: datetime) -> Post | None:
    """Tell a beheerder of either side which kenmerken went to another organisatie, out of the machtiging."""
    machtiging, wat = _machtiging(bericht), bericht.gegevens
    rest = "De machtiging stopt daarmee." if wat["stopt"] else "Voor de andere kenmerken blijft de machtiging gelden."
    return _to_beheerder(
        bericht,
        "Een machtiging in Mijn DUO verandert",
        f"De machtiging van {machtiging.verlener.naam} aan {machtiging.gemachtigde.naam} geldt vanaf {wat['dag']} niet "
        f"meer voor {wat['kenmerken']}. Dat hoort vanaf die dag bij een andere organisatie. {rest}",
        "Moet het werk doorgaan? Dan kan de andere organisatie een eigen machtiging klaarzetten.",
    )


def _aanbod(bericht: Bericht) -> Machtigingsaanbod | None:
    rows = Machtigingsaanbod.objects.select_related("verlener", "gemachtigde")
    return rows.filter(pk=bericht.object_id or 0).first()


def _machtiging(bericht: Bericht) -> Machtiging:
    return Machtiging.objects.select_related("verlener", "gemachtigde").get(pk=bericht.object_id or 0)


def _to_beheerder(bericht: Bericht, onderwerp: str, wat: str, vervolg: str) -> Post | None:
    account = Account.objects.active().filter(pk=bericht.account_id or 0).first()
    if account is None:
        return None
    tekst = TEKST.format(aan=account.get_full_name(), wat=wat, vervolg=vervolg, adres=settings.BASIS_URL)
    return Post(aan=account.email, onderwerp=onderwerp, tekst=tekst)


def _day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "j F Y")
