from celery import shared_task
from django.utils import timezone

from koppeling.services.certificaten import warn_of_certificates
from koppeling.services.inactiviteit import unlink_inactive_koppelingen
from koppeling.services.metadata import refresh_metadata
from koppeling.services.opruimen import delete_what_has_ended
from verantwoording.tasks import told_by_type


@shared_task(name="koppeling.tasks.run_inactiviteit")
def run_inactiviteit() -> None:
    """Warn and unlink who has been silent for long (R18): beat starts this every hour."""
    with told_by_type("run_inactiviteit"):
        unlink_inactive_koppelingen(now=timezone.now())


@shared_task(name="koppeling.tasks.run_opruimen")
def run_opruimen() -> None:
    """Delete what has ended (D16): beat starts this every hour."""
    with told_by_type("run_opruimen"):
        delete_what_has_ended(now=timezone.now())


@shared_task(name="koppeling.tasks.run_metadata")
def run_metadata() -> None:
    """Refresh the makelaar's metadata, then warn of certificates that end: beat starts this every hour."""
    with told_by_type("run_metadata"):
        refresh_metadata(now=timezone.now())
    with told_by_type("warn_of_certificates"):
        warn_of_certificates(now=timezone.now())
