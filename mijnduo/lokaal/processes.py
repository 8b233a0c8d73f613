"""Servers as child processes: never as root, and they do not outlive us."""

import http.client
import os
import pwd
import shutil
import signal
import socket
import subprocess
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from mijnduo.lokaal.errors import LokaalError

GRACE = 20.0  # seconds that a server gets to stop by itself


@dataclass(frozen=True)
class ServerAccount:
    """Who the servers run as: ourselves (uid None), or somebody else when we are root, whom PostgreSQL refuses."""

    uid: int | None = None
    gid: int | None = None

    @classmethod
    def choose(cls) -> "ServerAccount":
        """The account for who we are. Raises LokaalError when root has nobody to hand over to."""
        if os.geteuid() != 0:
            return cls()
        # Known to the machine by name, because PostgreSQL looks its own user up.
        for name in ("postgres", "nobody"):
            with suppress(KeyError):
                entry = pwd.getpwnam(name)
                return cls(entry.pw_uid, entry.pw_gid)
        raise LokaalError(
            "PostgreSQL draait niet als root en er is geen gebruiker 'postgres' of 'nobody': maak er een."
        )

    def run(self, words: Sequence[str | Path], stdin: str = "") -> "subprocess.CompletedProcess[str]":
        """Run a program to its end; both its streams come back in `stdout`; code 126 if it cannot be executed."""
        try:
            return subprocess.run(
                words,
                input=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                cwd="/",
                env=_bare_environment(),
                user=self.uid,
                group=self.gid,
                extra_groups=self._extra_groups(),
            )
        except OSError as error:
            return subprocess.CompletedProcess(list(words), 126, stdout=str(error))

    def start(self, words: Sequence[str | Path], log: Path, stdin: str = "") -> "subprocess.Popen[str]":
        """Start a server in a session of its own, out of reach of the terminal's Ctrl-C, with its output in `log`.

        Call it from the main thread: where the kernel can, it stops the server when that thread is gone (kill -9).
        """
        with log.open("w") as output:
            child = subprocess.Popen(
                [*die_with_parent(signal.SIGINT), *words],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                text=True,
                cwd="/",
                env=_bare_environment(),
                start_new_session=True,
                user=self.uid,
                group=self.gid,
                extra_groups=self._extra_groups(),
            )
        if child.stdin:
            with suppress(BrokenPipeError), child.stdin as pipe:
                pipe.write(stdin)
        return child

    def own(self, folder: Path) -> None:
        """Hand a folder and everything in it over to the account."""
        if self.uid is not None and self.gid is not None:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def can_enter(self, folder: Path) -> bool:
        """Whether the account may go into the folder: below root's home, for one, it may not."""
        return self.run(["/bin/sh", "-c", 'cd "$1"', "sh", folder]).returncode == 0

    def _extra_groups(self) -> list[int] | None:
        return None if self.uid is None else []


def stop(child: "subprocess.Popen[str]", signum: signal.Signals) -> None:
    """Ask a server to stop with the signal that suits it, and kill it when it does not within GRACE seconds."""
    child.send_signal(signum)
    try:
        child.wait(GRACE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def free_port() -> int:
    """A port on the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int, path: str) -> bool:
    """Whether a web server on the loopback address answers this path with 200."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        try:
            connection.request("GET", path)
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False


def reachable_copy(account: ServerAccount, sources: Sequence[Path], target: Path) -> None:
    """Copy programs (with the folders beside them that they load from) to where the account can execute them."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    for source in sources:
        if source.is_dir():
            shutil.copytree(source, target / source.name, symlinks=True)
        else:
            shutil.copy2(source, target)
    account.own(target)


def die_with_parent(signum: signal.Signals) -> list[str]:
    """The words before a command that let the kernel send it a signal when its parent is gone, even by kill -9."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", signum.name.removeprefix("SIG")] if setpriv else []


def _bare_environment() -> dict[str, str]:
    """Nothing of ours: PG* variables and library paths lead servers astray."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": "/"}
