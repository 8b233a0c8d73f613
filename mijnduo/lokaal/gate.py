"""The gate: all that must be green, cheap things first; it stops at the first that is not. `make test` runs it."""

import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from mijnduo.lokaal.chromium import find_chromium
from mijnduo.lokaal.diensten import Diensten
from mijnduo.lokaal.errors import LokaalError
from mijnduo.lokaal.foreground import run_command
from mijnduo.lokaal.omgeving import portal_environment
from mijnduo.lokaal.pango import find_pango
from mijnduo.lokaal.programmas import find_xmlsec1

PYTHON = sys.executable
TOOLS = Path(PYTHON).parent

STATIC = {
    "ruff check": [f"{TOOLS}/ruff", "check"],
    "ruff format": [f"{TOOLS}/ruff", "format", "--check"],
    "djlint --check": [f"{TOOLS}/djlint", ".", "--check", "--quiet"],
    "djlint --lint": [f"{TOOLS}/djlint", ".", "--lint", "--quiet"],
    "import-linter": [f"{TOOLS}/lint-imports"],
    "static/vendor": [PYTHON, "static/vendor_assets.py", "--check"],
    "mypy": [f"{TOOLS}/mypy", "."],
}
MIGRATIONS = [PYTHON, "manage.py", "makemigrations", "--check", "--dry-run"]
TESTS = {
    "pytest": "not zwaar and not browser",
    "pytest zwaar": "zwaar and not browser",
    "pytest browser": "browser",
}


class StepFailedError(Exception):
    """A step of the gate is not green: its name and its exit code."""


@dataclass
class Gate:
    """Runs the steps and keeps what each took, in seconds, and how many tests passed."""

    reports: Path
    seconds: dict[str, float] = field(default_factory=dict)
    passed: int = 0

    def run(self, name: str, words: list[str], environment: Mapping[str, str]) -> None:
        """Run one step. Raises StepFailedError."""
        print(f"\n=== {name}", flush=True)
        start = time.monotonic()
        code = run_command(words, environment)
        self.seconds[name] = time.monotonic() - start
        if code:
            raise StepFailedError(name, code)

    def test(self, name: str, marker: str, environment: Mapping[str, str]) -> None:
        """Run the tests with a marker. Raises StepFailedError, also when a test was skipped or expected to fail."""
        report = self.reports / "pytest.xml"
        self.run(name, [PYTHON, "-m", "pytest", "-m", marker, f"--junitxml={report}"], environment)
        for suite in etree.parse(report).iter("testsuite"):
            if int(suite.get("skipped", "0")):
                raise StepFailedError(f"{name}: een overgeslagen test telt als fout", 1)
            self.passed += int(suite.get("tests", "0"))

    def run_all(self) -> None:
        """Every step in its order. Raises StepFailedError or LokaalError."""
        environment = portal_environment(
            self.reports,
            omgeving="test",
            basis_url="http://testserver",
            hm_metadata="niet-nodig.xml",
            email_url="smtp://127.0.0.1:9",
        )
        nowhere = {"DATABASE_URL": "postgres://127.0.0.1:9/geen", "REDIS_URL": "redis://127.0.0.1:9/0"}
        for name, words in STATIC.items():
            self.run(name, words, environment | nowhere)
        chromium = {"CHROMIUM": find_chromium()}
        find_pango()
        find_xmlsec1()  # a missing one is said now, not half way
        with Diensten.start() as diensten:
            print(f"\n{diensten.bron}", flush=True)
            self.run("makemigrations --check", MIGRATIONS, environment | diensten.environment)
            for name, marker in TESTS.items():
                self.test(name, marker, diensten.environment | chromium)


def main() -> int:
    """0 when all is green; otherwise the exit code of what is not."""
    start = time.monotonic()
    outcome, code = "", 0
    with tempfile.TemporaryDirectory(prefix="mijnduo-poort-") as reports:
        gate = Gate(Path(reports))
        try:
            gate.run_all()
        except StepFailedError as error:
            outcome, code = f"Gestopt bij {error.args[0]}", error.args[1]
        except LokaalError as error:
            outcome, code = str(error), 1
    print()
    for name, seconds in gate.seconds.items():
        print(f"{seconds:7.1f} s  {name}")
    print(f"{outcome or f'Alles is goed: {gate.passed} passed'}, in {time.monotonic() - start:.0f} s")
    return code


if __name__ == "__main__":
    sys.exit(main())
