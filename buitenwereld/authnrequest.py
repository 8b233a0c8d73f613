"""An AuthnRequest of the portal, checked before anybody sees a login page (`eherkenning.md`, section 2)."""

import base64
import binascii
import re
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import unquote_plus

import xmlsec
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from buitenwereld.safexml import NS, Refused, parse_xml
from buitenwereld.saml import CLASS_REF, LEVELS, POST
from buitenwereld.spmetadata import SpMetadata

RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
ALGORITHMS = {
    "ds:SignedInfo/ds:CanonicalizationMethod": {"http://www.w3.org/2001/10/xml-exc-c14n#"},
    "ds:SignedInfo/ds:SignatureMethod": {RSA_SHA256},
    "ds:SignedInfo/ds:Reference/ds:DigestMethod": {"http://www.w3.org/2001/04/xmlenc#sha256"},
    "ds:SignedInfo/ds:Reference/ds:Transforms/ds:Transform": {
        "http://www.w3.org/2001/10/xml-exc-c14n#",
        "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
    },
}
MAX_ENCODED = 32 * 1024
MAX_INFLATED = 64 * 1024
MAX_RELAY_STATE = 80
MAX_AGE = timedelta(minutes=5)
MESSAGE_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]{0,127}")


@dataclass(frozen=True, slots=True)
class Incoming:
    """What arrived, not yet believed. `signed` and `signature` belong to HTTP-Redirect and are empty for HTTP-POST."""

    xml: bytes
    relay_state: str
    signed: bytes = b""
    signature: bytes = b""


@dataclass(frozen=True, slots=True)
class AuthnRequest:
    """A request we believe: whom to answer where, for which service, and the level it asks for ("" when none)."""

    id: str
    acs_url: str
    service_id: str
    level: str
    relay_state: str
    sp: SpMetadata


def read_redirect(query: bytes) -> Incoming:
    """Take the raw query string apart; the signature covers it as sent, so nothing is decoded and encoded again."""
    raw: dict[str, str] = {}
    try:
        for part in query.decode("ascii").split("&"):
            name, _, value = part.partition("=")
            if name in raw:
                raise Refused("Een gegeven staat dubbel in de vraag.")
            raw[name] = value
        values = {name: unquote_plus(value, errors="strict") for name, value in raw.items()}
    except UnicodeDecodeError as error:
        raise Refused("De vraag bevat vreemde tekens.") from error
    if values.get("SigAlg") != RSA_SHA256:
        raise Refused("De vraag is niet ondertekend met RSA-SHA256.")
    signed = "&".join(f"{name}={raw[name]}" for name in ("SAMLRequest", "RelayState", "SigAlg") if name in raw)
    return Incoming(
        xml=_inflate(_base64(values.get("SAMLRequest", ""))),
        relay_state=values.get("RelayState", ""),
        signed=signed.encode(),
        signature=_base64(values.get("Signature", "")),
    )


def read_post(saml_request: str, relay_state: str) -> Incoming:
    """A request by HTTP-POST; its signature stands inside the XML."""
    return Incoming(xml=_base64(saml_request), relay_state=relay_state)


def accept(incoming: Incoming, sp: SpMetadata, *, sso_url: str, now: datetime) -> AuthnRequest:
    """Check signature, sender, destination and answer address; `Refused` says in Dutch what does not fit."""
    root = parse_xml(incoming.xml)
    if incoming.signature:
        _verify_query(incoming, sp)
    else:
        _verify_enveloped(root, sp)
    if root.tag != f"{{{NS['samlp']}}}AuthnRequest" or root.get("Version") != "2.0":
        raise Refused("Dit is geen vraag om in te loggen (AuthnRequest).")
    if not MESSAGE_ID.fullmatch(root.get("ID", "")):
        raise Refused("De vraag heeft geen goede ID.")
    if root.findtext("saml:Issuer", "", NS).strip() != sp.entity_id:
        raise Refused("De afzender van de vraag (Issuer) is niet bekend.")
    if root.get("Destination") != sso_url:
        raise Refused("De vraag is voor een andere makelaar bestemd (Destination).")
    if root.get("ForceAuthn") not in {"true", "1"} or root.get("IsPassive", "false") not in {"false", "0"}:
        raise Refused("De vraag moet om een nieuwe inlog vragen (ForceAuthn).")
    _check_age(root.get("IssueInstant", ""), now)
    if len(incoming.relay_state.encode("utf-8", "replace")) > MAX_RELAY_STATE:
        raise Refused("RelayState is langer dan 80 bytes.")
    return AuthnRequest(
        id=root.get("ID", ""),
        acs_url=_acs_url(root, sp),
        service_id=_service_id(root, sp),
        level=_level(root),
        relay_state=incoming.relay_state,
        sp=sp,
    )


