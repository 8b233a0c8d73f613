from verantwoording.services.berichten import enqueue_bericht, send_bericht, sweep_berichten
from verantwoording.services.foutreferenties import record_foutreferentie
from verantwoording.services.logboek import write_logregel
from verantwoording.services.taakruns import Run, taakrun

__all__ = [
    "Run",
    "enqueue_bericht",
    "record_foutreferentie",
    "send_bericht",
    "sweep_berichten",
    "taakrun",
    "write_logregel",
]
