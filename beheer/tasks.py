from celery import shared_task
from django.utils import timezone

from beheer.services import aanmeldlijsten, hercertificering_taak
from beheer.services.aanvragen import clear_aanvragen
from beheer.services.continuiteit import watch_continuiteit
from beheer.services.signalen import raise_signalen, watch_signalen
from verantwoording.tasks import told_by_type


@shared_task(name="beheer.tasks.run_aanvragen")
def run_aanvragen() -> None:
    """Let applications lapse and forget old ones (R01, R34): beat starts this every hour."""
    with told_by_type("beheer.run_aanvragen"):
        clear_aanvragen(now=timezone.now())


@shared_task(name="beheer.tasks.register_aanmeldlijst")
def register_aanmeldlijst(lijst_id: int) -> None:
    """Register the people of a confirmed list, soon after it was confirmed."""
    with told_by_type("register_aanmeldlijst"):
        aanmeldlijsten.register_aanmeldlijst(lijst_id=lijst_id, now=timezone.now())


@shared_task(name="beheer.tasks.sweep_aanmeldlijsten")
def sweep_aanmeldlijsten() -> None:
    """Take up lists that were left behind: beat starts this every minute."""
    with told_by_type("sweep_aanmeldlijsten"):
        aanmeldlijsten.sweep_aanmeldlijsten(now=timezone.now())


@shared_task(name="beheer.tasks.run_opruimen")
def run_opruimen() -> None:
    """Forget uploaded files after 24 hours (D23, R34): beat starts this every hour, and so before they are 25."""
    with told_by_type("beheer.run_opruimen"):
        aanmeldlijsten.forget_aanmeldlijsten(now=timezone.now())


@shared_task(name="beheer.tasks.run_hercertificering")
def run_hercertificering() -> None:
    """Begin, remind, warn and end the yearly look back at rollen: beat starts this every hour."""
    with told_by_type("beheer.run_hercertificering"):
        hercertificering_taak.run_hercertificering(now=timezone.now())


@shared_task(name="beheer.tasks.run_continuiteit")
def run_continuiteit() -> None:
    """Warn before an organisatie has no beheerder who can act (R03): beat starts this every hour."""
    with told_by_type("beheer.run_continuiteit"):
        watch_continuiteit(now=timezone.now())


@shared_task(name="beheer.tasks.sweep_signalen")
def sweep_signalen() -> None:
    """Raise what a second person should look at: beat starts this every two minutes."""
    with told_by_type("sweep_signalen"):
        raise_signalen(now=timezone.now())


@shared_task(name="beheer.tasks.run_signalen")
def run_signalen() -> None:
    """Remind of signalen that nobody answered, tell DUO, and forget old ones (R34): beat starts this every hour."""
    with told_by_type("beheer.run_signalen"):
        watch_signalen(now=timezone.now())
