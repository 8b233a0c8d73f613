"""/health/live and /health/ready: for the platform, without host, session, login or redirect."""

import os
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client, override_settings
from pytest_django import Settings

from mijnduo.lokaal.folders import temporary_home
from mijnduo.lokaal.processes import ServerAccount
from mijnduo.lokaal.redis import find_redis, run_redis
from tests.factories import make_account

NOTHING_WRONG = dict.fromkeys(("database", "redis", "migraties", "certificaten", "metadata"), "ok")


@pytest.fixture
def redis_url() -> Iterator[str]:
    """A real Redis of this test alone: the other tests have a broken one on purpose."""
    program = find_redis(os.environ.get("LOKAAL_BRON", ""))
    assert program is not None, "Redis is not found"
    with temporary_home(ServerAccount.choose()) as home, run_redis(program, home) as url:
        yield url


def test_live_asks_nothing_of_anybody(client: Client) -> None:
    response = client.get("/health/live", HTTP_HOST="10.0.0.7:8000")
    assert (response.status_code, response.json()) == (200, {"proces": "ok"})
    assert response["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_ready_says_of_each_part_whether_it_works(client: Client, settings: Settings, redis_url: str) -> None:
    settings.REDIS_URL = redis_url
    response = client.get("/health/ready", HTTP_HOST="10.0.0.7:8000")
    assert response.json() == NOTHING_WRONG
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_ready_is_not_ready_without_redis(client: Client) -> None:
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json() == NOTHING_WRONG | {"redis": "fout"}
    assert response["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_ready_is_not_ready_with_a_migration_to_go(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'koppeling'")
    assert client.get("/health/ready").json()["migraties"] == "fout"


@pytest.mark.django_db
def test_health_has_no_session_and_extends_none(client: Client) -> None:
    client.force_login(make_account())
    response = client.get("/health/live")
    assert not response.cookies


@override_settings(SECURE_SSL_REDIRECT=True)
def test_health_is_not_sent_to_https(client: Client) -> None:
    assert client.get("/health/live").status_code == 200


@pytest.mark.django_db
def test_nothing_else_about_health_is_public(client: Client) -> None:
    for path in ["/health/", "/health/live/", "/health/metrics"]:
        assert client.get(path).status_code == 404
    assert client.post("/health/live").status_code == 404
