from celery import shared_task
from django.utils import timezone

from autorisatie.services.mededelingen import forget_gelezen
from autorisatie.services.opruimen import forget_taakgebruik
from autorisatie.services.verlopen import end_machtigingen
from verantwoording.tasks import told_by_type


@shared_task(name="autorisatie.tasks.run_opruimen")
def run_opruimen() -> None:
    """Forget which taken were opened, and which mededelingen were read, long ago (R34): beat starts this every hour."""
    with told_by_type("autorisatie.run_opruimen"):
        forget_taakgebruik(now=timezone.now())
        forget_gelezen(now=timezone.now())


@shared_task(name="autorisatie.tasks.run_machtigingen")
def run_machtigingen() -> None:
    """Warn of machtigingen that end, and end what rested on them (R30): beat starts this every hour."""
    with told_by_type("autorisatie.run_machtigingen"):
        end_machtigingen(now=timezone.now())
