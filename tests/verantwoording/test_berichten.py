"""Mail leaves once, after commit, from a row that says so (D17), over a real SMTP server."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from email import message_from_string, policy

import pytest
import time_machine
from django.db import connection, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from buitenwereld.postvak import Postvak, Storing
from mijnduo.lokaal.processes import free_port
from tests.verantwoording.conftest import AAN, use_smtp, write_post
from verantwoording.haken import Post
from verantwoording.models import Bericht, Logregel
from verantwoording.rules import VERZENDEN_DUURT_HOOGSTENS, WACHTTIJDEN, Actor, ActorSoort
from verantwoording.services import send_bericht, sweep_berichten, write_logregel

Enqueue = Callable[..., Bericht]
pytestmark = pytest.mark.django_db
Status = Bericht.Status
CODE = "ABCDE-FGHJK"


def test_a_mail_carries_its_own_headers_and_its_row_says_when_it_left(
    enqueue: Enqueue, postvak: Postvak, now: datetime
) -> None:
    bericht = enqueue()

    assert send_bericht(bericht_id=bericht.pk, now=now) == 1

    bericht.refresh_from_db()
    assert (bericht.status, bericht.pogingen, bericht.fout) == (Status.VERZONDEN, 1, "")
    assert bericht.verzonden_op is not None
    assert now <= bericht.verzonden_op < now + timedelta(seconds=30)
    [kept] = postvak.berichten
    mail = message_from_string(kept.bron, policy=policy.default)
    assert (kept.aan, kept.onderwerp) == (AAN, "Eén bericht")
    assert "Renée" in kept.tekst
    assert mail["Message-ID"] == bericht.message_id
    assert bericht.message_id.endswith("@mijnduo.example>")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime.replace(microsecond=0) == now
    assert (mail.get_content_type(), mail.get_content_charset()) == ("text/plain", "utf-8")
    assert mail["Reply-To"] is None


def test_a_mail_that_was_sent_is_not_sent_again(enqueue: Enqueue, postvak: Postvak, now: datetime) -> None:
    bericht = enqueue()
    send_bericht(bericht_id=bericht.pk, now=now)

    assert send_bericht(bericht_id=bericht.pk, now=now) == 0
    assert sweep_berichten(now=now + timedelta(days=1)) == 0
    assert len(postvak.berichten) == 1


def test_redis_down_is_logged_and_the_sweep_sends(
    enqueue: Enqueue,
    postvak: Postvak,
    now: datetime,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        bericht = enqueue()  # REDIS_URL leads nowhere in the tests

    assert [record.getMessage() for record in caplog.records] == [
        f"bericht {bericht.pk} waits for the sweep: the broker cannot be reached"
    ]
    sweep_berichten(now=now)
    assert len(postvak.voor(AAN)) == 1


def test_an_act_that_is_rolled_back_sends_nothing(enqueue: Enqueue, postvak: Postvak, now: datetime) -> None:
    with transaction.atomic():
        enqueue()
        transaction.set_rollback(True)

    assert sweep_berichten(now=now) == 0
    assert postvak.berichten == []


def test_a_temporary_refusal_waits_and_then_leaves_as_the_same_mail(
    enqueue: Enqueue, postvak: Postvak, now: datetime
) -> None:
    bericht = enqueue()
    postvak.storing = Storing("451", keer=1)
    sweep_berichten(now=now)

    bericht.refresh_from_db()
    first = bericht.message_id
    assert (bericht.status, bericht.fout) == (Status.WACHT, "SMTPRecipientsRefused 451")
    assert bericht.begonnen_op is not None
    assert bericht.niet_voor == bericht.begonnen_op + WACHTTIJDEN[0]

    assert sweep_berichten(now=now + WACHTTIJDEN[0] - timedelta(seconds=5)) == 0
    assert sweep_berichten(now=now + WACHTTIJDEN[0] + timedelta(seconds=5)) == 1
    assert [mail.message_id for mail in postvak.berichten] == [first]


def test_an_address_that_does_not_exist_is_refused_for_good(enqueue: Enqueue, postvak: Postvak, now: datetime) -> None:
    bericht, other = enqueue(), enqueue(aan="wel@regenboog.example")
    postvak.storing = Storing("550", adres=AAN)

    sweep_berichten(now=now)

    bericht.refresh_from_db()
    assert (bericht.status, bericht.fout) == (Status.GEWEIGERD, "SMTPRecipientsRefused 550")
    other.refresh_from_db()
    assert other.status == Status.VERZONDEN
    assert sweep_berichten(now=now + timedelta(days=2)) == 0


def test_when_no_try_is_left_staff_must_look_and_the_log_names_no_address(
    enqueue: Enqueue, postvak: Postvak, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    bericht = enqueue()
    postvak.storing = Storing("451")

    moment = now
    for wait in WACHTTIJDEN:
        assert sweep_berichten(now=moment) == 1
        moment += wait + timedelta(seconds=30)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert sweep_berichten(now=moment) == 1

    bericht.refresh_from_db()
    assert (bericht.status, bericht.pogingen) == (Status.MISLUKT, len(WACHTTIJDEN) + 1)
    ours = [record for record in caplog.records if record.name.startswith("verantwoording")]
    assert ours[-1].levelno == logging.ERROR
    assert not [record for record in ours if AAN in record.getMessage()]
    assert sweep_berichten(now=moment + timedelta(days=2)) == 0


def test_a_mail_server_that_is_down_costs_no_try_and_renders_nothing(
    soort: Callable[..., str],
    enqueue: Enqueue,
    settings: Settings,
    now: datetime,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Otherwise a night without mail would make codes that nobody gets, and give up what could still be sent."""
    use_smtp(settings, free_port())
    rendered: list[int] = []

    def render(bericht: Bericht, now: datetime) -> Post | None:
        rendered.append(bericht.pk)
        return write_post(bericht, now)

    bericht = enqueue(soort(render))
    for day in range(3):
        assert sweep_berichten(now=now + timedelta(days=day)) == 0

    bericht.refresh_from_db()
    assert (bericht.status, bericht.pogingen, rendered) == (Status.WACHT, 0, [])
    assert {record.levelno for record in caplog.records} == {logging.ERROR}

    back = Postvak()
    back.start(port=settings.EMAIL_PORT)
    sweep_berichten(now=now + timedelta(days=3))
    assert len(back.berichten) == 1
    back.stop()


