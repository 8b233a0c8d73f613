import json
import re
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from koppeling.services.inactiviteit import unlink_inactive_koppelingen


class Command(BaseCommand):
    """Run the job of R18 once, when a line comes in on stdin; say "klaar" when it may.

    Prints as JSON when it began and ended (s, of the machine's monotonic clock), how many koppelingen it ended, and
    how much memory it took on top of what the process had (MB).
    """

    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        connection.ensure_connection()
        self.stdout.write("klaar")
        self.stdout.flush()
        sys.stdin.readline()
        before, begin = _memory("VmRSS"), time.monotonic()
        run = unlink_inactive_koppelingen(now=timezone.now())
        end = time.monotonic()
        if run is None:
            raise CommandError("the job did not run")
        answer = {"van": begin, "tot": end, "geheugen": _memory("VmHWM") - before, **run.tellingen}
        self.stdout.write(json.dumps(answer))


def _memory(name: str) -> float:
    """What Linux says of this process, in MB: VmRSS now, VmHWM at its highest."""
    found = re.search(rf"{name}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    if found is None:
        raise CommandError("memory can only be read on Linux")
    return int(found[1]) / 1024
