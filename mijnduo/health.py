"""What the container platform asks, answered before hosts, sessions, redirects and logins come into play."""

from collections.abc import Callable
from http import HTTPStatus

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

GetResponse = Callable[[HttpRequest], HttpResponse]
REDIS_SECONDEN = 2


def live(request: HttpRequest) -> HttpResponse:
    """The process answers. Asks nothing of anybody, so that a broken database restarts no web server."""
    return _answer({"proces": True})


def ready(request: HttpRequest) -> HttpResponse:
    """Whether this server can do its work: database and Redis answer, every migration has been applied. 200 or 503."""
    return _answer({"database": _database(), "redis": _redis(), "migraties": _migrations()})


def _answer(parts: dict[str, bool]) -> HttpResponse:
    status = HTTPStatus.OK if all(parts.values()) else HTTPStatus.SERVICE_UNAVAILABLE
    content = {part: "ok" if good else "fout" for part, good in parts.items()}
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


PATHS = {"/health/live": live, "/health/ready": ready}


class HealthMiddleware:
    """First in the row: the two addresses need no known host, no https, no session and no login."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        view = PATHS.get(request.path) if request.method in {"GET", "HEAD"} else None
        return view(request) if view else self.get_response(request)
