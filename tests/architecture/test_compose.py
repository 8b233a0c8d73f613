"""docker-compose.yml and the Dockerfile against the code: what they name exists, and what the code asks is there."""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands
from django.test import Client

from beheer.rules.tabel import BESTAND_HOOGSTENS
from koppeling.rules import HANDLEIDING_HOOGSTENS
from mijnduo import settings as mijnduo_settings
from mijnduo.celery import app
from mijnduo.lokaal.errors import LokaalError
from mijnduo.lokaal.geheimen import TO_FILL_IN, fill_folder
from mijnduo.lokaal.omgeving import ENTITY_ID
from mijnduo.lokaal.pango import PAKKETTEN
from tests.architecture.test_instellingen import REQUIRED, settings_read

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
NGINX = (ROOT / "docker" / "nginx.conf").read_text()
PORTAAL = ["web", "worker", "beat", "migratie", "voorbeelden"]
ONE_OFF = {"migratie", "voorbeelden"}


def stages() -> dict[str, list[str]]:
    """The Dockerfile's stages in order: name → its instructions, those of the stage it is made from first."""
    found: dict[str, list[str]] = {}
    for line in DOCKERFILE.splitlines():
        if match := re.fullmatch(r"FROM (\S+) AS (\S+)", line):
            name = match[2]
            found[name] = [*found.get(match[1], []), line]
        elif line.strip() and not line.startswith("#"):
            found[name].append(line)
    return found


def copied(stage: str) -> set[str]:
    """What of the work tree a stage copies."""
    lines = [line.split() for line in stages()[stage] if line.startswith("COPY") and "--from" not in line]
    return {word.rstrip("/") for words in lines for word in words[1:-1]}


def read_env(path: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in path.read_text().splitlines())


def environment_of(service: str, folder: Path) -> dict[str, str]:
    """What a service of the portal gets: the file with secrets, and what compose adds."""
    added: dict[str, str] = SERVICES[service]["environment"]
    return read_env(folder / "portaal.env") | added


