"""Mails about an application for a beheerder (R01): only ever to the bevoegd gezag."""

from datetime import datetime
from typing import Final

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from accounts.emails.gezagslink import Gezagslink
from accounts.models import Account
from beheer.models import Aanvraag
from verantwoording.haken import Post
from verantwoording.models import Bericht

AANVRAAG_BEVESTIGEN: Final = "aanvraag_bevestigen"
AANVRAAG_BESLOTEN: Final = "aanvraag_besloten"

BEVESTIGEN_TEKST = """Beste {gezag},

Iemand heeft namens {organisatie} een formulier ingevuld voor Mijn DUO: {wat}.

Alleen u, als bevoegd gezag, kunt dit bevestigen. Bekijk het formulier en kies of het klopt:

{link}

De link werkt tot {tot}. Bevestigt u niet, dan gebeurt er niets. Klopt het niet? Houd het formulier dan tegen met
dezelfde link.

Na uw bevestiging beslist DUO. Met deze referentie ziet u hoe ver het is: {referentie}
{status}

Mijn DUO voor zakelijke klanten
"""

BESLOTEN_TEKST = """Beste {gezag},

Namens {organisatie} is een formulier ingediend voor Mijn DUO: {wat}.

{uitkomst}

Hebt u hier vragen over? Neem dan contact op met DUO en noem uw referentie: {referentie}

Mijn DUO voor zakelijke klanten
"""

AANGEMELD = (
    "DUO heeft dit goedgekeurd. {naam} is nu beheerder{nood}, en mag rollen geven van: {rollen}.{gestopt}\n\n"
    "De beheerder krijgt een e-mail met uitleg. DUO of een collega-beheerder zorgt voor de "
    "brief met de gebruikersnaam en voor de activatiecode."
)
GEWIJZIGD = "DUO heeft dit goedgekeurd en verwerkt. {naam} mag nu alleen nog rollen geven van: {rollen}."
GESTOPT = "DUO heeft dit goedgekeurd en verwerkt. {naam} is geen beheerder meer."
AFGEWEZEN = "DUO heeft dit niet goedgekeurd. De reden: {reden}"

_link = Gezagslink("beheer.aanvraag")
read_token: Final = _link.read
mark_gezag: Final = _link.mark
_print_signer = Signer(salt="beheer.aanvraag.afdrukken")


def address_of(aanvraag: Aanvraag) -> str:
    """Whom we believe: the bevoegd gezag on record; for an organisatie that we do not know the address filled in."""
    return aanvraag.organisatie.bevoegd_gezag_email if aanvraag.organisatie else aanvraag.gezag_email


def make_token(aanvraag: Aanvraag) -> str:
    """The signed part of the link: which application, and to which address it went."""
    return _link.make(aanvraag.pk, address_of(aanvraag))


def make_print_token(aanvraag: Aanvraag) -> str:
    """Opens the form to print, and nothing else."""
    return _print_signer.sign(str(aanvraag.pk))


def read_print_token(token: str) -> int | None:
    """The application that `make_print_token` put in; None for a link that is not ours."""
    try:
        return int(_print_signer.unsign(token))
    except BadSignature:
        return None


def write_aanvraag_bevestigen_mail(bericht: Bericht, now: datetime) -> Post | None:
    """Ask the bevoegd gezag to confirm (R01). None when that is no longer possible."""
    aanvraag = _find(bericht)
    if aanvraag is None or aanvraag.staat != Aanvraag.Staat.ONBEVESTIGD or aanvraag.geldig_tot <= now:
        return None
    return Post(
        aan=address_of(aanvraag),
        onderwerp="Bevestig de aanvraag voor een beheerder van Mijn DUO",
        tekst=BEVESTIGEN_TEKST.format(
            **_words(aanvraag),
            link=f"{settings.BASIS_URL}{reverse('beheerder_aanvragen_bevestigen', args=[make_token(aanvraag)])}",
            status=f"{settings.BASIS_URL}{reverse('beheerder_aanvragen_status')}",
            tot=date_format(timezone.localtime(aanvraag.geldig_tot), "l j F Y \\o\\m H.i \\u\\u\\r"),
        ),
    )


def write_aanvraag_besloten_mail(bericht: Bericht, now: datetime) -> Post | None:
    """Tell the bevoegd gezag what DUO decided (R01)."""
    aanvraag = _find(bericht)
    if aanvraag is None:
        return None
    return Post(
        aan=address_of(aanvraag),
        onderwerp="DUO heeft beslist over uw aanvraag voor een beheerder",
        tekst=BESLOTEN_TEKST.format(
            **_words(aanvraag),
            uitkomst=_granted(aanvraag, bericht)
            if aanvraag.staat == Aanvraag.Staat.TOEGEKEND
            else AFGEWEZEN.format(reden=bericht.gegevens["reden"]),
        ),
    )


def _granted(aanvraag: Aanvraag, bericht: Bericht) -> str:
    """To whom what was granted: it may be less than was asked."""
    naam = aanvraag.account.get_full_name() if aanvraag.account else aanvraag.naam_beheerder
    if aanvraag.soort == Aanvraag.Soort.INTREKKEN:
        return GESTOPT.format(naam=naam)
    rollen = bericht.gegevens["rollen"]
    if aanvraag.soort == Aanvraag.Soort.WIJZIGEN:
        return GEWIJZIGD.format(naam=naam, rollen=rollen)
    old = Account.objects.filter(pk=bericht.gegevens["gestopt"] or 0).first()
    return AANGEMELD.format(
        naam=naam,
        nood=f", tot en met {date_format(aanvraag.nood_tot, 'j F Y')}" if aanvraag.nood_tot else "",
        rollen=rollen,
        gestopt=f" {old.get_full_name()} is geen beheerder meer." if old else "",
    )


def _find(bericht: Bericht) -> Aanvraag | None:
    return Aanvraag.objects.select_related("organisatie", "account").filter(pk=bericht.object_id or 0).first()


def _words(aanvraag: Aanvraag) -> dict[str, str]:
    organisatie = aanvraag.organisatie
    return {
        "gezag": organisatie.bevoegd_gezag_naam if organisatie else aanvraag.gezag_naam,
        "organisatie": organisatie.naam if organisatie else aanvraag.organisatie_naam,
        "wat": aanvraag.get_soort_display(),
        "referentie": aanvraag.referentie,
    }
