"""Signals for who holds servers, and commands that run in front of them."""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

from mijnduo.lokaal.processes import die_with_parent

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GRACE = 30.0  # seconds that a command gets to stop after a signal
LOST = 127  # the shell's code for a command that is not there


@contextmanager
def exit_on_signal() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into SystemExit, so that `with` and `finally` do their work, as Ctrl-C already does.

    A handler that somebody else installed stays. Off the main thread, which gets no signals, this does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ours = [signum for signum in STOP_SIGNALS if signal.getsignal(signum) is signal.SIG_DFL]
    for signum in ours:
        signal.signal(signum, _exit)
    try:
        yield
    finally:
        for signum in ours:
            signal.signal(signum, signal.SIG_DFL)


@contextmanager
def signals_held() -> Iterator[None]:
    """Hold stop signals back: a second Ctrl-C must not interrupt the stopping of servers. They arrive afterwards."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def run_command(words: Sequence[str], extra: Mapping[str, str]) -> int:
    """Run a command with `extra` in its environment; returns its exit code, or 128 + n when signal n ended it.

    A stop signal for us goes to the command; what has not stopped after GRACE seconds, or stays behind, is killed.
    """
    if shutil.which(words[0]) is None:
        print(f"Het programma {words[0]} is niet gevonden.", file=sys.stderr)
        return LOST
    # A session of its own: a Ctrl-C reaches it once, through us, and its leftovers can be found.
    line = [*die_with_parent(signal.SIGTERM), *words]
    child = subprocess.Popen(line, env={**os.environ, **extra}, start_new_session=True)
    received: list[int] = []
    killed_at = float("inf")

    def forward(signum: int, _frame: FrameType | None) -> None:
        nonlocal killed_at
        received.append(signum)
        killed_at = min(killed_at, time.monotonic() + GRACE)
        child.send_signal(signum)

    before = {signum: signal.signal(signum, forward) for signum in STOP_SIGNALS}
    try:
        while child.poll() is None:
            if time.monotonic() > killed_at:
                child.kill()
            with suppress(subprocess.TimeoutExpired):
                child.wait(1)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        for signum, handler in before.items():
            signal.signal(signum, handler)
    if received:
        return 128 + received[0]
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


def _exit(signum: int, _frame: FrameType | None) -> None:
    sys.exit(128 + signum)
