from verantwoording.services.berichten import enqueue_bericht
from verantwoording.services.logboek import write_logregel

__all__ = ["enqueue_bericht", "write_logregel"]