def test_a_connection_that_breaks_before_the_answer_gives_the_same_message_id_twice(
    enqueue: Enqueue, postvak: Postvak, now: datetime
) -> None:
    """SMTP knows no better: it may have arrived. Distinct ids are counted once."""
    enqueue()
    postvak.storing = Storing("verbreken", keer=1)
    sweep_berichten(now=now)
    sweep_berichten(now=now + timedelta(minutes=2))

    ids = [mail.message_id for mail in postvak.berichten]
    assert (len(ids), len(set(ids))) == (2, 1)


def test_a_kind_whose_retry_is_a_new_mail_gets_a_new_message_id(
    soort: Callable[..., str], enqueue: Enqueue, postvak: Postvak, now: datetime
) -> None:
    """D17: an activatiecode's retry holds another code."""
    enqueue(soort(nieuw_bij_elke_poging=True))
    postvak.storing = Storing("verbreken", keer=1)
    sweep_berichten(now=now)
    sweep_berichten(now=now + timedelta(minutes=2))

    assert len({mail.message_id for mail in postvak.berichten}) == 2


def test_a_mail_that_is_no_longer_needed_lapses(
    soort: Callable[..., str], enqueue: Enqueue, postvak: Postvak, now: datetime
) -> None:
    def render(bericht: Bericht, now: datetime) -> Post | None:
        return None

    bericht = enqueue(soort(render))
    sweep_berichten(now=now)

    bericht.refresh_from_db()
    assert (bericht.status, postvak.berichten) == (Status.VERVALLEN, [])


def test_a_bad_row_does_not_stop_the_batch_and_is_told_by_type_only(
    soort: Callable[..., str], enqueue: Enqueue, postvak: Postvak, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    """R05: whatever an exception says, a code may stand in it."""

    def render(bericht: Bericht, now: datetime) -> Post | None:
        write_logregel(gebeurtenis="ingelogd", actor=Actor(ActorSoort.TAAK), now=now)
        raise LookupError(CODE)

    bad = enqueue(soort(render), prioriteit=Bericht.Prioriteit.HOOG)
    good = enqueue()
    assert sweep_berichten(now=now) == 2

    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.status, bad.fout) == (Status.WACHT, "LookupError")
    assert good.status == Status.VERZONDEN
    assert Logregel.objects.count() == 0  # what the renderer wrote is rolled back
    assert CODE not in caplog.text
    assert "LookupError at test_berichten.py" in caplog.text


def test_a_kind_that_this_release_does_not_know_waits_for_one_that_does(
    enqueue: Enqueue, postvak: Postvak, now: datetime
) -> None:
    bericht = enqueue()
    Bericht.objects.update(soort="van-de-volgende-versie")
    sweep_berichten(now=now)

    bericht.refresh_from_db()
    assert (bericht.status, bericht.fout) == (Status.WACHT, "KeyError")


