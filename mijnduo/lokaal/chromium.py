"""Finds Debian's Chromium for the browser tests, or installs it. As a program it prints its path."""

import os
import shutil
import subprocess
import sys

from mijnduo.lokaal.errors import LokaalError

PAKKET = "chromium"
GENEZING = "installeer het met 'apt-get install -y chromium' of zet het pad in CHROMIUM"


def find_chromium() -> str:
    """The path of a Chromium that can be executed: `CHROMIUM`, the system's, else installed with apt (root only).

    Raises LokaalError with the cure when there is none and it cannot be installed.
    """
    chosen = os.environ.get("CHROMIUM")
    if chosen:
        if not os.access(chosen, os.X_OK):
            raise LokaalError(f"CHROMIUM wijst naar {chosen}, maar dat is geen programma: {GENEZING}.")
        return chosen
    found = shutil.which(PAKKET)
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        _install()
        found = shutil.which(PAKKET)
    if found is None:
        raise LokaalError(f"Chromium is niet gevonden: {GENEZING}.")
    return found


def _install() -> None:
    print("Chromium wordt geïnstalleerd met apt-get.", file=sys.stderr)
    apt = ["apt-get", "-o", "DPkg::Lock::Timeout=300", "-qq"]
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "-y", "--no-install-recommends", PAKKET]):
        # The path is the answer on stdout; what apt has to say goes beside it.
        if subprocess.run([*apt, *words], env=quiet, stdout=sys.stderr, check=False).returncode:
            raise LokaalError(f"'apt-get {words[0]}' is mislukt (is er netwerk?): {GENEZING}.")


if __name__ == "__main__":
    try:
        print(find_chromium())
    except LokaalError as error:
        sys.exit(str(error))
