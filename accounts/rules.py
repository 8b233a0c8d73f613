"""The form of every number and code by which an organisatie, a kenmerk or an account is known. Pure."""

import re
import unicodedata
from collections.abc import Callable
from datetime import timedelta
from typing import Final, NamedTuple

from verantwoording.rules import TEKENS

ALFABET: Final = TEKENS
"""The 31 signs of a gebruikersnaam and of an activatiecode (D6)."""

GEBRUIKERSNAAM_BEGIN: Final = "MD"
GEBRUIKERSNAAM_TEKENS: Final = 8
"""How many signs follow MD; the last is the check sign (D6)."""

SESSIE_INACTIEF: Final = timedelta(minutes=15)
SESSIE_HOOGSTENS: Final = timedelta(hours=4)
"""R17: a session ends after fifteen minutes without activity, and after four hours in any case."""

_SEPARATORS: Final = re.compile(r"[\s.-]+")


class Kenmerksoort(NamedTuple):
    """What one kind of code looks like. `patroon` is a whole match, in the part of regex that PostgreSQL shares."""

    naam: str
    patroon: str
    voorbeeld: str
    fout: str


KENMERKSOORTEN: Final[dict[str, Kenmerksoort]] = {
    "kvk_nummer": Kenmerksoort(
        "KVK-nummer",
        "[0-9]{8}",
        "12345678",
        "Vul een KVK-nummer van 8 cijfers in, bijvoorbeeld 12345678.",
    ),
    "kvk_vestigingsnummer": Kenmerksoort(
        "KVK-vestigingsnummer",
        "[0-9]{12}",
        "000012345678",
        "Vul een KVK-vestigingsnummer van 12 cijfers in, bijvoorbeeld 000012345678.",
    ),
    "rsin": Kenmerksoort(
        "RSIN",
        "[0-9]{9}",
        "123456782",
        "Dit is geen geldig RSIN. Een RSIN heeft 9 cijfers. Controleer of er geen typefout in staat.",
    ),
    "brin": Kenmerksoort(
        "Instellingscode (BRIN)",
        "[0-9]{2}[A-Z]{2}",
        "21AZ",
        "Vul een instellingscode in van 2 cijfers en 2 letters, bijvoorbeeld 21AZ.",
    ),
    "vestiging": Kenmerksoort(
        "Vestiging",
        "[0-9]{2}[A-Z]{2}[0-9]{2}",
        "21AZ00",
        "Vul een vestiging in: de instellingscode met daarachter 2 cijfers, bijvoorbeeld 21AZ00.",
    ),
    "bestuursnummer": Kenmerksoort(
        "Bestuursnummer",
        "[0-9]{5}",
        "41234",
        "Vul een bestuursnummer van 5 cijfers in, bijvoorbeeld 41234.",
    ),
    "gemeentecode": Kenmerksoort(
        "Gemeentecode",
        "[0-9]{4}",
        "0014",
        "Vul een gemeentecode van 4 cijfers in. Begin zo nodig met nullen, bijvoorbeeld 0014.",
    ),
    "rmc_regiocode": Kenmerksoort(
        "RMC-regiocode",
        "[0-9]{4}",
        "0003",
        "Vul een RMC-regiocode van 4 cijfers in. Begin zo nodig met nullen, bijvoorbeeld 0003.",
    ),
    "onderwijsbestuur": Kenmerksoort(
        "Onderwijsbestuur (RIO)",
        "[0-9]{3}B[0-9]{3}",
        "123B456",
        "Vul een code in van 3 cijfers, de letter B en 3 cijfers, bijvoorbeeld 123B456.",
    ),
    "onderwijsaanbieder": Kenmerksoort(
        "Onderwijsaanbieder (RIO)",
        "[0-9]{3}A[0-9]{3}",
        "123A456",
        "Vul een code in van 3 cijfers, de letter A en 3 cijfers, bijvoorbeeld 123A456.",
    ),
    "aanbiedersgroep": Kenmerksoort(
        "Onderwijsaanbiedersgroep (RIO)",
        "[0-9]{3}G[0-9]{3}",
        "123G456",
        "Vul een code in van 3 cijfers, de letter G en 3 cijfers, bijvoorbeeld 123G456.",
    ),
    "onderwijslocatie": Kenmerksoort(
        "Onderwijslocatie (RIO)",
        "[0-9]{3}X[0-9]{3}",
        "123X456",
        "Vul een code in van 3 cijfers, de letter X en 3 cijfers, bijvoorbeeld 123X456.",
    ),
    "begeleidingsaanbieder": Kenmerksoort(
        "Begeleidingsaanbieder (RIO)",
        "[0-9]{3}T[0-9]{3}",
        "123T456",
        "Vul een code in van 3 cijfers, de letter T en 3 cijfers, bijvoorbeeld 123T456.",
    ),
    "lrk_nummer": Kenmerksoort(
        "LRK-nummer",
        "[0-9]{9}",
        "123456789",
        "Vul een LRK-nummer van 9 cijfers in, bijvoorbeeld 123456789.",
    ),
}
"""Every kind of code, by its key. `autorisatie/catalogus/kenmerksoorten.json` says which can be handed out as kenmerk.

Sources: the formats of RIO, BRIN and vestiging from the RIO manual, gemeente- and RMC-code from DUO's page on verzuim;
KVK-nummer, RSIN and vestigingsnummer from the trade register; nine digits of the LRK-nummer as they appear in the LRK.
"""


