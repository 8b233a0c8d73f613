from verantwoording.services.berichten import enqueue_bericht, enqueue_berichten, send_bericht, sweep_berichten
from verantwoording.services.foutreferenties import record_foutreferentie
from verantwoording.services.logboek import make_logregel, write_gebeurtenis, write_logregel, write_logregels
from verantwoording.services.taakruns import Run, taakrun
from verantwoording.services.voorstellen import AlBesloten, ZelfdePersoon, clear_voorstellen, decide, propose, withdraw

__all__ = [
    "AlBesloten",
    "Run",
    "ZelfdePersoon",
    "clear_voorstellen",
    "decide",
    "enqueue_bericht",
    "enqueue_berichten",
    "make_logregel",
    "propose",
    "record_foutreferentie",
    "send_bericht",
    "sweep_berichten",
    "taakrun",
    "withdraw",
    "write_gebeurtenis",
    "write_logregel",
    "write_logregels",
]
