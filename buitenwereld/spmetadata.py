"""The portal's SAML metadata, read as a makelaar reads it: fetched from outside and not trusted to be well made."""

import base64
import binascii
import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from buitenwereld.keys import key_name
from buitenwereld.safexml import MAX_BYTES, NS, Refused, parse_xml
from buitenwereld.saml import POST, Reader

SERVICE_ID = re.compile(r"urn:etoegang:DV:\d{20}:services:\d{1,4}")
OIN = re.compile(r"urn:etoegang:DV:(\d{20}):entities:\d{1,4}")
FETCH_SECONDS = 5


@dataclass(frozen=True, slots=True)
class SpMetadata:
    """What is known of the dienstverlener. `acs` and `services` are by index; certificates are PEM."""

    entity_id: str
    signing: tuple[bytes, ...]
    reader: Reader
    acs: dict[str, str]
    default_acs: str
    services: dict[str, str]
    default_service: str

    @property
    def oin(self) -> str:
        """OIN inside the entityID; the whole entityID when it has another form."""
        match = OIN.fullmatch(self.entity_id)
        return match[1] if match else self.entity_id


def parse_metadata(data: bytes, *, fallback_service_id: str) -> SpMetadata:
    """Read one EntityDescriptor with an SPSSODescriptor; `Refused` when something we need is absent."""
    root = parse_xml(data)
    descriptor = root.find("md:SPSSODescriptor", NS)
    entity_id = root.get("entityID", "")
    if root.tag != f"{{{NS['md']}}}EntityDescriptor" or descriptor is None or not entity_id:
        raise Refused("De metadata van de portal beschrijft geen dienstverlener.")
    certificates = [
        (element.get("use", ""), *_certificate(element)) for element in descriptor.findall("md:KeyDescriptor", NS)
    ]
    signing = tuple(pem for use, _, pem in certificates if use != "encryption")
    readers = [Reader(entity_id, pem, name) for use, name, pem in certificates if use != "signing"]
    places = [
        element
        for element in descriptor.findall("md:AssertionConsumerService", NS)
        if element.get("Binding") == POST and element.get("Location", "").startswith(("http://", "https://"))
    ]
    if not (signing and readers and places):
        raise Refused("In de metadata van de portal ontbreekt een certificaat of een adres voor het antwoord (POST).")
    services = _services(descriptor)
    return SpMetadata(
        entity_id=entity_id,
        signing=signing,
        reader=readers[0],
        acs={element.get("index", ""): element.get("Location", "") for element in places},
        default_acs=_default(places).get("Location", ""),
        services=services,
        default_service=next(iter(services.values()), fallback_service_id),
    )


def _default(elements: list[etree._Element]) -> etree._Element:
    return next((element for element in elements if element.get("isDefault") in {"true", "1"}), elements[0])


def _services(descriptor: etree._Element) -> dict[str, str]:
    """ServiceID by index, the default one first."""
    found = descriptor.findall("md:AttributeConsumingService", NS)
    services = {}
    for element in sorted(found, key=lambda item: item.get("isDefault") not in {"true", "1"}):
        names = [attribute.get("Name", "") for attribute in element.findall("md:RequestedAttribute", NS)]
        services.update({element.get("index", ""): name for name in names if SERVICE_ID.fullmatch(name)})
    return services


def _certificate(descriptor: etree._Element) -> tuple[str, bytes]:
    """KeyName (the fingerprint when none is given) and PEM of one KeyDescriptor."""
    text = descriptor.findtext("ds:KeyInfo/ds:X509Data/ds:X509Certificate", "", NS)
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode("".join(text.split()), validate=True))
        is_rsa = isinstance(certificate.public_key(), rsa.RSAPublicKey)
    except (binascii.Error, ValueError) as error:
        raise Refused("Een certificaat in de metadata van de portal is niet te lezen.") from error
    if not is_rsa:
        raise Refused("Een certificaat in de metadata van de portal heeft geen RSA-sleutel.")
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    return descriptor.findtext("ds:KeyInfo/ds:KeyName", "", NS).strip() or key_name(pem), pem


class MetadataSource:
    """The metadata at a URL or in a file, kept after the first reading."""

    def __init__(self, place: str, *, fallback_service_id: str) -> None:
        self._place = place
        self._fallback_service_id = fallback_service_id
        self._kept: SpMetadata | None = None

    def get(self, *, fresh: bool = False) -> SpMetadata:
        """The metadata, read again when `fresh`; `Refused` when it cannot be had."""
        if fresh or self._kept is None:
            self._kept = parse_metadata(self._read(), fallback_service_id=self._fallback_service_id)
        return self._kept

    def _read(self) -> bytes:
        if not self._place:
            raise Refused("Niet ingesteld waar de metadata van de portal staat (PORTAAL_METADATA_URL).")
        try:
            if self._place.startswith(("http://", "https://")):
                # Direct, past any proxy of the environment: portal and makelaar stand on one machine or network.
                opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
                with opener.open(self._place, timeout=FETCH_SECONDS) as answer:
                    data: bytes = answer.read(MAX_BYTES + 1)
                    return data
            return Path(self._place).read_bytes()
        except (OSError, ValueError, urllib.error.URLError) as error:
            raise Refused("De metadata van de portal is nu niet op te halen.") from error
