"""The mails of an overstap, from the texts that staff keep (R27)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils.formats import date_format

from accounts.models import Account, Contactpersoon, Organisatie
from planning.models import Mailsjabloon
from planning.rules.mails import Ontvanger, fill_sjabloon, list_namen
from verantwoording.haken import Post
from verantwoording.models import Bericht

BERICHT: Final = "overstap"
GEEN_DAG: Final = "een dag die nog niet vaststaat"


def compose(
    sjabloon: Mailsjabloon,
    *,
    aan: str,
    naam: str,
    organisaties: Sequence[tuple[str, date | None]],
    soort: str,
    portaal: str,
    contact: str,
) -> Post:
    """Fill a text of staff in. What is filled in is on one line, so that a name cannot add a line or a header.

    organisaties: their names, each with the first day on which its tokens do not work; None: no day yet.
    """
    waarden = {
        "naam": naam,
        "organisatie": list_namen([organisatie for organisatie, _ in organisaties]),
        "soort": soort,
        "portaal": portaal,
        "laatste_dag": _name_dagen(organisaties, eerder=1),
        "einde": _name_dagen(organisaties),
        "adres": f"{settings.BASIS_URL}/inloggen/",
        "contact": contact or "de helpdesk van DUO",
    }
    waarden = {plaats: " ".join(waarde.split()) for plaats, waarde in waarden.items()}
    return Post(
        aan=aan,
        onderwerp=" ".join(fill_sjabloon(sjabloon.onderwerp, waarden).split()),
        tekst=fill_sjabloon(sjabloon.tekst, waarden),
    )


def _name_dagen(organisaties: Sequence[tuple[str, date | None]], eerder: int = 0) -> str:
    """The day of these organisaties, or so many days before it; where it differs each day, and for whom it holds."""
    per_dag: dict[str, list[str]] = {}
    for naam, dag in organisaties:
        words = date_format(dag - timedelta(days=eerder), "j F Y") if dag else GEEN_DAG
        per_dag.setdefault(words, []).append(naam)
    if len(per_dag) == 1:
        return next(iter(per_dag))
    return " of ".join(f"{words} ({list_namen(namen)})" for words, namen in per_dag.items())


def find_ontvanger(bericht: Bericht, now: datetime) -> tuple[str, str] | None:
    """Address and name of who is told, as they are now."""
    rol = bericht.gegevens["rol"]
    if rol == Ontvanger.GEZAG:
        organisatie = Organisatie.objects.filter(pk=bericht.organisatie_id or 0, beeindigd_op=None).first()
        return (organisatie.bevoegd_gezag_email, organisatie.bevoegd_gezag_naam) if organisatie else None
    if rol == Ontvanger.CONTACTPERSOON:
        known = Contactpersoon.objects.filter(organisatie__beeindigd_op=None)
        contact = known.filter(pk=bericht.gegevens["contact"]).first()
        return (contact.email, contact.naam) if contact else None
    account = Account.objects.beheerders(now).filter(pk=bericht.account_id or 0).first()
    return (account.email, account.get_full_name()) if account else None
