"""What a case of the keuring is: what is delivered, by which way, and what must come of it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum

from lxml.etree import _Element

from buitenwereld.keuring.bouwstenen import Toneel, posted
from buitenwereld.keuring.vervalsing import Plan, response

FORMULIER = "application/x-www-form-urlencoded"


class Verwacht(StrEnum):
    """What must come of a case, as an outsider sees it."""

    GEWEIGERD = "geweigerd"
    TOEGANG = "toegang"
    NIET_HET_ACCOUNT = "niet het account"


class Weg(Enum):
    """How the message travels. Whoever delivers it sends no cookie, as another site's form does."""

    GEWOON = "de browser die erom vroeg rondt af"
    ONGEVRAAGD = "geen browser vroeg erom"
    ANDERE_BROWSER = "een browser die niets vroeg rondt af"
    BROWSER_MET_EIGEN_VRAAG = "een browser met een eigen vraag rondt af"
    METEEN_OPNIEUW = "twee keer na elkaar, de tweede telt"
    TEGELIJK = "vier keer tegelijk, één mag"
    ADRES_OPNIEUW = "het adres om af te ronden wordt twee keer geopend"
    NA_AFLOOP = "opnieuw nadat het is gebruikt"
    LATER = "opnieuw na een wachttijd"
    NA_AFLOOP_ELDERS = "opnieuw nadat het is gebruikt, in een andere browser"


@dataclass(frozen=True, slots=True)
class Inzending:
    """What is delivered at the ACS: the field SAMLResponse (None: absent) and how it is dressed."""

    veld: str | None
    methode: str = "POST"
    soort: str = FORMULIER
    relay_state: str = "keuring"


Gemaakt = Plan | _Element | bytes | Inzending


def _same(message: Inzending, toneel: Toneel) -> Inzending:
    return message


@dataclass(frozen=True, slots=True)
class Geval:
    """One case. `naam` is for the report and the list, `tekst` says in Dutch what is odd.

    `opnieuw` makes the second message where the way needs one; the same message if it is not given.
    """

    naam: str
    familie: str
    tekst: str
    maak: Callable[[Toneel], Gemaakt]
    weg: Weg = Weg.GEWOON
    verwacht: Verwacht = Verwacht.GEWEIGERD
    opnieuw: Callable[[Inzending, Toneel], Inzending] = _same
    tweede_sleutel: bool = False
    verbreken_mag: bool = False

    def inzending(self, toneel: Toneel) -> Inzending:
        """What this case delivers on this stage."""
        made = self.maak(toneel)
        if isinstance(made, Plan):
            made = response(made, toneel)
        return made if isinstance(made, Inzending) else Inzending(posted(made))
