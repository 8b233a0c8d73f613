"""D19: production starts with settings of its own, `check --deploy` is clean, and the demo's settings are refused."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mijnduo.lokaal.omgeving import make_keypair
from tests.hm import ENTITY_ID as STUB
from tests.hm import hm_metadata

ROOT = Path(__file__).resolve().parents[2]
OIN = "00000001003214345000"
CHECK = ["manage.py", "check", "--deploy", "--fail-level", "WARNING"]
WSGI = ["-c", "import mijnduo.wsgi"]
WORKER = ["-m", "celery", "-A", "mijnduo.celery", "worker", "--pool", "solo"]
BEAT = ["-m", "celery", "-A", "mijnduo.celery", "beat", "--schedule"]


@pytest.fixture
def productie(tmp_path: Path) -> dict[str, str]:
    """The whole environment of a production portal: nothing comes from the tests."""
    key, cert = make_keypair(tmp_path, "sp")
    metadata = tmp_path / "hm.xml"
    metadata.write_text(hm_metadata(cert.read_text()).replace(STUB, "urn:etoegang:HM:00000003271247010000:entities:1"))
    return {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "mijnduo.settings",
        "PYTHONWARNINGS": "error",
        "OMGEVING": "productie",
        "SECRET_KEY": "pNQ0b8bUhV2nXw9yTjKc4Ez6RmAsGfLd1oJtHqWiYxZu3vCk7e",
        "BASIS_URL": "https://mijnduo.example",
        "DATABASE_URL": "postgres://mijnduo:geheim@database.mijnduo.example/mijnduo",
        "REDIS_URL": "redis://:geheim@redis.mijnduo.example/0",
        "EMAIL_URL": "smtp+tls://mijnduo:geheim@mail.mijnduo.example:587",
        "ACTIVATIECODE_PEPERS": f"2026a:{'a1' * 32}",
        "EHERKENNING_ENTITY_ID": f"urn:etoegang:DV:{OIN}:entities:1",
        "EHERKENNING_SERVICE_ID": f"urn:etoegang:DV:{OIN}:services:1",
        "EHERKENNING_SP_KEY": str(key),
        "EHERKENNING_SP_CERT": str(cert),
        "EHERKENNING_HM_METADATA": str(metadata),
        "STATIC_ROOT": str(tmp_path),
    }


def start(words: list[str], environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_check_deploy_is_clean(productie: dict[str, str]) -> None:
    outcome = start(CHECK, productie)
    assert outcome.returncode == 0, outcome.stderr
    assert "no issues" in outcome.stdout


def test_the_web_server_starts(productie: dict[str, str]) -> None:
    outcome = start(WSGI, productie)
    assert outcome.returncode == 0, outcome.stderr


@pytest.mark.parametrize("words", [CHECK, WSGI, WORKER, BEAT], ids=["check", "web", "worker", "beat"])
def test_no_process_starts_with_a_pepper_of_the_demo(
    productie: dict[str, str], words: list[str], tmp_path: Path
) -> None:
    words = [*words, str(tmp_path / "beat")] if words is BEAT else words
    outcome = start(words, productie | {"ACTIVATIECODE_PEPERS": f"demo1:{'a1' * 32}"})
    assert outcome.returncode != 0
    assert "mijnduo.E005" in outcome.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "BASIS_URL", "DATABASE_URL", "REDIS_URL", "ACTIVATIECODE_PEPERS"])
def test_a_setting_that_is_missing_is_named(productie: dict[str, str], name: str) -> None:
    del productie[name]
    outcome = start(CHECK, productie)
    assert outcome.returncode != 0
    assert name in outcome.stderr


def test_without_omgeving_the_strictest_counts(productie: dict[str, str]) -> None:
    del productie["OMGEVING"]
    code = "from django.conf import settings as s; print(s.OMGEVING, s.SESSION_COOKIE_SECURE)"
    assert start(["-c", code], productie).stdout == "productie True\n"
