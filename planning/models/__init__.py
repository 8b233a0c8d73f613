from planning.models.mail import Mailsjabloon, Overstapmail
from planning.models.overstap import Overstap, Uitzondering
from planning.models.tabel import Planningsmoment, Planningsregel
from planning.models.token import Token
from planning.models.voorbereiding import Voorbereiding

__all__ = [
    "Mailsjabloon",
    "Overstap",
    "Overstapmail",
    "Planningsmoment",
    "Planningsregel",
    "Token",
    "Uitzondering",
    "Voorbereiding",
]
