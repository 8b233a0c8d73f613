"""Programs side by side: started with a log each, watched, and stopped together."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from mijnduo.lokaal.errors import LokaalError
from mijnduo.lokaal.foreground import signals_held
from mijnduo.lokaal.processes import die_with_parent

GRACE = 15.0  # seconds that a program gets to stop by itself: longer than a request or a mail under way
SHOWN = 15  # lines of a log that are shown when a program stops


@dataclass
class Supervisor:
    """Runs programs in `cwd` with `environment` on top of ours; each writes to its own file in `logs`."""

    cwd: Path
    logs: Path
    environment: Mapping[str, str]
    _running: dict[str, "subprocess.Popen[str]"] = field(default_factory=dict)

    def run(self, name: str, words: Sequence[str | Path]) -> str:
        """Run a program to its end and return what it wrote to stdout. Raises LokaalError when it fails."""
        child = self._open(name, words, stdout=subprocess.PIPE)
        try:
            out, _ = child.communicate()
        finally:
            child.terminate()
            _wait(child)
        log = self._log(name)
        log.write_text(out + log.read_text(errors="replace"))  # what went wrong comes last
        if child.returncode:
            raise LokaalError(self._report(name, "is mislukt", child.returncode))
        return out

    def start(self, name: str, words: Sequence[str | Path]) -> None:
        """Start a program that stays."""
        self._running[name] = self._open(name, words, stdout=None)

    def check(self) -> None:
        """Raises LokaalError, with the end of its log, when one of the programs has stopped."""
        for name, child in self._running.items():
            if child.poll() is not None:
                raise LokaalError(self._report(name, "is gestopt", child.returncode))

    def stop(self) -> None:
        """Stop every program: the first one started serves the others and goes last. A stop signal changes nothing."""
        children = list(self._running.values())
        self._running.clear()
        with signals_held():
            for together in (children[1:], children[:1]):
                for child in together:
                    child.terminate()
                for child in together:
                    _wait(child)

    def _open(self, name: str, words: Sequence[str | Path], *, stdout: int | None) -> "subprocess.Popen[str]":
        with self._log(name).open("w") as log:
            # A session of its own: a Ctrl-C reaches only us, and we stop the programs in their order. When we are
            # killed, they are too, unasked: a worker whose Redis stops beside it has been seen to wait for ever.
            return subprocess.Popen(
                [*die_with_parent(signal.SIGKILL), *words],
                cwd=self.cwd,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log if stdout is None else stdout,
                stderr=log,
                text=True,
                start_new_session=True,
            )

    def _log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def _report(self, name: str, what: str, code: int) -> str:
        log = self._log(name)
        lines = log.read_text(errors="replace").splitlines()[-SHOWN:]
        return "\n".join([f"Het onderdeel {name} {what} (code {code}). Het einde van {log}:", *lines])


def _wait(child: "subprocess.Popen[str]") -> None:
    """Wait for a program that was asked to stop; kill it after GRACE, and whatever it started and left behind."""
    with suppress(subprocess.TimeoutExpired):
        child.wait(GRACE)
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
