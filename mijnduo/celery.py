import os

from celery import Celery
from celery.schedules import crontab
from celery.signals import beat_init, celeryd_init
from django.core.management.base import SystemCheckError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mijnduo.settings")

app = Celery("mijnduo")
app.config_from_object("mijnduo.celeryconfig")
app.autodiscover_tasks()

# The whole beat schedule. Every job is driven by state and guarded by its Taakrun (D16): late, twice or by two beats.
app.conf.beat_schedule = {
    "mail-that-was-left-behind": {"task": "verantwoording.tasks.sweep_berichten", "schedule": 60.0},
    "inactive-koppelingen": {"task": "koppeling.tasks.run_inactiviteit", "schedule": crontab(minute=15)},
    "clear-what-has-ended": {"task": "koppeling.tasks.run_opruimen", "schedule": crontab(minute=45)},
    "taakgebruik-that-is-too-old": {"task": "autorisatie.tasks.run_opruimen", "schedule": crontab(minute=50)},
    "machtigingen-that-end": {"task": "autorisatie.tasks.run_machtigingen", "schedule": crontab(minute=20)},
    "contactpersonen-that-are-too-old": {"task": "accounts.tasks.run_contactpersonen", "schedule": crontab(minute=52)},
    "continuiteitswacht": {"task": "beheer.tasks.run_continuiteit", "schedule": crontab(minute=20)},
    "aanvragen-that-ran-out": {"task": "beheer.tasks.run_aanvragen", "schedule": crontab(minute=12)},
    "the-yearly-look-at-rollen": {"task": "beheer.tasks.run_hercertificering", "schedule": crontab(minute=25)},
    "voorstellen-that-ran-out": {"task": "verantwoording.tasks.run_voorstellen", "schedule": crontab(minute=10)},
    "lists-that-were-left-behind": {"task": "beheer.tasks.sweep_aanmeldlijsten", "schedule": 60.0},
    "signalen": {"task": "beheer.tasks.sweep_signalen", "schedule": 120.0},
    "signalen-that-nobody-answered": {"task": "beheer.tasks.run_signalen", "schedule": crontab(minute=35)},
    "lists-that-are-too-old": {"task": "beheer.tasks.run_opruimen", "schedule": crontab(minute=55)},
    "visitors-to-be-forgotten": {"task": "publiek.tasks.run_opruimen", "schedule": crontab(minute=57)},
    "metadata-of-the-makelaar": {"task": "koppeling.tasks.run_metadata", "schedule": crontab(minute=5)},
    "overstappen-whose-day-came": {"task": "planning.tasks.run_overstappen", "schedule": crontab(minute=1)},
    "tokens-to-be-forgotten": {"task": "planning.tasks.run_opruimen", "schedule": crontab(minute=52)},
    "reminders-of-overstappen": {"task": "planning.tasks.run_herinneringen", "schedule": crontab(minute=10)},
}


@celeryd_init.connect
@beat_init.connect
def refuse_unsafe_start(**kwargs: object) -> None:
    """Workers and beat run no management command, so the system checks are asked here (D19).

    SystemExit, because Celery logs any other exception of a signal and goes on.
    """
    from mijnduo import checks

    try:
        checks.refuse_unsafe_start()
    except SystemCheckError as error:
        raise SystemExit(str(error)) from error
