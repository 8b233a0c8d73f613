from collections.abc import Callable
from datetime import datetime

from django.utils import timezone


def running_clock(now: datetime) -> Callable[[], datetime]:
    """A clock that starts at `now` and runs on, for work that takes minutes: later rows get later moments."""
    start = timezone.now()
    return lambda: now + (timezone.now() - start)
