"""How much a beheerder sees on a page, what she can filter her log on, and the ids that she sends. Pure."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

PER_PAGINA: Final = 25
KOLOMMEN: Final = 8
KIEZEN_PER_PAGINA: Final = 100
REGELS_BIJ_GEBRUIKER: Final = 10
HOOGSTENS_IN_KEUZELIJST: Final = 200
HOOGSTENS_BRIEVEN: Final = 50
"""Letters in one go: fifty take some six seconds as PDF. Who needs more makes them in portions."""
HERSTELLEN_BINNEN: Final = timedelta(hours=24)
"""So long the end of an account can be taken back: for the wrong click, not for who returns after a year (R20)."""


LOGGROEPEN: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "gebruikers": (
        "Gebruikers en gegevens",
        (
            "account_aangemeld",
            "aanmelding_herhaald",
            "account_gewijzigd",
            "account_beeindigd",
            "account_geblokkeerd",
            "account_hersteld",
            "account_vrijgegeven",
            "eigen_gegevens_gewijzigd",
            "email_wijziging_gevraagd",
            "email_bevestigd",
            "email_teruggezet",
            "brief_gemaakt",
            "brief_overhandigd",
            "brief_niet_overhandigd",
            "trechter_gedownload",
            "aanmeldlijst_bevestigd",
            "gebruikersbestand_gedownload",
            "logboek_gedownload",
            "aanmeldlijst_ongedaan",
        ),
    ),
    "rollen": (
        "Rollen en kenmerken",
        (
            "rol_gegeven",
            "rol_gegeven_tot",
            "rol_gewijzigd",
            "rol_einde_gewijzigd",
            "kenmerk_einde_gewijzigd",
            "rol_ingetrokken",
            "rollen_beeindigd",
            "eigen_rol_voorgesteld",
            "eigen_rol_akkoord",
            "eigen_rol_afgewezen",
            "eigen_rol_ingetrokken",
            "eigen_rol_vervallen",
            "rol_behouden",
            "rol_onbekend",
            "rol_vervallen",
            "hercertificering_begonnen",
            "hercertificering_afgerond",
            "verklaring_gedownload",
        ),
    ),
    "koppelen": (
        "Codes en koppelingen",
        (
            "activatiecode_aangevraagd",
            "activatiecode_gepland",
            "activatiecode_geannuleerd",
            "activatiecode_verstuurd",
            "code_gevraagd",
            "code_geweigerd",
            "koppelpoging_onjuist",
            "koppelen_geblokkeerd",
            "gekoppeld",
            "ontkoppeld",
            "middel_gestolen",
            "middel_vrijgegeven",
        ),
    ),
    "inloggen": (
        "Inloggen en uitloggen",
        (
            "ingelogd",
            "uitgelogd",
            "ingelogd_met_token",
            "tokenpoging_onjuist",
            "token_geblokkeerd",
            "token_geweigerd",
        ),
    ),
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
            "signaal_klopt",
            "signaal_gestopt",
        ),
    ),
}
"""What a beheerder can filter her log on: key → name and events. `OVERIG` is every event that stands in none."""

OVERIG: Final = "overig"


LOGACTOREN: Final[dict[str, str]] = {
    "account": "Iemand van een organisatie",
    "gezag": "Het bevoegd gezag",
    "staf": "Een medewerker van DUO",
    "taak": "Mijn DUO, automatisch",
    "bezoeker": "Iemand die niet was ingelogd",
}
"""Who can have done what stands in the log: the ActorSoort → its words."""

_CIJFERS: Final = 18
"""As many digits as an id can have and the database can read."""


def read_ids(texts: Iterable[str]) -> list[int]:
    """The ids among what somebody sent, in their order; what cannot be one is left out."""
    return [int(text) for text in texts if text.isdecimal() and len(text) <= _CIJFERS]
