"""Which requests the makelaar takes, and which it does not; over real HTTP."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from buitenwereld.keys import KeyPair, make_key_pair
from tests.buitenwereld import sp
from tests.buitenwereld.conftest import Page, Portal, Wereld, open_page


def send(wereld: Wereld, query: str) -> Page:
    return open_page(f"{wereld.config.sso_url}?{query}")


def assert_refused(page: Page, words: str) -> None:
    assert page.status == 400
    assert words in page.body
    assert "Dit gaat niet" in page.body


def test_a_signed_request_by_redirect_leads_to_the_login_page(wereld: Wereld, sp_pair: KeyPair) -> None:
    page = send(wereld, sp.Request(wereld.config.sso_url).query(sp_pair))
    assert page.status == 200
    assert "niveau <strong>EH3</strong>" in page.body
    assert "no-store" in page.headers["Cache-Control"]


def test_a_signed_request_by_post_leads_to_the_login_page(wereld: Wereld, sp_pair: KeyPair) -> None:
    form = sp.Request(wereld.config.sso_url).form(sp_pair)
    page = open_page(wereld.config.sso_url, form, {"Origin": "http://127.0.0.1:8000"})
    assert page.status == 200
    assert "Kies wie u bent" in page.body


def test_a_request_signed_by_somebody_else_is_refused(wereld: Wereld, other_pair: KeyPair) -> None:
    request = sp.Request(wereld.config.sso_url)
    assert_refused(send(wereld, request.query(other_pair)), "handtekening")
    assert_refused(open_page(wereld.config.sso_url, request.form(other_pair)), "handtekening")


def test_a_request_without_signature_is_refused(wereld: Wereld, sp_pair: KeyPair) -> None:
    request = sp.Request(wereld.config.sso_url)
    query = request.query(sp_pair)
    assert_refused(send(wereld, query.rpartition("&Signature=")[0]), "Signature ontbreekt")
    assert_refused(send(wereld, query.partition("&SigAlg=")[0]), "RSA-SHA256")
    bare = base64.b64encode(etree.tostring(request.element())).decode()
    assert_refused(open_page(wereld.config.sso_url, {"SAMLRequest": bare}), "niet ondertekend")


def test_a_changed_relay_state_breaks_the_signature(wereld: Wereld, sp_pair: KeyPair) -> None:
    query = sp.Request(wereld.config.sso_url).query(sp_pair, relay_state="r1")
    assert_refused(send(wereld, query.replace("RelayState=r1", "RelayState=r2")), "handtekening")


def test_sha1_is_refused(wereld: Wereld, sp_pair: KeyPair) -> None:
    query = sp.Request(wereld.config.sso_url).query(sp_pair, algorithm="http://www.w3.org/2000/09/xmldsig#rsa-sha1")
    assert_refused(send(wereld, query), "RSA-SHA256")


def test_a_parameter_that_stands_twice_is_refused(wereld: Wereld, sp_pair: KeyPair) -> None:
    query = sp.Request(wereld.config.sso_url).query(sp_pair)
    assert_refused(send(wereld, f"RelayState=eerst&{query}"), "dubbel")


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({"Destination": "http://elders.example/sso"}, "Destination"),
        ({"Destination": ""}, "Destination"),
        ({"ForceAuthn": "false"}, "ForceAuthn"),
        ({"ForceAuthn": ""}, "ForceAuthn"),
        ({"IsPassive": "true"}, "ForceAuthn"),
        ({"Version": "1.1"}, "AuthnRequest"),
        ({"ID": "1 2"}, "ID"),
        ({"IssueInstant": "gisteren"}, "IssueInstant"),
        ({"IssueInstant": "2026-11-23T10:00:00"}, "IssueInstant"),
        ({"AssertionConsumerServiceIndex": "7"}, "staat niet in de metadata"),
        ({"AssertionConsumerServiceURL": sp.ACS}, "niet goed aangegeven"),
        (
            {"AssertionConsumerServiceIndex": "", "AssertionConsumerServiceURL": "http://elders.example/"},
            "staat niet in de metadata",
        ),
        ({"ProtocolBinding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact"}, "niet goed aangegeven"),
        ({"AttributeConsumingServiceIndex": "9002"}, "dienst"),
    ],
)
def test_a_signed_request_that_does_not_fit_is_refused(
    wereld: Wereld, sp_pair: KeyPair, attributes: dict[str, str], words: str
) -> None:
    query = sp.Request(wereld.config.sso_url, attributes=attributes).query(sp_pair)
    assert_refused(send(wereld, query), words)


def test_another_issuer_or_an_unknown_level_is_refused(wereld: Wereld, sp_pair: KeyPair) -> None:
    stranger = "urn:etoegang:DV:00000009999999990000:entities:9001"
    assert_refused(send(wereld, sp.Request(wereld.config.sso_url, issuer=stranger).query(sp_pair)), "Issuer")
    assert_refused(send(wereld, sp.Request(wereld.config.sso_url, loa="loa9").query(sp_pair)), "niveau")


def test_an_old_request_is_refused(wereld: Wereld, sp_pair: KeyPair) -> None:
    request = sp.Request(wereld.config.sso_url)
    request.now -= timedelta(minutes=6)
    assert_refused(send(wereld, request.query(sp_pair)), "verlopen")


def test_a_relay_state_over_80_bytes_is_refused(wereld: Wereld, sp_pair: KeyPair) -> None:
    request = sp.Request(wereld.config.sso_url)
    assert send(wereld, request.query(sp_pair, relay_state="é" * 40)).status == 200
    assert_refused(send(wereld, request.query(sp_pair, relay_state="é" * 41)), "80 bytes")


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"geen xml",
        b"<a/>",
        b"\xff\xfe\x00",
        b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>',
        '<!DOCTYPE a [<!ENTITY e "boe">]><a>&e;</a>'.encode("utf-16"),
        b"<a>" + b"x" * 100_000 + b"</a>",
        b"<a>" * 5000,
    ],
)
def test_signed_garbage_is_a_page_with_status_400(wereld: Wereld, sp_pair: KeyPair, xml: bytes) -> None:
    assert send(wereld, sp.signed_query(xml, sp_pair)).status == 400
    assert open_page(wereld.config.sso_url, {"SAMLRequest": base64.b64encode(xml).decode()}).status == 400


@pytest.mark.parametrize(
    "query",
    [
        "",
        "&&&===",
        "SAMLRequest=%ff%fe",
        "SAMLRequest=AAAA&SigAlg=x&Signature=y",
        "SAMLRequest=" + "A" * 40_000,
        "\xe9",
    ],
)
def test_any_query_is_a_page_with_status_400(wereld: Wereld, query: str) -> None:
    page = open_page(
        wereld.config.sso_url + "?" + query.encode("latin-1").decode("ascii", "replace").replace("\ufffd", "%e9")
    )
    assert page.status == 400


def test_a_form_over_the_cap_is_refused_unread(wereld: Wereld) -> None:
    assert open_page(wereld.config.sso_url, {"SAMLRequest": "A" * 400_000}).status == 413


def test_a_new_key_of_the_portal_is_found_in_its_metadata(wereld: Wereld, portal: Portal, sp_pair: KeyPair) -> None:
    request = sp.Request(wereld.config.sso_url)
    assert send(wereld, request.query(sp_pair)).status == 200
    portal.pair = make_key_pair("nieuwe sleutel", datetime.now(UTC))
    assert send(wereld, request.query(portal.pair)).status == 200
    assert_refused(send(wereld, request.query(sp_pair)), "handtekening")
