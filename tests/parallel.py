"""Races as they are in life: real threads, each with a connection of its own, starting together."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection


def in_parallel(*works: Callable[[], Any]) -> list[Any]:
    """Run the works at the same time; what each returned, or the ValueError with which it was refused."""
    barrier = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(index: int, work: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            results[index] = work()
        except ValueError as refusal:
            results[index] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index, work)) for index, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return results
