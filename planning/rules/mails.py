"""Which mails an overstap sends to whom, when, and how staff's texts are filled in (R27). Pure."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from planning.rules.overstap import Stand, Zet


class Stap(StrEnum):
    """A step of an overstap that people are told of."""

    AANKONDIGING = "aankondiging"
    OPEN = "open"
    HERINNERING_60 = "herinnering_60"
    HERINNERING_30 = "herinnering_30"
    LAATSTE_WEEK = "laatste_week"
    KLAAR = "klaar"


class Ontvanger(StrEnum):
    """As what somebody is told."""

    BEHEERDER = "beheerder"
    CONTACTPERSOON = "contactpersoon"
    GEZAG = "gezag"


# R27: whom each step goes to. Reminders only reach organisaties where somebody still has to move.
ONTVANGERS: Final[Mapping[Stap, tuple[Ontvanger, ...]]] = {
    Stap.AANKONDIGING: (Ontvanger.BEHEERDER, Ontvanger.CONTACTPERSOON, Ontvanger.GEZAG),
    Stap.OPEN: (Ontvanger.BEHEERDER,),
    Stap.HERINNERING_60: (Ontvanger.BEHEERDER,),
    Stap.HERINNERING_30: (Ontvanger.BEHEERDER,),
    Stap.LAATSTE_WEEK: (Ontvanger.BEHEERDER, Ontvanger.GEZAG),
    Stap.KLAAR: (Ontvanger.BEHEERDER, Ontvanger.CONTACTPERSOON, Ontvanger.GEZAG),
}
BIJ_ZET: Final = {Zet.AANKONDIGEN: Stap.AANKONDIGING, Zet.OPENEN: Stap.OPEN, Zet.AFRONDEN: Stap.KLAAR}
"""Steps that come with a move."""
DAGEN_VOOR_EINDE: Final = {Stap.HERINNERING_60: 60, Stap.HERINNERING_30: 30, Stap.LAATSTE_WEEK: 7}
"""Steps that come so many days before the first day without token, while the overstap is open."""
GESPREID: Final = {Stap.AANKONDIGING, Stap.OPEN}
"""Steps that leave in batches, when staff set how many organisaties a day."""

PLAATSEN: Final = ("naam", "organisatie", "soort", "portaal", "laatste_dag", "einde", "adres", "contact")
"""What may stand between braces in a text of staff."""
PLAATS: Final = re.compile(r"\{([^{}]*)\}")


def due_herinnering(stand: Stand, einde_token: date | None, geopend: date | None, vandaag: date) -> Stap | None:
    """The reminder that is due: the last one whose day came since the overstap was opened. None when there is none.

    A late job sends the one that is true by now, not those it missed.
    """
    if stand is not Stand.OPEN or einde_token is None or geopend is None or vandaag >= einde_token:
        return None
    due = None
    for stap, dagen in DAGEN_VOOR_EINDE.items():
        if geopend < einde_token - timedelta(days=dagen) <= vandaag:
            due = stap
    return due


def fill_sjabloon(tekst: str, waarden: Mapping[str, str]) -> str:
    """The text with its places filled in. Nothing but the names of PLAATSEN is looked up, so a text runs no code."""
    return PLAATS.sub(lambda plaats: waarden.get(plaats[1], plaats[0]), tekst)


def check_sjabloon(tekst: str) -> str:
    """What is wrong with a text of staff as a Dutch sentence, else empty."""
    unknown = [plaats for plaats in PLAATS.findall(tekst) if plaats not in PLAATSEN]
    if unknown:
        known = ", ".join(f"{{{plaats}}}" for plaats in PLAATSEN)
        return f"Tussen accolades mag alleen staan: {known}."
    return "" if not set("{}") & set(PLAATS.sub("", tekst)) else "Er staat een losse accolade in de tekst."


def list_namen(namen: list[str], hoogstens: int = 5) -> str:
    """Names in one sentence: all, or the first ones and how many more."""
    if len(namen) <= hoogstens:
        return " en ".join(filter(None, [", ".join(namen[:-1]), *namen[-1:]]))
    more = len(namen) - hoogstens
    return f"{', '.join(namen[:hoogstens])} en {more} andere organisatie{'s' if more > 1 else ''}"
