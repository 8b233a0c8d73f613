import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mijnduo.settings")

app = Celery("mijnduo")
app.config_from_object("mijnduo.celeryconfig")
app.autodiscover_tasks()

# The whole beat schedule. Every job is driven by state and guarded by its Taakrun (D16): late, twice or by two beats.
app.conf.beat_schedule = {
    "mail-that-was-left-behind": {"task": "verantwoording.tasks.sweep_berichten", "schedule": 60.0},
    "inactive-koppelingen": {"task": "koppeling.tasks.run_inactiviteit", "schedule": crontab(minute=15)},
    "clear-what-has-ended": {"task": "koppeling.tasks.run_opruimen", "schedule": crontab(minute=45)},
}
