from datetime import datetime, timedelta
from typing import Final

from planning.models import Token, Voorbereiding
from verantwoording.models import Taakrun
from verantwoording.services import taakrun

TWEE_JAAR: Final = timedelta(days=730)
"""The period that the models promise in their bewaarregel (R34)."""


def forget_tokens(*, now: datetime) -> Taakrun | None:
    """Delete tokens and preparations of long ago (R34). Safe to run twice, late, or to kill.

    Returns the finished run with its counts, or None when this hour's run is done or at work elsewhere.
    """
    with taakrun(naam="planning_opruimen", now=now) as run:
        if run is None:
            return None
        tokens, _ = Token.objects.filter(ingeleverd_op__lte=now - TWEE_JAAR).delete()
        voorbereidingen, _ = Voorbereiding.objects.filter(gewijzigd_op__lte=now - TWEE_JAAR).delete()
        run.count(tokens=tokens, voorbereidingen=voorbereidingen)
    return run.taakrun
