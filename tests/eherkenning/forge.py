"""Makes Responses, good and bad, without the library that checks them: canonical XML by lxml, the rest by cryptography.

It shares nothing with koppeling.eherkenning nor with the makelaar of the demo, so that one mistake is not made twice.
"""

import base64
import os
import secrets
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric import padding as rsa_padding
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID
from lxml import etree
from lxml.etree import _Element

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
DV = "urn:etoegang:DV:00000001234567890000:entities:9001"
DIENST = "urn:etoegang:DV:00000001234567890000:services:9001"
ACS = "https://mijn.example/inloggen/eherkenning/acs/"
HM = "urn:etoegang:HM:00000009876543210000:entities:9002"
AD = "urn:etoegang:AD:00000001111111110000:entities:9003"
SSO = "https://makelaar.example/sso"
REQUEST_ID = "_verzoek-1"
PSEUDONIEM = "a" * 64 + "@" + "B" * 32
KVK = "12345678"

NS = {
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
    "xenc": "http://www.w3.org/2001/04/xmlenc#",
    "xs": "http://www.w3.org/2001/XMLSchema",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
DECLARED = " ".join(f'xmlns:{prefix}="{NS[prefix]}"' for prefix in ("samlp", "saml", "xs", "xsi"))
NAMEID = "urn:oasis:names:tc:SAML:2.0:nameid-format:"
LOA = "urn:etoegang:core:assurance-class:"
STATUS = "urn:oasis:names:tc:SAML:2.0:status:"

EXC_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
RSA_SHA1 = "http://www.w3.org/2000/09/xmldsig#rsa-sha1"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
RSA_SHA512 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"
SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
SHA512 = "http://www.w3.org/2001/04/xmlenc#sha512"
HASHES: dict[str, hashes.HashAlgorithm] = {
    RSA_SHA1: hashes.SHA1(),  # noqa: S303 - made in order to be refused
    RSA_SHA256: hashes.SHA256(),
    RSA_SHA512: hashes.SHA512(),
    SHA1: hashes.SHA1(),  # noqa: S303 - made in order to be refused
    SHA256: hashes.SHA256(),
    SHA512: hashes.SHA512(),
}

AES256_CBC = "http://www.w3.org/2001/04/xmlenc#aes256-cbc"
AES128_CBC = "http://www.w3.org/2001/04/xmlenc#aes128-cbc"
AES256_GCM = "http://www.w3.org/2009/xmlenc11#aes256-gcm"
AES128_GCM = "http://www.w3.org/2009/xmlenc11#aes128-gcm"
OAEP_MGF1P = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"
XENC11 = "http://www.w3.org/2009/xmlenc11#"
OAEP_11 = "http://www.w3.org/2009/xmlenc11#rsa-oaep"
RSA_15 = "http://www.w3.org/2001/04/xmlenc#rsa-1_5"


@dataclass(frozen=True)
class Key:
    """A key pair of one of the parties, with a certificate that the party signed itself."""

    name: str
    private: rsa.RSAPrivateKey = field(repr=False)
    cert: x509.Certificate = field(repr=False)

    @property
    def key_pem(self) -> str:
        return self.private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()

    @property
    def cert_pem(self) -> str:
        return self.cert.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def cert_base64(self) -> str:
        return base64.b64encode(self.cert.public_bytes(serialization.Encoding.DER)).decode()

    @property
    def key_name(self) -> str:
        return self.cert.fingerprint(hashes.SHA256()).hex()


@cache
def key(name: str) -> Key:
    """Return the key of this party, the same one all through the run."""
    private = rsa.generate_private_key(65537, 2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    cert = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=3650))
        .sign(private, hashes.SHA256())
    )
    return Key(name, private, cert)


