"""When an organisatie could lose its last beheerder, and how often that is said. Pure."""

from datetime import timedelta
from enum import StrEnum
from typing import Final

INACTIEF_NA: Final = timedelta(days=180)
"""A beheerder who has not logged in for this long."""

KOPPELEN_BINNEN: Final = timedelta(days=14)
"""A beheerder who cannot log in, this long after she became one, was unlinked or blocked."""

OPNIEUW_NA: Final = timedelta(days=90)
"""A situation that lasts is said again after this."""

BEWAARD: Final = timedelta(days=365)
"""How long a situation is kept after it ended (R34)."""


class Situatie(StrEnum):
    """What can be wrong with the beheerders of an organisatie."""

    GEEN = "geen"
    EEN = "een"
    INACTIEF = "inactief"
    ONTKOPPELD = "ontkoppeld"
    GEBLOKKEERD = "geblokkeerd"
    ONBEREIKBAAR = "onbereikbaar"


ZINNEN: Final = {
    Situatie.GEEN: "De organisatie heeft geen beheerder meer.",
    Situatie.EEN: "De organisatie heeft maar één beheerder. Valt die weg, dan kan niemand gebruikers helpen.",
    Situatie.INACTIEF: "Een beheerder heeft een half jaar niet ingelogd.",
    Situatie.ONTKOPPELD: "Een beheerder kan niet inloggen: er is geen middel gekoppeld.",
    Situatie.GEBLOKKEERD: "Een beheerder kan niet inloggen: het account of het middel is geblokkeerd.",
    Situatie.ONBEREIKBAAR: "E-mail aan een beheerder komt niet aan.",
}
