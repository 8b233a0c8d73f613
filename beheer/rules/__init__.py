"""Where a gebruiker stands on the way to logging in, and what the beheerder does next. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

PER_PAGINA: Final = 25
KOLOMMEN: Final = 8
KIEZEN_PER_PAGINA: Final = 100
REGELS_BIJ_GEBRUIKER: Final = 10
HOOGSTENS_IN_KEUZELIJST: Final = 200
HOOGSTENS_BRIEVEN: Final = 50
"""Letters in one go: fifty take some six seconds as PDF. Who needs more makes them in portions."""


class Stand(StrEnum):
    """How far a gebruiker is (R04–R07, R19, R20). Derived from what happened, stored nowhere."""

    AANGEMELD = "aangemeld"
    CODE_VERSTUURD = "code-verstuurd"
    CODE_VERLOPEN = "code-verlopen"
    GEKOPPELD = "gekoppeld"
    ONTKOPPELD = "ontkoppeld"
    BEEINDIGD = "beeindigd"


NAMEN: Final[dict[Stand, str]] = {
    Stand.AANGEMELD: "Nog niet gekoppeld",
    Stand.CODE_VERSTUURD: "Code verstuurd",
    Stand.CODE_VERLOPEN: "Code verlopen",
    Stand.GEKOPPELD: "Gekoppeld",
    Stand.ONTKOPPELD: "Ontkoppeld",
    Stand.BEEINDIGD: "Beëindigd",
}


class Mail(StrEnum):
    """What became of the mail with the newest activatiecode, as far as the next act depends on it."""

    GEEN = ""
    ONDERWEG = "onderweg"
    VERZONDEN = "verzonden"
    GEWEIGERD = "geweigerd"
    MISLUKT = "mislukt"


@dataclass(frozen=True, slots=True)
class Volgende:
    """What the beheerder does next: a sentence, and one button with the URL name it leads to (empty: nothing to do)."""

    tekst: str
    knop: str = ""
    view: str = ""


def next_act(*, stand: Stand, heeft_rollen: bool, brief_gemaakt: bool, mail: Mail) -> Volgende:
    """The one next act for a gebruiker, in the order of the manual (1.1): rollen, brief, activatiecode, koppelen.

    A beheerder needs no rol (R02): for her `heeft_rollen` is true.
    """
    if stand is Stand.BEEINDIGD:
        return Volgende("Dit account is beëindigd. Komt deze persoon terug? Meld de persoon dan opnieuw aan.")
    if not heeft_rollen:
        return Volgende(
            "Deze gebruiker heeft nog geen rollen en kan dus nog niets openen. Geef eerst een rol.",
            "Rol geven",
            "gebruiker_rollen",
        )
    if stand is Stand.GEKOPPELD:
        return Volgende("Deze gebruiker kan inloggen. U hoeft niets te doen.")
    if mail is Mail.ONDERWEG:
        return Volgende("De activatiecode is aangevraagd. De e-mail wordt nu verstuurd.")
    if stand is Stand.CODE_VERSTUURD:
        return _code_sent(mail)
    if stand is Stand.AANGEMELD and not brief_gemaakt:
        return Volgende(
            "Maak de brief met de gebruikersnaam. Druk hem af en geef hem zelf aan de gebruiker.",
            "Brief maken",
            "gebruiker_brief",
        )
    tekst = {
        Stand.AANGEMELD: "De brief is gemaakt. Vraag de activatiecode aan als de gebruiker erom vraagt.",
        Stand.CODE_VERLOPEN: "De code is verlopen. Vraag een nieuwe aan als de gebruiker erom vraagt.",
        Stand.ONTKOPPELD: "Heeft de gebruiker een middel dat werkt? Vraag dan een nieuwe activatiecode aan. "
        "Een nieuwe brief is niet nodig.",
    }[stand]
    return Volgende(tekst, "Activatiecode aanvragen", "gebruiker_code")


def _code_sent(mail: Mail) -> Volgende:
    if mail is Mail.GEWEIGERD:
        return Volgende(
            "De e-mail met de activatiecode is geweigerd. Controleer het e-mailadres.",
            "Gegevens wijzigen",
            "gebruiker_wijzigen",
        )
    if mail is Mail.MISLUKT:
        return Volgende(
            "De e-mail met de activatiecode kon niet worden verstuurd. Vraag een nieuwe code aan.",
            "Activatiecode aanvragen",
            "gebruiker_code",
        )
    return Volgende("De activatiecode is verstuurd. De gebruiker kan nu koppelen. U hoeft niets te doen.")


LOGGROEPEN: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "gebruikers": (
        "Gebruikers en gegevens",
        (
            "account_aangemeld",
            "account_gewijzigd",
            "account_beeindigd",
            "eigen_gegevens_gewijzigd",
            "email_wijziging_gevraagd",
            "email_bevestigd",
            "brief_gemaakt",
            "brief_overhandigd",
            "brief_niet_overhandigd",
        ),
    ),
    "rollen": (
        "Rollen en kenmerken",
        (
            "rol_gegeven",
            "rol_gegeven_tot",
            "rol_gewijzigd",
            "rol_einde_gewijzigd",
            "rol_ingetrokken",
            "rollen_beeindigd",
            "eigen_rol_voorgesteld",
            "eigen_rol_akkoord",
            "eigen_rol_afgewezen",
            "eigen_rol_ingetrokken",
            "eigen_rol_vervallen",
        ),
    ),
    "koppelen": (
        "Codes en koppelingen",
        (
            "activatiecode_aangevraagd",
            "activatiecode_verstuurd",
            "koppelpoging_onjuist",
            "koppelen_geblokkeerd",
            "gekoppeld",
            "ontkoppeld",
            "middel_gestolen",
            "middel_vrijgegeven",
        ),
    ),
    "inloggen": ("Inloggen en uitloggen", ("ingelogd", "uitgelogd")),
    "beheerders": (
        "Beheerders",
        (
            "beheerder_aangesteld",
            "noodbeheerder_aangesteld",
            "beheerder_ingetrokken",
            "bevoegdheden_gewijzigd",
            "aanvraag_voorgesteld",
            "aanvraag_akkoord",
            "aanvraag_afgewezen",
            "aanvraag_vervallen",
            "aanvraag_tegengehouden",
        ),
    ),
}
"""What a beheerder can filter her log on: key → name and events. `OVERIG` is every event that stands in none."""

OVERIG: Final = "overig"
