from celery import shared_task
from django.utils import timezone

from accounts.services.organisaties import delete_old_contactpersonen
from verantwoording.tasks import told_by_type


@shared_task(name="accounts.tasks.run_contactpersonen")
def run_contactpersonen() -> None:
    """Forget the contactpersonen of organisaties that ended (R34): beat starts this every hour."""
    with told_by_type("accounts.run_contactpersonen"):
        delete_old_contactpersonen(now=timezone.now())
