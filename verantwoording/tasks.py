import logging
from collections.abc import Iterator
from contextlib import contextmanager

from celery import shared_task
from django.utils import timezone

from verantwoording import services
from verantwoording.rules import describe_error

logger = logging.getLogger(__name__)


@contextmanager
def told_by_type(taak: str) -> Iterator[None]:
    """End a task that fails with a log line that names the type only: Celery would print the whole exception (R05).

    Nothing is lost by it: every task is driven by rows, and beat starts it again.
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001  # whatever it is, its values stay out of the log
        logger.error("%s stopped: %s", taak, describe_error(error))  # noqa: TRY400  # a trace's message holds values


@shared_task(name="verantwoording.tasks.send_bericht")
def send_bericht(bericht_id: int) -> None:
    """Send one mail, soon after the act that it tells of was committed (D17)."""
    with told_by_type("send_bericht"):
        services.send_bericht(bericht_id=bericht_id, now=timezone.now())


@shared_task(name="verantwoording.tasks.sweep_berichten")
def sweep_berichten() -> None:
    """Send what no hint has sent: beat starts this every minute (D17)."""
    with told_by_type("sweep_berichten"):
        services.sweep_berichten(now=timezone.now())


@shared_task(name="verantwoording.tasks.run_voorstellen")
def run_voorstellen() -> None:
    """Let voorstellen lapse on which nobody decided in time (D22): beat starts this every hour."""
    with told_by_type("run_voorstellen"):
        services.clear_voorstellen(now=timezone.now())
