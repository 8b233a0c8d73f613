"""Each number and each sentence of the manual about linking, once. Pure: no Django, no clock, no settings."""

import calendar
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from accounts.rules import ALFABET

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

# R10, manual 1.3: five wrong combinations block for fifteen minutes.
MAX_POGINGEN = 5
BLOKKADE = timedelta(minutes=15)

# R07, manual 1.2 and 1.3: an activatiecode is valid for 24 hours, from the moment just before it is mailed (D10).
CODE_GELDIG = timedelta(hours=24)

# R07: a code can be planned so far ahead, so that its 24 hours do not run out over a weekend.
CODE_VOORUIT = timedelta(days=14)
WERKDAG_BEGINT = time(8)
ZATERDAG, ZONDAG = 5, 6  # as Python counts the days of a week


@dataclass(frozen=True, slots=True)
class Limiet:
    """So many requests, each within `pauze` of the one before; then one waits for that pause."""

    hoogstens: int
    pauze: timedelta


# R07: who asks for a code himself. A whole school may ask from one address.
VERZOEKEN_PER_NAAM = Limiet(3, timedelta(hours=24))
VERZOEKEN_PER_ADRES = Limiet(30, timedelta(hours=1))
VERZOEK_OPEN = timedelta(days=14)
"""A request that nobody decided on in this time is no longer shown; asked again it is open again."""

# R18, manual 1.5: eighteen months without logging in; warnings 30 and 7 days before.
INACTIEF_MAANDEN = 18
WAARSCHUWINGEN = (30, 7)
WAARSCHUWING_MINSTENS_OUD = timedelta(days=7)

# How long a verified login at the makelaar may wait: to reach the browser that asked, and for the koppelproces.
AFRONDEN_BINNEN = timedelta(minutes=2)
KOPPELEN_BINNEN = timedelta(minutes=60)

# R24: a manual is a PDF. A request with a file may be three megabytes, and the file is not all of it.
HANDLEIDING_HOOGSTENS = 2_500_000
PDF_BEGIN, PDF_EINDE = b"%PDF-", b"%%EOF"

# Days before the end of a certificate at which DUO is told: each time once.
CERTIFICAAT_WAARSCHUWINGEN = (60, 30, 7)

# An activatiecode is ten random signs of the alphabet of the gebruikersnaam (D6).
CODE_LENGTE = 10


class Reden(StrEnum):
    """Why a koppeling ended."""

    INACTIEF = "inactief"
    VERLOREN = "verloren"
    GESTOLEN = "gestolen"
    DEFECT = "defect"
    VERTREK = "vertrek"
    STAF = "staf"
    SIGNAAL = "signaal"


class Uitkomst(StrEnum):
    """What came of one try in step 5 of the koppelproces."""

    GEKOPPELD = "gekoppeld"
    ONJUIST = "onjuist"
    VERLOPEN = "verlopen"
    GEBLOKKEERD = "geblokkeerd"
    MIDDEL_IN_GEBRUIK = "middel_in_gebruik"
    MIDDEL_GEBLOKKEERD = "middel_geblokkeerd"


@dataclass(frozen=True, slots=True)
class Poging:
    """What the visitor is told after a try: the outcome, tries left, and until when a block lasts (R10, R11).

    `over` is 0 for the try that caused a block, and None for one that was refused without being looked at.
    """

    uitkomst: Uitkomst
    over: int | None = None
    tot: datetime | None = None
    koppeling_id: int = 0


