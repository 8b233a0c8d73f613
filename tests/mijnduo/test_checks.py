"""D19: an unsafe start is refused, with an id to look up and a hint that says what to do."""

from pathlib import Path
from typing import Any

import pytest
from django.core.checks import Tags, run_checks
from django.core.management.base import SystemCheckError
from pytest_django import Settings

from mijnduo.checks import refuse_unsafe_start
from mijnduo.lokaal.omgeving import make_keypair
from tests.hm import ENTITY_ID as STUB
from tests.hm import hm_metadata

OIN = "00000001003214345000"
PEPER = "a1" * 32


@pytest.fixture
def productie(settings: Settings, tmp_path: Path) -> Settings:
    """Settings with which production may start."""
    key, cert = make_keypair(tmp_path, "sp")
    metadata = tmp_path / "hm.xml"
    metadata.write_text(hm_metadata(cert.read_text()).replace(STUB, "urn:etoegang:HM:00000003271247010000:entities:1"))
    settings.OMGEVING, settings.LOKAAL = "productie", False
    settings.SECRET_KEY = "pNQ0b8bUhV2nXw9yTjKc4Ez6RmAsGfLd1oJtHqWiYxZu3vCk7e"
    settings.ACTIVATIECODE_PEPERS = {"2026a": PEPER}
    settings.BASIS_URL, settings.ALLOWED_HOSTS = "https://mijnduo.example", ["mijnduo.example"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_USE_TLS = "mail.mijnduo.example", True
    settings.EHERKENNING_ENTITY_ID = f"urn:etoegang:DV:{OIN}:entities:1"
    settings.EHERKENNING_SERVICE_ID = f"urn:etoegang:DV:{OIN}:services:1"
    settings.EHERKENNING_SP_KEY, settings.EHERKENNING_SP_CERT = str(key), str(cert)
    settings.EHERKENNING_HM_METADATA, settings.EHERKENNING_HM_METADATA_CERT = str(metadata), ""
    return settings


def found() -> set[str]:
    return {str(message.id) for message in run_checks(tags=[Tags.security]) if str(message.id).startswith("mijnduo.")}


def test_production_with_settings_of_its_own_may_start(productie: Settings) -> None:
    assert found() == set()
    refuse_unsafe_start()


def test_the_settings_of_the_tests_may_start() -> None:
    assert found() == set()


@pytest.mark.parametrize("omgeving", ["", "prod", "Productie", "development"])
def test_an_unknown_omgeving_is_refused_everywhere(settings: Settings, omgeving: str) -> None:
    settings.OMGEVING = omgeving
    assert found() == {"mijnduo.E001"}


@pytest.mark.parametrize(
    ("unsafe", "expected"),
    [
        ({"DEBUG": True}, "mijnduo.E002"),
        ({"SECRET_KEY": "kort"}, "mijnduo.E003"),
        ({"SECRET_KEY": "a" * 64}, "mijnduo.E003"),
        ({"SECRET_KEY": "django-insecure-" + "pNQ0b8bUhV2nXw9yTjKc4Ez6RmAsGfLd1oJtHqWi"}, "mijnduo.E003"),
        ({"SECRET_KEY_FALLBACKS": ["kort"]}, "mijnduo.E003"),
        ({"ACTIVATIECODE_PEPERS": {}}, "mijnduo.E004"),
        ({"ACTIVATIECODE_PEPERS": {"2026a": "a1" * 31}}, "mijnduo.E004"),
        ({"ACTIVATIECODE_PEPERS": {"2026a": "geen hex" * 20}}, "mijnduo.E004"),
        ({"ACTIVATIECODE_PEPERS": {"2026a": PEPER, "demo1": PEPER}}, "mijnduo.E005"),
        ({"ACTIVATIECODE_PEPERS": {"test1": PEPER}}, "mijnduo.E005"),
        ({"BASIS_URL": "http://mijnduo.example"}, "mijnduo.E006"),
        ({"ALLOWED_HOSTS": ["*"]}, "mijnduo.E007"),
        ({"ALLOWED_HOSTS": ["mijnduo.example", ".example"]}, "mijnduo.E007"),
        ({"VERTROUWDE_PROXIES": ["proxy"]}, "mijnduo.E008"),
        ({"VERTROUWDE_PROXIES": ["0.0.0.0/0"]}, "mijnduo.E009"),
        ({"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}, "mijnduo.E010"),
        ({"EMAIL_USE_TLS": False}, "mijnduo.E011"),
        ({"EHERKENNING_MIN_LOA": "urn:etoegang:core:assurance-class:loa2plus"}, "mijnduo.E014"),
        ({"EHERKENNING_SERVICE_ID": "urn:etoegang:DV:00000001003214345001:services:1"}, "mijnduo.E015"),
        ({"EHERKENNING_SP_KEY": "/is/er/niet.key"}, "mijnduo.E016"),
        ({"EHERKENNING_HM_METADATA": "/is/er/niet.xml"}, "mijnduo.E016"),
        ({"EHERKENNING_HM_METADATA": "http://makelaar.example/metadata"}, "mijnduo.E016"),
        ({"EHERKENNING_SP_KEY_VORIGE": "/is/er/niet.key"}, "mijnduo.E016"),
        ({"EHERKENNING_SERVICE_UUID": "geen uuid"}, "mijnduo.E015"),
        ({"EHERKENNING_ENTITY_ID": f"urn:etoegang:DV:{OIN}:entities:9001"}, "mijnduo.E018"),
    ],
)
def test_what_is_unsafe_is_refused(productie: Settings, unsafe: dict[str, Any], expected: str) -> None:
    for name, value in unsafe.items():
        setattr(productie, name, value)
    assert found() == {expected}
    if expected.startswith("mijnduo.E"):
        with pytest.raises(SystemCheckError, match=expected):
            refuse_unsafe_start()


def test_a_source_that_is_down_is_no_reason_to_stay_down_too(productie: Settings) -> None:
    productie.EHERKENNING_HM_METADATA = "https://127.0.0.1:9/metadata"
    productie.EHERKENNING_HM_METADATA_CERT = productie.EHERKENNING_SP_CERT
    assert found() == {"mijnduo.W001"}


def test_metadata_that_are_fetched_need_a_signer_that_is_known_beforehand(productie: Settings) -> None:
    productie.EHERKENNING_HM_METADATA = "https://127.0.0.1:9/metadata"
    assert found() == {"mijnduo.E019", "mijnduo.W001"}
    with pytest.raises(SystemCheckError, match=r"mijnduo\.E019"):
        refuse_unsafe_start()


def test_a_file_must_be_signed_too_once_a_signer_is_named(productie: Settings) -> None:
    productie.EHERKENNING_HM_METADATA_CERT = productie.EHERKENNING_SP_CERT
    assert found() == {"mijnduo.E015"}


def test_a_previous_key_comes_with_its_certificate(productie: Settings) -> None:
    productie.EHERKENNING_SP_KEY_VORIGE = productie.EHERKENNING_SP_KEY
    assert found() == {"mijnduo.E015"}
    productie.EHERKENNING_SP_CERT_VORIGE = productie.EHERKENNING_SP_CERT
    assert found() == set()


def test_a_database_without_a_password_is_refused(productie: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(productie.DATABASES["default"], "PASSWORD", "")
    assert found() == {"mijnduo.E012"}


def test_trap_10_psycopg_3_beside_psycopg2_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "psycopg").mkdir()
    (tmp_path / "psycopg" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert found() == {"mijnduo.E013"}


def test_the_makelaar_of_the_demo_is_refused_in_production(productie: Settings, tmp_path: Path) -> None:
    stub = tmp_path / "stub.xml"
    stub.write_text(hm_metadata(Path(productie.EHERKENNING_SP_CERT).read_text()))
    productie.EHERKENNING_HM_METADATA = str(stub)
    assert found() == {"mijnduo.E017"}


def test_the_demo_itself_is_refused_in_production(productie: Settings) -> None:
    productie.EHERKENNING_ENTITY_ID = "urn:etoegang:DV:00000001234567890000:entities:1"
    productie.EHERKENNING_SERVICE_ID = "urn:etoegang:DV:00000001234567890000:services:1"
    assert found() == {"mijnduo.E017"}


def test_in_acceptatie_a_test_system_of_ones_own_is_fine(productie: Settings) -> None:
    productie.OMGEVING = "acceptatie"
    productie.EHERKENNING_ENTITY_ID = f"urn:etoegang:DV:{OIN}:entities:9001"
    assert found() == set()


def test_every_finding_says_in_dutch_what_to_do(productie: Settings) -> None:
    productie.OMGEVING, productie.SECRET_KEY, productie.BASIS_URL = "x", "x", "http://x"
    messages = [message for message in run_checks(tags=[Tags.security]) if str(message.id).startswith("mijnduo.")]
    assert {message.id for message in messages} == {"mijnduo.E001", "mijnduo.E003", "mijnduo.E006", "mijnduo.E015"}
    assert all(message.hint for message in messages)
