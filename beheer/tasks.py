from celery import shared_task
from django.utils import timezone

from beheer.services.aanvragen import clear_aanvragen
from verantwoording.tasks import told_by_type


@shared_task(name="beheer.tasks.run_aanvragen")
def run_aanvragen() -> None:
    """Let applications lapse and forget old ones (R01, R34): beat starts this every hour."""
    with told_by_type("beheer.run_aanvragen"):
        clear_aanvragen(now=timezone.now())
