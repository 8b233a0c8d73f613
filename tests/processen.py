"""Processes of the portal beside the test: real ones, on the database of the test, that may be killed."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from django.db import connection

ROOT = Path(__file__).resolve().parents[1]


def database_url() -> str:
    """Where the database of this test is."""
    database = connection.settings_dict
    user, password, host, name = (quote(str(database[part]), safe="") for part in ("USER", "PASSWORD", "HOST", "NAME"))
    return f"postgres://{user}:{password}@{host}:{database['PORT']}/{name}"


def start_process(*words: str, **extra: str) -> "subprocess.Popen[str]":
    """Start Python with these arguments, `extra` in its environment; its standard error is on `stderr`."""
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": database_url()} | extra,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def kill(process: "subprocess.Popen[str]") -> str:
    """Kill -9, and give back what it said."""
    process.kill()
    return process.communicate()[0]


def waiting_backends() -> list[int]:
    """Which processes of the database wait for a lock in the database of the test."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return [pid for (pid,) in cursor.fetchall()]


def terminate_waiting_backends() -> None:
    """What a killed process had already asked of the database ends with it, as it would on another machine's crash."""
    with connection.cursor() as cursor:
        for pid in waiting_backends():
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def wait_for(condition: Callable[[], object], seconds: float = 30) -> None:
    """Wait until the condition is true. AssertionError when it stays false."""
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, "it did not happen in time"
        time.sleep(0.02)