def add_months(day: date, months: int) -> date:
    """`day` plus whole calendar months, clipped to the month's end: 31 August + 18 = 28 or 29 February (D15)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    month += 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def lapse_day(laatst_gebruikt: datetime) -> date:
    """The Amsterdam date on which a koppeling lapses: 18 calendar months after its last use (R18, D15)."""
    return add_months(laatst_gebruikt.astimezone(AMSTERDAM).date(), INACTIEF_MAANDEN)


def _feestdagen(year: int) -> frozenset[date]:
    """The days of a year on which hardly anybody in the Netherlands works, whatever day of the week they fall on.

    Not Good Friday and not 5 May: whether one works then differs from employer to employer.
    """
    pasen = _easter(year)
    koningsdag = date(year, 4, 27)
    if koningsdag.weekday() == ZONDAG:
        koningsdag -= timedelta(days=1)
    moving = (pasen + timedelta(days=days) for days in (0, 1, 39, 49, 50))  # Ascension Day and Whitsun with it
    return frozenset({date(year, 1, 1), koningsdag, date(year, 12, 25), date(year, 12, 26), *moving})


def _easter(year: int) -> date:
    """Easter Sunday in the Gregorian calendar (the algorithm of Meeus, Jones and Butcher)."""
    golden = year % 19
    century, rest = divmod(year, 100)
    moon = (19 * golden + century - century // 4 - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    week = (32 + 2 * (century % 4) + 2 * (rest // 4) - moon - rest % 4) % 7
    shift = (golden + 11 * moon + 22 * week) // 451
    month, day = divmod(moon + week - 7 * shift + 114, 31)
    return date(year, month, day + 1)


def next_werkdag(now: datetime) -> datetime:
    """Eight o'clock on the next Monday to Friday after today that is no holiday: when a planned code best leaves (R07).

    In Amsterdam. Its 24 hours would else run out while nobody works.
    """
    day = now.astimezone(AMSTERDAM).date() + timedelta(days=1)
    while day.weekday() >= ZATERDAG or day in _feestdagen(day.year):
        day += timedelta(days=1)
    return datetime.combine(day, WERKDAG_BEGINT, AMSTERDAM)


def make_activatiecode(randbelow: Callable[[int], int]) -> str:
    """A new code of ten random signs. `randbelow` is secrets.randbelow; never logged, never stored (R05, R07)."""
    return "".join(ALFABET[randbelow(len(ALFABET))] for _ in range(CODE_LENGTE))


def show_activatiecode(code: str) -> str:
    """The code as it stands in the mail: five signs, a dash, five signs (D6)."""
    return f"{code[:5]}-{code[5:]}"


def normalise_typed(text: str) -> str:
    """What somebody typed as gebruikersnaam or code: spaces, dashes and case do not count (D6)."""
    return "".join(sign for sign in text.upper() if sign.isalnum())


def hash_activatiecode(*, pepper: bytes, organisatie_id: int, gebruikersnaam: str, code: str) -> str:
    """The keyed hash that is stored instead of the code (R07): HMAC-SHA256, hex.

    A slow hash buys nothing here: the secret is random, lives 24 hours, and the pepper is outside the database.
    """
    message = f"v1|{organisatie_id}|{gebruikersnaam}|{code}"
    return hmac.new(pepper, message.encode(), hashlib.sha256).hexdigest()


def hash_try(*, pepper: bytes, soort: str, waarde: str) -> str:
    """The key of a counter: a keyed hash, because people type their code into the wrong field (D9)."""
    return hmac.new(pepper, f"poging|{soort}|{waarde}".encode(), hashlib.sha256).hexdigest()


def certificate_step(*, einde: datetime, now: datetime) -> int | None:
    """The warning that holds for a certificate that ends at `einde`: 60, 30 or 7 days, or None as long as it is early.

    Past its end it is still the last one.
    """
    due = [days for days in CERTIFICAAT_WAARSCHUWINGEN if einde - now <= timedelta(days=days)]
    return min(due, default=None)


def check_handleiding(inhoud: bytes) -> str:
    """Why a file cannot be a manual (R24), in Dutch; empty when it can: a whole PDF that is not too large."""
    if len(inhoud) > HANDLEIDING_HOOGSTENS:
        return "Dit bestand is te groot. Een handleiding is hoogstens 2,5 MB."
    if not inhoud.startswith(PDF_BEGIN) or PDF_EINDE not in inhoud[-1_024:]:
        return "Dit is geen (hele) pdf. Bewaar de handleiding als pdf en kies het bestand opnieuw."
    return ""


TEST = "test"
OPNIEUW = "opnieuw"  # a login in the middle of a session, because a page asks for a fresh or higher one
# How the ID of a request begins that asks for something else than a login. The makelaar signs it in its answer, so that
# the ACS knows where to send the browser; whether it is true is decided by what that browser's session kept.
MERKEN = {TEST: "t"}


# The makelaar once sent wrong pseudonyms for five days, and every user looked new. Five unknown middelen in an hour, of
# three organisations that have linked gebruikers already: one organisation that gives everybody a new middel is no
# alarm. And three times what is usual in a working hour, so that the first week of a school year is none either.
INCIDENT_BINNEN = timedelta(minutes=60)
INCIDENT_MIDDELEN = 5
INCIDENT_ORGANISATIES = 3
INCIDENT_MAAL_GEWOON = 3
GEWOON_OVER = timedelta(days=28)
WERKUREN = 160  # in those 28 days


def is_burst(*, middelen: int, organisaties: int, eerder: int) -> bool:
    """Whether so many unknown middelen, of so many KvK numbers, in the last hour raise the alarm.

    eerder: how many there were in the four weeks before.
    """
    enough = middelen >= INCIDENT_MIDDELEN and organisaties >= INCIDENT_ORGANISATIES
    return enough and middelen * WERKUREN >= INCIDENT_MAAL_GEWOON * eerder
