from datetime import datetime

from django.utils import timezone

from autorisatie.models import Taakgebruik
from autorisatie.rules import SNEL_NAAR_DAGEN
from verantwoording.models import Taakrun
from verantwoording.services import taakrun


def forget_taakgebruik(*, now: datetime) -> Taakrun | None:
    """Delete what Snel naar no longer looks at (R21, R34). Safe to run twice, late, or to kill.

    Returns the finished run with its count, or None when this hour's run is done or at work elsewhere.
    """
    with taakrun(naam="taakgebruik", now=now) as run:
        if run is None:
            return None
        deleted, _ = Taakgebruik.objects.filter(dag__lte=timezone.localdate(now) - SNEL_NAAR_DAGEN).delete()
        run.count(taakgebruik=deleted)
    return run.taakrun
