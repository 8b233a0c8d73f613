from celery import shared_task
from django.utils import timezone

from publiek.services.opruimen import forget_bezoekers
from verantwoording.tasks import told_by_type


@shared_task(name="publiek.tasks.run_opruimen")
def run_opruimen() -> None:
    """Forget who left a newsletter, and opinions of long ago (R34): beat starts this every hour."""
    with told_by_type("publiek.run_opruimen"):
        forget_bezoekers(now=timezone.now())
