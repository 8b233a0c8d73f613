from planning.models.tabel import Planningsmoment, Planningsregel

__all__ = ["Planningsmoment", "Planningsregel"]
