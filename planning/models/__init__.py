from planning.models.overstap import Overstap, Uitzondering
from planning.models.tabel import Planningsmoment, Planningsregel

__all__ = ["Overstap", "Planningsmoment", "Planningsregel", "Uitzondering"]
