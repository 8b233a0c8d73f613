"""Celery's settings, each with its reason (services.md tried them with kill -9)."""

from django.conf import settings

broker_url = settings.REDIS_URL
result_backend = None  # a task's outcome is in our own rows
task_ignore_result = True
timezone = settings.TIME_ZONE
enable_utc = True
task_serializer = "json"
accept_content = ["json"]
task_acks_late = True  # a killed worker loses nothing …
task_reject_on_worker_lost = True  # … also when only the child is killed
worker_prefetch_multiplier = 1
worker_hijack_root_logger = False
worker_cancel_long_running_tasks_on_connection_loss = True
broker_connection_retry_on_startup = True
broker_transport_options = {
    "visibility_timeout": 900,  # longer than the longest task
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,  # kombu's default finds a lost message only after 100 seconds
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "max_retries": 0,  # for who publishes: without it each request waits 6 s while Redis is down
}
task_publish_retry = False  # enqueueing is a hint; beat's sweep sends what Redis missed (D17)
task_routes = {
    "verantwoording.tasks.*": {"queue": "mail"},
    "koppeling.tasks.*": {"queue": "taken"},
    "autorisatie.tasks.*": {"queue": "taken"},
    "beheer.tasks.*": {"queue": "taken"},
}
task_default_queue = "taken"
