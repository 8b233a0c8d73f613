"""The job of R18 beside others: killed half way, twice at once, and with somebody logging in."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from koppeling.models import Koppeling
from koppeling.rules import lapse_day
from koppeling.services.inactiviteit import unlink_inactive_koppelingen
from tests.factories import NOW, link, make_account
from tests.koppeling.veel import multiply
from tests.processen import kill, start_process, terminate_waiting_backends, wait_for, waiting_backends
from verantwoording.models import Bericht, Logregel, Taakrun

pytestmark = [pytest.mark.zwaar, pytest.mark.django_db(transaction=True)]
MANY = 2_500  # two chunks and a half


def silent(now: datetime) -> Koppeling:
    """One that lapsed yesterday and was warned."""
    return link(
        make_account(),
        used=now - timedelta(days=560),
        vervalt_op=(now - timedelta(days=1)).date(),
        gewaarschuwd_7_op=now - timedelta(days=8),
    )


def assert_each_was_unlinked_once(count: int) -> None:
    ended = set(Koppeling.objects.filter(beeindigd_op__isnull=False, reden="inactief").values_list("pk", flat=True))
    assert len(ended) == count
    for rows in (Logregel.objects.filter(gebeurtenis="ontkoppeld"), Bericht.objects.filter(soort="ontkoppeld")):
        ids = list(rows.values_list("object_id", flat=True))
        assert len(ids) == count
        assert set(ids) == ended


@pytest.fixture
def stop_at() -> Iterator[str]:
    """The statement that makes the job wait in the middle of the second chunk, until the test lets go of a lock."""
    yield (
        "CREATE FUNCTION wacht() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_advisory_xact_lock(18); RETURN NEW; END $$;"
        " CREATE TRIGGER wacht BEFORE UPDATE ON koppeling_koppeling FOR EACH ROW WHEN (OLD.id = %s)"
        " EXECUTE FUNCTION wacht()"
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all(); DROP FUNCTION IF EXISTS wacht CASCADE")


@contextmanager
def in_thread(now: datetime) -> Iterator[None]:
    """The job, at work beside what stands in the `with`."""

    def run() -> None:
        unlink_inactive_koppelingen(now=now)
        connection.close()

    job = threading.Thread(target=run)
    job.start()
    yield
    job.join()


def test_killed_half_way_and_run_again_nothing_is_lost_or_doubled(stop_at: str) -> None:
    now = timezone.now()
    first = silent(now)
    multiply(first, MANY - 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(18)")
        cursor.execute(stop_at, [first.pk + 1_499])

    job = start_process("manage.py", "inactiviteit")
    wait_for(waiting_backends)
    kill(job)
    terminate_waiting_backends()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(18)")
    assert_each_was_unlinked_once(1_000)

    assert unlink_inactive_koppelingen(now=now) is None  # it still looks alive
    assert unlink_inactive_koppelingen(now=now + timedelta(minutes=15)) is not None
    assert_each_was_unlinked_once(MANY)
    counts = Taakrun.objects.values_list("tellingen__ontkoppeld", flat=True)
    assert sum(count or 0 for count in counts) == MANY


def test_two_at_once_share_the_work(stop_at: str) -> None:
    """At the turn of the hour: the first stands still in its chunk, the second passes by what that has locked."""
    now = NOW.replace(minute=58)
    first = silent(now)
    multiply(first, MANY - 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(18)")
        cursor.execute(stop_at, [first.pk + 499])

    with in_thread(now):
        wait_for(waiting_backends)
        second = unlink_inactive_koppelingen(now=now + timedelta(minutes=3))
        assert second is not None
        assert 1_500 <= second.tellingen["ontkoppeld"] < MANY
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(18)")

    assert_each_was_unlinked_once(MANY)
    assert sum(Taakrun.objects.values_list("tellingen__ontkoppeld", flat=True)) == MANY


def test_somebody_who_is_logging_in_during_the_run_keeps_the_koppeling() -> None:
    """His row is locked: the job does not wait for him and does not take him."""
    now = timezone.now()
    koppeling = silent(now)
    multiply(koppeling, 9)
    login = connection.copy()
    login.set_autocommit(False)
    with login.cursor() as cursor:
        cursor.execute(
            "UPDATE koppeling_koppeling SET laatst_gebruikt = %s, vervalt_op = %s, gewaarschuwd_7_op = NULL"
            " WHERE id = %s",
            [now, lapse_day(now), koppeling.pk],
        )
        run = unlink_inactive_koppelingen(now=now)
    login.commit()
    login.close()

    assert run is not None
    assert run.tellingen["ontkoppeld"] == 9
    assert unlink_inactive_koppelingen(now=now + timedelta(hours=1)) is not None
    assert list(Koppeling.objects.live()) == [koppeling]


def test_somebody_who_logged_in_while_the_job_was_on_its_way_to_him_keeps_the_koppeling(stop_at: str) -> None:
    """The statement began before his login and reaches his row after it: what counts is the row as it is by then."""
    now = timezone.now()
    first = silent(now)
    multiply(first, 1_999)
    last = first.pk + 1_999
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(18)")
        cursor.execute(stop_at, [first.pk])

    with in_thread(now):
        wait_for(waiting_backends)
        Koppeling.objects.filter(pk=last).update(laatst_gebruikt=now, vervalt_op=lapse_day(now), gewaarschuwd_7_op=None)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(18)")

    assert [koppeling.pk for koppeling in Koppeling.objects.live()] == [last]
    assert_each_was_unlinked_once(1_999)


def test_each_statement_finds_its_rows_by_the_partial_index() -> None:
    """On 100,000 analysed koppelingen, of which few are due; default planner settings."""
    now = timezone.now()
    multiply(silent(now), 100_000, vervalt_op="CURRENT_DATE + 40 + mod(n, 500)", gewaarschuwd_7_op="NULL::timestamptz")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with CaptureQueriesContext(connection) as captured:
        unlink_inactive_koppelingen(now=now, proef=True)
        unlink_inactive_koppelingen(now=now)

    statements = [query["sql"] for query in captured if "koppeling_koppeling" in query["sql"]]
    assert len(statements) == 6
    for statement in statements:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN " + statement)
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "koppeling_vervalt" in plan, plan
        assert "Seq Scan on koppeling_koppeling" not in plan, plan
        assert "Seq Scan on accounts_account" not in plan, plan
