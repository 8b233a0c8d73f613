from celery import shared_task
from django.utils import timezone

from planning.services.mails import send_herinneringen
from planning.services.opruimen import forget_tokens
from planning.services.overstappen import move_due_overstappen
from verantwoording.tasks import told_by_type


@shared_task(name="planning.tasks.run_overstappen")
def run_overstappen() -> None:
    """Move the overstappen whose day came (R26): beat starts this every hour."""
    with told_by_type("planning.run_overstappen"):
        move_due_overstappen(now=timezone.now())


@shared_task(name="planning.tasks.run_herinneringen")
def run_herinneringen() -> None:
    """Remind who still has to move (R27): beat starts this every hour."""
    with told_by_type("planning.run_herinneringen"):
        send_herinneringen(now=timezone.now())


@shared_task(name="planning.tasks.run_opruimen")
def run_opruimen() -> None:
    """Forget tokens and preparations of long ago (R34): beat starts this every hour."""
    with told_by_type("planning.run_opruimen"):
        forget_tokens(now=timezone.now())
