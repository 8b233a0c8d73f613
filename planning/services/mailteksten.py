"""What the mail of a step says to one person when it is sent (R27): true for the organisaties it names, on that day."""

from datetime import date, datetime, timedelta
from typing import Any, Final

from django.utils import timezone

from accounts.models import Organisatie
from planning.emails.overstap import compose, find_ontvanger
from planning.models import Mailsjabloon, Overstap
from planning.rules.mails import DAGEN_VOOR_EINDE, Stap
from planning.rules.overstap import Stand
from planning.rules.token import portaal_einde
from planning.services.overgangen import read_overgangen
from verantwoording.haken import Post
from verantwoording.models import Bericht

ZONDER_OVERSTAP: Final = timedelta(days=60)
"""After so long the tokens of an example end, when there is no overstap that says so."""


def write_overstap_mail(bericht: Bericht, now: datetime) -> Post | None:
    """The mail of one step to one person, or None when it is no longer true.

    Rolled back, announced anew, paused or done since, a reminder when it is no longer open, no beheerder any more.
    """
    gegevens = bericht.gegevens
    overstap = Overstap.objects.select_related("soort", "portaal").filter(pk=bericht.object_id or 0).first()
    if overstap is None or overstap.ronde != gegevens["ronde"] or not _holds(overstap, gegevens, now):
        return None
    wie = find_ontvanger(bericht, now)
    organisaties = Organisatie.objects.filter(pk__in=gegevens["organisaties"], beeindigd_op=None).order_by("naam")
    if wie is None or not organisaties:
        return None
    aan, naam = wie
    return compose(
        Mailsjabloon.objects.get(stap=gegevens["stap"]),
        aan=aan,
        naam=naam,
        organisaties=_read_eindes(overstap, list(organisaties), now),
        soort=overstap.soort.naam,
        portaal=overstap.portaal.naam,
        contact=overstap.portaal.contact,
    )


def _holds(overstap: Overstap, gegevens: dict[str, Any], now: datetime) -> bool:
    """Whether what a step says is true where the overstap stands now; a reminder is of the day of its end then."""
    stap = Stap(gegevens["stap"])
    if stap is Stap.KLAAR:
        return overstap.stand == Stand.KLAAR
    if now >= overstap.feit.einde:
        return False
    if stap in DAGEN_VOOR_EINDE:
        return overstap.stand == Stand.OPEN and gegevens["einde"] == str(overstap.einde_token)
    return overstap.stand in {Stand.AANGEKONDIGD, Stand.OPEN}


def _read_eindes(overstap: Overstap, organisaties: list[Organisatie], now: datetime) -> list[tuple[str, date | None]]:
    """Each organisatie by name, with the first day on which its tokens do not open the portaal; None: no day yet.

    Of several soorten, and with an exception, that is another day than the overstap's own. Three queries.
    """
    overgangen = read_overgangen(organisaties=[one.pk for one in organisaties], now=now)
    eindes = []
    for one in organisaties:
        einde = portaal_einde(overgangen[one.pk], overstap.portaal.sleutel, now)
        if einde is not None and einde <= now:
            einde = overstap.feit.einde
        eindes.append((one.naam, timezone.localdate(einde) if einde else None))
    return eindes


def preview(*, sjabloon: Mailsjabloon, organisatie: Organisatie, now: datetime) -> Post:
    """The mail of a step as the bevoegd gezag of this organisatie would read it; nothing is sent or kept (R27).

    With the overstap of its soort that was made first; without one, as if its tokens ended in sixty days.
    """
    overstap = (
        Overstap.objects.filter(soort__organisaties=organisatie)
        .select_related("soort", "portaal")
        .order_by("pk")
        .first()
    )
    soort = overstap.soort if overstap else organisatie.soorten.order_by("naam").first()
    return compose(
        sjabloon,
        aan=organisatie.bevoegd_gezag_email,
        naam=organisatie.bevoegd_gezag_naam,
        organisaties=_read_eindes(overstap, [organisatie], now)
        if overstap and overstap.einde_token
        else [(organisatie.naam, timezone.localdate(now) + ZONDER_OVERSTAP)],
        soort=soort.naam if soort else "",
        portaal=overstap.portaal.naam if overstap else "Mijn DUO",
        contact=overstap.portaal.contact if overstap else "",
    )
