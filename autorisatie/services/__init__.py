from autorisatie.rules import Besluit
from autorisatie.services.besluit import beslis, kenmerken_of_taak
from autorisatie.services.geven import set_autorisatie, withdraw_autorisatie
from autorisatie.services.grants import (
    Weigering,
    beheerdersrollen_of,
    end_autorisaties,
    kenmerken_for,
    rollen_of_machtiging,
    rollen_to_hand_out,
    set_bevoegdheden,
)
from autorisatie.services.taken import list_taken, record_taakgebruik

__all__ = [
    "Besluit",
    "Weigering",
    "beheerdersrollen_of",
    "beslis",
    "end_autorisaties",
    "kenmerken_for",
    "kenmerken_of_taak",
    "list_taken",
    "record_taakgebruik",
    "rollen_of_machtiging",
    "rollen_to_hand_out",
    "set_autorisatie",
    "set_bevoegdheden",
    "withdraw_autorisatie",
]