@pytest.fixture(params=[False, True], ids=["productie", "demo"])
def geheimen(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    fill_folder(tmp_path, basis_url="https://mijnduo.example", demo=request.param)
    return tmp_path


@pytest.mark.parametrize("service", PORTAAL)
def test_every_required_setting_is_given_and_no_other_one(service: str, geheimen: Path) -> None:
    given = environment_of(service, geheimen)
    known = settings_read()
    assert {name for name, default in known.items() if default == REQUIRED} <= given.keys()
    assert given.keys() <= known.keys()


def test_the_production_settings_start_once_the_rest_is_filled_in(tmp_path: Path) -> None:
    fill_folder(tmp_path, basis_url="https://mijnduo.example", demo=False)
    environment = environment_of("web", tmp_path)
    assert all(environment[name] == "" for name in TO_FILL_IN)
    values = {
        "OMGEVING": "settings.OMGEVING",
        "BASIS_URL": "settings.ALLOWED_HOSTS",
        "DATABASE_URL": "settings.DATABASES['default']['HOST']",
        "REDIS_URL": "settings.REDIS_URL",
    }
    show = "from django.conf import settings; print([" + ", ".join(values.values()) + "])"
    filled = {"EMAIL_URL": "smtp+tls://mail.duo.example:587"}
    code, out = run_python(["-c", show], environment | filled)
    assert code == 0, out
    assert "['productie', ['mijnduo.example'], 'postgres', 'redis://" in out


def test_secrets_are_new_each_time_closed_to_others_and_never_written_over(tmp_path: Path) -> None:
    for name in ("een", "twee"):
        fill_folder(tmp_path / name, basis_url="https://mijnduo.example", demo=True)
    first, second = (read_env(tmp_path / name / "portaal.env") for name in ("een", "twee"))
    for secret in ("SECRET_KEY", "ACTIVATIECODE_PEPERS", "DATABASE_URL", "REDIS_URL"):
        assert first[secret] != second[secret]
    for name in ("portaal.env", "postgres.env", "redis.env", "sp.key", "tls.key"):
        assert (tmp_path / "een" / name).stat().st_mode & 0o077 == 0
    with pytest.raises(LokaalError, match="staan al geheimen"):
        fill_folder(tmp_path / "een", basis_url="https://mijnduo.example", demo=True)


def test_the_servers_get_the_passwords_that_the_portal_uses(geheimen: Path) -> None:
    portaal = read_env(geheimen / "portaal.env")
    postgres, redis = read_env(geheimen / "postgres.env"), read_env(geheimen / "redis.env")
    assert portaal["DATABASE_URL"] == (
        f"postgres://{postgres['POSTGRES_USER']}:{postgres['POSTGRES_PASSWORD']}@postgres:5432/{postgres['POSTGRES_DB']}"
    )
    assert portaal["REDIS_URL"] == f"redis://:{redis['REDISCLI_AUTH']}@redis:6379/0"


def test_every_target_exists_and_production_is_the_default() -> None:
    targets = {service["build"]["target"] for service in SERVICES.values() if "build" in service}
    assert targets == {"productie", "buitenwereld"}
    assert targets <= stages().keys()
    assert list(stages())[-1] == "productie"


def test_the_production_image_holds_the_portal_and_nothing_else() -> None:
    apps = {app.split(".")[0] for app in mijnduo_settings.INSTALLED_APPS} & {path.name for path in ROOT.iterdir()}
    assert copied("productie") == apps | {"manage.py", "templates", "static"}
    assert copied("pakketten") == {"requirements.txt"}
    assert copied("buitenwereld") == {"buitenwereld"}
    ignored = (ROOT / ".dockerignore").read_text().split()
    context = {line.removeprefix("!") for line in ignored if line.startswith("!")}
    assert context == copied("productie") | copied("buitenwereld") | {
        "requirements.txt",
        "requirements-buitenwereld.txt",
    }


def test_images_run_as_nobody_in_particular_on_hashed_packages() -> None:
    for name in ("productie", "buitenwereld"):
        lines = stages()[name]
        assert [line for line in lines if line.startswith("USER")] == ["USER 10001:10001"]
        assert any(line.startswith("HEALTHCHECK") for line in lines)
    installs = [line for line in DOCKERFILE.splitlines() if "pip install" in line]
    assert len(installs) == 2
    assert all("--require-hashes" in line for line in installs)


def test_every_version_is_pinned_and_no_registry_is_named() -> None:
    images = [service["image"] for service in SERVICES.values() if "build" not in service]
    images += re.findall(r"^FROM (\S+:\S+)", DOCKERFILE, re.MULTILINE)
    assert len(images) == 4
    for image in images:
        assert re.fullmatch(r"[a-z]+:\d+(\.\d+)?-[a-z-]+", image), image


def test_the_production_image_can_make_a_pdf() -> None:
    (line,) = [line for line in stages()["productie"] if "apt-get install" in line]
    assert set(PAKKETTEN) == {word for word in shlex.split(line) if word.startswith("lib")}


def test_static_files_are_collected_while_the_image_is_built(tmp_path: Path) -> None:
    build = next(line for line in stages()["productie"] if "collectstatic" in line)
    words = shlex.split(build)[1:]
    given = dict(word.split("=", 1) for word in words if "=" in word)
    command = [word for word in words if "=" not in word]
    assert command[:3] == ["python", "manage.py", "collectstatic"]
    code, out = run_python(command[1:], given | {"STATIC_ROOT": str(tmp_path)})
    assert code == 0, out
    assert (tmp_path / "staticfiles.json").exists()


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_every_service_is_locked_down_and_says_whether_it_is_well(service: str) -> None:
    it = SERVICES[service]
    assert it["read_only"] is True
    assert it["cap_drop"] == ["ALL"]
    assert it["security_opt"] == ["no-new-privileges:true"]
    if service in ONE_OFF:
        assert it["restart"] == "no"
    else:
        assert it["restart"] == "unless-stopped"
        assert "healthcheck" in it or it["build"]["target"] == "buitenwereld"


def test_only_the_proxy_can_be_reached_from_outside_and_the_data_only_from_inside() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published.keys() == {"proxy", "buitenwereld"}
    assert published["buitenwereld"] == ["127.0.0.1:8001:8001"]
    assert COMPOSE["networks"]["gegevens"] == {"internal": True}
    for name in ("postgres", "redis", "beat", "migratie"):
        assert SERVICES[name]["networks"] == ["gegevens"]
    assert not set(SERVICES["proxy"]["networks"]) & {"gegevens", "uit"}


def test_the_outside_world_comes_with_the_demo_only() -> None:
    demo = {name for name, service in SERVICES.items() if service.get("profiles") == ["demo"]}
    assert demo == {"buitenwereld", "voorbeelden"}
    assert SERVICES["web"]["depends_on"]["buitenwereld"]["required"] is False
    assert f"--pseudoniemen {ENTITY_ID.split(':')[3]} " in SERVICES["buitenwereld"]["command"][2]


def test_everything_waits_for_the_migrations() -> None:
    for name in ("web", "worker", "beat", "voorbeelden"):
        assert SERVICES[name]["depends_on"]["migratie"] == {"condition": "service_completed_successfully"}
    assert SERVICES["migratie"]["command"][2] == "inrichten"


def test_the_commands_exist() -> None:
    for name in ONE_OFF:
        assert SERVICES[name]["command"][:2] == ["python", "manage.py"]
        assert SERVICES[name]["command"][2] in get_commands()
    for name in ("worker", "beat"):
        assert SERVICES[name]["command"][:4] == ["celery", "-A", app.main, name]


def test_the_worker_handles_every_queue() -> None:
    command = SERVICES["worker"]["command"]
    queues = set(command[command.index("--queues") + 1].split(","))
    assert queues == {route["queue"] for route in app.conf.task_routes.values()} | {app.conf.task_default_queue}


def test_the_worker_is_asked_by_the_name_it_has() -> None:
    command = SERVICES["worker"]["command"]
    assert command[command.index("--hostname") + 1] == "worker@%h"
    assert "--destination worker@$$HOSTNAME" in SERVICES["worker"]["healthcheck"]["test"][1]


def test_the_heartbeat_of_beat_is_the_file_that_it_writes() -> None:
    command = SERVICES["beat"]["command"]
    folder, name = os.path.split(command[command.index("--schedule") + 1])
    assert f"find {folder} -name '{name}*' -mmin -8" in SERVICES["beat"]["healthcheck"]["test"][1]
    assert SERVICES["beat"]["tmpfs"] == [folder]


@pytest.mark.django_db
def test_the_addresses_of_health_answer(client: Client) -> None:
    checks = [str(SERVICES[name]["healthcheck"]["test"]) for name in ("web", "proxy")]
    checks += [line for line in stages()["productie"] if "urlopen" in line]
    paths = [path for check in checks for path in re.findall(r"https?://127\.0\.0\.1:\d+(/[a-z/]+)", check)]
    assert paths == ["/health/ready", "/health/live", "/health/ready"]
    for path in set(paths):
        assert client.get(path, headers={"host": "127.0.0.1:8000"}).json(), path


def test_the_proxy_is_the_one_that_the_portal_trusts() -> None:
    subnet = COMPOSE["networks"]["voor"]["ipam"]["config"][0]["subnet"]
    assert {SERVICES[name]["environment"]["VERTROUWDE_PROXIES"] for name in PORTAAL} == {subnet}
    for header in ("X-Forwarded-For $remote_addr", "X-Forwarded-Proto $scheme", "Host $http_host"):
        assert f"proxy_set_header {header};" in NGINX


def test_proxy_and_portal_refuse_what_is_larger_than_3_mb_and_the_page_for_operators_says_so() -> None:
    """Fields that were typed may hold 2 MB; the kinds of files have limits of their own, below that of a request."""
    assert "client_max_body_size 3m;" in NGINX
    assert mijnduo_settings.FILE_UPLOAD_MAX_MEMORY_SIZE == 3 * 1024 * 1024
    assert mijnduo_settings.DATA_UPLOAD_MAX_MEMORY_SIZE == 2 * 1024 * 1024
    page = " ".join((ROOT / "docs" / "productie.md").read_text("utf-8").split())
    for words, limit in (("aanmeldlijst van hoogstens 2 MB", BESTAND_HOOGSTENS), ("2,5 MB", HANDLEIDING_HOOGSTENS)):
        assert words in page
        assert limit < mijnduo_settings.FILE_UPLOAD_MAX_MEMORY_SIZE
    for name in ("client_max_body_size", "FILE_UPLOAD_MAX_MEMORY_SIZE", "DATA_UPLOAD_MAX_MEMORY_SIZE"):
        assert f"`{name}`" in page


def test_keys_and_pages_are_mounted_where_the_proxy_looks() -> None:
    for name in SERVICES["proxy"]["secrets"]:
        assert f"/run/secrets/{name};" in NGINX
        assert name in COMPOSE["secrets"]
    for page in re.findall(r"error_page [\d ]+ /(\S+);", NGINX):
        assert (ROOT / "docker" / "paginas" / page).is_file()


def test_the_link_that_confirms_an_address_is_not_in_the_log_of_the_proxy() -> None:
    log_format = re.search(r"log_format regel '(.+)';", NGINX)
    assert log_format is not None
    assert not {"$uri", "$request", "$request_uri", "$http_referer", "$args"} & set(re.findall(r"\$\w+", log_format[1]))
    assert "~^/mijn-gegevens/e-mail/. /mijn-gegevens/e-mail/***/;" in NGINX
    assert "error_log /dev/stderr crit;" in NGINX, "milder lines quote the request"


def run_python(words: list[str], environment: Mapping[str, str]) -> tuple[int, str]:
    """Run Python with nothing but this environment and the settings; exit code and output."""
    bare = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env=bare | dict(environment) | {"DJANGO_SETTINGS_MODULE": "mijnduo.settings"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr
