"""One run of a job per hour: the row is the lock (D16)."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from verantwoording.models import Logregel, Taakrun
from verantwoording.rules import HARTSLAG_HOOGSTENS_OUD, Actor, ActorSoort
from verantwoording.services import taakrun, write_logregel
from verantwoording.services.taakruns import RunTakenOverError

pytestmark = pytest.mark.django_db
Status = Taakrun.Status


def begin_and_die(now: datetime) -> Taakrun:
    """A run whose process was killed: KeyboardInterrupt is no Exception, so nothing is noted."""

    def work() -> None:
        with taakrun(naam="proef", now=now) as run:
            assert run is not None
            run.count(gedaan=2)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    return Taakrun.objects.get(naam="proef", proef=False)


def test_a_run_tells_what_it_did_and_when(now: datetime) -> None:
    with taakrun(naam="proef", now=now) as run:
        assert run is not None
        assert Taakrun.objects.get().status == Status.BEZIG
        run.count(gedaan=2)
        run.count(gedaan=3, anders=1)

    row = Taakrun.objects.get()
    assert (row.status, row.tellingen) == (Status.KLAAR, {"gedaan": 5, "anders": 1})
    assert (row.venster, row.begonnen_op) == ("2026-03-02T10+01:00", now)
    assert row.klaar_op is not None
    assert row.klaar_op >= now


def test_an_hour_that_is_done_is_not_done_again(now: datetime) -> None:
    with taakrun(naam="proef", now=now):
        pass
    with taakrun(naam="proef", now=now + timedelta(minutes=59)) as again:
        assert again is None
    with taakrun(naam="anders", now=now) as other_job, taakrun(naam="proef", now=now + timedelta(hours=1)) as next_hour:
        assert other_job is not None
        assert next_hour is not None
    assert Taakrun.objects.count() == 3


def test_a_run_at_work_is_left_alone_and_a_silent_one_taken_over_with_its_counts(now: datetime) -> None:
    row = begin_and_die(now)
    with taakrun(naam="proef", now=row.hartslag_op + HARTSLAG_HOOGSTENS_OUD) as early:
        assert early is None
    later = row.hartslag_op + HARTSLAG_HOOGSTENS_OUD + timedelta(seconds=1)
    with taakrun(naam="proef", now=later) as run:
        assert run is not None
        run.count(gedaan=1)

    row.refresh_from_db()
    assert (row.status, row.tellingen, row.begonnen_op) == (Status.KLAAR, {"gedaan": 3}, now)


def test_a_run_that_was_taken_over_cannot_go_on(now: datetime) -> None:
    """It was not dead but slow: what it was doing is rolled back."""

    def work_slowly() -> None:
        with taakrun(naam="proef", now=now) as slow, taakrun(naam="proef", now=now + timedelta(minutes=11)) as other:
            assert slow is not None
            assert other is not None
            with transaction.atomic():
                write_logregel(gebeurtenis="ingelogd", actor=Actor(ActorSoort.TAAK), now=now)
                slow.count(gedaan=1)

    with pytest.raises(RunTakenOverError):
        work_slowly()
    assert Logregel.objects.count() == 0


def test_an_error_ends_the_run_as_failed_and_is_told_by_type_only(now: datetime) -> None:
    with pytest.raises(LookupError), taakrun(naam="proef", now=now):
        raise LookupError("ABCDE-FGHJK")

    row = Taakrun.objects.get()
    assert row.status == Status.MISLUKT
    assert row.fout.startswith("LookupError at test_taakruns.py:")


def test_a_failed_run_may_be_done_again_in_its_hour(now: datetime) -> None:
    with pytest.raises(LookupError), taakrun(naam="proef", now=now):
        raise LookupError
    with taakrun(naam="proef", now=now + timedelta(minutes=1)) as run:
        assert run is not None

    row = Taakrun.objects.get()
    assert (row.status, row.fout) == (Status.KLAAR, "")


def test_a_run_that_died_in_an_earlier_hour_does_not_look_busy_for_ever(now: datetime) -> None:
    row = begin_and_die(now)
    with taakrun(naam="proef", now=now + timedelta(hours=1)):
        pass

    row.refresh_from_db()
    assert (row.status, row.fout) == (Status.MISLUKT, "afgebroken")


def test_a_dry_run_locks_nothing_and_touches_no_other_run(now: datetime) -> None:
    dead = begin_and_die(now)
    for _ in range(2):
        with taakrun(naam="proef", now=now + timedelta(hours=1), proef=True) as run:
            assert run is not None
    with taakrun(naam="proef", now=now + timedelta(hours=1)) as real:
        assert real is not None
        dead.refresh_from_db()

    assert Taakrun.objects.filter(proef=True, status=Status.KLAAR).count() == 2


def test_the_hour_that_comes_twice_in_autumn_is_two_windows() -> None:
    for hour in range(4):
        with taakrun(naam="proef", now=datetime(2026, 10, 24, 23, 30, tzinfo=UTC) + timedelta(hours=hour)) as run:
            assert run is not None

    assert list(Taakrun.objects.order_by("id").values_list("venster", flat=True)) == [
        "2026-10-25T01+02:00",
        "2026-10-25T02+02:00",
        "2026-10-25T02+01:00",
        "2026-10-25T03+01:00",
    ]


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_start_one_run(now: datetime) -> None:
    started: list[bool] = []
    both = threading.Barrier(8)

    def beat() -> None:
        both.wait()
        with taakrun(naam="proef", now=now) as run:
            started.append(run is not None)
        connection.close()

    threads = [threading.Thread(target=beat) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(started) == [False] * 7 + [True]
    assert Taakrun.objects.count() == 1
