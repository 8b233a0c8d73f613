from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from verantwoording.models import Taakrun
from verantwoording.rules import HARTSLAG_HOOGSTENS_OUD, describe_error
from verantwoording.services.klok import running_clock


class RunTakenOverError(Exception):
    """Another process took this run over, because ours showed no sign of life: stop, and roll back what is open."""


class Run:
    """A run in progress: its row, counts and heartbeat (D16)."""

    def __init__(self, taakrun: Taakrun, now: datetime) -> None:
        self.taakrun = taakrun
        self._clock: Callable[[], datetime] = running_clock(now)

    def count(self, **aantallen: int) -> None:
        """Add to the counts; also the heartbeat.

        Call it in the transaction of the work it counts: then a kill cannot make the counts untrue. Raises
        RunTakenOverError when the run is no longer ours.
        """
        tellingen = self.taakrun.tellingen
        self._save(tellingen=tellingen | {naam: tellingen.get(naam, 0) + aantal for naam, aantal in aantallen.items()})

    def finish(self) -> None:
        """The work is done. Raises RunTakenOverError when the run is no longer ours."""
        self._save(status=Taakrun.Status.KLAAR, klaar_op=self._clock())

    def fail(self, error: Exception) -> None:
        """The work stopped: only the type of the error is kept. Raises RunTakenOverError as above."""
        self._save(status=Taakrun.Status.MISLUKT, klaar_op=self._clock(), fout=describe_error(error))

    def _save(self, **fields: object) -> None:
        fields["hartslag_op"] = self._clock()
        ours = Taakrun.objects.filter(
            pk=self.taakrun.pk, status=Taakrun.Status.BEZIG, hartslag_op=self.taakrun.hartslag_op
        )
        if not ours.update(**fields):
            raise RunTakenOverError
        for name, value in fields.items():
            setattr(self.taakrun, name, value)


@contextmanager
def taakrun(*, naam: str, now: datetime, proef: bool = False) -> Iterator[Run | None]:
    """Run the job `naam` for the hour of `now`; None when there is nothing to do.

    (naam, venster) is the lock (D16): an hour that is done or that somebody else is at work on gives None; one whose
    heartbeat is older than HARTSLAG_HOOGSTENS_OUD, or that failed, is taken over with its counts. The window is an
    hour in Amsterdam with its offset from UTC, so that the hour that comes twice in autumn is two windows. It is not a
    day: who was locked, or whose warning was a second too young, is then seen an hour later. A dry run (`proef`) locks
    nothing and is kept apart. An error ends the run as failed and is raised again.
    """
    venster = timezone.localtime(now).isoformat(timespec="hours")
    row = _start_dry(naam, venster, now) if proef else _start(naam, venster, now)
    if row is None:
        yield None
        return
    run = Run(row, now)
    try:
        yield run
    except Exception as error:
        run.fail(error)
        raise
    run.finish()


def _start_dry(naam: str, venster: str, now: datetime) -> Taakrun:
    return Taakrun.objects.create(naam=naam, venster=venster, proef=True, begonnen_op=now, hartslag_op=now)


@transaction.atomic
def _start(naam: str, venster: str, now: datetime) -> Taakrun | None:
    silent = Q(status=Taakrun.Status.BEZIG, hartslag_op__lt=now - HARTSLAG_HOOGSTENS_OUD)
    runs = Taakrun.objects.filter(naam=naam, proef=False)
    runs.filter(silent).exclude(venster=venster).update(status=Taakrun.Status.MISLUKT, klaar_op=now, fout="afgebroken")
    row, new = Taakrun.objects.get_or_create(
        naam=naam, venster=venster, proef=False, defaults={"begonnen_op": now, "hartslag_op": now}
    )
    if not new:
        free = runs.filter(silent | Q(status=Taakrun.Status.MISLUKT), pk=row.pk)
        if not free.update(status=Taakrun.Status.BEZIG, hartslag_op=now, klaar_op=None, fout=""):
            return None
        row.refresh_from_db()
    return row