def normalise_kenmerk(waarde: str) -> str:
    """What somebody typed, as we keep it: capitals, no spaces, dots and dashes. Nothing is filled in or cut off."""
    return _SEPARATORS.sub("", waarde).upper()


def check_kenmerk(soort: str, waarde: str) -> str | None:
    """Judge a normalised code of this kind: None when it is right, else the Dutch sentence to put at the field.

    An unknown soort is a mistake in the program, not in the input: KeyError.
    """
    kenmerksoort = KENMERKSOORTEN[soort]
    right = re.fullmatch(kenmerksoort.patroon, waarde) and (soort != "rsin" or _passes_elfproef(waarde))
    return None if right else kenmerksoort.fout


def _passes_elfproef(waarde: str) -> bool:
    """Weights 9 to 2 and -1 over nine digits; the sum is a multiple of 11. All zeros is no number."""
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return waarde.strip("0") != "" and sum(w * int(c) for w, c in zip(weights, waarde, strict=True)) % 11 == 0


def is_kvk_nummer(waarde: str) -> bool:
    """Eight digits, as the trade register issues them."""
    return check_kenmerk("kvk_nummer", waarde) is None


def is_rsin(waarde: str) -> bool:
    """Nine digits that pass the elfproef."""
    return check_kenmerk("rsin", waarde) is None


def is_brin(waarde: str) -> bool:
    """An instellingscode: 99XX."""
    return check_kenmerk("brin", waarde) is None


def is_vestiging(waarde: str) -> bool:
    """An erkende vestiging: 99XX99."""
    return check_kenmerk("vestiging", waarde) is None


def is_bestuursnummer(waarde: str) -> bool:
    """Five digits."""
    return check_kenmerk("bestuursnummer", waarde) is None


def is_gemeentecode(waarde: str) -> bool:
    """Four digits, leading zeros included."""
    return check_kenmerk("gemeentecode", waarde) is None


class Gegeven(NamedTuple):
    """What is kept of a person in one line: how long it may be, and the sentence when it is left out (none: it may)."""

    lengte: int
    verplicht: str = ""


GEGEVENS: Final[dict[str, Gegeven]] = {
    "voornaam": Gegeven(80, "Vul de voornaam in."),
    "tussenvoegsel": Gegeven(20),
    "achternaam": Gegeven(120, "Vul de achternaam in."),
    "email": Gegeven(254, "Vul het e-mailadres in."),
    "telefoon": Gegeven(20),
    "functie": Gegeven(120),
    "werkgever": Gegeven(200),
}
"""What a beheerder fills in about somebody (R04): on a form, or as the columns of a file."""

