import time
from collections.abc import Callable
from datetime import datetime, timedelta


def running_clock(now: datetime) -> Callable[[], datetime]:
    """A clock that starts at `now` and runs on, for work that takes minutes: later rows get later moments."""
    start = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - start)
