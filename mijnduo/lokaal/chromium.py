"""Finds Debian's Chromium for the browser tests, or installs it. As a program it prints its path."""

import os
import sys

from mijnduo.lokaal.errors import LokaalError
from mijnduo.lokaal.programmas import cure, find_program

PAKKET = "chromium"


def find_chromium() -> str:
    """The path of a Chromium that can be executed: `CHROMIUM`, the system's, else installed with apt (root only).

    Raises LokaalError with the cure when there is none and it cannot be installed.
    """
    chosen = os.environ.get("CHROMIUM")
    if chosen and not os.access(chosen, os.X_OK):
        raise LokaalError(
            f"CHROMIUM wijst naar {chosen}, maar dat is geen programma: {cure(PAKKET)} of zet het pad in CHROMIUM."
        )
    return chosen or find_program(PAKKET)


if __name__ == "__main__":
    try:
        print(find_chromium())
    except LokaalError as error:
        sys.exit(str(error))