@pytest.mark.parametrize(
    "gegevens",
    [
        {"aan": "a@regenboog.example\nBcc: b@elders.example"},
        {"aan": "a@regenboog.example, b@elders.example"},
        {"aan": "Iemand <a@regenboog.example>"},
        {"aan": ""},
        {"onderwerp": "Uw code\nBcc: b@elders.example"},
    ],
)
def test_nothing_slips_in_by_an_address_or_a_subject(
    gegevens: dict[str, str], enqueue: Enqueue, postvak: Postvak, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    bericht = enqueue(**gegevens)
    sweep_berichten(now=now)

    bericht.refresh_from_db()
    assert (bericht.status, postvak.berichten) == (Status.MISLUKT, [])
    assert not [record for record in caplog.records if "example" in record.getMessage()]


def test_the_most_urgent_mail_leaves_first(enqueue: Enqueue, postvak: Postvak, now: datetime) -> None:
    for prioriteit in (Bericht.Prioriteit.BULK, Bericht.Prioriteit.GEWOON, Bericht.Prioriteit.HOOG):
        enqueue(prioriteit=prioriteit, onderwerp=prioriteit.label)
    sweep_berichten(now=now)

    assert [mail.onderwerp for mail in postvak.berichten] == ["hoog", "gewoon", "bulk"]


def test_a_sweep_stops_before_the_next_one_starts(
    soort: Callable[..., str], enqueue: Enqueue, postvak: Postvak, now: datetime
) -> None:
    with time_machine.travel(now, tick=False) as traveller:

        def render(bericht: Bericht, now: datetime) -> Post | None:
            traveller.shift(30)
            return write_post(bericht, now)

        slow = soort(render)
        for _ in range(4):
            enqueue(slow)
        assert sweep_berichten(now=now) == 2

    begun = Bericht.objects.filter(status=Status.VERZONDEN).order_by("id").values_list("begonnen_op", flat=True)
    assert list(begun) == [now, now + timedelta(seconds=30)]


def test_what_a_process_that_died_left_behind_is_taken_up_as_the_same_mail(
    enqueue: Enqueue, postvak: Postvak, now: datetime
) -> None:
    bericht = enqueue()
    Bericht.objects.update(status=Status.BEZIG, pogingen=1, begonnen_op=now, message_id="<eerder@mijnduo.example>")

    assert sweep_berichten(now=now + VERZENDEN_DUURT_HOOGSTENS - timedelta(seconds=1)) == 0
    assert sweep_berichten(now=now + VERZENDEN_DUURT_HOOGSTENS) == 1
    bericht.refresh_from_db()
    assert (bericht.status, bericht.pogingen) == (Status.VERZONDEN, 2)
    assert [mail.message_id for mail in postvak.berichten] == ["<eerder@mijnduo.example>"]


def test_a_mail_that_kills_its_process_each_time_is_given_up(enqueue: Enqueue, postvak: Postvak, now: datetime) -> None:
    bericht = enqueue()
    Bericht.objects.update(status=Status.BEZIG, pogingen=len(WACHTTIJDEN) + 1, begonnen_op=now)
    sweep_berichten(now=now + timedelta(hours=1))

    bericht.refresh_from_db()
    assert (bericht.status, bericht.fout, postvak.berichten) == (Status.MISLUKT, "afgebroken", [])


@pytest.mark.django_db(transaction=True)
def test_what_rendering_writes_is_committed_before_the_mail_leaves(
    soort: Callable[..., str], enqueue: Enqueue, settings: Settings, now: datetime
) -> None:
    """D10: a code that somebody holds in his hands must work."""
    seen: list[int] = []

    class Lezer(Postvak):
        def _keep(self, envelope: object) -> None:
            seen.append(Logregel.objects.count())  # from another thread, so over another connection
            connection.close()

    def render(bericht: Bericht, now: datetime) -> Post | None:
        write_logregel(gebeurtenis="ingelogd", actor=Actor(ActorSoort.TAAK), now=now)
        return write_post(bericht, now)

    postvak = Lezer()
    postvak.start()
    use_smtp(settings, postvak.port)
    enqueue(soort(render))
    sweep_berichten(now=now)
    postvak.stop()
    assert seen == [1]


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_send_each_mail_once(enqueue: Enqueue, postvak: Postvak, now: datetime) -> None:
    for _ in range(60):
        enqueue()
    start = threading.Barrier(3)
    tried: list[int] = []

    def sweep() -> None:
        start.wait()
        tried.append(sweep_berichten(now=now))
        connection.close()

    threads = [threading.Thread(target=sweep) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(tried) == 60
    assert all(tried), "the sweeps were meant to overlap"
    ids = [mail.message_id for mail in postvak.berichten]
    assert len(ids) == len(set(ids)) == 60


@pytest.mark.django_db(transaction=True)
def test_a_sender_that_was_thought_dead_does_not_undo_what_another_noted(
    soort: Callable[..., str], enqueue: Enqueue, postvak: Postvak, now: datetime
) -> None:
    rendering, go_on = threading.Event(), threading.Event()

    def render(bericht: Bericht, now: datetime) -> Post | None:
        if bericht.pogingen == 1:
            rendering.set()
            go_on.wait(20)
            raise LookupError
        return write_post(bericht, now)

    bericht = enqueue(soort(render))

    def send() -> None:
        send_bericht(bericht_id=bericht.pk, now=now)
        connection.close()

    slow = threading.Thread(target=send)
    slow.start()
    rendering.wait(20)
    sweep_berichten(now=now + 2 * VERZENDEN_DUURT_HOOGSTENS)
    go_on.set()
    slow.join()

    bericht.refresh_from_db()
    assert (bericht.status, bericht.pogingen, bericht.fout) == (Status.VERZONDEN, 2, "")
