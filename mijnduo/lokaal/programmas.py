"""Programs of Debian that only the tests need: found on the system, else installed with apt when we are root."""

import os
import shutil
import subprocess
import sys

from mijnduo.lokaal.errors import LokaalError


def cure(*packages: str) -> str:
    """What somebody does who misses them."""
    return f"installeer het met 'apt-get install -y {' '.join(packages)}'"


def find_program(name: str) -> str:
    """The path of a program that carries the name of its package. Raises LokaalError with the cure."""
    found = shutil.which(name)
    if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
        install(name)
        found = shutil.which(name)
    if found is None:
        raise LokaalError(f"{name.capitalize()} is niet gevonden: {cure(name)}.")
    return found


def find_xmlsec1() -> str:
    """The path of xmlsec1, which signs for the identity provider of the tests. Raises LokaalError with the cure."""
    return find_program("xmlsec1")


def install(*packages: str) -> None:
    """Install packages of Debian with apt; it says so. Raises LokaalError with the cure."""
    print(f"{' '.join(packages).capitalize()} wordt geïnstalleerd met apt-get.", file=sys.stderr)
    apt = ["apt-get", "-o", "DPkg::Lock::Timeout=300", "-qq"]
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update"], ["install", "-y", "--no-install-recommends", *packages]):
        # The path may be the answer on stdout; what apt has to say goes beside it.
        if subprocess.run([*apt, *words], env=quiet, stdout=sys.stderr, check=False).returncode:
            raise LokaalError(f"'apt-get {words[0]}' is mislukt (is er netwerk?): {cure(*packages)}.")