ONLEESBAAR: Final = "Er staan tekens in die niet leesbaar zijn. Typ de tekst opnieuw."
_TELEFOON: Final = re.compile(r"\+?[0-9][0-9 ()-]{5,18}")
_LABEL: Final = r"[a-z0-9\u00a1-\uffff](?:[a-z0-9\u00a1-\uffff-]{0,61}[a-z0-9\u00a1-\uffff])?"
_EMAIL: Final = re.compile(
    r"[-!#$%&'*+/=?^_`{}|~0-9a-z]+(?:\.[-!#$%&'*+/=?^_`{}|~0-9a-z]+)*"
    rf"@{_LABEL}(?:\.{_LABEL})*\.(?!-)(?:[a-z\u00a1-\uffff-]{{2,63}}|xn--[a-z0-9]{{1,59}})(?<!-)",
    re.IGNORECASE | re.ASCII,
)


def normalise_regel(text: str) -> str:
    """One line as we keep it: any script, in one form of Unicode, spaces made single."""
    line = " ".join(text.split())
    return line if line.isascii() else unicodedata.normalize("NFC", line)


def check_gegeven(veld: str, waarde: str) -> str | None:
    """Judge a normalised line of GEGEVENS: None when it is right, else the Dutch sentence to put at the field.

    Control and invisible signs are refused, because it ends up in mail. KeyError for an unknown veld.
    """
    lengte, verplicht = GEGEVENS[veld]
    if not waarde:
        return verplicht or None
    if not waarde.isprintable():
        return ONLEESBAAR
    if len(waarde) > lengte:
        return f"Gebruik hoogstens {lengte} tekens. Het zijn er nu {len(waarde)}."
    if veld == "email" and not _EMAIL.fullmatch(waarde):
        return "Vul een e-mailadres in, bijvoorbeeld naam@school.nl."
    if veld == "telefoon" and not _TELEFOON.fullmatch(waarde):
        return "Vul een telefoonnummer in met alleen cijfers, bijvoorbeeld 0612345678."
    return None


def make_gebruikersnaam(randbelow: Callable[[int], int]) -> str:
    """Make a gebruikersnaam (D6): MD, seven random signs, one check sign. Whether it was used before, the table knows.

    `randbelow(n)` gives an integer from 0 up to n, n itself excluded: `secrets.randbelow`.
    """
    number = randbelow(len(ALFABET) ** (GEBRUIKERSNAAM_TEKENS - 1))  # one draw for all of them
    signs = []
    for _ in range(GEBRUIKERSNAAM_TEKENS - 1):
        number, sign = divmod(number, len(ALFABET))
        signs.append(sign)
    check = -_weighted_sum(signs) % len(ALFABET)
    return GEBRUIKERSNAAM_BEGIN + "".join(ALFABET[sign] for sign in [*signs, check])


def normalise_gebruikersnaam(invoer: str) -> str:
    """What somebody typed, as we compare it: capitals, without spaces, dots and dashes (D6)."""
    return normalise_kenmerk(invoer)


def is_gebruikersnaam(waarde: str) -> bool:
    """Whether a normalised text can be a gebruikersnaam: right form and right check sign (D6)."""
    signs = waarde.removeprefix(GEBRUIKERSNAAM_BEGIN)
    if len(waarde) != len(GEBRUIKERSNAAM_BEGIN) + GEBRUIKERSNAAM_TEKENS or len(signs) != GEBRUIKERSNAAM_TEKENS:
        return False
    return all(sign in ALFABET for sign in signs) and _weighted_sum([ALFABET.index(sign) for sign in signs]) == 0


def _weighted_sum(signs: list[int]) -> int:
    """Weights 8, 7, … modulo 31; the check sign has weight 1 and makes the sum of all eight zero.

    31 is prime and the weights differ, so one wrong sign, or two signs that changed places, always show.
    """
    return sum((GEBRUIKERSNAAM_TEKENS - place) * sign for place, sign in enumerate(signs)) % len(ALFABET)
