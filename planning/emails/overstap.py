"""The mails of an overstap, rendered when they are sent, from the texts that staff keep (R27)."""

from datetime import date, datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils.formats import date_format

from accounts.models import Account, Contactpersoon, Organisatie
from planning.models import Mailsjabloon, Overstap
from planning.rules import TOKEN_EINDE
from planning.rules.mails import DAGEN_VOOR_EINDE, Ontvanger, Stap, fill_sjabloon, list_namen
from planning.rules.overstap import Stand
from verantwoording.haken import Post
from verantwoording.models import Bericht

BERICHT: Final = "overstap"


def write_overstap_mail(bericht: Bericht, now: datetime) -> Post | None:
    """The mail of one step to one person, or None when it is no longer true.

    Rolled back or announced anew since, a reminder after the overstap was done or paused, an account that was ended.
    """
    gegevens = bericht.gegevens
    overstap = Overstap.objects.select_related("soort", "portaal").filter(pk=bericht.object_id or 0).first()
    if overstap is None or overstap.ronde != gegevens["ronde"] or overstap.stand == Stand.TERUGGEDRAAID:
        return None
    stap = Stap(gegevens["stap"])
    if stap in DAGEN_VOOR_EINDE and overstap.stand != Stand.OPEN:
        return None
    if (wie := _find_ontvanger(bericht)) is None:
        return None
    aan, naam = wie
    organisaties = Organisatie.objects.filter(pk__in=gegevens["organisaties"], beeindigd_op=None)
    return compose(
        Mailsjabloon.objects.get(stap=stap),
        aan=aan,
        naam=naam,
        organisaties=list(organisaties.order_by("naam").values_list("naam", flat=True)),
        soort=overstap.soort.naam,
        portaal=overstap.portaal.naam,
        contact=overstap.portaal.contact,
        einde=overstap.einde_token or TOKEN_EINDE,
    )


def compose(
    sjabloon: Mailsjabloon,
    *,
    aan: str,
    naam: str,
    organisaties: list[str],
    soort: str,
    portaal: str,
    contact: str,
    einde: date,
) -> Post:
    """Fill a text of staff in. What is filled in is on one line, so that a name cannot add a line or a header."""
    waarden = {
        "naam": naam,
        "organisatie": list_namen(organisaties),
        "soort": soort,
        "portaal": portaal,
        "laatste_dag": date_format(einde - timedelta(days=1), "j F Y"),
        "einde": date_format(einde, "j F Y"),
        "adres": f"{settings.BASIS_URL}/inloggen/",
        "contact": contact or "de helpdesk van DUO",
    }
    waarden = {plaats: " ".join(waarde.split()) for plaats, waarde in waarden.items()}
    return Post(
        aan=aan,
        onderwerp=" ".join(fill_sjabloon(sjabloon.onderwerp, waarden).split()),
        tekst=fill_sjabloon(sjabloon.tekst, waarden),
    )


def _find_ontvanger(bericht: Bericht) -> tuple[str, str] | None:
    """Address and name of who is told, as they are now."""
    rol = bericht.gegevens["rol"]
    if rol == Ontvanger.GEZAG:
        organisatie = Organisatie.objects.filter(pk=bericht.organisatie_id or 0, beeindigd_op=None).first()
        return (organisatie.bevoegd_gezag_email, organisatie.bevoegd_gezag_naam) if organisatie else None
    if rol == Ontvanger.CONTACTPERSOON:
        known = Contactpersoon.objects.filter(organisatie__beeindigd_op=None)
        contact = known.filter(pk=bericht.gegevens["contact"]).first()
        return (contact.email, contact.naam) if contact else None
    account = Account.objects.active().filter(pk=bericht.account_id or 0).first()
    return (account.email, account.get_full_name()) if account else None
