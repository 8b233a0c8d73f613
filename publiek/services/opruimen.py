from datetime import datetime, timedelta
from typing import Final

from publiek.models import Abonnement, Feedback
from verantwoording.models import Taakrun
from verantwoording.services import taakrun

# The periods that the models promise in their bewaarregel (R34).
MAAND: Final = timedelta(days=30)
JAAR: Final = timedelta(days=365)


def forget_bezoekers(*, now: datetime) -> Taakrun | None:
    """Delete abonnementen that ended and opinions of long ago (R34). Safe to run twice, late, or to kill.

    Returns the finished run with its counts, or None when this hour's run is done or at work elsewhere.
    """
    with taakrun(naam="publiek_opruimen", now=now) as run:
        if run is None:
            return None
        abonnementen, _ = Abonnement.objects.forgotten(now - MAAND).delete()
        meningen, _ = Feedback.objects.filter(op__lte=now - JAAR).delete()
        run.count(abonnementen=abonnementen, meningen=meningen)
    return run.taakrun
