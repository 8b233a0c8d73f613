"""Anything at all on the ACS: a page of 400 to 499, one structured log line, no traceback, no row that stays (D13)."""

import io
import re

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from buitenwereld.keuring.bouwstenen import NS, posted
from koppeling.models import AssertieClaim, GeparkeerdeLogin, Middel
from koppeling.views.inloggen import MAX_BODY
from tests.formulier import Pagina
from verantwoording.models import Bericht, Logregel

pytestmark = [pytest.mark.zwaar, pytest.mark.django_db]

LINE = re.compile(r"eherkenning refused: weigering=\w+ check=\w+ ")
FORM = "application/x-www-form-urlencoded"
many = settings(
    max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

names = st.sampled_from(["Response", "Assertion", "EncryptedAssertion", "Signature", "SignedInfo", "Issuer", "Status"])
characters = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])
nodes = st.recursive(
    st.text(characters, max_size=8),
    lambda inner: st.builds(
        lambda prefix, name, attributes, children: (
            f"<{prefix}:{name} {' '.join(f'{key}={value!a}' for key, value in attributes.items())}>"
            f"{''.join(children)}</{prefix}:{name}>"
        ),
        st.sampled_from(["samlp", "saml", "ds", "xenc"]),
        names,
        st.dictionaries(
            st.sampled_from(["ID", "Id", "URI", "Version", "Algorithm", "Value"]), st.sampled_from(["_1", "#_1", "2.0"])
        ),
        st.lists(inner, max_size=4),
    ),
    max_leaves=12,
)
declared = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NS.items())
documents = st.builds(
    lambda inside: f'<samlp:Response {declared} ID="_r" Version="2.0">{inside}</samlp:Response>'.encode(), nodes
)
kinds = st.sampled_from(
    [
        *(FORM, f"{FORM}; charset=utf-16", f"{FORM}; charset=bestaat-niet", "text/xml", "application/json", ""),
        *("multipart/form-data", "multipart/form-data; boundary=x", "multipart/form-data; boundary=\u00e9"),
    ]
)
bodies = st.binary(max_size=2000) | documents | st.text().map(lambda text: b"SAMLResponse=" + text.encode())


def assert_refused(response: Pagina, caplog: pytest.LogCaptureFixture) -> None:
    assert 400 <= response.status_code < 500
    lines = [record.getMessage() for record in caplog.records if record.name == "mijnduo.eherkenning"]
    assert len(lines) == 1, lines
    assert LINE.match(lines[0])
    assert not any(record.exc_info for record in caplog.records)
    assert not response.cookies
    for model in (Session, Middel, AssertieClaim, GeparkeerdeLogin, Logregel, Bericht):
        assert not model.objects.exists(), model
    caplog.clear()


@settings(many, max_examples=500)
@given(message=documents | st.binary() | st.text().map(str.encode))
def test_any_xml_and_any_bytes_as_the_message_are_refused(message: bytes, caplog: pytest.LogCaptureFixture) -> None:
    assert_refused(Client().post(reverse("eherkenning_acs"), {"SAMLResponse": posted(message)}), caplog)


@many
@given(
    body=st.binary(max_size=2000) | documents | st.text().map(lambda text: b"SAMLResponse=" + text.encode()), kind=kinds
)
def test_any_body_of_any_kind_is_refused(body: bytes, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    assert_refused(Client().generic("POST", reverse("eherkenning_acs"), body, content_type=kind), caplog)


class Unread(io.RawIOBase):
    """A body that must not be read."""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        raise AssertionError("the body was read")


@pytest.mark.parametrize("length", [str(MAX_BODY + 1), str(10 * 1024 * 1024), "9" * 30, "-1", "x"])
def test_a_body_over_the_cap_is_refused_unread(length: str, caplog: pytest.LogCaptureFixture) -> None:
    extra = {"CONTENT_LENGTH": length, "wsgi.input": Unread()}
    response = Client().generic("POST", reverse("eherkenning_acs"), b"", content_type=FORM, **extra)  # type: ignore[arg-type]  # the stubs know headers only
    assert response.status_code == 413
    assert_refused(response, caplog)
