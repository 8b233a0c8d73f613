from planning.models.mail import Mailsjabloon, Overstapmail
from planning.models.overstap import Overstap, Uitzondering
from planning.models.tabel import Planningsmoment, Planningsregel

__all__ = ["Mailsjabloon", "Overstap", "Overstapmail", "Planningsmoment", "Planningsregel", "Uitzondering"]
