"""What the container platform asks, answered before hosts, sessions, redirects and logins come into play."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from koppeling.rules import certificate_step
from koppeling.services.certificaten import certificaten
from koppeling.services.metadata import metadata_stand

GetResponse = Callable[[HttpRequest], HttpResponse]
REDIS_SECONDEN = 2


def live(request: HttpRequest) -> HttpResponse:
    """The process answers. Asks nothing of anybody, so that a broken database restarts no web server."""
    return _answer({"proces": True})


def ready(request: HttpRequest) -> HttpResponse:
    """Whether this server can do its work: database and Redis answer, every migration has been applied. 200 or 503.

    Notes on certificates and the makelaar's metadata come along; no server gets better by taking it out for those.
    """
    parts = {"database": _database(), "redis": _redis(), "migraties": _migrations()}
    return _answer(parts, _notes(timezone.now()) if parts["database"] and parts["migraties"] else {})


def _answer(parts: dict[str, bool], notes: dict[str, str] | None = None) -> HttpResponse:
    status = HTTPStatus.OK if all(parts.values()) else HTTPStatus.SERVICE_UNAVAILABLE
    content = {part: "ok" if good else "fout" for part, good in parts.items()} | (notes or {})
    return JsonResponse(content, status=status, headers={"Cache-Control": "no-store"})


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        connection.close()
        return False
    return True


def _redis() -> bool:
    client = redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=REDIS_SECONDEN, socket_timeout=REDIS_SECONDEN
    )
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def _migrations() -> bool:
    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        connection.close()
        return False


def _notes(now: datetime) -> dict[str, str]:
    try:
        ends = sorted(certificaat.einde for certificaat in certificaten())
        steps = [step for einde in ends if (step := certificate_step(einde=einde, now=now)) is not None]
        told = f"let op: een certificaat verloopt binnen {min(steps)} dagen" if steps else "ok"
        if ends and ends[0] <= now:
            told = "let op: een certificaat is verlopen"
    except (OSError, ValueError):
        told = "let op: niet te lezen"
    fresh = metadata_stand().is_fresh(now)
    return {"certificaten": told, "metadata": "ok" if fresh else "let op: niet vernieuwd"}


PATHS = {"/health/live": live, "/health/ready": ready}


class HealthMiddleware:
    """First in the row: the two addresses need no known host, no https, no session and no login."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        view = PATHS.get(request.path) if request.method in {"GET", "HEAD"} else None
        return view(request) if view else self.get_response(request)
