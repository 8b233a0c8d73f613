"""docs/sleutels-vervangen.md, walked: our key is replaced and at no moment is anybody locked out."""

import zlib
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.test import Client
from django.urls import reverse
from lxml import etree
from pytest_django import Settings

from buitenwereld.saml import Reader
from koppeling.services import eherkenning
from koppeling.services.eherkenning import load_eherkenning
from tests.koppeling.sleutelpaar import make_pair
from tests.makelaar import Makelaar

pytestmark = pytest.mark.django_db
KEY_NAME = "{http://www.w3.org/2000/09/xmldsig#}KeyName"


@pytest.fixture(autouse=True)
def _forget() -> Iterator[None]:
    eherkenning._bewaard.clear()
    yield
    eherkenning._bewaard.clear()


def restart() -> None:
    eherkenning._bewaard.clear()


def reader(cert: str) -> Reader:
    """For whom the makelaar encrypts, by the metadata that it has of us."""
    pem = Path(cert).read_bytes()
    name = x509.load_pem_x509_certificate(pem).fingerprint(hashes.SHA256()).hex()
    return Reader(load_eherkenning().entity_id, pem, name)


def published(client: Client) -> list[str | None]:
    root = etree.fromstring(client.get(reverse("eherkenning_metadata")).content)
    return [
        node.text for node in root.iterfind(f".//{{urn:oasis:names:tc:SAML:2.0:metadata}}KeyDescriptor//{KEY_NAME}")
    ]


def test_our_key_is_replaced_with_nobody_locked_out(
    makelaar: Makelaar, client: Client, settings: Settings, tmp_path: Path
) -> None:
    old, new = make_pair(tmp_path, "oud"), make_pair(tmp_path, "nieuw")

    settings.EHERKENNING_SP_KEY, settings.EHERKENNING_SP_CERT = old
    for_old, for_new = reader(old[1]), reader(new[1])
    assert makelaar(reader=for_old).status_code == 302
    assert makelaar(reader=for_new).status_code == 400
    assert published(client) == [for_old.key_name]
    asked_before = makelaar.ask()

    settings.EHERKENNING_SP_KEY, settings.EHERKENNING_SP_CERT = new
    settings.EHERKENNING_SP_KEY_VORIGE, settings.EHERKENNING_SP_CERT_VORIGE = old
    restart()
    assert makelaar.come_back(makelaar.post(makelaar.answer(asked_before, reader=for_old))).status_code == 302
    assert makelaar(reader=for_old).status_code == 302
    assert makelaar(reader=for_new).status_code == 302
    assert published(client) == [for_new.key_name], "the makelaar is told the next key only"
    _require_signed_by(client.get(reverse("inloggen_eherkenning"))["Location"], new[1])

    settings.EHERKENNING_SP_KEY_VORIGE = settings.EHERKENNING_SP_CERT_VORIGE = ""
    restart()
    assert makelaar(reader=for_new).status_code == 302
    assert makelaar(reader=for_old).status_code == 400


def _require_signed_by(url: str, cert: str) -> None:
    parts = dict(part.split("=", 1) for part in urlsplit(url).query.split("&"))
    signed = "&".join(f"{name}={parts[name]}" for name in ("SAMLRequest", "RelayState", "SigAlg"))
    public = x509.load_pem_x509_certificate(Path(cert).read_bytes()).public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    signature = b64decode(parse_qs(urlsplit(url).query)["Signature"][0])
    public.verify(signature, signed.encode(), padding.PKCS1v15(), hashes.SHA256())


def test_what_goes_to_the_makelaar_is_as_the_stelsel_wants_it(client: Client) -> None:
    """eHerkenning, "Interface specifications web": RelayState at most 80 bytes and no address; nothing is kept."""
    responses = [client.get(reverse("inloggen_eherkenning")) for _ in range(3)]
    states = [parse_qs(urlsplit(response["Location"]).query)["RelayState"][0] for response in responses]
    assert len(set(states)) == 3
    for response, state in zip(responses, states, strict=True):
        assert len(state.encode()) <= 80
        assert not {"/", ":", "."} & set(state)
        assert "no-store" in response["Cache-Control"]
        assert "no-cache" in response["Cache-Control"]
        assert response["Pragma"] == "no-cache"
        request = etree.fromstring(
            zlib.decompress(b64decode(parse_qs(urlsplit(response["Location"]).query)["SAMLRequest"][0]), -15)
        )
        assert request.get("AttributeConsumingServiceIndex") == "9001"
        assert request.get("ForceAuthn") == "true"


def test_a_service_uuid_that_is_not_ours_is_refused_and_one_that_is_missing_is_not(
    makelaar: Makelaar, settings: Settings
) -> None:
    assert makelaar().status_code == 302
    settings.EHERKENNING_SERVICE_UUID = "11111111-2222-3333-4444-555555555555"
    restart()
    refused = makelaar()
    assert refused.status_code == 403
    settings.EHERKENNING_SERVICE_UUID = ""
    restart()
    assert makelaar().status_code == 302