def moment(seconds: float = 0) -> str:
    return (NOW + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def element(xml: str) -> _Element:
    return etree.fromstring(xml)


def canonical(node: _Element) -> bytes:
    return etree.tostring(node, method="c14n", exclusive=True, with_comments=False)


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


@dataclass(frozen=True)
class Signing:
    """How to sign: with what, over what, and what to say about it."""

    by: str = "hm"
    method: str = RSA_SHA256
    digest: str = SHA256
    c14n: str = EXC_C14N
    transforms: Sequence[str] = (ENVELOPED, EXC_C14N)
    uri: str | None = None
    references: int = 1
    show_certificate: bool = False


def sign(node: _Element, how: Signing) -> None:
    """Put an enveloped signature into the node, after its Issuer."""
    signer = key(how.by)
    digest = hashes.Hash(HASHES[how.digest])
    digest.update(canonical(node))
    uri = f"#{node.get('ID')}" if how.uri is None else how.uri
    transforms = "".join(f'<ds:Transform Algorithm="{step}"/>' for step in how.transforms)
    reference = (
        f'<ds:Reference URI="{uri}"><ds:Transforms>{transforms}</ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{how.digest}"/>'
        f"<ds:DigestValue>{encoded(digest.finalize())}</ds:DigestValue></ds:Reference>"
    )
    shown = f"<ds:X509Data><ds:X509Certificate>{signer.cert_base64}</ds:X509Certificate></ds:X509Data>"
    signature = element(
        f'<ds:Signature xmlns:ds="{NS["ds"]}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{how.c14n}"/>'
        f'<ds:SignatureMethod Algorithm="{how.method}"/>{reference * how.references}</ds:SignedInfo>'
        f"<ds:SignatureValue/><ds:KeyInfo><ds:KeyName>{signer.key_name}</ds:KeyName>{shown * how.show_certificate}"
        "</ds:KeyInfo></ds:Signature>"
    )
    signature[1].text = encoded(
        signer.private.sign(canonical(signature[0]), rsa_padding.PKCS1v15(), HASHES[how.method])
    )
    node.insert(1, signature)


@dataclass(frozen=True)
class Encrypting:
    """How to encrypt: for whom, with what, and where the EncryptedKeys stand."""

    to: Sequence[str] = ("sp",)
    recipient: str | None = DV
    data: str = AES256_CBC
    transport: str = OAEP_MGF1P
    style: str = "sibling"
    name_keys: bool = True


def encrypt(plain: bytes, holder: _Element, how: Encrypting) -> None:
    """Fill the holder (EncryptedID or EncryptedAssertion) as the brokers do."""
    secret = os.urandom(16 if "128" in how.data else 32)
    if how.data in {AES256_GCM, AES128_GCM}:
        nonce = os.urandom(12)
        cipher_text = nonce + AESGCM(secret).encrypt(nonce, plain, None)
    else:
        vector = os.urandom(16)
        padder = padding.PKCS7(128).padder()
        encryptor = Cipher(algorithms.AES(secret), modes.CBC(vector)).encryptor()
        cipher_text = vector + encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize()
    data_id = f"_{secrets.token_hex(8)}"
    keys = [_encrypted_key(secret, key(name), data_id, how) for name in how.to]
    nested = how.style == "nested"
    references = "".join(
        f'<ds:RetrievalMethod Type="{NS["xenc"]}EncryptedKey" URI="#{node.get("Id")}"/>' for node in keys if not nested
    )
    data = element(
        f'<xenc:EncryptedData xmlns:xenc="{NS["xenc"]}" xmlns:ds="{NS["ds"]}" Id="{data_id}" '
        f'Type="{NS["xenc"]}Element">'
        f'<xenc:EncryptionMethod Algorithm="{how.data}"/><ds:KeyInfo>{references}</ds:KeyInfo>'
        f"<xenc:CipherData><xenc:CipherValue>{encoded(cipher_text)}</xenc:CipherValue></xenc:CipherData>"
        "</xenc:EncryptedData>"
    )
    for node in keys:
        (data[1] if nested else holder).append(node)
    holder.insert(0, data)


def _encrypted_key(secret: bytes, to: Key, data_id: str, how: Encrypting) -> _Element:
    public, method = to.private.public_key(), ""
    if how.transport == RSA_15:
        wrapped = public.encrypt(secret, rsa_padding.PKCS1v15())
    else:
        digest: hashes.HashAlgorithm = hashes.SHA1()  # noqa: S303 - what the brokers use in OAEP
        if how.transport == OAEP_11:
            digest = hashes.SHA256()
            method = (
                f'<ds:DigestMethod Algorithm="{SHA256}"/>'
                f'<xenc11:MGF xmlns:xenc11="{XENC11}" Algorithm="{XENC11}mgf1sha256"/>'
            )
        wrapped = public.encrypt(secret, rsa_padding.OAEP(rsa_padding.MGF1(digest), digest, None))
    recipient = f'Recipient="{how.recipient}"' if how.recipient else ""
    named = f"<ds:KeyInfo><ds:KeyName>{to.key_name}</ds:KeyName></ds:KeyInfo>" if how.name_keys else ""
    return element(
        f'<xenc:EncryptedKey xmlns:xenc="{NS["xenc"]}" xmlns:ds="{NS["ds"]}" Id="_{secrets.token_hex(8)}" {recipient}>'
        f'<xenc:EncryptionMethod Algorithm="{how.transport}">{method}</xenc:EncryptionMethod>{named}'
        f"<xenc:CipherData><xenc:CipherValue>{encoded(wrapped)}</xenc:CipherValue></xenc:CipherData>"
        f'<xenc:ReferenceList><xenc:DataReference URI="#{data_id}"/></xenc:ReferenceList></xenc:EncryptedKey>'
    )


PSEUDO_TYPE = "urn:etoegang:1.13:EntityConcernedID:Pseudo"
KVK_TYPE = "urn:etoegang:1.9:EntityConcernedID:KvKnr"


def name_id(value: str, qualifier: str) -> str:
    return f'<saml:NameID Format="{NAMEID}persistent" NameQualifier="{qualifier}">{value}</saml:NameID>'


def identifier(value: str, qualifier: str, how: Encrypting | None = None) -> _Element:
    """An EncryptedID whose plaintext leans on the `saml` prefix of the message, as in life."""
    holder = element(f'<saml:EncryptedID xmlns:saml="{NS["saml"]}"/>')
    encrypt(name_id(value, qualifier).encode(), holder, how or Encrypting())
    return holder


def attribute(name: str, *values: str | _Element) -> _Element:
    node = element(f'<saml:Attribute {DECLARED} Name="{name}"/>')
    for value in values:
        child = etree.SubElement(node, f"{{{NS['saml']}}}AttributeValue")
        if isinstance(value, str):
            child.set(f"{{{NS['xsi']}}}type", "xs:string")
            child.text = value
        else:
            child.append(value)
    return node


def identity(
    pseudoniem: str = PSEUDONIEM, kvk: str = KVK, how: Encrypting | None = None, dienst: str = DIENST
) -> list[_Element]:
    """Return the attributes of an ordinary login."""
    return [
        attribute("urn:etoegang:core:ServiceID", dienst),
        attribute("urn:etoegang:core:ServiceUUID", "b2ba62a6-0000-4000-8000-000000000001"),
        attribute("urn:etoegang:core:ActingSubjectID", identifier(pseudoniem, PSEUDO_TYPE, how)),
        attribute("urn:etoegang:core:LegalSubjectID", identifier(kvk, KVK_TYPE, how)),
        attribute("urn:etoegang:1.11:attribute-represented:CompanyName", "Stichting Voorbeeld"),
    ]


Edit = Callable[[_Element], object]


def leave(node: _Element) -> None:
    """Change nothing."""


@dataclass(frozen=True)
class Plan:
    """One message. `edit_assertion` works before the assertion is signed, `edit_response` before the Response is."""

    issuer: str = HM
    assertion_issuer: str = HM
    in_response_to: str = REQUEST_ID
    destination: str = ACS
    recipient: str = ACS
    audience: str = DV
    levels: Sequence[str] = (LOA + "loa3",)
    issued: float = 0
    not_before: float = -5
    not_on_or_after: float = 120
    authn: float = -20
    statuses: Sequence[str] = ("Success",)
    attributes: Sequence[_Element] | None = None
    advice: bool = False
    sign_assertion: Signing | None = Signing()
    sign_response: Signing | None = Signing()
    encrypt_assertion: Encrypting | None = None
    edit_assertion: Edit = leave
    edit_response: Edit = leave


def response(plan: Plan | None = None) -> _Element:
    """Build, sign and encrypt by the plan; without one, a good answer at EH3."""
    plan = plan or Plan()
    nested = "".join(f'<samlp:StatusCode Value="{STATUS}{code}">' for code in plan.statuses)
    in_response_to = f'InResponseTo="{plan.in_response_to}"' if plan.in_response_to else ""
    root = element(
        f'<samlp:Response {DECLARED} ID="_r{secrets.token_hex(8)}" Version="2.0" IssueInstant="{moment(plan.issued)}" '
        f'Destination="{plan.destination}" {in_response_to}><saml:Issuer>{plan.issuer}</saml:Issuer>'
        f"<samlp:Status>{nested}{'</samlp:StatusCode>' * len(plan.statuses)}</samlp:Status></samlp:Response>"
    )
    if plan.statuses[0] == "Success":
        made = assertion(plan)
        root.append(made)
        plan.edit_assertion(made)
        if plan.sign_assertion:
            sign(made, plan.sign_assertion)
        if plan.encrypt_assertion:
            holder = etree.SubElement(root, f"{{{NS['saml']}}}EncryptedAssertion")
            root.remove(made)
            encrypt(etree.tostring(made), holder, plan.encrypt_assertion)
    plan.edit_response(root)
    if plan.sign_response:
        sign(root, plan.sign_response)
    return root


def assertion(plan: Plan) -> _Element:
    until = moment(plan.not_on_or_after)
    levels = "".join(f"<saml:AuthnContextClassRef>{level}</saml:AuthnContextClassRef>" for level in plan.levels)
    node = element(
        f'<saml:Assertion {DECLARED} ID="_a{secrets.token_hex(8)}" Version="2.0" IssueInstant="{moment(plan.issued)}">'
        f"<saml:Issuer>{plan.assertion_issuer}</saml:Issuer>"
        f'<saml:Subject><saml:NameID Format="{NAMEID}transient" NameQualifier="{AD}">'
        f'voorbijgaand</saml:NameID><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
        f'<saml:SubjectConfirmationData InResponseTo="{plan.in_response_to}" Recipient="{plan.recipient}" '
        f'NotOnOrAfter="{until}"/></saml:SubjectConfirmation></saml:Subject>'
        f'<saml:Conditions NotBefore="{moment(plan.not_before)}" NotOnOrAfter="{until}"><saml:AudienceRestriction>'
        f"<saml:Audience>{plan.audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>"
        f'<saml:AuthnStatement AuthnInstant="{moment(plan.authn)}" SessionIndex="sessie-1"><saml:AuthnContext>{levels}'
        f"<saml:AuthenticatingAuthority>{AD}</saml:AuthenticatingAuthority></saml:AuthnContext></saml:AuthnStatement>"
        f"<saml:AttributeStatement/></saml:Assertion>"
    )
    node[-1].extend(identity() if plan.attributes is None else deepcopy(list(plan.attributes)))
    if plan.advice:
        advice = etree.Element(f"{{{NS['saml']}}}Advice")
        advice.extend([_evidence("ad"), _evidence("mr")])
        find(node, "saml:Conditions").addnext(advice)
    return node


def _evidence(by: str) -> _Element:
    """Somebody else's assertion, as it stands in Advice: a higher level, another organisation, an odd statement."""
    statement = (
        f'<saml:AuthnStatement AuthnInstant="{moment()}"><saml:AuthnContext><saml:AuthnContextClassRef>{LOA}loa4'
        "</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement/>"
    )
    if by == "mr":
        statement = (
            '<saml:Statement xmlns:xacml="urn:oasis:xacml:2.0:saml:assertion:schema:os" '
            'xsi:type="xacml:XACMLAuthzDecisionStatementType">'
            '<Response xmlns="urn:oasis:names:tc:xacml:2.0:context:schema:os">'
            "<Result><Decision>Permit</Decision></Result></Response></saml:Statement><saml:AttributeStatement/>"
        )
    node = element(
        f'<saml:Assertion {DECLARED} ID="_e{secrets.token_hex(8)}" Version="2.0" IssueInstant="{moment()}">'
        f"<saml:Issuer>{AD.replace(':AD:', f':{by.upper()}:')}</saml:Issuer>{statement}</saml:Assertion>"
    )
    other = identifier("99999999", KVK_TYPE, Encrypting(to=("mr",), recipient=None))
    node[-1].append(attribute("urn:etoegang:core:LegalSubjectID", other))
    sign(node, Signing(by=by))
    return node


def find(node: _Element, path: str) -> _Element:
    found = node.find(path, NS)
    assert found is not None, path
    return found


def posted(message: _Element | bytes) -> str:
    """Return the value of the form field."""
    return encoded(message if isinstance(message, bytes) else etree.tostring(message))
