"""Delivery by real processes: a worker of Celery, Redis and an SMTP server, and a kill at the worst moment (D17)."""

import os
import subprocess
from collections.abc import Iterator
from datetime import timedelta

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from buitenwereld.postvak import Postvak
from koppeling.models import Koppeling
from mijnduo.lokaal.folders import temporary_home
from mijnduo.lokaal.processes import ServerAccount
from mijnduo.lokaal.redis import find_redis, run_redis
from tests.factories import link, make_account
from tests.processen import kill, start_process, terminate_waiting_backends, wait_for, waiting_backends
from tests.verantwoording.conftest import AAN
from verantwoording.models import Bericht, Taakrun
from verantwoording.rules import VERZENDEN_DUURT_HOOGSTENS

pytestmark = [pytest.mark.zwaar, pytest.mark.django_db(transaction=True)]

SETUP = "import django; django.setup(); from django.utils import timezone; from verantwoording.services import *; "
WORKER = ("-m", "celery", "-A", "mijnduo.celery", "worker", "-Q", "mail,taken", "-c", "2", "--loglevel", "info")


@pytest.fixture
def redis_url() -> Iterator[str]:
    """A real Redis of this test alone: the other tests have a broken one on purpose."""
    program = find_redis(os.environ.get("LOKAAL_BRON", ""))
    assert program is not None, "Redis is not found"
    with temporary_home(ServerAccount.choose()) as home, run_redis(program, home) as url:
        yield url


@pytest.fixture
def open_postvak() -> Iterator[Postvak]:
    postvak = Postvak()
    postvak.start()
    yield postvak
    postvak.stop()


def silent_koppeling() -> Koppeling:
    """Lapses in five days and was not warned."""
    used = timezone.now() - timedelta(days=540)
    return link(make_account(email=AAN), used=used, vervalt_op=(timezone.now() + timedelta(days=5)).date())


def test_an_act_in_one_process_becomes_a_mail_by_another(redis_url: str, open_postvak: Postvak) -> None:
    koppeling = silent_koppeling()
    settings = {"REDIS_URL": redis_url, "EMAIL_URL": f"smtp://127.0.0.1:{open_postvak.port}"}
    worker = start_process(*WORKER, **settings)
    try:
        act = f"enqueue_bericht(soort='verval_7', sleutel='proef', object_id={koppeling.pk}, now=timezone.now())"
        Koppeling.objects.update(gewaarschuwd_7_op=timezone.now())
        run(SETUP + act, **settings)
        wait_for(lambda: Bericht.objects.filter(status=Bericht.Status.VERZONDEN).exists())
        assert len(open_postvak.voor(AAN)) == 1

        Koppeling.objects.update(gewaarschuwd_7_op=None)
        run(
            SETUP + "from celery import current_app as app; app.send_task('koppeling.tasks.run_inactiviteit')",
            **settings,
        )
        wait_for(lambda: Taakrun.objects.filter(naam="inactiviteit", status=Taakrun.Status.KLAAR).exists())
        run(
            SETUP + "from celery import current_app as app; app.send_task('verantwoording.tasks.sweep_berichten')",
            **settings,
        )
        wait_for(lambda: len(open_postvak.voor(AAN)) == 2)
    finally:
        worker.terminate()
        output = worker.communicate()[0]
    assert AAN not in output
    assert "Traceback" not in output


def test_killed_between_the_answer_and_the_commit_the_same_mail_comes_twice_with_one_id(
    vasthouder: "Vasthouder",
) -> None:
    """SMTP knows no better than this. The second try is the sweep's."""
    Koppeling.objects.filter(pk=silent_koppeling().pk).update(gewaarschuwd_7_op=timezone.now())
    bericht = Bericht.objects.create(
        soort="verval_7",
        sleutel="proef",
        object_id=Koppeling.objects.get().pk,
        gemaakt_op=timezone.now(),
        niet_voor=timezone.now(),
    )
    email = {"EMAIL_URL": f"smtp://127.0.0.1:{vasthouder.port}"}
    sender = start_process("-c", SETUP + f"send_bericht(bericht_id={bericht.pk}, now=timezone.now())", **email)
    wait_for(waiting_backends)
    kill(sender)
    terminate_waiting_backends()
    vasthouder.let_go()
    bericht.refresh_from_db()
    assert (bericht.status, len(vasthouder.berichten)) == (Bericht.Status.BEZIG, 1)

    later = f"timezone.timedelta(seconds={VERZENDEN_DUURT_HOOGSTENS.total_seconds()})"
    run(SETUP + f"sweep_berichten(now=timezone.now() + {later})", **email)

    bericht.refresh_from_db()
    ids = [mail.message_id for mail in vasthouder.berichten]
    assert (bericht.status, bericht.pogingen) == (Bericht.Status.VERZONDEN, 2)
    assert (len(ids), set(ids)) == (2, {bericht.message_id})


class Vasthouder(Postvak):
    """Locks the row of the first mail before it answers 250, so that its sender must wait with what it would commit."""

    holder: BaseDatabaseWrapper | None = None

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.holder is None:
            self.holder = connection.copy()
            self.holder.inc_thread_sharing()
            self.holder.set_autocommit(False)
            self.holder.cursor().execute("SELECT FROM verantwoording_bericht FOR UPDATE")
        return await super().handle_DATA(server, session, envelope)

    def let_go(self) -> None:
        assert self.holder is not None
        self.holder.rollback()
        self.holder.close()


@pytest.fixture
def vasthouder() -> Iterator[Vasthouder]:
    postvak = Vasthouder()
    postvak.start()
    yield postvak
    postvak.stop()


def run(code: str, **extra: str) -> None:
    process = start_process("-c", code, **extra)
    output = process.communicate(timeout=60)[0]
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, "python", output)