def _base64(text: str) -> bytes:
    if not text:
        raise Refused("SAMLRequest of Signature ontbreekt.")
    if len(text) > MAX_ENCODED:
        raise Refused("Het bericht is te groot.")
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused("Het bericht is geen geldige base64.") from error


def _inflate(data: bytes) -> bytes:
    inflater = zlib.decompressobj(-15)
    try:
        xml = inflater.decompress(data, MAX_INFLATED)
    except zlib.error as error:
        raise Refused("Het bericht is niet goed ingepakt (DEFLATE).") from error
    if not inflater.eof:
        raise Refused("Het bericht is te groot of niet volledig.")
    return xml


def _verify_query(incoming: Incoming, sp: SpMetadata) -> None:
    for pem in sp.signing:
        public = x509.load_pem_x509_certificate(pem).public_key()
        if not isinstance(public, rsa.RSAPublicKey):
            continue
        try:
            public.verify(incoming.signature, incoming.signed, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            continue
        return
    raise Refused("De handtekening onder de vraag klopt niet.")


def _verify_enveloped(root: etree._Element, sp: SpMetadata) -> None:
    """One signature, child of the root, over the whole root, with the algorithms of the profile and no others."""
    signatures = list(root.iter(f"{{{NS['ds']}}}Signature"))
    if len(signatures) != 1 or signatures[0].getparent() is not root:
        raise Refused("De vraag is niet ondertekend.")
    signature = signatures[0]
    references = signature.findall("ds:SignedInfo/ds:Reference", NS)
    if [reference.get("URI") for reference in references] != [f"#{root.get('ID')}"]:
        raise Refused("De handtekening hoort niet bij de hele vraag.")
    for path, allowed in ALGORITHMS.items():
        found = [element.get("Algorithm") for element in signature.findall(path, NS)]
        if not found or not set(found) <= allowed:
            raise Refused("De handtekening gebruikt een methode die niet mag.")
    for pem in sp.signing:
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatCertPem)
        try:
            context.register_id(root, "ID")
            context.verify(signature)
        except xmlsec.Error:
            continue
        return
    raise Refused("De handtekening onder de vraag klopt niet.")


def _check_age(issue_instant: str, now: datetime) -> None:
    try:
        age = now - datetime.fromisoformat(issue_instant)
    except (ValueError, TypeError) as error:
        raise Refused("De vraag heeft geen goed tijdstip (IssueInstant).") from error
    if abs(age) > MAX_AGE:
        raise Refused("De vraag is verlopen. Begin opnieuw met inloggen.")


def _acs_url(root: etree._Element, sp: SpMetadata) -> str:
    url, index = root.get("AssertionConsumerServiceURL"), root.get("AssertionConsumerServiceIndex")
    if root.get("ProtocolBinding", POST) != POST or (url is not None and index is not None):
        raise Refused("Het adres voor het antwoord is niet goed aangegeven.")
    if url is None and index is None:
        return sp.default_acs
    found = url if url in sp.acs.values() else sp.acs.get(index or "")
    if not found:
        raise Refused("Het adres voor het antwoord staat niet in de metadata van de portal.")
    return found


def _service_id(root: etree._Element, sp: SpMetadata) -> str:
    index = root.get("AttributeConsumingServiceIndex")
    if index is None:
        return sp.default_service
    if index not in sp.services:
        raise Refused("De gevraagde dienst staat niet in de metadata van de portal.")
    return sp.services[index]


def _level(root: etree._Element) -> str:
    asked = root.findtext("samlp:RequestedAuthnContext/saml:AuthnContextClassRef", None, NS)
    if asked is None:
        return ""
    for level, loa in LEVELS.items():
        if asked.strip() == CLASS_REF + loa:
            return level
    raise Refused("De vraag noemt een onbekend betrouwbaarheidsniveau.")
