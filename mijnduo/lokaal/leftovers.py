"""What a killed parent leaves behind: a PostgreSQL that still runs, or the file that says so."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from mijnduo.lokaal.errors import LokaalError
from mijnduo.lokaal.processes import GRACE


def stop_leftover(data: Path) -> None:
    """Stop a PostgreSQL that still runs on a folder that nobody holds any more, and say so.

    Also removes a postmaster.pid whose number now belongs to another process, which PostgreSQL would respect.
    Raises LokaalError when it cannot be stopped.
    """
    pid_file = data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().splitlines()[0])
    except (FileNotFoundError, ValueError, IndexError):
        return
    if not _serves(pid, data):
        pid_file.unlink(missing_ok=True)
        return
    print(f"Een PostgreSQL die was blijven draaien (proces {pid}), wordt eerst gestopt.", flush=True)
    for signum in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.kill(pid, signum)
        give_up = time.monotonic() + GRACE
        while time.monotonic() < give_up:
            if not _serves(pid, data):
                return
            time.sleep(0.05)
    raise LokaalError(f"PostgreSQL (proces {pid}) in {data} wil niet stoppen: stop dat proces zelf.")


def _serves(pid: int, data: Path) -> bool:
    """Whether the process lives and was started on this folder."""
    try:
        return os.fsencode(data) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
