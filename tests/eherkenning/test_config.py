from typing import Any

import pytest

from koppeling.eherkenning.config import ConfiguratieFout, Eherkenning, MetadataFout, load_config, saml_settings
from tests.eherkenning import forge
from tests.eherkenning.makelaar import hm_metadata
from tests.eherkenning.reading import config


def load(**changes: Any) -> Eherkenning:
    arguments: dict[str, Any] = {
        "hm_metadata": hm_metadata("hm"),
        "entity_id": forge.DV,
        "acs_url": forge.ACS,
        "sp_key": forge.key("sp").key_pem,
        "sp_cert": forge.key("sp").cert_pem,
        "service_id": forge.DIENST,
        "minimum_loa": forge.LOA + "loa3",
    }
    return load_config(**(arguments | changes))


def test_the_makelaar_is_read_from_its_metadata() -> None:
    makelaar = load(hm_metadata=hm_metadata("hm", "hm2", "hm")).makelaar
    assert (makelaar.entity_id, makelaar.sso_url) == (forge.HM, forge.SSO)
    assert [pem.split("\n")[1] for pem in makelaar.certificates] == [
        forge.key(name).cert_base64[:64] for name in ("hm", "hm2")
    ]


def test_the_service_index_is_the_last_part_of_the_service_id() -> None:
    assert load().service_index == 9001


def test_what_is_made_from_a_configuration_is_made_once() -> None:
    assert saml_settings(load()) is saml_settings(load())


def test_no_private_key_shows_in_a_configuration() -> None:
    assert "PRIVATE" not in repr(config(previous="sp-old"))


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        (b"", "not XML"),
        (b"<html>", "not XML"),
        (b'<!DOCTYPE x [<!ENTITY e "x">]>' + hm_metadata("hm"), "document type"),
        (b"<x/>", "one makelaar"),
        (hm_metadata("hm").replace(b"IDPSSODescriptor", b"SPSSODescriptor"), "one makelaar"),
        (
            hm_metadata("hm", extra=f'<md:IDPSSODescriptor protocolSupportEnumeration="{forge.NS["samlp"]}"/>'),
            "one",
        ),
        (hm_metadata("hm", entity_id=""), "entityID"),
        (hm_metadata("hm").replace(b"HTTP-Redirect", b"HTTP-POST"), "HTTP-Redirect"),
        (hm_metadata(), "no certificate"),
        (hm_metadata("hm", use='use="encryption"'), "no certificate"),
        (hm_metadata("hm").replace(b"<ds:X509Certificate>", b"<ds:X509Certificate>AAAA"), "cannot be read"),
    ],
)
def test_odd_metadata_is_refused(metadata: bytes, message: str) -> None:
    with pytest.raises(MetadataFout, match=message):
        load(hm_metadata=metadata)


def test_a_certificate_without_use_checks_signatures_too() -> None:
    assert len(load(hm_metadata=hm_metadata("hm", use="")).makelaar.certificates) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"entity_id": "https://mijn.example/"}, "OIN"),
        ({"service_id": forge.DIENST.replace("1234567890", "0987654321")}, "one and the same OIN"),
        ({"service_id": "urn:etoegang:DV:00000001234567890000:services:x"}, "OIN"),
        ({"minimum_loa": "loa3"}, "not a level"),
        ({"sp_key": "x"}, "private key cannot be read"),
        ({"sp_cert": "x"}, "certificate cannot be read"),
        ({"sp_cert": forge.key("hm").cert_pem}, "not that of our private key"),
        ({"previous_sp_key": forge.key("sp-old").key_pem, "previous_sp_cert": forge.key("sp").cert_pem}, "not that"),
        ({"previous_sp_key": forge.key("sp-old").key_pem}, "without its certificate"),
        ({"acs_url": "javascript:alert(1)"}, "acs_url_invalid"),
        ({"hm_metadata": hm_metadata("hm", sso_url="javascript:alert(1)")}, "sso_url_invalid"),
    ],
)
def test_what_does_not_fit_together_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfiguratieFout, match=message) as caught:
        load(**changes)
    assert "PRIVATE" not in str(caught.value)


def test_the_demo_on_one_machine_is_a_valid_configuration() -> None:
    metadata = hm_metadata("hm", sso_url="http://localhost:8001/sso")
    assert load(hm_metadata=metadata, acs_url="http://127.0.0.1:8000/inloggen/eherkenning/acs/")
