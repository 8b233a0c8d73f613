import base64
import zlib
from datetime import timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from lxml.etree import _Element

from koppeling.eherkenning.document import _schema
from koppeling.eherkenning.request import build_authn_request
from tests.eherkenning import forge
from tests.eherkenning.reading import config


def parse(url: str) -> _Element:
    (request,) = parse_qs(urlsplit(url).query)["SAMLRequest"]
    return forge.element(zlib.decompress(base64.b64decode(request), -15).decode())


def verify(url: str) -> None:
    """As the makelaar does it: over the parts of the query string as they were sent, in the order of the standard."""
    parts = dict(part.split("=", 1) for part in urlsplit(url).query.split("&"))
    signed = "&".join(f"{name}={parts[name]}" for name in ("SAMLRequest", "RelayState", "SigAlg"))
    signature = base64.b64decode(parse_qs(urlsplit(url).query)["Signature"][0])
    forge.key("sp").public_key().verify(signature, signed.encode(), padding.PKCS1v15(), hashes.SHA256())


def test_the_request_asks_for_a_new_login_at_the_minimum_level_for_our_service_r13() -> None:
    redirect = build_authn_request(config(), relay_state="abc", now=forge.NOW)
    request = parse(redirect.url)
    assert redirect.url.startswith(f"{forge.SSO}?")
    assert dict(request.attrib) == {
        "ID": redirect.request_id,
        "Version": "2.0",
        "IssueInstant": "2026-11-23T09:30:00Z",
        "Destination": forge.SSO,
        "ForceAuthn": "true",
        "ProtocolBinding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST",
        "AssertionConsumerServiceURL": forge.ACS,
        "AttributeConsumingServiceIndex": "9001",
        "ProviderName": "DUO",
    }
    assert forge.find(request, "saml:Issuer").text == forge.DV
    asked = forge.find(request, "samlp:RequestedAuthnContext")
    assert asked.get("Comparison") == "minimum"
    assert [child.text for child in asked] == [forge.LOA + "loa3"]
    assert request.find("samlp:NameIDPolicy", forge.NS) is None
    assert _schema().validate(request)


def test_the_request_is_signed_with_rsa_sha256() -> None:
    url = build_authn_request(config(), relay_state="a b&c", now=forge.NOW).url
    assert parse_qs(urlsplit(url).query)["SigAlg"] == [forge.RSA_SHA256]
    assert parse_qs(urlsplit(url).query)["RelayState"] == ["a b&c"]
    verify(url)
    with pytest.raises(InvalidSignature):
        verify(url.replace("RelayState=a", "RelayState=b"))


def test_every_request_has_an_id_of_its_own() -> None:
    ids = {build_authn_request(config(), relay_state="x", now=forge.NOW).request_id for _ in range(20)}
    assert len(ids) == 20
    assert all(request_id.startswith("_") and len(request_id) == 41 for request_id in ids)


def test_the_moment_is_told_in_utc() -> None:
    amsterdam = forge.NOW.astimezone(timezone(timedelta(hours=1)))
    request = parse(build_authn_request(config(), relay_state="x", now=amsterdam).url)
    assert request.get("IssueInstant") == "2026-11-23T09:30:00Z"


@pytest.mark.parametrize("relay_state", ["", "x" * 81, "é" * 41])
def test_relay_state_is_at_most_80_bytes(relay_state: str) -> None:
    build_authn_request(config(), relay_state="x" * 80, now=forge.NOW)
    with pytest.raises(ValueError, match="80 bytes"):
        build_authn_request(config(), relay_state=relay_state, now=forge.NOW)
