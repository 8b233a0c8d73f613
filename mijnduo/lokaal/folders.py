"""The home of the servers' files: held by one process at a time, and reachable for the account they run as."""

import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from mijnduo.lokaal.errors import LokaalError
from mijnduo.lokaal.leftovers import stop_leftover
from mijnduo.lokaal.omgeving import kept_secret
from mijnduo.lokaal.processes import ServerAccount

# Where the files go when we are root and the servers' account cannot enter the folder, as below root's home.
REACHABLE = Path("/var/lib/mijnduo-lokaal")
PREFIX = "mijnduo-lokaal-"
PASSWORD = "wachtwoord"  # noqa: S105 (the name of its file)
FRESH = 60.0  # seconds in which somebody may still be making his temporary folder


@dataclass(frozen=True)
class Home:
    """A folder of the servers' account, closed to others, and the password that both servers ask."""

    path: Path
    account: ServerAccount

    @property
    def data(self) -> Path:
        """Where the cluster is, or will be."""
        return self.path / "data"

    @property
    def password_file(self) -> Path:
        """Readable for the account only."""
        return self.path / PASSWORD

    @property
    def password(self) -> str:
        """What is in the file."""
        return self.password_file.read_text()


@contextmanager
def lasting_home(folder: Path, account: ServerAccount) -> Iterator[Home]:
    """Make or reuse the home in a folder. Raises LokaalError when another process holds it."""
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with _hold(folder):
        yield _make_home(folder, account)


@contextmanager
def temporary_home(account: ServerAccount) -> Iterator[Home]:
    """Make a home in a temporary folder, which is removed afterwards."""
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
    folder.chmod(0o711)  # the account passes through on its way to the home, which is closed
    with _hold(folder):
        try:
            yield _make_home(folder, account)
        finally:
            _remove(folder)


def remove_home(folder: Path) -> None:
    """Remove a lasting folder with all that is in it. Raises LokaalError when another process holds it."""
    folder = folder.resolve()
    if folder.is_dir():
        with _hold(folder):
            _remove(folder)


@contextmanager
def _hold(folder: Path) -> Iterator[None]:
    # The kernel drops this lock with its holder, however that one dies; a number in a file would go stale.
    with (folder / "slot").open("a+") as slot:
        try:
            fcntl.flock(slot, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            slot.seek(0)
            raise LokaalError(f"De map {folder} is al in gebruik (proces {slot.read()}): stop dat eerst.") from None
        slot.truncate(0)
        slot.write(str(os.getpid()))
        slot.flush()
        stop_leftover(_link(folder).resolve() / "data")
        yield


def _link(folder: Path) -> Path:
    """The home, or the link to where it could be made."""
    return folder / "diensten"


def _make_home(folder: Path, account: ServerAccount) -> Home:
    link = _link(folder)
    if not link.exists():
        link.unlink(missing_ok=True)  # its target was thrown away
        link.mkdir(mode=0o700)
    home = link.resolve()
    if account.uid is not None and account.gid is not None:
        os.chown(home, account.uid, account.gid)
    if account.can_enter(home):
        kept_secret(home, PASSWORD)
        account.own(home / PASSWORD)
        return Home(home, account)
    if account.uid is None or link.is_symlink():
        raise LokaalError(f"De databaseserver kan niet in de map {home}: kies een andere map.")
    elsewhere = REACHABLE / hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    shutil.rmtree(elsewhere, ignore_errors=True)  # of a folder that was thrown away without us
    elsewhere.mkdir(parents=True, mode=0o700)
    link.rmdir()
    link.symlink_to(elsewhere)
    return _make_home(folder, account)


def _remove(folder: Path) -> None:
    shutil.rmtree(_link(folder).resolve(), ignore_errors=True)
    shutil.rmtree(folder)


def _sweep() -> None:
    """Remove the temporary folders of runs that were killed before they could do so."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError, LokaalError):
            state = folder.lstat()
            if state.st_uid == os.geteuid() and time.time() - state.st_mtime > FRESH and not folder.is_symlink():
                remove_home(folder)
