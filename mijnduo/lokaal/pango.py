"""Finds the libraries with which WeasyPrint draws a PDF, or installs them."""

import ctypes
import os
import shutil

from mijnduo.lokaal.errors import LokaalError
from mijnduo.lokaal.programmas import cure, install

PAKKETTEN = {
    "libpango-1.0-0": "libpango-1.0.so.0",
    "libpangoft2-1.0-0": "libpangoft2-1.0.so.0",
    "libharfbuzz-subset0": "libharfbuzz-subset.so.0",
}
"""Debian's package → the library in it. The Dockerfile installs the same ones."""


def find_pango() -> None:
    """Make sure that the libraries are there: the system's, else installed with apt (root only).

    Raises LokaalError with the cure when they are not and cannot be installed.
    """
    missing = _missing()
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        install(*missing)
        missing = _missing()
    if missing:
        raise LokaalError(f"Pango, waarmee brieven als pdf worden gemaakt, is niet gevonden: {cure(*missing)}.")


def _missing() -> list[str]:
    return [package for package, library in PAKKETTEN.items() if not _can_load(library)]


def _can_load(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
